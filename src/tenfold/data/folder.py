"""Gather the user's own images from a folder that holds one folder for each class."""

from pathlib import Path
from typing import get_args

from tenfold.core.data_request import DataRequest, LabelFrom
from tenfold.core.errors import DataError, argument
from tenfold.core.images import Dataset, Provenance
from tenfold.core.rendering import Rendering
from tenfold.core.text import Say
from tenfold.data.assembly import STANDARD, Advice, assemble, rendering_for
from tenfold.data.class_names import listed
from tenfold.data.layouts import Layout, as_sentence, find_layout, folders_that_fit, giving
from tenfold.data.listing import ListedFile, Listing, list_sets
from tenfold.data.source import Mirroring, PathSource, path_of
from tenfold.data.tree import Folder, tree_of

MIRRORING = Mirroring(
    note="The recipe learns from mirrored images too. Where left and right matter, as in letters, "
    "set flip to false."
)


class ImageFolder(PathSource):
    """The user's own images, in one folder for each class."""

    name = "folder"
    wanted = "a folder of images"
    asked = "`FOLDER`"
    reads = (
        "image files in one folder for each class, in `train`, `val` and `test` or not; PNG, "
        "JPEG, WebP, BMP, GIF, TIFF, AVIF, PPM, HEIC"
    )
    options = ("side_px", "fit", "label_from", "follow_links", "strict")
    mirroring = MIRRORING

    def recognises(self, data: str) -> bool:
        """Whether there is a folder of this name."""
        return path_of(data).is_dir()

    def gather(self, request: DataRequest, *, say: Say) -> Dataset:
        """As `gather_folder`."""
        return gather_folder(
            Path(request.data),
            rendering_for(request),
            label_from=request.label_from or "folder",
            follow_links=bool(request.follow_links),
            say=say,
        )

    def files(self, request: DataRequest) -> tuple[str, list[ListedFile]]:
        """Those in the class folders."""
        root, label_from = Path(request.data), request.label_from or "folder"
        layout = _layout(root, label_from, follow_links=bool(request.follow_links))
        listings = list_layout(layout, label_from)
        return str(root.resolve()), [file for each in listings.values() for file in each.files]


def gather_folder(
    root: Path,
    rendering: Rendering = STANDARD,
    *,
    label_from: LabelFrom = "folder",
    follow_links: bool = False,
    say: Say = lambda _: None,
) -> Dataset:
    """Return the images of `<root>/<class>/` or `<root>/{train,val,test}/<class>/` as RGB squares.

    They become uint8 (n, side_px, side_px, 3), 0-255, as `read_picture` says, and come shuffled,
    in the same order each time, so that the first ones are a fair sample. Folders for training,
    validation and test go by any of their usual names; images for validation are part of
    `train`, at the positions `given_validation`. Where there is no test folder, the validation
    folder is the test set; without either, a fixed 20 % of each class is. A file that cannot be
    read is listed in `provenance.skipped` and left as it is.

    Args:
        root: The folder.
        rendering: How each image is brought to one shape.
        label_from: What names the class of a file: `folder`, the first folder, to which those
            inside it belong; `path`, all folders around it; `name`, its own name without the
            number at its end.
        follow_links: Whether links to outside the folder are followed.
        say: Where to report, in short sentences, how far the reading is.

    Raises:
        DataError: There is no such folder, no readable image, only one class, a class in the
            validation or test folder that the train folder lacks, or a layout that is not clear.
    """
    root = path_of(root)
    layout = _layout(root, label_from, follow_links=follow_links)
    listings = list_layout(layout, label_from)
    provenance = Provenance(
        "folder", str(root.resolve()), notes=layout.notes, skipped=layout.skipped
    )
    return assemble(listings, rendering, provenance, advice_on(layout, label_from), say=say)


def _layout(root: Path, label_from: LabelFrom, *, follow_links: bool) -> Layout:
    """Find out which folders are sets and classes."""
    if not root.is_dir():
        raise DataError(
            f"There is no folder {root}. Expected one that holds a folder of images for each class."
        )
    if label_from not in (rules := get_args(LabelFrom)):
        raise DataError(
            f"Expected {argument('label_from')} to be {', '.join(rules[:-1])} or {rules[-1]}; "
            f"received '{label_from}'."
        )
    return find_layout(tree_of(root, follow_links=follow_links), label_from=label_from)


def list_layout(layout: Layout, label_from: LabelFrom) -> dict[str, Listing]:
    """List the files of each set.

    Raises:
        DataError: Classes are to be read from names that carry none.
    """
    places = {"train": layout.train, "validation": layout.validation, "test": layout.test}
    given = {kind: place for kind, place in places.items() if place is not None}
    listings = list_sets(given, label_from=label_from)
    if label_from == "name":
        _refuse_names_that_carry_no_class(listings["train"])
    return listings


def _refuse_names_that_carry_no_class(train: Listing) -> None:
    """Refuse names of one class only, and those of which each is a class of its own."""
    files = train.files
    n_classes = len({file.label for file in files})
    if not files or 1 < n_classes < len(files):
        return
    examples = listed([file.name.rpartition("/")[2] for file in files[:3]])
    found = "one class" if n_classes == 1 else f"a class for each of {n_classes:,} files"
    raise DataError(
        f"Expected the names of files to carry at least two classes; received {found}, such as "
        f"'{files[0].label}', in {train.place} ({examples}). The class is the name without the "
        "number at its end: cat for cat.0.jpg. Rename the files so, or sort them into one folder "
        f"for each class and leave {argument('label_from', 'name')} out."
    )


def advice_on(layout: Layout, label_from: LabelFrom) -> Advice:
    """What to say where the files of a folder cannot make a dataset."""
    train: Folder = layout.train

    def one_class() -> str:
        fitting = folders_that_fit(train)
        give = f"{as_sentence(giving(*fitting))}, or put" if fitting else "Put"
        return f"{give} the images of each class into a folder of their own."

    def without(kind: str) -> str:
        return (
            f"Put {kind} images there, or remove that folder and {giving(train)}, to have a part "
            "of it held out."
        )

    expected = "in one folder for each class, such as cats/1.png, dogs/1.png"
    if label_from == "name":
        expected = "whose names begin with their class, such as cat.0.jpg, dog.0.jpg"
    return Advice(expected, one_class, without)
