"""Count the losses of a dataset: files that were left out, and classes lost with them."""

from collections import Counter
from dataclasses import dataclass

from tenfold.core.images import Dataset, ImageSet
from tenfold.data.class_names import composed
from tenfold.data.listing import LISTED_BUT, NOTHING_LOST, is_named_as_image

_MANY = 0.1  # Share of the files from which on the loss is great.


@dataclass(frozen=True)
class LeftOut:
    """A file or folder that was left out.

    Attributes:
        folder: The class folder that it lies in, or the folder where there is none.
        name: Its path below that one; "." for a class folder as a whole.
        reason: Why it was left out.
        in_class: Whether it belongs to a class.
    """

    folder: str
    name: str
    reason: str
    in_class: bool


@dataclass(frozen=True)
class Losses:
    """What was left out of a dataset.

    Attributes:
        entries: Every file or folder, in the order of the provenance.
        read: How many files of each folder were read, where something was left out.
        classes: Classes, or class folders of a set, of which nothing can be used.
        n_lost: Files that belong to a class or are named as images, and cannot be used.
        n_files: These and the images that were read.
        what: What they are: files, or the images of tables.
    """

    entries: tuple[LeftOut, ...]
    read: Counter[str]
    classes: tuple[str, ...]
    n_lost: int
    n_files: int
    what: str = "files"

    @property
    def many(self) -> bool:
        """Whether more than a tenth of the files is lost."""
        return self.n_lost > _MANY * self.n_files

    @property
    def great(self) -> bool:
        """Whether more than a tenth of the files, or a whole class, is lost."""
        return self.many or bool(self.classes)


def losses_of(dataset: Dataset) -> Losses:
    """Count what a dataset's provenance says was left out."""
    if not dataset.provenance.skipped and not dataset.provenance.lost_classes:
        return Losses((), Counter(), (), 0, len(dataset.train) + len(dataset.test))
    if dataset.provenance.source == "parquet":
        return _losses_of_rows(dataset)
    depth = _class_depth((dataset.train, dataset.test))
    entries = tuple(_entry(file, reason, depth) for file, reason in dataset.provenance.skipped)
    read = Counter(
        _folder(file, depth) for part in (dataset.train, dataset.test) for file in part.files
    )
    lost = [
        entry
        for entry in entries
        if (entry.in_class or is_named_as_image(entry.name)) and entry.reason not in NOTHING_LOST
    ]
    gone = [entry.folder for entry in lost if entry.in_class and not read[entry.folder]]
    return Losses(
        entries,
        read,
        tuple(dict.fromkeys([*([] if depth is None else gone), *dataset.provenance.lost_classes])),
        len(lost),
        len(lost) + len(dataset.train) + len(dataset.test),
    )


def _losses_of_rows(dataset: Dataset) -> Losses:
    skipped = dataset.provenance.skipped
    entries = tuple(LeftOut("", row, reason, in_class=False) for row, reason in skipped)
    n_read = len(dataset.train) + len(dataset.test)
    return Losses(entries, Counter(), (), len(entries), len(entries) + n_read, "images")


def _class_depth(parts: tuple[ImageSet, ...]) -> int | None:
    """How many folders lie around a class folder; None where folders do not name the classes."""
    depths: set[int] | None = None
    for part in parts:
        for file, label in zip(part.files, part.labels, strict=False):
            folders = file.split("/")[:-1]
            here = {i for i, n in enumerate(folders) if composed(n) == part.classes[label]}
            depths = here if depths is None else depths & here
    return min(depths) if depths else None


def _folder(file: str, depth: int | None) -> str:
    """The class folder of a file, or the folder that it lies in where that is higher."""
    folders = file.split("/")[:-1]
    return "/".join(folders if depth is None else folders[: depth + 1])


def _entry(file: str, reason: str, depth: int | None) -> LeftOut:
    n_folders, beside = file.count("/"), reason.startswith("lies ")
    if reason.startswith(LISTED_BUT):  # Each is a file that should be an image.
        depth = None
    if n_folders == depth and not beside:
        return LeftOut(file, ".", reason, in_class=True)
    folder = _folder(file, depth)
    name = file[len(folder) + 1 :] if folder else file
    return LeftOut(folder, name, reason, not beside if depth is None else n_folders > depth)
