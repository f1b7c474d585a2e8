"""Apply a person's edited quarantine.csv: leave training images out, or give them other labels."""

from pathlib import Path
from typing import Any

import numpy as np

from tenfold.core.corrections import Corrections
from tenfold.core.errors import DataError, argument
from tenfold.core.images import Dataset
from tenfold.core.text import Say, counted
from tenfold.data.quarantine import excluded, read_quarantine, relabelled
from tenfold.runs import layout
from tenfold.runs.files import expanded, sha256_of
from tenfold.runs.folder import RunFolder


def written_path(name: str, path: str | Path | None) -> str | None:
    """The whole path of an edited file, for a request.

    Raises:
        DataError: There is no such file.
    """
    if path is None:
        return None
    found = expanded(path).absolute()
    if not found.is_file():
        raise DataError(
            f"There is no file {found}. Expected {argument(name)} to be a quarantine.csv that "
            "`tenfold audit` wrote and you have edited."
        )
    return str(found)


def corrected(dataset: Dataset, exclude: str | None, relabel: str | None, *, say: Say) -> Dataset:
    """The dataset with the decisions of edited files. Test images are never changed.

    Args:
        dataset: As it was gathered.
        exclude: A quarantine.csv whose rows with keep=no are left out; None for none.
        relabel: A quarantine.csv whose suggestions replace labels; None for none.
        say: Called with each line of output.

    Raises:
        DataError: A file is not a quarantine.csv, or is about other images.
    """
    if exclude is None and relabel is None:
        return dataset
    none = np.zeros(0, dtype=np.int64)
    out, (at, labels), sources, n_test = none, (none, none), {}, 0
    for name, text in (("exclude", exclude), ("relabel", relabel)):
        if text is None:
            continue
        path = Path(text)
        decisions = read_quarantine(path, dataset)
        sources[name] = {"path": text, "sha256": sha256_of(path)}
        if name == "exclude":
            out = excluded(decisions)
            n_test = len({d.position for d in decisions if d.split == "test" and not d.keep})
        else:
            at, labels = relabelled(decisions, dataset, path)
    stays = ~np.isin(at, out)  # What is left out needs no label.
    corrections = Corrections(out, at[stays], labels[stays], sources)
    _tell(corrections, n_test, say)
    return dataset.corrected(corrections)


def as_corrected_before(folder: RunFolder, dataset: Dataset) -> Dataset:
    """The dataset with the decisions that a run has recorded, if there are any."""
    if not folder.has(layout.CORRECTIONS):
        return dataset
    return dataset.corrected(Corrections.from_dict(folder.read_json(layout.CORRECTIONS)))


def record_corrections(folder: RunFolder, dataset: Dataset) -> None:
    """Write what a person decided, so that the run does not depend on the edited files."""
    if dataset.corrections is None:
        return
    corrections, files = dataset.corrections, dataset.train.files
    before = dataset.gathered_labels
    rows = [] if before is None else [
        {
            "position": at,
            "file": files[at] if files else "",
            "from": dataset.classes[before[at]],
            "to": dataset.classes[label],
        }
        for at, label in zip(
            corrections.relabelled.tolist(), corrections.labels.tolist(), strict=True
        )
    ]  # fmt: skip
    names = [files[at] for at in corrections.excluded] if files else []
    folder.write_json(
        layout.CORRECTIONS,
        {**corrections.to_dict(), "excluded_files": names, "relabelled_images": rows},
    )


def decided(dataset: Dataset) -> dict[str, Any] | None:
    """The decisions without the files that they came from; None if there are none."""
    if dataset.corrections is None:
        return None
    found = dataset.corrections.to_dict()
    return {name: found[name] for name in ("excluded", "relabelled", "labels")}


def _tell(corrections: Corrections, n_test: int, say: Say) -> None:
    if "exclude" in corrections.sources:
        n = counted(len(corrections.excluded), "training image")
        say(f"Left out by {corrections.sources['exclude']['path']}: {n}.")
    if "relabel" in corrections.sources:
        n = counted(len(corrections.relabelled), "training image")
        say(f"Given another label by {corrections.sources['relabel']['path']}: {n}.")
    if n_test:
        say(
            f"{counted(n_test, 'test image')} with keep=no {'stays' if n_test == 1 else 'stay'}: "
            "test images are never left out. With an audit, the evaluation gives the accuracy "
            "without doubtful ones beside that of all."
        )
