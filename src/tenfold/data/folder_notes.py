"""Notes on class folders that may surprise the user."""

from collections.abc import Iterable, Iterator, Sequence

from tenfold.data.class_names import listed, notes_on_names, quoted
from tenfold.data.listing import LINK_OUTSIDE, ListedFile, Listing, Skipped


def notes_on_folders(
    listings: Sequence[Listing], read: Sequence[ListedFile], classes: tuple[str, ...]
) -> list[str]:
    """Sentences about folders that are not classes, names that look alike, and nested folders.

    Args:
        listings: The class folders of each set.
        read: The files of them all whose image can be read.
        classes: The names of the classes.
    """
    return [
        *(note for listing in listings for note in _notes_on_lost_classes(listing, classes)),
        *(note for listing in listings for note in _merged_folders(listing)),
        *notes_on_names(folder.label for listing in listings for folder in listing.folders),
        *_label_rules([listing for listing in listings if listing.files], read),
    ]


def note_on_links(skipped: Iterable[Skipped]) -> Iterator[str]:
    """Name the option that follows links, if some were not followed."""
    if any(reason == LINK_OUTSIDE for _, reason in skipped):
        yield (
            "Links to outside the folder are followed only with --follow-links (in Python, "
            "follow_links=True)."
        )


def lost_classes(listing: Listing, classes: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The folders that are not classes: those without a file, and those without a readable one."""
    with_files = {file.folder for file in listing.files}
    lost = [folder.name for folder in listing.folders if folder.label not in classes]
    empty = [name for name in lost if name not in with_files]
    return empty, [name for name in lost if name in with_files]


def _notes_on_lost_classes(listing: Listing, classes: tuple[str, ...]) -> Iterator[str]:
    empty, unread = lost_classes(listing, classes)
    if empty:
        yield f"{listed(empty)} {_hold(empty)} no files, so {_not_classes(empty)}."
    if unread:
        yield f"No image in {listed(unread)} can be read, so {_not_classes(unread)}."


def _hold(names: list[str]) -> str:
    return "holds" if len(names) == 1 else "hold"


def _not_classes(names: list[str]) -> str:
    return "it is not a class" if len(names) == 1 else "they are not classes"


def _merged_folders(listing: Listing) -> Iterator[str]:
    same: dict[str, int] = {}
    for folder in listing.folders:
        same[folder.label] = same.get(folder.label, 0) + 1
    if merged := [label for label, n in same.items() if n > 1]:
        yield (
            f"{listing.place.name} has more than one folder for {listed(quoted(merged))}: their "
            "names are spelt with composed and with decomposed characters of Unicode. They are "
            "one class."
        )


def _label_rules(listings: Sequence[Listing], read: Sequence[ListedFile]) -> Iterator[str]:
    """Say what the classes are, unless they are simply the folders of the images."""
    rules = {listing.label_from for listing in listings}
    if "name" in rules and read:
        yield (
            "Classes are the names of files without the number at their end, such as "
            f"'{read[0].label}' for {read[0].name.rpartition('/')[2]}."
        )
    elif "path" in rules and read:
        deepest = max(read, key=lambda file: file.label.count("/"))
        yield f"Classes are the whole paths of folders, such as '{deepest.label}'."
    elif not any(listing.title for listing in listings):  # A list says itself what its classes are.
        yield from _nested_folders(read)


def _nested_folders(read: Iterable[ListedFile]) -> Iterator[str]:
    inner = {}  # A dict keeps the order.
    for file in read:
        folder = file.name.rpartition("/")[0]
        if folder != file.folder:
            inner[folder] = file
    if inner:
        yield (
            "Classes are the folders of the first level. Images of the folders inside them "
            f"({listed(inner, 5)}) belong to the class of the folder around them. To make them "
            "classes of their own: --label-from path (in Python, "
            f"label_from='path').{_hint_on_sets(inner)}"
        )


def _hint_on_sets(inner: dict[str, ListedFile]) -> str:
    """Ask where the folders of the first level hold folders of the same names, as sets do."""
    below: dict[str, set[str]] = {}
    for folder, file in inner.items():
        below.setdefault(file.folder, set()).add(folder.removeprefix(f"{file.folder}/"))
    if len(below) < 2 or len(set.intersection(*below.values())) < 2:
        return ""
    return f" If {listed(below, 5)} are sets, not classes, call them train, val or test."
