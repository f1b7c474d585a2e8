"""Make a dataset of listed image files: read them, number the classes, hold out a test set."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError, argument
from tenfold.core.images import Dataset, ImageSet, Provenance
from tenfold.core.limits import IN_MEMORY_BYTES, LARGEST_SIDE_PX, SMALLEST_SIDE_PX
from tenfold.core.rendering import FITS, Rendering
from tenfold.core.rows import Rows
from tenfold.core.text import Say, counted
from tenfold.data.class_names import in_natural_order, look_alike, notes_on_missing
from tenfold.data.file_table import FileTable
from tenfold.data.folder_notes import lost_classes, note_on_links, notes_on_folders
from tenfold.data.holdout import TEST_PERCENT, hold_out
from tenfold.data.listing import LINK_OUTSIDE, ListedFile, Listing, Skipped
from tenfold.data.picture import FORMAT_NAMES
from tenfold.data.reading import Contents, ReadFiles, read_files

STANDARD = Rendering(side_px=32)
"""The default way to bring picture files to one shape."""

_SEED = 20091225  # Fixed: the order of the images is the same in every run.


@dataclass(frozen=True)
class Advice:
    """A source's advice if its files cannot make a dataset.

    Attributes:
        expected: What it expects to find.
        one_class: Advice if there is only one class.
        without: Advice if the set of this name ("test") has no readable image.
    """

    expected: str
    one_class: Callable[[], str]
    without: Callable[[str], str]


def rendering_for(request: DataRequest) -> Rendering:
    """The requested way to bring picture files to one shape; the files decide its scale.

    Raises:
        DataError: The side or the fit is not one that there is.
    """
    side_px = STANDARD.side_px if request.side_px is None else request.side_px
    if not SMALLEST_SIDE_PX <= side_px <= LARGEST_SIDE_PX:
        raise DataError(
            f"Expected {argument('side_px')} to be {SMALLEST_SIDE_PX}..{LARGEST_SIDE_PX} pixels; "
            f"received {side_px}."
        )
    fit = request.fit or STANDARD.fit
    if fit not in FITS:
        raise DataError(
            f"Expected {argument('fit')} to be {', '.join(FITS[:-1])} or {FITS[-1]}; received "
            f"'{fit}'."
        )
    return Rendering(side_px, fit)


@dataclass(frozen=True)
class _Found:
    """The readable images of one set: a row of `images` for each of `files`."""

    listing: Listing
    images: np.ndarray
    table: FileTable
    rows: np.ndarray
    files: tuple[ListedFile, ...]
    skipped: tuple[Skipped, ...]


def assemble(
    listings: Mapping[str, Listing],
    rendering: Rendering,
    provenance: Provenance,
    advice: Advice,
    *,
    contents: Contents | None = None,
    say: Say,
) -> Dataset:
    """Read listed files into a dataset, shuffled in the same order each time.

    Images for validation become part of `train`, at the positions `given_validation`. Where there
    is no test set, a fixed 20 % of each class is.

    Args:
        listings: The files of `train`, and of `validation` and `test` where they are given.
        rendering: How they are brought to one shape.
        provenance: Where they come from; what is found out here is added to it.
        advice: The source's advice if this fails.
        contents: Where the bytes of the files come from; None for the disk.
        say: Where to report, in short sentences, how far the reading is.

    Raises:
        DataError: No readable image, only one class, or a class that `train` lacks.
    """
    files = [file for listing in listings.values() for file in listing.files]
    read = read_files(files, rendering, root=provenance.location, contents=contents, say=say)
    found = _found(listings, read)
    classes = _classes(found["train"], advice)
    for kind in ("validation", "test"):
        if kind in found:
            _refuse_a_class_to_it_only(found[kind], found["train"], classes, kind, advice)
    train, given, groups = _train_set(found["train"], found.get("validation"), classes)
    if "test" in found:
        test = _image_set(found["test"], classes)
    else:
        kept, held_out = hold_out(train.labels, groups)
        test, train = train.take(held_out), train.take(kept)
        groups = None if groups is None else groups[kept]
    skipped = (*provenance.skipped, *(each for one in found.values() for each in one.skipped))
    notes = (
        note_on_rendering(rendering),
        *read.notes(),
        *provenance.notes,
        *note_on_links(skipped),
        *notes_on_folders(list(listings.values()), _files(found), classes),
        *_notes_on_groups(_files(found)),
        *_notes_on_sets(listings, classes, None if given is None else train.labels[given], test),
    )
    lost = [name for each in listings.values() for name in lost_classes(each, classes)[1]]
    known = replace(
        provenance,
        rendering=read.rendering,
        notes=notes,
        skipped=skipped,
        lost_classes=tuple(lost),
    )
    return Dataset(provenance.source, train, test, known, given, groups)


def note_on_rendering(rendering: Rendering) -> str:
    """Say how pictures of any size became images of one shape."""
    size = f"{rendering.side_px} x {rendering.side_px} pixels"
    made = {
        "crop": f"resized (antialiased) to fill {size} and cropped evenly at the edges",
        "pad": f"resized (antialiased) to fit into {size}, on white",
        "squash": f"resized (antialiased) to {size}, whatever its shape was",
    }
    return f"Each image was {made[rendering.fit]}, as RGB; a transparent background became white."


def _found(listings: Mapping[str, Listing], read: ReadFiles) -> dict[str, _Found]:
    """Divide what was read into the sets again."""
    found, first = {}, 0
    for kind, listing in listings.items():
        readable = read.readable[first : first + len(listing.files)]
        rows = first + np.flatnonzero(readable)
        failed = (
            (listing.files[at].name, read.table.reason(first + at))
            for at in np.flatnonzero(~readable).tolist()
        )
        files = tuple(listing.files[row - first] for row in rows.tolist())
        found[kind] = _Found(
            listing, read.images, read.table, rows, files, (*listing.skipped, *failed)
        )
        first += len(listing.files)
    return found


def _files(found: Mapping[str, _Found]) -> list[ListedFile]:
    return [file for each in found.values() for file in each.files]


def _classes(found: _Found, advice: Advice) -> tuple[str, ...]:
    """The names of the classes with readable images, in natural order."""
    place = found.listing.where
    if not found.files:
        what = f"No image in {place} can be read: {_first_reasons(found)}. Replace these files by"
        if not found.skipped:
            what = f"{place} holds no files. Put images there:"
        raise DataError(f"{what} {FORMAT_NAMES} files {advice.expected}.{_advice_on_links(found)}")
    classes = in_natural_order(file.label for file in found.files)
    if len(classes) < 2:
        lost = notes_on_folders([found.listing], found.files, classes)
        raise DataError(
            f"Expected at least two classes; received one, '{classes[0]}', in {place}. "
            + "".join(f"{note} " for note in lost)
            + (
                "Replace the files that cannot be read, or add images of another class."
                if found.skipped and lost
                else advice.one_class()
            )
            + _advice_on_links(found)
        )
    return classes


def _first_reasons(found: _Found) -> str:
    return "; ".join(f"{file}: {reason}" for file, reason in found.skipped[:3])


def _advice_on_links(found: _Found) -> str:
    n_links = sum(reason == LINK_OUTSIDE for _, reason in found.skipped)
    if not n_links:
        return ""
    links = "is a link" if n_links == 1 else "are links"
    return (
        f" {n_links:,} {links} to outside the folder; with {argument('follow_links')} "
        f"{'it is' if n_links == 1 else 'they are'} followed."
    )


def _refuse_a_class_to_it_only(
    found: _Found, train: _Found, classes: tuple[str, ...], kind: str, advice: Advice
) -> None:
    place, train_place = found.listing.where, train.listing.where
    if not found.files:
        reasons = f" ({_first_reasons(found)})" if found.skipped else ""
        raise DataError(
            f"No image in {place} can be read{reasons}. {advice.without(kind)}"
            f"{_advice_on_links(found)}"
        )
    unknown = in_natural_order({file.label for file in found.files} - set(classes))
    if not unknown:
        return
    alike = look_alike(unknown[0], classes)
    raise DataError(
        f"The class '{unknown[0]}' of {place} has no readable image in {train_place}, where the "
        f"classes are {', '.join(classes)}. "
        + (
            f"'{alike}' differs only in capitals or in spaces at the ends: give both folders the "
            "same name."
            if alike
            else f"Add images of '{unknown[0]}' there, or remove that class from {place}."
        )
    )


def _notes_on_groups(files: list[ListedFile]) -> Iterator[str]:
    """Say how many groups are kept whole."""
    groups = [file.group for file in files if file.group is not None]
    if groups:
        n_groups, n_alone = len(set(groups) - {""}), groups.count("")
        alone = f"; {counted(n_alone, 'image')} without one stand alone" if n_alone else ""
        yield (
            f"{counted(n_groups, 'group')} of images{alone}. No group is divided between training, "
            "validation and test."
        )


def _notes_on_sets(
    listings: Mapping[str, Listing],
    classes: tuple[str, ...],
    validation: np.ndarray | None,
    test: ImageSet,
) -> Iterator[str]:
    """Say which images are held out, and which classes they lack.

    Args:
        listings: The files of each set.
        classes: The names of the classes.
        validation: int64 (m,), the labels of the images given for validation, if there are any.
        test: The test images.
    """
    if "test" not in listings:
        yield (
            f"There is no test set, so a fixed {TEST_PERCENT} % of each class, drawn at random, "
            "is held out as the test set."
        )
    if validation is not None:
        yield (
            f"The {counted(len(validation), 'image')} of {listings['validation'].name} "
            f"{'is' if len(validation) == 1 else 'are'} the validation set of this run."
        )
        yield from notes_on_missing("validation", validation, classes)
    yield from notes_on_missing("test", test.labels, classes)


def _train_set(
    train: _Found, validation: _Found | None, classes: tuple[str, ...]
) -> tuple[ImageSet, np.ndarray | None, np.ndarray | None]:
    """The images to fit and those given for validation, shuffled; where these are; the groups."""
    if validation is None:
        return _image_set(train, classes), None, _groups(train)
    both = replace(
        train,
        rows=np.concatenate([train.rows, validation.rows]),
        files=(*train.files, *validation.files),
    )
    given = np.flatnonzero(_shuffled(both) >= len(train.files))
    return _image_set(both, classes), given, _groups(both)


def _groups(found: _Found) -> np.ndarray | None:
    """The group number of each image, int64 (n,), in the shuffled order; None without groups."""
    files = found.files
    if all(file.group is None for file in files):
        return None
    numbers: dict[str, int] = {}
    groups = [
        numbers.setdefault(file.group, len(files) + len(numbers)) if file.group else own
        for own, file in enumerate(files)
    ]
    return np.array(groups, dtype=np.int64).take(_shuffled(found))


def _shuffled(found: _Found) -> np.ndarray:
    return np.random.default_rng(_SEED).permutation(len(found.files))


def _image_set(found: _Found, classes: tuple[str, ...]) -> ImageSet:
    """The images, shuffled; those of many stay on the disk."""
    order = _shuffled(found)
    number = {name: label for label, name in enumerate(classes)}
    labels = np.array([number[file.label] for file in found.files], dtype=np.int64)[order]
    names = tuple(found.files[at].name for at in order.tolist())
    rows = found.rows[order]
    stay = found.images.nbytes > IN_MEMORY_BYTES
    images = Rows(found.images, rows) if stay else found.images[rows]
    return ImageSet(images, labels, classes, names, found.table.originals(rows))
