"""Gather the user's own images from a folder that holds one folder for each class."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tenfold.core.errors import DataError, ImageError, argument
from tenfold.core.images import DataRequest, Dataset, ImageSet, Provenance
from tenfold.core.limits import LARGEST_SIDE_PX, SMALLEST_SIDE_PX
from tenfold.core.rendering import Rendering
from tenfold.core.text import Say, counted
from tenfold.data.class_names import in_natural_order, look_alike, notes_on_missing
from tenfold.data.folder_notes import notes_on_folders
from tenfold.data.holdout import TEST_PERCENT, hold_out
from tenfold.data.layouts import Layout, find_layout, folders_that_fit
from tenfold.data.listing import ListedFile, Listing, Skipped, list_classes
from tenfold.data.picture import FORMAT_NAMES, read_image
from tenfold.data.source import Mirroring, PathSource, path_of

SIDE_PX = 32
"""Height and width that images are brought to, where nobody says otherwise."""

_SEED = 20091225  # Fixed: the order of the images is the same in every run.
_SAY_EVERY = 5_000


class ImageFolder(PathSource):
    """The user's own images, in one folder for each class."""

    name = "folder"
    wanted = "a folder of images"
    options = ("side_px",)
    mirroring = Mirroring(
        note="The recipe learns from mirrored images too. Where left and right matter, as in "
        "letters, set flip to false."
    )

    def recognises(self, data: str) -> bool:
        """Whether there is a folder of this name."""
        return path_of(data).is_dir()

    def gather(self, request: DataRequest, *, say: Say) -> Dataset:
        """As `gather_folder`."""
        side_px = SIDE_PX if request.side_px is None else request.side_px
        return gather_folder(Path(request.data), side_px=side_px, say=say)


@dataclass(frozen=True)
class _Found:
    """The readable images of one set's class folders."""

    listing: Listing
    images: tuple[np.ndarray, ...]
    files: tuple[ListedFile, ...]
    skipped: tuple[Skipped, ...]


def gather_folder(root: Path, *, side_px: int = SIDE_PX, say: Say = lambda _: None) -> Dataset:
    """Return the images of `<root>/<class>/` or `<root>/{train,val,test}/<class>/` as RGB squares.

    They become uint8 (n, side_px, side_px, 3), 0-255, as `read_image` says, and come shuffled,
    in the same order each time, so that the first ones are a fair sample. Folders for training,
    validation and test go by any of their usual names; images for validation are part of
    `train`, at the positions `given_validation`. Where there is no test folder, the validation
    folder is the test set; without either, a fixed 20 % of each class is. Folders inside a class
    folder belong to its class. A file that cannot be read is listed in `provenance.skipped` and
    left as it is.

    Args:
        root: The folder.
        side_px: Height and width to bring each image to, 4-1024.
        say: Where to report, in short sentences, how far the reading is.

    Raises:
        DataError: There is no such folder, no readable image, only one class, a class in the
            validation or test folder that the train folder lacks, or a layout that is not clear.
    """
    root = path_of(root)
    _check(root, side_px)
    layout = find_layout(root)
    places = {"train": layout.train, "validation": layout.validation, "test": layout.test}
    found = {
        kind: _read(list_classes(place, root), side_px, say)
        for kind, place in places.items()
        if place is not None
    }
    skipped = (*layout.skipped, *(each for one in found.values() for each in one.skipped))
    classes = _classes(found["train"])
    for kind in ("validation", "test"):
        if kind in found:
            _refuse_a_class_to_it_only(found[kind], layout.train, classes, kind)
    train, given = _train_set(found["train"], found.get("validation"), classes)
    if "test" in found:
        test = _image_set(found["test"], classes, _shuffled(found["test"]))
    else:
        train, test = (train.take(part) for part in hold_out(train.labels))
    notes = (
        f"Each image was resized (antialiased) to fill {side_px} x {side_px} pixels and cut evenly "
        "at the edges, as RGB; a transparent background became white.",
        *layout.notes,
        *notes_on_folders([each.listing for each in found.values()], _files(found), classes),
        *_notes_on_sets(layout, classes, None if given is None else train.labels[given], test),
    )
    provenance = Provenance(
        source="folder",
        location=str(root.resolve()),
        rendering=Rendering(side_px),
        notes=notes,
        skipped=skipped,
    )
    return Dataset("folder", train, test, provenance, given)


def _check(root: Path, side_px: int) -> None:
    if not root.is_dir():
        raise DataError(
            f"There is no folder {root}. Expected one that holds a folder of images for each class."
        )
    if not SMALLEST_SIDE_PX <= side_px <= LARGEST_SIDE_PX:
        raise DataError(
            f"Expected {argument('side_px')} to be {SMALLEST_SIDE_PX}..{LARGEST_SIDE_PX} pixels; "
            f"received {side_px}."
        )


def _read(listing: Listing, side_px: int, say: Say) -> _Found:
    """Read every file of the class folders, in the order of their names."""
    images: list[np.ndarray] = []
    files: list[ListedFile] = []
    skipped = list(listing.skipped)
    for file in listing.files:
        try:
            images.append(read_image(file.path, (side_px, side_px, 3)))
        except ImageError as reason:
            skipped.append((file.name, str(reason)))
            continue
        files.append(file)
        if len(files) % _SAY_EVERY == 0:
            say(f"Read {len(files):,} images of {listing.place} ...")
    return _Found(listing, tuple(images), tuple(files), tuple(skipped))


def _files(found: dict[str, _Found]) -> list[ListedFile]:
    return [file for each in found.values() for file in each.files]


def _classes(found: _Found) -> tuple[str, ...]:
    """The names of the folders with readable images, in natural order."""
    folder = found.listing.place
    if not found.images:
        first = "; ".join(f"{file}: {reason}" for file, reason in found.skipped[:3])
        raise DataError(
            f"No image in {folder} can be read ({first or 'it has no files'}). Expected "
            f"{FORMAT_NAMES} files in one folder for each class, such as cats/1.png, dogs/1.png."
        )
    classes = in_natural_order(file.label for file in found.files)
    if len(classes) < 2:
        fitting = [f"{each}" for each in folders_that_fit(folder)]
        lost = notes_on_folders([found.listing], found.files, classes)
        raise DataError(
            f"Expected at least two classes; received one, '{classes[0]}', in {folder}. "
            + "".join(f"{note} " for note in lost)
            + (f"Give {' or '.join(fitting)} as {argument('data')}, or put" if fitting else "Put")
            + " the images of each class into a folder of their own."
        )
    return classes


def _refuse_a_class_to_it_only(
    found: _Found, train: Path, classes: tuple[str, ...], kind: str
) -> None:
    place = found.listing.place
    if not found.images:
        raise DataError(
            f"No image in {place} can be read. Put {kind} images there, or remove that "
            f"folder and give {train} as {argument('data')}, to have a part of it held out."
        )
    unknown = in_natural_order({file.label for file in found.files} - set(classes))
    if not unknown:
        return
    alike = look_alike(unknown[0], classes)
    raise DataError(
        f"{place} has the class '{unknown[0]}', which has no readable image in "
        f"{train}. Expected the same classes in both: {', '.join(classes)}."
        + (
            f" '{alike}' differs from it only in capitals or in spaces at the ends: spell both "
            "folders alike."
            if alike
            else ""
        )
    )


def _notes_on_sets(
    layout: Layout, classes: tuple[str, ...], validation: np.ndarray | None, test: ImageSet
) -> Iterator[str]:
    """Say which images are held out, and which classes they lack.

    Args:
        layout: Where the sets lie.
        classes: The names of the classes.
        validation: int64 (m,), the labels of the images given for validation, if there are any.
        test: The test images.
    """
    if layout.test is None:
        yield (
            f"There is no test folder, so a fixed {TEST_PERCENT} % of each class, drawn at random, "
            "is the test set."
        )
    if layout.validation is not None and validation is not None:
        yield (
            f"{layout.validation.name}'s {counted(len(validation), 'image')} "
            f"{'is' if len(validation) == 1 else 'are'} the validation set of this run."
        )
        yield from notes_on_missing("validation", validation, classes)
    yield from notes_on_missing("test", test.labels, classes)


def _train_set(
    train: _Found, validation: _Found | None, classes: tuple[str, ...]
) -> tuple[ImageSet, np.ndarray | None]:
    """The images to fit and those given for validation, shuffled, and where the latter are."""
    if validation is None:
        return _image_set(train, classes, _shuffled(train)), None
    both = _Found(
        train.listing,
        (*train.images, *validation.images),
        (*train.files, *validation.files),
        (*train.skipped, *validation.skipped),
    )
    order = _shuffled(both)
    return _image_set(both, classes, order), np.flatnonzero(order >= len(train.images))


def _shuffled(found: _Found) -> np.ndarray:
    return np.random.default_rng(_SEED).permutation(len(found.images))


def _image_set(found: _Found, classes: tuple[str, ...], order: np.ndarray) -> ImageSet:
    """Stack the images, in the order given."""
    number = {name: label for label, name in enumerate(classes)}
    labels = np.array([number[file.label] for file in found.files], dtype=np.int64)
    names = tuple(file.name for file in found.files)
    return ImageSet(np.stack(found.images), labels, classes, names).take(order)
