"""Gather the user's own images from a folder that holds one folder for each class."""

from pathlib import Path

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError, argument
from tenfold.core.images import Dataset, Provenance
from tenfold.core.rendering import Rendering
from tenfold.core.text import Say
from tenfold.data.assembly import STANDARD, Advice, assemble, rendering_for
from tenfold.data.layouts import Layout, find_layout, folders_that_fit
from tenfold.data.listing import list_classes
from tenfold.data.source import Mirroring, PathSource, path_of


class ImageFolder(PathSource):
    """The user's own images, in one folder for each class."""

    name = "folder"
    wanted = "a folder of images"
    options = ("side_px", "fit")
    mirroring = Mirroring(
        note="The recipe learns from mirrored images too. Where left and right matter, as in "
        "letters, set flip to false."
    )

    def recognises(self, data: str) -> bool:
        """Whether there is a folder of this name."""
        return path_of(data).is_dir()

    def gather(self, request: DataRequest, *, say: Say) -> Dataset:
        """As `gather_folder`."""
        return gather_folder(Path(request.data), rendering_for(request), say=say)


def gather_folder(
    root: Path, rendering: Rendering = STANDARD, *, say: Say = lambda _: None
) -> Dataset:
    """Return the images of `<root>/<class>/` or `<root>/{train,val,test}/<class>/` as RGB squares.

    They become uint8 (n, side_px, side_px, 3), 0-255, as `read_picture` says, and come shuffled,
    in the same order each time, so that the first ones are a fair sample. Folders for training,
    validation and test go by any of their usual names; images for validation are part of
    `train`, at the positions `given_validation`. Where there is no test folder, the validation
    folder is the test set; without either, a fixed 20 % of each class is. Folders inside a class
    folder belong to its class. A file that cannot be read is listed in `provenance.skipped` and
    left as it is.

    Args:
        root: The folder.
        rendering: How each image is brought to one shape.
        say: Where to report, in short sentences, how far the reading is.

    Raises:
        DataError: There is no such folder, no readable image, only one class, a class in the
            validation or test folder that the train folder lacks, or a layout that is not clear.
    """
    root = path_of(root)
    if not root.is_dir():
        raise DataError(
            f"There is no folder {root}. Expected one that holds a folder of images for each class."
        )
    layout = find_layout(root)
    places = {"train": layout.train, "validation": layout.validation, "test": layout.test}
    listings = {
        kind: list_classes(place, root) for kind, place in places.items() if place is not None
    }
    provenance = Provenance(
        "folder", str(root.resolve()), notes=layout.notes, skipped=layout.skipped
    )
    return assemble(listings, rendering, provenance, _advice(layout), say=say)


def _advice(layout: Layout) -> Advice:
    def one_class() -> str:
        fitting = [f"{each}" for each in folders_that_fit(layout.train)]
        give = f"Give {' or '.join(fitting)} as {argument('data')}, or put" if fitting else "Put"
        return f"{give} the images of each class into a folder of their own."

    def without(kind: str) -> str:
        return (
            f"Put {kind} images there, or remove that folder and give {layout.train} as "
            f"{argument('data')}, to have a part of it held out."
        )

    return Advice(
        "in one folder for each class, such as cats/1.png, dogs/1.png", one_class, without
    )
