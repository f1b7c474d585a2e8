"""Read CIFAR-10's two layouts, pickled or binary, packed or unpacked, and never write to disk.

Source: www.cs.toronto.edu/~kriz/cifar.html; A. Krizhevsky, "Learning Multiple Layers of
Features from Tiny Images", 2009.
"""

import gzip
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from tenfold.core.errors import DataError, argument
from tenfold.data.kinds import GZIP, TAR, kind_of
from tenfold.data.pickles import read_pickle

CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
N_PER_BATCH = 10_000
N_TRAIN_BATCHES = 5
SHAPE = (32, 32, 3)

_N_PIXELS = 3 * 32 * 32
_PYTHON, _BINARY = LAYOUTS = "cifar-10-batches-py", "cifar-10-batches-bin"
_BATCHES = (*(f"data_batch_{i}" for i in range(1, N_TRAIN_BATCHES + 1)), "test_batch")
_MAX_PICKLE = 32 * 2**20  # The official ones are about 31,035,700 bytes.
_MAX_SMALL = 64 * 2**10  # Class names, the readme, and the headers that some tars add.
_MAX_ENTRIES = 64
_OTHERS = {
    "cifar-100-python": "it is CIFAR-100, which has other images in 100 classes",
    "cifar-100-binary": "it is CIFAR-100, which has other images in 100 classes",
    "cifar-100-matlab": "it is CIFAR-100's MATLAB version, which has other images in 100 classes",
    "cifar-10-batches-mat": "it is CIFAR-10's MATLAB version, which is not read",
}
_WANTED = "Expected cifar-10-python.tar.gz or cifar-10-binary.tar.gz, whole."
_MAX_PADDING = 2**20
_BLOCK = 512

Batch = tuple[np.ndarray, np.ndarray]
"""uint8 (n, 32, 32, 3) RGB, 0-255; int64 (n,), 0-9."""


@dataclass(frozen=True)
class Arrays:
    """CIFAR-10 in the official order.

    Attributes:
        train_images: uint8 (50000, 32, 32, 3) RGB, 0-255: the five batches one after another.
        train_labels: int64 (50000,), 0-9.
        test_images: uint8 (10000, 32, 32, 3) RGB, 0-255.
        test_labels: int64 (10000,), 0-9.
    """

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


class AnotherError(ValueError):
    """What is there is whole, but something else than what is read."""


def read_archive(path: Path) -> Arrays:
    """Read either archive; both give the same arrays. The gzip layer may be gone.

    Raises:
        DataError: It is something else; or a member is missing, unknown, a link, too large, or
            damaged.
    """
    with _refusals(path):
        kind = kind_of(path)
        if kind == GZIP:
            with gzip.open(path) as stream:
                return _arrays(_read_members(_members(cast(BinaryIO, stream))))
        if kind == TAR:
            with path.open("rb") as file:
                return _arrays(_read_members(_members(file)))
        raise AnotherError(f"it is {kind}")


def read_unpacked(folder: Path) -> Arrays:
    """Read the folder that an archive unpacks to, whatever it is called; other files are left.

    Raises:
        DataError: It is something else; or a file is missing, too large, or damaged.
    """
    with _refusals(folder):
        if other := other_than_cifar10(folder):
            raise AnotherError(other)
        layout = _BINARY if any(folder.glob("*_batch*.bin")) else _PYTHON
        return _arrays(_read_members(_files(folder, layout)))


def is_unpacked(folder: Path) -> bool:
    """Whether it is a folder with at least one file of CIFAR-10's batches."""
    names = (f"{batch}{end}" for batch in _BATCHES for end in ("", ".bin"))
    return folder.is_dir() and any((folder / name).is_file() for name in names)


def other_than_cifar10(folder: Path) -> str:
    """Say what a folder is that looks like a relative of CIFAR-10; empty if it does not."""
    if not folder.is_dir():
        return ""
    files = {
        "cifar-100-python": ("meta", "train", "test"),
        "cifar-100-binary": ("fine_label_names.txt", "train.bin", "test.bin"),
        "cifar-100-matlab": ("meta.mat", "train.mat", "test.mat"),
        "cifar-10-batches-mat": ("data_batch_1.mat",),
    }
    for name, members in files.items():
        if all((folder / member).is_file() for member in members):
            return _OTHERS[name]
    return ""


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    """Turn whatever is wrong into one sentence, with what to do."""
    try:
        yield
    except AnotherError as error:
        raise DataError(
            f"Cannot read {path} as CIFAR-10: {error}. {_WANTED} Name one of these or an unpacked "
            f"one with {argument('archive')}, or name none to have it downloaded."
        ) from error
    except EOFError as error:
        raise _refusal(path, "it is cut short") from error
    except (OSError, ValueError, MemoryError, tarfile.TarError, zlib.error) as error:
        raise _refusal(path, str(error) or type(error).__name__) from error


def _arrays(batches: dict[str, Batch]) -> Arrays:
    *train, (test_images, test_labels) = (batches[name] for name in _BATCHES)
    return Arrays(
        np.concatenate([images for images, _ in train]),
        np.concatenate([labels for _, labels in train]),
        test_images,
        test_labels,
    )


def _refusal(path: Path, reason: str) -> DataError:
    advice = "Unpack one again" if path.is_dir() else "Download it again"
    return DataError(
        f"Cannot read {path} as CIFAR-10: {reason}. {_WANTED} {advice}, or name another with "
        f"{argument('archive')}."
    )


def _read_members(members: Iterable[tuple[str, bytes]]) -> dict[str, Batch]:
    """Read each member as it goes by; one at a time is held in memory."""
    batches: dict[str, Batch] = {}
    layout, names_are_right = "", False
    for name, content in members:
        folder, _, file = name.partition("/")
        layout = layout or folder
        if folder != layout:
            raise ValueError(f"it mixes '{layout}' with '{folder}'")
        if file.startswith("batches.meta"):
            _check_class_names(file, content)
            names_are_right = True
        elif file != "readme.html":
            batch = _pickled_batch if folder == _PYTHON else _binary_batch
            batches[file.removesuffix(".bin")] = batch(name, content)
    missing = [name for name in _BATCHES if name not in batches]
    if not names_are_right:
        missing.append("batches.meta")
    if missing:
        raise ValueError(f"it lacks {', '.join(missing)}")
    return batches


def _members(stream: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of each file, and refuse whatever should not be there.

    Headers are parsed by `tarfile`, but one by one: its own loop would follow extension
    headers of any size into memory.
    """
    seen: set[str] = set()
    for _ in range(_MAX_ENTRIES):
        header = stream.read(_BLOCK)
        if not header.strip(b"\0"):
            break
        if len(header) < _BLOCK:
            raise EOFError
        info = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        info.name = info.name.removeprefix("./")
        if info.name in seen:
            raise ValueError(f"it holds {info.name!r} twice")
        _check_member(info)
        content = _exactly(stream, info.size)
        _exactly(stream, -info.size % _BLOCK)
        if info.isreg() and not _is_leftover(info.name):
            seen.add(info.name)
            yield info.name, content
    else:
        raise ValueError(f"it has more than {_MAX_ENTRIES} entries")
    if len(stream.read(_MAX_PADDING + 1)) > _MAX_PADDING:  # At the end gzip compares checksums.
        raise ValueError("it goes on after its end")


def _exactly(stream: BinaryIO, n_bytes: int) -> bytes:
    content = stream.read(n_bytes)
    if len(content) != n_bytes:
        raise EOFError
    return content


def _check_member(info: tarfile.TarInfo) -> None:
    if info.type in {
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
    }:  # Times and owners; what they say is unused.
        smallest, largest = 0, _MAX_SMALL
    elif info.name.partition("/")[0] in _OTHERS:
        raise AnotherError(_OTHERS[info.name.partition("/")[0]])
    elif info.isdir() and info.name in {".", "", *LAYOUTS}:
        smallest, largest = 0, 0
    elif info.isreg() and _is_leftover(info.name):
        smallest, largest = 0, _MAX_SMALL
    elif info.type in {tarfile.REGTYPE, tarfile.AREGTYPE}:
        smallest, largest = _sizes(info.name)
    else:
        raise ValueError(f"{info.name!r} in it is a link, a folder or something else than a file")
    if not smallest <= info.size <= largest:
        raise ValueError(f"{info.name!r} in it {_has_bytes(info.size, smallest, largest)}")


def _is_leftover(name: str) -> bool:
    """Whether macOS has packed it beside a file or folder: `._test_batch`, `.DS_Store`."""
    *folders, file = name.split("/")
    return folders in ([], [_PYTHON], [_BINARY]) and (file.startswith("._") or file == ".DS_Store")


def _files(folder: Path, layout: str) -> Iterator[tuple[str, bytes]]:
    """Yield the name, as in an archive, and the content of each file that is there."""
    end, meta = (".bin", "batches.meta.txt") if layout == _BINARY else ("", "batches.meta")
    for file in (meta, *(f"{batch}{end}" for batch in _BATCHES)):
        path, name = folder / file, f"{layout}/{file}"
        if not path.is_file():
            continue
        smallest, largest = _sizes(name)
        with path.open("rb") as stream:
            content = stream.read(largest + 1)
        if not smallest <= len(content) <= largest:
            n_bytes = path.stat().st_size
            raise ValueError(f"'{file}' in it {_has_bytes(n_bytes, smallest, largest)}")
        yield name, content


def _has_bytes(n_bytes: int, smallest: int, largest: int) -> str:
    expected = f"{largest:,}" if smallest == largest else f"at most {largest:,}"
    return f"has {n_bytes:,} bytes, expected {expected}"


def _sizes(name: str) -> tuple[int, int]:
    """Return the least and most bytes that a file of this name may have."""
    folder, _, file = name.partition("/")
    if folder == _PYTHON and file in _BATCHES:
        return 0, _MAX_PICKLE
    if folder == _BINARY and file in {f"{batch}.bin" for batch in _BATCHES}:
        n_bytes = N_PER_BATCH * (1 + _N_PIXELS)
        return n_bytes, n_bytes
    meta = {_PYTHON: "batches.meta", _BINARY: "batches.meta.txt"}.get(folder)
    if meta and file in {meta, "readme.html"}:
        return 0, _MAX_SMALL
    raise ValueError(f"it holds {name!r}, which is not a part of CIFAR-10")


def _check_class_names(file: str, content: bytes) -> None:
    if file.endswith(".txt"):
        names = content.decode("utf-8", "replace").split()
    else:
        names = read_pickle(content).get("label_names", [])
    if not isinstance(names, list) or tuple(names) != CLASSES:
        raise ValueError(f"its class names are {str(names)[:200]}, expected {', '.join(CLASSES)}")


def _pickled_batch(name: str, content: bytes) -> Batch:
    batch = read_pickle(content)
    labels, pixels = batch.get("labels"), batch.get("data")
    if not isinstance(labels, list) or not all(type(label) is int for label in labels):
        raise ValueError(f"{name} has no list of labels")
    if not isinstance(pixels, np.ndarray):
        raise ValueError(f"{name} has no array of images")
    if outside := [label for label in labels if not 0 <= label < len(CLASSES)]:
        raise ValueError(f"{name} has the label {outside[0]}, expected 0..{len(CLASSES) - 1}")
    return _checked_batch(name, pixels, np.array(labels, dtype=np.int64))


def _binary_batch(name: str, content: bytes) -> Batch:
    records = np.frombuffer(content, np.uint8).reshape(-1, 1 + _N_PIXELS)
    labels = records[:, 0].astype(np.int64)
    if labels.max() >= len(CLASSES):
        raise ValueError(f"{name} has the label {labels.max()}, expected 0..{len(CLASSES) - 1}")
    return _checked_batch(name, records[:, 1:], labels)


def _checked_batch(name: str, pixels: np.ndarray, labels: np.ndarray) -> Batch:
    if pixels.shape != (N_PER_BATCH, _N_PIXELS) or len(labels) != N_PER_BATCH:
        raise ValueError(
            f"{name} has images of shape {pixels.shape} and {len(labels):,} labels, expected "
            f"({N_PER_BATCH}, {_N_PIXELS}) and {N_PER_BATCH:,}"
        )
    planes = pixels.reshape(-1, 3, 32, 32)  # All red values of an image, then green, then blue.
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), labels
