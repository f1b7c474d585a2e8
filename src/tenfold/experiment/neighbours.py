"""Find the training images that are most like an image: by pixels, or for a network."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tenfold.core.errors import DataError, argument
from tenfold.core.images import Dataset, ImageSet
from tenfold.core.text import Say
from tenfold.data.as_trained import bring
from tenfold.experiment.map_images import FEATURES, PIXELS
from tenfold.experiment.starting import show_start
from tenfold.findings.neighbours import nearest, thumbnails, unit
from tenfold.runs.files import expanded
from tenfold.runs.run import Run
from tenfold.runs.tables import write_table

N_NEIGHBOURS = 10

TABLE, PLOT = "neighbours.csv", "plots/neighbours.png"
COLUMNS = ("of", "rank", "position", "file", "class", "likeness")


@dataclass(frozen=True)
class Wanted:
    """One image whose neighbours are wanted.

    Attributes:
        image: uint8 (height, width, channels), 0-255.
        name: As it was asked for.
        caption: Its set, position and class, or the name of its file.
        itself: Its position among the training images; -1 if it is none of them.
    """

    image: np.ndarray
    name: str
    caption: str
    itself: int = -1


def neighbours(
    dataset: Dataset,
    images: Sequence[str | int | Path],
    folder: Path,
    *,
    run: Run | None = None,
    say: Say = print,
) -> list[dict[str, Any]]:
    """Find the ten training images that are most like each of some images.

    They are compared by their colours in 8 x 8 squares, whatever the brightness; or, if there is a
    run, by what its network makes of them.

    Args:
        dataset: The images; those of the run, if there is one.
        images: Which images: a position among the training images, such as 17; `test:17`; the file
            of an image of the data; or any other image file.
        folder: Where neighbours.csv and plots/neighbours.png go.
        run: A fitted run.
        say: Called with each line of output.

    Returns:
        A row for each image and neighbour, best first: `of`, `rank` (from 1), `position`, `file`,
        `class`, and `likeness`, which is 1 for the same image.

    Raises:
        DataError: There is no such image; or too few training images; or the network has no
            features.
    """
    from tenfold.report.display import save_display
    from tenfold.report.neighbours import NeighbourRows

    train = dataset.train
    if len(train) < 2:
        raise DataError(
            f"Expected at least two training images, to compare them; received {len(train)}."
        )
    asked = wanted(dataset, images)
    shown = np.stack([each.image for each in asked])
    of = PIXELS if run is None else FEATURES
    given = ImageSet(shown, np.zeros(len(shown), np.int64), train.classes)  # Labels do not count.
    known, rows = _compared(train, run, say), _compared(given, run, say)
    found = nearest(rows, known, N_NEIGHBOURS, np.array([each.itself for each in asked]))
    table = [
        {
            "of": each.name,
            "rank": rank,
            "position": position,
            "file": train.files[position] if train.files else "",
            "class": train.classes[train.labels[position]],
            "likeness": round(float(row @ known[position]), 4),
        }
        for each, row, places in zip(asked, rows, found.tolist(), strict=True)
        for rank, position in enumerate(places, 1)
    ]
    write_table(COLUMNS, (list(row.values()) for row in table), folder / TABLE)
    k = found.shape[1]
    captions = [str(row["class"]) for row in table]
    display = NeighbourRows(
        shown,
        tuple(each.caption for each in asked),
        train.take(found.ravel()).images[:].reshape(len(asked), k, *train.shape),
        tuple(tuple(captions[at : at + k]) for at in range(0, len(captions), k)),
        f"The training images most like those on the left, by {of}",
    )
    save_display(display, folder / PLOT)
    for each in asked:
        classes = [str(row["class"]) for row in table if row["of"] == each.name]
        say(f"Most like {each.caption}: {', '.join(classes)}")
    return table


def wanted(dataset: Dataset, images: Sequence[str | int | Path]) -> list[Wanted]:
    """The images that are asked for, as for `neighbours`.

    Raises:
        DataError: There is no such image.
    """
    return [_find(dataset, str(image)) for image in images]


def _compared(images: ImageSet, run: Run | None, say: Say) -> np.ndarray:
    """What is compared: float32 (n, d), rows of length 1."""
    if run is None:
        return thumbnails(images)
    show_start(say)
    from tenfold.learn.features import features

    found = features(run.model, images)
    if found is None:
        raise DataError(
            f"The network of {run.folder.path} has no layer whose features could be compared. "
            f"Leave {argument('run')} out, to compare pixels."
        )
    return unit(found)


def _find(dataset: Dataset, name: str) -> Wanted:
    """The image that was asked for."""
    split, _, number = name.rpartition(":")
    if number.isdecimal() and split in ("", "train", "test"):
        images = dataset.test if split == "test" else dataset.train
        if int(number) >= len(images):
            raise DataError(
                f"Expected a position in 0..{len(images) - 1} among the {split or 'train'} images; "
                f"received {name}."
            )
        return _of_data(dataset, split or "train", int(number), name)
    for split, images in (("train", dataset.train), ("test", dataset.test)):
        if name in images.files:
            return _of_data(dataset, split, images.files.index(name), name)
    path = expanded(name)
    if not path.is_file():
        raise DataError(
            "Expected a position among the training images, such as 17; or test:17; or the file of "
            f"an image; received {name}."
        )
    brought = bring([path], dataset.shape, dataset.provenance.rendering)
    if not len(brought.images):
        raise DataError(f"{path} cannot be read: {brought.reasons[0]}")
    return Wanted(brought.images[0], name, path.name)


def _of_data(dataset: Dataset, split: str, position: int, name: str) -> Wanted:
    images = dataset.test if split == "test" else dataset.train
    label = images.classes[images.labels[position]]
    itself = -1 if split == "test" else position
    return Wanted(images.images[position], name, f"{split} {position}, {label}", itself)
