"""Make a dataset of listed image files: read them, number the classes, hold a test set out."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tenfold.core.errors import DataError, ImageError, argument
from tenfold.core.images import Dataset, ImageSet, Provenance
from tenfold.core.rendering import Rendering
from tenfold.core.text import Say, counted
from tenfold.data.class_names import in_natural_order, look_alike, notes_on_missing
from tenfold.data.folder_notes import lost_classes, note_on_links, notes_on_folders
from tenfold.data.holdout import TEST_PERCENT, hold_out
from tenfold.data.listing import LINK_OUTSIDE, ListedFile, Listing, Skipped
from tenfold.data.picture import FORMAT_NAMES, read_image

_SEED = 20091225  # Fixed: the order of the images is the same in every run.
_SAY_EVERY = 5_000


@dataclass(frozen=True)
class Advice:
    """What a source knows to say where its files cannot make a dataset.

    Attributes:
        expected: What it expects to find.
        one_class: What to do where there is only one class; asked for only then.
        without: What to do where the set of this name ("test") has no readable image.
    """

    expected: str
    one_class: Callable[[], str]
    without: Callable[[str], str]


@dataclass(frozen=True)
class _Found:
    """The readable images of one set."""

    listing: Listing
    images: tuple[np.ndarray, ...]
    files: tuple[ListedFile, ...]
    skipped: tuple[Skipped, ...]


def assemble(
    listings: Mapping[str, Listing],
    rendering: Rendering,
    provenance: Provenance,
    advice: Advice,
    *,
    say: Say,
) -> Dataset:
    """Read listed files into a dataset, shuffled in the same order each time.

    Images for validation become part of `train`, at the positions `given_validation`. Where there
    is no test set, a fixed 20 % of each class is.

    Args:
        listings: The files of `train`, and of `validation` and `test` where they are given.
        rendering: How they are brought to one shape.
        provenance: Where they come from; what is found out here is added to it.
        advice: What to say where this fails.
        say: Where to report, in short sentences, how far the reading is.

    Raises:
        DataError: No readable image, only one class, or a class that `train` lacks.
    """
    found = {kind: _read(listing, rendering, say) for kind, listing in listings.items()}
    classes = _classes(found["train"], advice)
    for kind in ("validation", "test"):
        if kind in found:
            _refuse_a_class_to_it_only(found[kind], found["train"], classes, kind, advice)
    train, given = _train_set(found["train"], found.get("validation"), classes)
    if "test" in found:
        test = _image_set(found["test"], classes, _shuffled(found["test"]))
    else:
        train, test = (train.take(part) for part in hold_out(train.labels))
    skipped = (*provenance.skipped, *(each for one in found.values() for each in one.skipped))
    notes = (
        *_notes_on_rendering(rendering),
        *provenance.notes,
        *note_on_links(skipped),
        *notes_on_folders(list(listings.values()), _files(found), classes),
        *_notes_on_sets(listings, classes, None if given is None else train.labels[given], test),
    )
    lost = [name for each in listings.values() for name in lost_classes(each, classes)[1]]
    known = replace(
        provenance, rendering=rendering, notes=notes, skipped=skipped, lost_classes=tuple(lost)
    )
    return Dataset(provenance.source, train, test, known, given)


def _notes_on_rendering(rendering: Rendering) -> Iterator[str]:
    side_px = rendering.side_px
    yield (
        f"Each image was resized (antialiased) to fill {side_px} x {side_px} pixels and cut evenly "
        "at the edges, as RGB; a transparent background became white."
    )


def _read(listing: Listing, rendering: Rendering, say: Say) -> _Found:
    """Read every file of a set, in the order of the listing."""
    images: list[np.ndarray] = []
    files: list[ListedFile] = []
    skipped = list(listing.skipped)
    for file in listing.files:
        try:
            images.append(read_image(Path(file.path), (rendering.side_px, rendering.side_px, 3)))
        except ImageError as reason:
            skipped.append((file.name, str(reason)))
            continue
        files.append(file)
        if len(files) % _SAY_EVERY == 0:
            say(f"Read {len(files):,} images of {listing.place} ...")
    return _Found(listing, tuple(images), tuple(files), tuple(skipped))


def _files(found: Mapping[str, _Found]) -> list[ListedFile]:
    return [file for each in found.values() for file in each.files]


def _classes(found: _Found, advice: Advice) -> tuple[str, ...]:
    """The names of the classes with readable images, in natural order."""
    place = found.listing.place
    if not found.images:
        first = "; ".join(f"{file}: {reason}" for file, reason in found.skipped[:3])
        raise DataError(
            f"No image in {place} can be read ({first or 'it has no files'}). Expected "
            f"{FORMAT_NAMES} files {advice.expected}.{_advice_on_links(found)}"
        )
    classes = in_natural_order(file.label for file in found.files)
    if len(classes) < 2:
        lost = notes_on_folders([found.listing], found.files, classes)
        raise DataError(
            f"Expected at least two classes; received one, '{classes[0]}', in {place}. "
            + "".join(f"{note} " for note in lost)
            + advice.one_class()
            + _advice_on_links(found)
        )
    return classes


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
    place, train_place = found.listing.place, train.listing.place
    if not found.images:
        raise DataError(
            f"No image in {place} can be read. {advice.without(kind)}{_advice_on_links(found)}"
        )
    unknown = in_natural_order({file.label for file in found.files} - set(classes))
    if not unknown:
        return
    alike = look_alike(unknown[0], classes)
    raise DataError(
        f"{place} has the class '{unknown[0]}', which has no readable image in "
        f"{train_place}. Expected the same classes in both: {', '.join(classes)}."
        + (
            f" '{alike}' differs from it only in capitals or in spaces at the ends: spell both "
            "folders alike."
            if alike
            else ""
        )
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
            f"There is no test folder, so a fixed {TEST_PERCENT} % of each class, drawn at random, "
            "is the test set."
        )
    if validation is not None:
        yield (
            f"{listings['validation'].place.name}'s {counted(len(validation), 'image')} "
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
