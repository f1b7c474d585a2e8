"""Gather MNIST: find Keras's file of it or fetch it, and read it.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
"""

from dataclasses import replace
from pathlib import Path

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError, argument
from tenfold.core.images import Dataset
from tenfold.core.text import Say
from tenfold.data.digits import Digits
from tenfold.data.idx import gather_idx
from tenfold.data.npz import gather_npz
from tenfold.data.published import Published
from tenfold.data.source import ArchiveSource, path_of

FILE = Published(
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
    sha256="731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
    n_bytes=11_490_434,
    folder="mnist",
    keras=("mnist.npz",),
)
_DIGITS = tuple("0123456789")


class Mnist(ArchiveSource):
    """MNIST's handwritten digits."""

    name = wanted = "mnist"
    asked = "`mnist`"
    reads = "MNIST, from Keras's `mnist.npz` or a folder of IDX files"
    mirroring = Digits.mirroring

    def find(self) -> str | None:
        """Where the official file is."""
        found = FILE.found()
        return str(found) if found else None

    def gather(self, request: DataRequest, *, say: Say) -> Dataset:
        """As `gather_mnist`."""
        return gather_mnist(Path(request.archive) if request.archive else None, say=say)


def gather_mnist(archive: Path | None = None, *, say: Say = lambda _: None) -> Dataset:
    """Return MNIST: 60,000 training and 10,000 test images, uint8 (n, 28, 28, 1), white on black.

    Looks at `archive`, Tenfold's cache and Keras's cache, in this order; else downloads it.

    Args:
        archive: `mnist.npz`, official or not, or a folder of MNIST's IDX files.
        say: Where to report, in short sentences, what is going on.

    Raises:
        DataError: The file is missing, damaged, cannot be downloaded, or holds other images.
    """
    path = path_of(archive) if archive else FILE.found() or FILE.download(say)
    if not path.exists():
        raise DataError(
            f"There is no file {path}. Name an existing mnist.npz with {argument('archive')}, or "
            "name none to have it downloaded."
        )
    dataset = (gather_idx if path.is_dir() else gather_npz)(path, say=say)
    official, notes = FILE.judge("MNIST", dataset.provenance.sha256, path)
    return like_mnist(dataset, "mnist", _DIGITS, official=official, notes=notes)


def like_mnist(
    dataset: Dataset,
    name: str,
    classes: tuple[str, ...],
    *,
    official: bool | None,
    notes: tuple[str, ...],
) -> Dataset:
    """Give images of MNIST's shape and labels the name of their source, and their classes.

    Raises:
        DataError: They are not 28 x 28 pixels, grey, with the labels 0 to 9.
    """
    location = dataset.provenance.location
    if dataset.shape != (28, 28, 1) or dataset.classes != _DIGITS:
        height, width, channels = dataset.shape
        raise DataError(
            f"Expected {name}, images of 28 x 28 x 1 with the labels 0 to 9, in {location}; "
            f"received {height} x {width} x {channels} with the labels "
            f"{', '.join(dataset.classes[:20])}. Read them with {argument('data', location)}."
        )
    provenance = replace(
        dataset.provenance,
        source=name,
        official=official,
        notes=(*notes, *dataset.provenance.notes),
    )
    return replace(
        dataset,
        name=name,
        train=replace(dataset.train, classes=classes),
        test=replace(dataset.test, classes=classes),
        provenance=provenance,
    )
