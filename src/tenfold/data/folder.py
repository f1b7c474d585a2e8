"""Gather the user's own images from a folder that holds one folder for each class."""

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from tenfold.core.errors import DataError, ImageError, argument
from tenfold.core.images import DataRequest, Dataset, ImageSet, Provenance
from tenfold.core.limits import LARGEST_SIDE_PX, SMALLEST_SIDE_PX
from tenfold.core.text import Say
from tenfold.data.holdout import TEST_PERCENT, hold_out
from tenfold.data.picture import read_image
from tenfold.data.source import Mirroring, Source, path_of

SIDE_PX = 32
"""Height and width that images are brought to, where nobody says otherwise."""

_SEED = 20091225  # Fixed: the order of the images is the same in every run.
_NOT_IMAGES = {"thumbs.db", "desktop.ini"}  # Left by file managers, like names with a dot.
_SAY_EVERY = 5_000


class ImageFolder(Source):
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

    def from_anywhere(self, request: DataRequest) -> DataRequest:
        """With the whole path."""
        return replace(request, data=str(path_of(request.data)))

    def gather(self, request: DataRequest, *, say: Say) -> Dataset:
        """As `gather_folder`."""
        side_px = SIDE_PX if request.side_px is None else request.side_px
        return gather_folder(Path(request.data), side_px=side_px, say=say)


@dataclass
class _Found:
    """What one set of class folders holds, filled while it is read."""

    images: list[np.ndarray] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)


def gather_folder(root: Path, *, side_px: int = SIDE_PX, say: Say = lambda _: None) -> Dataset:
    """Return the images of `<root>/<class>/` or `<root>/{train,test}/<class>/` as RGB squares.

    PNG, JPEG, WebP, BMP and GIF become uint8 (n, side_px, side_px, 3), 0-255, as `read_image`
    says. They come shuffled, in the same order each time, so that the first ones are a fair
    sample. Without a test folder, a fixed 20 % of each class is the test set. A file that
    cannot be read is listed in `provenance.skipped` and left as it is.

    Args:
        root: The folder.
        side_px: Height and width to bring each image to, 4-1024.
        say: Where to report, in short sentences, how far the reading is.

    Raises:
        DataError: There is no such folder, no readable image, only one class, or a class
            in the test folder that the train folder lacks.
    """
    root = path_of(root)
    _check(root, side_px)
    notes = [
        f"Each image was resized (antialiased) to fill {side_px} x {side_px} pixels and cut evenly "
        "at the edges, as RGB; a transparent background became white."
    ]
    if (root / "train").is_dir() and (root / "test").is_dir():
        found, found_test = (_read(root, part, side_px, say) for part in ("train", "test"))
        skipped = (*_beside_train_and_test(root), *found.skipped, *found_test.skipped)
        classes = _classes(root / "train", found, skipped)
        _refuse_a_class_to_test_only(root, found_test, classes)
        train, test = _image_set(found, classes), _image_set(found_test, classes)
    else:
        found = _read(root, "", side_px, say)
        skipped = tuple(found.skipped)
        classes = _classes(root, found, skipped)
        everything = _image_set(found, classes)
        train, test = (everything.take(part) for part in hold_out(everything.labels))
        notes.append(
            f"There is no test folder, so a fixed {TEST_PERCENT} % of each class, drawn at random, "
            "is the test set."
        )
    if untested := [name for i, name in enumerate(classes) if i not in test.labels]:
        notes.append(f"The test set has no image of {', '.join(untested)}.")
    provenance = Provenance(
        source="folder",
        location=str(root.resolve()),
        side_px=side_px,
        notes=tuple(notes),
        skipped=skipped,
    )
    return Dataset("folder", train, test, provenance)


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


def _read(root: Path, part: str, side_px: int, say: Say) -> _Found:
    """Read every `<root>/<part>/<class>/<image>`, in the order of their names."""
    found = _Found()
    for folder in _visible(root / part, found, root):
        if not folder.is_dir():
            found.skipped.append((_name(folder, root), "lies outside the class folders"))
            continue
        if _leaves(folder, root):
            found.skipped.append((_name(folder, root), "a link to outside the folder"))
            continue
        for file in _visible(folder, found, root):
            try:
                found.images.append(_read_one(file, root, side_px))
            except ImageError as reason:
                found.skipped.append((_name(file, root), str(reason)))
                continue
            found.classes.append(_name(folder, root / part))
            found.files.append(_name(file, root))
            if len(found.files) % _SAY_EVERY == 0:
                say(f"Read {len(found.files):,} images of {root / part} ...")
    return found


def _visible(folder: Path, found: _Found, root: Path) -> list[Path]:
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as error:
        found.skipped.append((_name(folder, root), f"cannot be opened: {error.strerror}"))
        return []
    return [e for e in entries if e.name[0] != "." and e.name.lower() not in _NOT_IMAGES]


def _read_one(file: Path, root: Path, side_px: int) -> np.ndarray:
    if _leaves(file, root):
        raise ImageError("a link to outside the folder")
    if file.is_dir():
        raise ImageError("a folder inside a class folder")
    return read_image(file, (side_px, side_px, 3))


def _leaves(path: Path, root: Path) -> bool:
    """Whether `path` is a link to something outside `root`."""
    target = Path(os.path.realpath(path))
    return path.is_symlink() and not target.is_relative_to(os.path.realpath(root))


def _name(path: Path, root: Path) -> str:
    """The path below `root` with forward slashes; bytes that are no UTF-8 are spelt out."""
    name = path.relative_to(root).as_posix()
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _beside_train_and_test(root: Path) -> list[tuple[str, str]]:
    nothing = _Found()
    beside = [
        entry for entry in _visible(root, nothing, root) if entry.name not in ("train", "test")
    ]
    return [(_name(entry, root), "lies beside the folders train and test") for entry in beside]


def _classes(folder: Path, found: _Found, skipped: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """The names of the folders with readable images, sorted."""
    if not found.images:
        first = "; ".join(f"{file}: {reason}" for file, reason in skipped[:3])
        raise DataError(
            f"No image in {folder} can be read ({first or 'it has no files'}). Expected PNG, JPEG, "
            "WebP, BMP or GIF files in one folder for each class, such as cats/1.png, dogs/1.png."
        )
    classes = tuple(sorted(set(found.classes)))
    if len(classes) < 2:
        raise DataError(
            f"Expected at least two classes; received one, '{classes[0]}', in {folder}. Put the "
            "images of each class into a folder of their own."
        )
    return classes


def _refuse_a_class_to_test_only(root: Path, found: _Found, classes: tuple[str, ...]) -> None:
    if not found.images:
        raise DataError(
            f"No image in {root / 'test'} can be read. Put test images there, or remove that "
            f"folder and give {root / 'train'} as the root, to have a part of it held out."
        )
    if unknown := sorted(set(found.classes) - set(classes)):
        raise DataError(
            f"{root / 'test'} has the class '{unknown[0]}', which has no readable image in "
            f"{root / 'train'}. Expected the same classes in both: {', '.join(classes)}."
        )


def _image_set(found: _Found, classes: tuple[str, ...]) -> ImageSet:
    """Stack the images, shuffled."""
    order = np.random.default_rng(_SEED).permutation(len(found.images))
    number = {name: label for label, name in enumerate(classes)}
    labels = np.array([number[name] for name in found.classes], dtype=np.int64)
    return ImageSet(np.stack(found.images), labels, classes, tuple(found.files)).take(order)
