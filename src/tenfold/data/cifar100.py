"""Gather CIFAR-100: find its archive or fetch it, and read it, packed or unpacked."""

from collections.abc import Iterable
from pathlib import Path

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError, argument
from tenfold.core.images import Dataset, ImageSet, Provenance
from tenfold.core.text import Say
from tenfold.data.cifar import (
    MAX_SMALL,
    Batch,
    Family,
    another,
    files,
    members,
    opened,
    pickled_batch,
    refusals,
    relative_of,
)
from tenfold.data.pickles import read_pickle
from tenfold.data.published import Published
from tenfold.data.source import ArchiveSource, path_of
from tenfold.runs.files import sha256_of

ARCHIVE = Published(
    "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
    sha256="85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
    n_bytes=169_001_437,
    folder="cifar100",
    keras=(  # The names that Keras has given it over the years.
        "cifar-100-python-target_archive",
        "cifar-100-python-target.tar.gz",
        "cifar-100-python.tar.gz",
    ),
)
N_IMAGES = {"train": 50_000, "test": 10_000}
N_CLASSES = {"fine": 100, "coarse": 20}

_LAYOUT = "cifar-100-python"
_FILES = ("meta", *N_IMAGES)
_UNUSED = "file.txt~"  # The official archive holds it.
_MAX_PICKLE = 160 * 2**20  # The official one of the training images has 155,249,918 bytes.


class Cifar100(ArchiveSource):
    """CIFAR-100 with its 100 fine classes, or its 20 coarse ones."""

    name = wanted = "cifar100"
    asked = "`cifar100`"
    reads = "CIFAR-100's Python archive, or the folder that it unpacks to; fine or coarse classes"
    options = ("archive", "coarse")

    def find(self) -> str | None:
        """Where the official archive is."""
        found = ARCHIVE.found()
        return str(found) if found else None

    def gather(self, request: DataRequest, *, say: Say) -> Dataset:
        """As `gather_cifar100`."""
        archive = Path(request.archive) if request.archive else None
        return gather_cifar100(archive, coarse=bool(request.coarse), say=say)


def gather_cifar100(
    archive: Path | None = None, *, coarse: bool = False, say: Say = lambda _: None
) -> Dataset:
    """Return CIFAR-100: 50,000 training and 10,000 test images, uint8 (n, 32, 32, 3) RGB.

    Looks at `archive`, Tenfold's cache and Keras's cache, in this order; else downloads it.

    Args:
        archive: `cifar-100-python.tar.gz`, official or not; the folder that it unpacks to, or the
            folder around that one.
        coarse: Whether to take the 20 coarse classes instead of the 100 fine ones.
        say: Where to report, in short sentences, what is going on.

    Raises:
        DataError: The archive is missing, damaged, or cannot be downloaded.
    """
    path = path_of(archive) if archive else ARCHIVE.found() or ARCHIVE.download(say)
    if not path.exists():
        raise DataError(
            f"There is no archive {path}. Name an existing {_FAMILY.archives} with "
            f"{argument('archive')}, or name none to have it downloaded."
        )
    labels = "coarse" if coarse else "fine"
    if (path / _LAYOUT).is_dir():
        path = path / _LAYOUT
    sha256 = None if path.is_dir() else sha256_of(path)
    official, notes = ARCHIVE.judge("CIFAR-100", sha256, path)
    say(f"Reading {path} ...")
    train, test = _read(path, labels)
    provenance = Provenance("cifar100", str(path), sha256, official, notes=notes)
    return Dataset("cifar100-coarse" if coarse else "cifar100", train, test, provenance)


def _read(path: Path, labels: str) -> tuple[ImageSet, ImageSet]:
    with refusals(path, _FAMILY):
        if not path.is_dir():
            with opened(path) as stream:
                return _image_sets(members(stream, _FAMILY), labels)
        if other := relative_of(path, _FAMILY):
            raise another(other)
        return _image_sets(files(path, _LAYOUT, _FILES, _FAMILY), labels)


def _image_sets(content: Iterable[tuple[str, bytes]], labels: str) -> tuple[ImageSet, ImageSet]:
    """Read each file as it goes by; one at a time is held in memory."""
    classes: tuple[str, ...] = ()
    batches: dict[str, Batch] = {}
    for name, member in content:
        file = name.partition("/")[2]
        if file == "meta":
            classes = _class_names(member, labels)
        elif file != _UNUSED:
            batches[file] = pickled_batch(
                name, member, N_IMAGES[file], key=f"{labels}_labels", n_classes=N_CLASSES[labels]
            )
    there = {*batches, "meta"} if classes else set(batches)
    if missing := [file for file in _FILES if file not in there]:
        raise ValueError(f"it lacks {', '.join(missing)}")
    return ImageSet(*batches["train"], classes), ImageSet(*batches["test"], classes)


def _class_names(meta: bytes, labels: str) -> tuple[str, ...]:
    names, n = read_pickle(meta).get(f"{labels}_label_names"), N_CLASSES[labels]
    classes = tuple(names) if isinstance(names, list) else ()
    if not all(type(name) is str and name for name in classes):
        classes = ()
    if not len(classes) == len(set(classes)) == n:
        raise ValueError(
            f"its {labels} class names are {str(names)[:200]}, expected {n} different ones"
        )
    return classes


def _sizes(name: str) -> tuple[int, int] | None:
    """Return the least and most bytes that a file of this name may have."""
    folder, _, file = name.partition("/")
    if folder != _LAYOUT:
        return None
    return {
        **dict.fromkeys(N_IMAGES, (0, _MAX_PICKLE)),
        **dict.fromkeys(("meta", _UNUSED), (0, MAX_SMALL)),
    }.get(file)


_FAMILY = Family("CIFAR-100", "cifar100", "cifar-100-python.tar.gz", (_LAYOUT,), _sizes)
