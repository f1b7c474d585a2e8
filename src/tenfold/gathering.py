"""Step 1, told: where the images come from, and what a recipe may do with them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tenfold.core.errors import TenfoldError
from tenfold.core.images import Dataset
from tenfold.core.recipe import Recipe
from tenfold.results import Run

Say = Callable[[str], None]


def gather(
    data: str, *, archive: str | Path | None = None, side_px: int = 32, say: Say = print
) -> Dataset:
    """Step 1: find the images, or download them, and check them. Arguments as for `run`."""
    if archive is not None and data != "cifar10":
        raise TenfoldError(
            f"--archive is for --data cifar10; received --data {data}. Leave one of them out."
        )
    if data == "cifar10":
        from tenfold.data.cifar10 import gather_cifar10

        dataset = gather_cifar10(Path(archive) if archive is not None else None, say=say)
    elif data == "digits":
        from tenfold.data.digits import gather_digits

        dataset = gather_digits()
    elif Path(data).is_dir():
        from tenfold.data.folder import gather_folder

        dataset = gather_folder(Path(data), side_px=side_px, say=say)
    else:
        raise TenfoldError(
            f"Expected --data cifar10, digits, or a folder of images; received '{data}', "
            "which is no folder here."
        )
    _tell_provenance(dataset, say)
    return dataset


def gather_again(done: Run, *, say: Say = print) -> Dataset:
    """Gather the data of an earlier run once more.

    Raises:
        TenfoldError: It is no longer there, or no longer the same.
    """
    before = done.folder.read_json("data.json")
    origin = before["provenance"]
    archive = origin["location"] if origin["source"] == "cifar10" else None
    dataset = gather(
        origin["location"] if origin["source"] == "folder" else origin["source"],
        archive=archive if archive and Path(archive).is_file() else None,
        side_px=origin["side_px"] or 32,
        say=say,
    )
    now, then = digests(dataset), before["digests"]
    if now != then:
        raise TenfoldError(
            f"The data of {done.folder.path} has changed since its fit: expected the checksums "
            f"{then}; found {now}. Bring the old data back, or start a new run."
        )
    return dataset


def digests(dataset: Dataset) -> dict[str, str]:
    """A checksum of the training and of the test images, labels and files."""
    return {"train": dataset.train.digest(), "test": dataset.test.digest()}


def suit(
    recipe: Recipe, dataset: Dataset, overrides: dict[str, Any] | None = None, *, say: Say = print
) -> Recipe:
    """Leave mirroring out where it would change what an image means, and say so."""
    if not recipe.flip or "flip" in (overrides or {}):
        return recipe
    if dataset.provenance.source == "digits":
        say("Digits are not mirrored: a mirrored 2 is no 2.")
        return recipe.with_overrides({"flip": False})
    if dataset.provenance.source == "folder":
        say(
            f"{recipe.name} learns from mirrored images too. Where left and right matter, as in "
            "letters, add --set flip=false."
        )
    return recipe


def _tell_provenance(dataset: Dataset, say: Say) -> None:
    origin = dataset.provenance
    say(f"Gathered {dataset.name} from {origin.location}")
    for note in origin.notes:
        say(note)
    for file, reason in origin.skipped:
        say(f"Skipped {file}: {reason}")
