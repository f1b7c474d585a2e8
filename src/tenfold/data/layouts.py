"""Find out how a folder of images is laid out: where its class folders are, and for which set."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from tenfold.core.data_request import LabelFrom
from tenfold.core.errors import DataError, argument
from tenfold.data.class_names import listed
from tenfold.data.listing import (
    LINK_OUTSIDE,
    OUTSIDE_CLASSES,
    Skipped,
    is_named_as_image,
    label_in,
)
from tenfold.data.tree import Folder, tree_of

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
        train: The folder of the training images' class folders.
        validation: Of the validation images; None where the folder leaves them to the recipe.
        test: Of the test images; None where they are to be held out.
        notes: Plain sentences on how the folder is read.
        skipped: Files and folders outside all of these.
    """

    train: Folder
    validation: Folder | None = None
    test: Folder | None = None
    notes: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()


def find_layout(root: Folder, *, label_from: LabelFrom = "folder") -> Layout:
    """Find the class folders of a folder, and the sets that they belong to.

    Args:
        root: The folder that was given.
        label_from: What names the class of a file. Where it is its own `name`, there are no class
            folders: images may lie right in the folders of the sets.

    Raises:
        DataError: Images without class folders, two folders for one set, or a folder a level
            too high or too deep.
    """
    by_name = label_from == "name"
    inner = _read_through(root)
    _refuse_sets_beside_a_linked_train(inner, by_name=by_name)
    if by_name and not _sets(inner, by_name=True):
        return Layout(root)
    notes, skipped = [], []
    for folder in inner.around:
        skipped += _beside(folder, OUTSIDE_CLASSES, but=(inner, *inner.around))
    if inner is not root:
        notes.append(f"The folder {inner.path} contains everything else, so its folders are read.")
    if sets := _sets(inner, by_name=by_name):
        return _layout_of_sets(inner, sets, notes, skipped, by_name=by_name)
    _refuse_sets_without_train(inner)
    _refuse_sets_inside_classes(inner)
    _refuse_images_without_classes(inner)
    return Layout(inner, notes=tuple(notes), skipped=tuple(skipped))


def _layout_of_sets(
    inner: Folder,
    sets: dict[str, Folder],
    notes: list[str],
    skipped: list[Skipped],
    *,
    by_name: bool,
) -> Layout:
    if not by_name:
        for folder in sets.values():
            _refuse_images_without_classes(folder)
    where = "folders" if len(sets) > 1 else "folder"
    reason = f"lies beside the {where} {listed(each.name for each in sets.values())}"
    skipped = [*skipped, *_beside(inner, reason, but=tuple(sets.values()))]
    notes = [*notes, *_notes_on_sets(sets), *_notes_on_linked_sets(inner)]
    places: dict[str, Folder] = {}
    for kind, folder in sets.items():
        places[kind] = place = folder if by_name else _read_through_its_namesake(folder)
        if place is not folder:
            skipped += _beside(folder, OUTSIDE_CLASSES, but=(place,))
            notes.append(
                f"{folder.path} holds only the folder {place.name}, so the folders in that one are "
                "read."
            )
    test, validation = places.get("test"), places.get("validation")
    if test is None:
        test, validation = validation, None
    return Layout(places["train"], validation, test, tuple(notes), tuple(skipped))


def folders_that_fit(root: Folder) -> list[Folder]:
    """At most three folders below `root` that contain class folders or sets, the highest first."""
    fitting: list[Folder] = []
    waiting, n_seen = [root], 0
    while waiting and n_seen < _MOST_LOOKED_AT and len(fitting) < 3:
        folder, n_seen = waiting.pop(0), n_seen + 1
        if folder is not root and _fits(folder):
            fitting.append(folder)
        else:
            waiting += [each for each in folder.folders if not each.linked]
    return fitting


def giving(*folders: Folder) -> str:
    """Advice to give one of some folders (unpacked, if packed), as the end of a sentence."""
    names = " or ".join(each.path if each.packed and each.path else f"{each}" for each in folders)
    unpack = "unpack the file and " if folders[0].packed else ""
    return f"{unpack}give {names} as {argument('data')}"


def as_sentence(words: str) -> str:
    """The words with a capital at the beginning."""
    return words[:1].upper() + words[1:]


def _images_in(folder: Folder) -> list[str]:
    """The files right in a folder that are named as images."""
    return [name for name in folder.files if is_named_as_image(name)]


def _holds_images(folder: Folder) -> bool:
    """Whether a file at any depth is named as an image."""
    return any(_images_in(each) for each in chain((folder,), folder.below()))


def set_named(name: str) -> str | None:
    """The set that a name means in any case: a key of `USUAL_SETS`; None if it means none."""
    return _SET_OF.get(name.casefold())


def _inside(folder: Folder) -> list[Folder]:
    """The folders right in a folder that may be read."""
    return [each for each in folder.folders if not each.leaves]


def _set_of(folder: Folder) -> str | None:
    return set_named(folder.name)


def _read_through(root: Folder) -> Folder:
    """The innermost folder of a chain of folders that contain nothing else."""
    folder, seen = root, {root.real}
    while len(folder.folders) == 1:
        (inner,) = folder.folders
        wraps = inner.folders and not _images_in(inner)
        if _set_of(inner) == "train" or not wraps or inner.real in seen:
            break
        folder = inner
        seen.add(inner.real)
    return folder


def _read_through_its_namesake(folder: Folder) -> Folder:
    """`train/train` for a `train` that holds no other folder; the folder itself otherwise."""
    if len(folder.folders) != 1:
        return folder
    (inner,) = folder.folders
    looped = inner.real in {each.real for each in (folder, *folder.around)}
    return inner if _set_of(inner) == _set_of(folder) and inner.folders and not looped else folder


def _beside(folder: Folder, reason: str, *, but: tuple[Folder, ...]) -> list[Skipped]:
    found: list[Skipped] = []
    for entry in folder.entries:
        if isinstance(entry, str):
            outside = entry in folder.inside.outside
            found.append((folder.path_of(entry), LINK_OUTSIDE if outside else reason))
        elif entry not in but:
            found.append((entry.path, LINK_OUTSIDE if entry.leaves else reason))
    return found


def _sets(folder: Folder, *, by_name: bool = False) -> dict[str, Folder]:
    """The folders for training, validation and test; none where the folders are classes.

    A class may be called `train` too: it is one if it holds images but no folders, and other
    folders of images lie beside it; but not where the names of files carry the classes.
    """
    inside = _inside(folder)
    named = {kind: [each for each in inside if _set_of(each) == kind] for kind in USUAL_SETS}
    with_images = (each for each in inside if _set_of(each) is None and _holds_images(each))
    if not named["train"]:
        return {}
    if not by_name:
        divided = any(each.folders for each in named["train"])
        if not divided and next(with_images, None):
            return {}
    for kind, folders in named.items():
        if len(folders) > 1:
            raise DataError(
                f"{folder} holds {listed(each.name for each in folders)}, which mean the "
                f"same: the {kind} set. Expected one of them: put their images together, or move "
                "the others elsewhere."
            )
    sets = {kind: folders[0] for kind, folders in named.items() if folders}
    if len(sets) == 1 and not by_name and (others := list(with_images)):
        train = sets["train"]
        raise DataError(
            f"{folder} holds {train.name}, which has folders in it, and beside it "
            f"{listed((each.name for each in others), 5)} with images, so it is not clear whether "
            f"{train.name} is a training set or a class. {as_sentence(giving(train))} to "
            f"learn its classes, or rename {train.name} if it is a class like the others."
        )
    return sets


def _notes_on_sets(sets: dict[str, Folder]) -> Iterator[str]:
    train, validation = sets["train"].name, sets.get("validation")
    if len(sets) == 1:
        yield f"There is only the folder {train}; its folders are the classes."
    elif validation and "test" not in sets:
        yield f"There is no test folder beside {train}, so {validation.name} is the test set."


def _notes_on_linked_sets(folder: Folder) -> Iterator[str]:
    for each in folder.folders:
        if _set_of(each) and each.leaves:
            yield (
                f"{each.name} is a link to outside the folder, so it is not read as "
                f"the {_set_of(each)} set."
            )


def _refuse_sets_beside_a_linked_train(folder: Folder, *, by_name: bool) -> None:
    """Refuse to take a test set for training because the link `train` is not followed."""
    linked = [each.name for each in folder.folders if each.leaves and _set_of(each) == "train"]
    named = [each.name for each in _inside(folder) if _set_of(each) and (by_name or each.folders)]
    if linked and named and not _sets(folder, by_name=by_name):
        raise DataError(
            f"{folder} holds {listed(named)}, but {linked[0]} is a link to outside the folder. "
            f"With {argument('follow_links')} it is followed."
        )


def _refuse_sets_without_train(folder: Folder) -> None:
    inside = _inside(folder)
    named = [each for each in inside if _set_of(each) and each.folders]
    if named and len(inside) > 1:
        raise DataError(
            f"{folder} holds {listed(each.name for each in named)} with class folders in it, but "
            f"no folder called train. Expected train beside it: rename the folder of training "
            f"images to train, or {giving(named[0])} to use its images alone."
        )


def _refuse_sets_inside_classes(folder: Folder) -> None:
    """Refuse `cat/train/1.png`, and a root a level above the one that holds train and test."""
    divided: list[Folder] = []
    higher: list[Folder] = []
    for each in _inside(folder):
        sets = {_set_of(inner): inner for inner in each.folders if _set_of(inner)}
        if "train" in sets and len(sets) > 1:
            (higher if sets["train"].folders else divided).append(each)
    if higher:
        raise DataError(
            f"{folder} is a level too high: {listed((str(each) for each in higher), 3)} "
            f"{'holds' if len(higher) == 1 else 'hold'} folders for training and test. "
            f"{as_sentence(giving(higher[0]))}."
        )
    if divided:
        name = divided[0].name
        raise DataError(
            f"{listed((each.name for each in divided), 5)} in {folder} "
            f"{'holds' if len(divided) == 1 else 'hold'} folders for training and test. Expected "
            f"it the other way round: train/{name} and test/{name}, with the folders of all "
            f"classes in train and in test."
        )


def _refuse_images_without_classes(folder: Folder) -> None:
    """Refuse images that lie right in a folder without class folders, and say what to do."""
    if folder.folders or not (images := _images_in(folder)):
        return
    raise DataError(
        f"{folder} has no class folders: its images ({len(images):,}, such as {images[0]}) lie "
        f"right in it. {_one_level_up(folder)}{_labels_elsewhere(folder, images)}"
        f"{_sorting(folder, images[0])}{_without_labels(folder)}"
    )


def _labels_elsewhere(folder: Folder, images: list[str]) -> str:
    """Name a nearby list of labels, and the classes that the file names may contain."""
    advice = ""
    lists = [
        (name, place.place_of(name))
        for place in (folder, _above(folder))
        if place and not place.packed
        for name in place.files
        if name.lower().endswith((".csv", ".tsv"))
        and "submission" not in name.lower()  # Kaggle's sample submissions contain made-up labels.
    ]
    for name, path in lists[:3]:
        advice += f"If {name} lists labels, give it: {argument('data', path)}. "
    counts = Counter(label_in(name) for name in images)
    classes = [label for label, n in counts.items() if label and n > 1]
    if len(classes) > 1:
        advice += (
            f"If their names carry the classes ({listed(classes, 3)}), add "
            f"{argument('label_from', 'name')}. "
        )
    return advice


def _sorting(folder: Folder, name: str) -> str:
    unpack = "unpack the file, " if folder.packed else ""
    return (
        f"Otherwise labels are the names of folders: {unpack}make a folder for each class in "
        f"{folder.path if folder.packed and folder.path else folder} (mkdir cat, mkdir dog) and "
        f"move each image into that of its class, as in mv {name} cat/."
    )


def _without_labels(folder: Folder) -> str:
    """Name the train folder with class folders that lies beside a set without them."""
    above = _above(folder)
    if above is None or _set_of(folder) in (None, "train"):
        return ""
    with suppress(DataError):
        train = _sets(above).get("train")
        if train and train.folders:
            return (
                f" If they have no labels, {giving(train)}, and a part of it is "
                "held out for the test."
            )
    return ""


def _one_level_up(folder: Folder) -> str:
    """Name the parent where the folder may be a class of it."""
    above = _above(folder)
    if above is None or _set_of(folder) or not _fits(above):
        return ""
    beside = [e.name for e in above.folders if e.name != folder.name and _images_in(e)]
    if not beside:
        return ""
    return (
        f"If {folder.name} is one class beside {listed(beside, 3)}, give {above} as "
        f"{argument('data')}. "
    )


def _above(folder: Folder) -> Folder | None:
    """The folder around a folder, above the root too; None where there is none to look into."""
    if folder.parent or folder.packed:
        return folder.parent
    return tree_of(Path(folder.place).parent)


def _fits(folder: Folder) -> bool:
    """Whether a folder could be given: it holds sets of class folders, or two class folders."""
    try:
        sets = _sets(folder)
    except DataError:
        return False
    if sets:
        return bool(sets["train"].folders)
    return sum(bool(_images_in(each)) for each in folder.folders) > 1
