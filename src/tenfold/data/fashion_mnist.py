"""Gather Fashion-MNIST: find its four IDX files or fetch them, and read them.

Source: H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST", arXiv:1708.07747. The addresses are
Keras's; the checksums are those of TensorFlow Datasets, of the same files elsewhere.
"""

from pathlib import Path

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError, argument
from tenfold.core.images import Dataset
from tenfold.core.text import Say
from tenfold.data.idx import gather_idx, idx_files
from tenfold.data.mnist import like_mnist
from tenfold.data.published import Published, without_checksum
from tenfold.data.source import ArchiveSource, path_of

CLASSES = (  # As its README lists them.
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


def _published(name: str, n_bytes: int, sha256: str) -> Published:
    return Published(
        f"https://storage.googleapis.com/tensorflow/tf-keras-datasets/{name}",
        sha256=sha256,
        n_bytes=n_bytes,
        folder="fashion-mnist",
        keras=(f"fashion-mnist/{name}",),
    )


FILES = (
    _published(
        "train-images-idx3-ubyte.gz",
        26_421_880,
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    ),
    _published(
        "train-labels-idx1-ubyte.gz",
        29_515,
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    ),
    _published(
        "t10k-images-idx3-ubyte.gz",
        4_422_102,
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    ),
    _published(
        "t10k-labels-idx1-ubyte.gz",
        5_148,
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    ),
)


class FashionMnist(ArchiveSource):
    """Fashion-MNIST's pieces of clothing."""

    name = wanted = "fashion-mnist"
    asked = "`fashion-mnist`"
    reads = "Fashion-MNIST's four IDX files"

    def find(self) -> str | None:
        """The folder with the four official files."""
        found = _found()
        return str(found) if found else None

    def gather(self, request: DataRequest, *, say: Say) -> Dataset:
        """As `gather_fashion_mnist`."""
        return gather_fashion_mnist(Path(request.archive) if request.archive else None, say=say)


def gather_fashion_mnist(archive: Path | None = None, *, say: Say = lambda _: None) -> Dataset:
    """Return Fashion-MNIST: 60,000 training and 10,000 test images, uint8 (n, 28, 28, 1).

    Looks at `archive`, Tenfold's cache and Keras's cache, in this order; else downloads them.

    Args:
        archive: The folder of its four files, with or without gzip.
        say: Where to report, in short sentences, what is going on.

    Raises:
        DataError: A file is missing, damaged, cannot be downloaded, or holds other images.
    """
    folder = path_of(archive) if archive else _found() or _downloaded(say)
    if not folder.is_dir():
        raise DataError(
            f"There is no folder {folder}. Name the folder of Fashion-MNIST's four files with "
            f"{argument('archive')}, or name none to have them downloaded."
        )
    dataset = gather_idx(folder, say=say)
    official = _is_official(Path(dataset.provenance.location)) or None
    notes = () if official else (without_checksum("Fashion-MNIST"),)
    return like_mnist(dataset, "fashion-mnist", CLASSES, official=official, notes=notes)


def _found() -> Path | None:
    """The folder in Tenfold's or Keras's cache that holds the four official files."""
    folders = dict.fromkeys(place.parent for place in FILES[0].places())
    return next((folder for folder in folders if _is_official(folder)), None)


def _is_official(folder: Path) -> bool:
    """Whether a folder holds the four official files and none that would be read instead."""
    names = {file.path.name for file in idx_files(folder)}
    right = names == {each.name for each in FILES}
    return right and all(each.is_at(folder / each.name) for each in FILES)


def _downloaded(say: Say) -> Path:
    for each in FILES:
        if not each.is_at(each.home):
            each.download(say)
    return FILES[0].home.parent
