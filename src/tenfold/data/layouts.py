"""Find out how a folder of images is laid out: where its class folders are, and for which set."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tenfold.core.errors import DataError, argument
from tenfold.data.class_names import listed
from tenfold.data.listing import (
    LINK_OUTSIDE,
    OUTSIDE_CLASSES,
    Skipped,
    is_folder,
    is_leftover,
    is_named_as_image,
    leaves,
    name_below,
    visible,
)

USUAL_SETS = {
    "train": ("train", "training"),
    "validation": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing", "eval"),
}
"""What the folders of each set are called."""
_SET_OF = {name: kind for kind, names in USUAL_SETS.items() for name in names}
_MOST_LOOKED_AT = 2_000  # Folders that are searched for advice: enough for any data set.


@dataclass(frozen=True)
class Layout:
    """Where the class folders of each set are.

    Attributes:
        root: The folder that was given; names of files are relative to it.
        train: The folder of the training images' class folders.
        validation: Of the validation images; None where the folder leaves them to the recipe.
        test: Of the test images; None where they are to be held out.
        notes: Plain sentences on how the folder is read.
        skipped: What lies outside all of these.
    """

    root: Path
    train: Path
    validation: Path | None = None
    test: Path | None = None
    notes: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()


def find_layout(root: Path) -> Layout:
    """Find the class folders of a folder, and the sets that they belong to.

    Args:
        root: An absolute path to a folder that is there.

    Raises:
        DataError: Images without class folders, two folders for one set, or a folder a level
            too high or too deep.
    """
    inner = _read_through(root)
    notes, skipped = [], []
    for folder in _between(root, inner):
        skipped += _beside(folder, root, OUTSIDE_CLASSES, but=(inner, *inner.parents))
    if inner != root:
        notes.append(
            f"The folder {name_below(inner, root)} lies around everything else, so its folders are "
            "read."
        )
    sets = _sets(inner, root)
    if sets:
        return _layout_of_sets(root, inner, sets, notes, skipped)
    _refuse_sets_without_train(inner, root)
    _refuse_sets_inside_classes(inner, root)
    _refuse_images_without_classes(inner)
    return Layout(root, inner, notes=tuple(notes), skipped=tuple(skipped))


def _layout_of_sets(
    root: Path, inner: Path, sets: dict[str, Path], notes: list[str], skipped: list[Skipped]
) -> Layout:
    for folder in sets.values():
        _refuse_images_without_classes(folder)
    where = "folders" if len(sets) > 1 else "folder"
    reason = f"lies beside the {where} {listed(each.name for each in sets.values())}"
    skipped = [*skipped, *_beside(inner, root, reason, but=tuple(sets.values()))]
    notes = [*notes, *_notes_on_sets(sets), *_notes_on_linked_sets(inner, root)]
    places: dict[str, Path] = {}
    for kind, folder in sets.items():
        places[kind] = place = _read_through_its_namesake(folder, root)
        if place != folder:
            skipped += _beside(folder, root, OUTSIDE_CLASSES, but=(place,))
            notes.append(
                f"{name_below(folder, root)} holds only the folder {place.name}, so the folders "
                "in that one are read."
            )
    test, validation = places.get("test"), places.get("validation")
    if test is None:
        test, validation = validation, None
    return Layout(root, places["train"], validation, test, tuple(notes), tuple(skipped))


def folders_that_fit(root: Path) -> list[Path]:
    """At most three folders below `root` that hold class folders or sets, the highest first."""
    fitting: list[Path] = []
    waiting, n_seen = [root], 0
    while waiting and n_seen < _MOST_LOOKED_AT and len(fitting) < 3:
        folder, n_seen = waiting.pop(0), n_seen + 1
        if folder != root and _fits(folder):
            fitting.append(folder)
        else:
            waiting += [each for each in folders_in(folder) if not each.is_symlink()]
    return fitting


def folders_in(folder: Path) -> list[Path]:
    """The folders right in a folder, sorted, without what systems leave; links count too."""
    with suppress(OSError):
        return [entry for entry in visible(folder) if is_folder(entry)]
    return []


def _images_in(folder: Path) -> list[Path]:
    """The files right in a folder that are named as images."""
    with suppress(OSError):
        return [e for e in visible(folder) if is_named_as_image(e) and not is_folder(e)]
    return []


def _holds_images(folder: Path) -> bool:
    """Whether a file at any depth is named as an image."""
    for _, inner, files in os.walk(folder):
        inner[:] = [name for name in inner if not is_leftover(name)]
        if any(is_named_as_image(Path(name)) and not is_leftover(name) for name in files):
            return True
    return False


def set_named(name: str) -> str | None:
    """The set that a name means in any case: a key of `USUAL_SETS`; None if it means none."""
    return _SET_OF.get(name.casefold())


def _set_of(folder: Path) -> str | None:
    return set_named(folder.name)


def _read_through(root: Path) -> Path:
    """The folder inside all those that hold nothing but one folder of folders."""
    folder, seen = root, {os.path.realpath(root)}
    while len(inner := folders_in(folder)) == 1 and _set_of(inner[0]) != "train":
        real = os.path.realpath(inner[0])
        wraps = folders_in(inner[0]) and not _images_in(inner[0])
        if not wraps or real in seen or leaves(inner[0], root):
            break
        folder = inner[0]
        seen.add(real)
    return folder


def _read_through_its_namesake(folder: Path, root: Path) -> Path:
    """`train/train` for a `train` that holds no other folder; the folder itself otherwise."""
    inner = folders_in(folder)
    if len(inner) != 1 or _set_of(inner[0]) != _set_of(folder) or leaves(inner[0], root):
        return folder
    looped = Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(inner[0]))
    return inner[0] if folders_in(inner[0]) and not looped else folder


def _between(root: Path, inner: Path) -> list[Path]:
    """The folders from `root` down to the one around `inner`."""
    parts = inner.relative_to(root).parts
    return [root.joinpath(*parts[:depth]) for depth in range(len(parts))]


def _beside(folder: Path, root: Path, reason: str, *, but: tuple[Path, ...]) -> list[Skipped]:
    with suppress(OSError):
        return [
            (name_below(each, root), LINK_OUTSIDE if leaves(each, root) else reason)
            for each in visible(folder)
            if each not in but
        ]
    return []


def _sets(folder: Path, root: Path) -> dict[str, Path]:
    """The folders for training, validation and test; none where the folders are classes.

    A class may be called `train` too: it is one if it holds images but no folders, and other
    folders of images lie beside it.
    """
    inside = [each for each in folders_in(folder) if not leaves(each, root)]
    named = {kind: [each for each in inside if _set_of(each) == kind] for kind in USUAL_SETS}
    with_images = (each for each in inside if _set_of(each) is None and _holds_images(each))
    if not named["train"]:
        return {}
    if not any(folders_in(each) for each in named["train"]) and next(with_images, None):
        return {}
    for kind, folders in named.items():
        if len(folders) > 1:
            raise DataError(
                f"{folder} holds {listed(each.name for each in folders)}, which mean the "
                f"same: the {kind} set. Expected one of them: put their images together, or move "
                "the others elsewhere."
            )
    sets = {kind: folders[0] for kind, folders in named.items() if folders}
    if len(sets) == 1 and (others := list(with_images)):
        train = sets["train"]
        raise DataError(
            f"{folder} holds {train.name}, which has folders in it, and beside it "
            f"{listed((each.name for each in others), 5)} with images, so it is not clear whether "
            f"{train.name} is a training set or a class. Give {train} as {argument('data')} to "
            f"learn its classes, or rename {train.name} if it is a class like the others."
        )
    return sets


def _notes_on_sets(sets: dict[str, Path]) -> Iterator[str]:
    train, validation = sets["train"].name, sets.get("validation")
    if len(sets) == 1:
        yield f"There is only the folder {train}; its folders are the classes."
    elif validation and "test" not in sets:
        yield f"There is no test folder beside {train}, so {validation.name} is the test set."


def _notes_on_linked_sets(folder: Path, root: Path) -> Iterator[str]:
    for each in folders_in(folder):
        if _set_of(each) and leaves(each, root):
            yield (
                f"{each.name} is a link to outside the folder, so it is not read as "
                f"the {_set_of(each)} set."
            )


def _refuse_sets_without_train(folder: Path, root: Path) -> None:
    inside = [each for each in folders_in(folder) if not leaves(each, root)]
    named = [each for each in inside if _set_of(each) and folders_in(each)]
    if named and len(inside) > 1:
        raise DataError(
            f"{folder} holds {listed(each.name for each in named)} with class folders in it, but "
            f"no folder called train. Expected train beside it: rename the folder of training "
            f"images to train, or give {named[0]} as {argument('data')} to use its images alone."
        )


def _refuse_sets_inside_classes(folder: Path, root: Path) -> None:
    """Refuse `cat/train/1.png`, and a root a level above the one that holds train and test."""
    divided: list[Path] = []
    higher: list[Path] = []
    for each in folders_in(folder):
        if leaves(each, root):
            continue
        sets = {_set_of(inner): inner for inner in _entries_named_as_sets(each)}
        if "train" in sets and len(sets) > 1:
            (higher if folders_in(sets["train"]) else divided).append(each)
    if higher:
        raise DataError(
            f"{folder} is a level too high: {listed((str(each) for each in higher), 3)} "
            f"{'holds' if len(higher) == 1 else 'hold'} folders for training and test. Give "
            f"{higher[0]} as {argument('data')}."
        )
    if divided:
        name = divided[0].name
        raise DataError(
            f"{listed((each.name for each in divided), 5)} in {folder} "
            f"{'holds' if len(divided) == 1 else 'hold'} folders for training and test. Expected "
            f"it the other way round: train/{name} and test/{name}, with the folders of all "
            f"classes in train and in test."
        )


def _entries_named_as_sets(folder: Path) -> list[Path]:
    with suppress(OSError):
        return [each for each in folder.iterdir() if _set_of(each) and is_folder(each)]
    return []


def _refuse_images_without_classes(folder: Path) -> None:
    """Refuse images that lie right in a folder without class folders, and say what to do."""
    if folders_in(folder) or not (images := _images_in(folder)):
        return
    train = _train_beside(folder)
    name = images[0].name
    raise DataError(
        f"{folder} has no class folders: its images ({len(images):,}, such as {name}) lie right "
        f"in it. {_one_level_up(folder)}Labels are the names of folders; they are not read from "
        f"file names or from a CSV file. Sort the images: make a folder for each class in "
        f"{folder} (mkdir cat, mkdir dog) and move each image into that of its class, as in "
        f"mv {name} cat/."
        + (
            f" If they have no labels, give {train} as {argument('data')}, and a part of it is "
            "held out for the test."
            if train
            else ""
        )
    )


def _one_level_up(folder: Path) -> str:
    """Name the parent where the folder may be a class of it."""
    if _set_of(folder) or not _fits(folder.parent):
        return ""
    beside = [e.name for e in folders_in(folder.parent) if e != folder and _images_in(e)]
    if not beside:
        return ""
    return (
        f"If {folder.name} is one class beside {listed(beside, 3)}, give {folder.parent} as "
        f"{argument('data')}. "
    )


def _train_beside(folder: Path) -> Path | None:
    """The train folder with class folders that lies beside a set without them."""
    if _set_of(folder) in (None, "train"):
        return None
    with suppress(DataError):
        train = _sets(folder.parent, folder.parent).get("train")
        return train if train and folders_in(train) else None
    return None


def _fits(folder: Path) -> bool:
    """Whether a folder could be given: it holds sets of class folders, or two class folders."""
    try:
        sets = _sets(folder, folder)
    except DataError:
        return False
    if sets:
        return bool(folders_in(sets["train"]))
    return sum(bool(_images_in(each)) for each in folders_in(folder)) > 1
