"""Read CIFAR-10's two layouts, pickled or binary, packed or unpacked, and never write to disk."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tenfold.data.cifar import (
    MAX_SMALL,
    N_PIXELS,
    Batch,
    Family,
    another,
    checked_batch,
    files,
    members,
    opened,
    pickled_batch,
    refusals,
    relative_of,
)
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

_PYTHON, _BINARY = LAYOUTS = "cifar-10-batches-py", "cifar-10-batches-bin"
_BATCHES = (*(f"data_batch_{i}" for i in range(1, N_TRAIN_BATCHES + 1)), "test_batch")
_MAX_PICKLE = 32 * 2**20  # The official ones are about 31,035,700 bytes.


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


def read_archive(path: Path) -> Arrays:
    """Read either archive; both give the same arrays. The gzip layer may be gone.

    Raises:
        DataError: It is something else; or a member is missing, unknown, a link, too large, or
            damaged.
    """
    with refusals(path, _FAMILY), opened(path) as stream:
        return _arrays(_read_members(members(stream, _FAMILY)))


def read_unpacked(folder: Path) -> Arrays:
    """Read the folder that an archive unpacks to, whatever it is called; other files are left.

    Raises:
        DataError: It is something else; or a file is missing, too large, or damaged.
    """
    with refusals(folder, _FAMILY):
        if other := other_than_cifar10(folder):
            raise another(other)
        binary = any(folder.glob("*_batch*.bin"))
        layout, end, meta = (
            (_BINARY, ".bin", "batches.meta.txt") if binary else (_PYTHON, "", "batches.meta")
        )
        names = (meta, *(f"{batch}{end}" for batch in _BATCHES))
        return _arrays(_read_members(files(folder, layout, names, _FAMILY)))


def is_unpacked(folder: Path) -> bool:
    """Whether it is a folder with at least one file of CIFAR-10's batches."""
    names = (f"{batch}{end}" for batch in _BATCHES for end in ("", ".bin"))
    return folder.is_dir() and any((folder / name).is_file() for name in names)


def other_than_cifar10(folder: Path) -> str:
    """Name the relative of CIFAR-10 that a folder looks like; empty if it looks like none."""
    return relative_of(folder, _FAMILY)


def _arrays(batches: dict[str, Batch]) -> Arrays:
    *train, (test_images, test_labels) = (batches[name] for name in _BATCHES)
    return Arrays(
        np.concatenate([images for images, _ in train]),
        np.concatenate([labels for _, labels in train]),
        test_images,
        test_labels,
    )


def _read_members(content: Iterable[tuple[str, bytes]]) -> dict[str, Batch]:
    """Read each member as it goes by; one at a time is held in memory."""
    batches: dict[str, Batch] = {}
    layout, names_are_right = "", False
    for name, member in content:
        folder, _, file = name.partition("/")
        layout = layout or folder
        if folder != layout:
            raise ValueError(f"it mixes '{layout}' with '{folder}'")
        if file.startswith("batches.meta"):
            _check_class_names(file, member)
            names_are_right = True
        elif file != "readme.html":
            batch = _pickled_batch if folder == _PYTHON else _binary_batch
            batches[file.removesuffix(".bin")] = batch(name, member)
    missing = [name for name in _BATCHES if name not in batches]
    if not names_are_right:
        missing.append("batches.meta")
    if missing:
        raise ValueError(f"it lacks {', '.join(missing)}")
    return batches


def _sizes(name: str) -> tuple[int, int] | None:
    """Return the least and most bytes that a file of this name may have."""
    folder, _, file = name.partition("/")
    if folder == _PYTHON and file in _BATCHES:
        return 0, _MAX_PICKLE
    if folder == _BINARY and file in {f"{batch}.bin" for batch in _BATCHES}:
        n_bytes = N_PER_BATCH * (1 + N_PIXELS)
        return n_bytes, n_bytes
    meta = {_PYTHON: "batches.meta", _BINARY: "batches.meta.txt"}.get(folder)
    return (0, MAX_SMALL) if meta and file in {meta, "readme.html"} else None


_FAMILY = Family(
    "CIFAR-10", "cifar10", "cifar-10-python.tar.gz or cifar-10-binary.tar.gz", LAYOUTS, _sizes
)


def _check_class_names(file: str, content: bytes) -> None:
    if file.endswith(".txt"):
        names = content.decode("utf-8", "replace").split()
    else:
        names = read_pickle(content).get("label_names", [])
    if not isinstance(names, list) or tuple(names) != CLASSES:
        raise ValueError(f"its class names are {str(names)[:200]}, expected {', '.join(CLASSES)}")


def _pickled_batch(name: str, content: bytes) -> Batch:
    return pickled_batch(name, content, N_PER_BATCH, key="labels", n_classes=len(CLASSES))


def _binary_batch(name: str, content: bytes) -> Batch:
    records = np.frombuffer(content, np.uint8).reshape(-1, 1 + N_PIXELS)
    labels = records[:, 0].astype(np.int64)
    if labels.max() >= len(CLASSES):
        raise ValueError(f"{name} has the label {labels.max()}, expected 0..{len(CLASSES) - 1}")
    return checked_batch(name, records[:, 1:], labels, N_PER_BATCH)
