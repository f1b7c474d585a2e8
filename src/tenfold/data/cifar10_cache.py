"""CIFAR-10's arrays as uint8 `.npy` files, so that the second run starts at once."""

import json
import os
import shutil
from pathlib import Path

import numpy as np

from tenfold.core.errors import DataError, TenfoldError
from tenfold.data import archive
from tenfold.data.archive import Arrays
from tenfold.data.cache import cache_folder
from tenfold.data.cifar import SHAPE
from tenfold.runs.files import flush_folder, sha256_of, written_whole

_PARTS = ("train_images", "train_labels", "test_images", "test_labels")


def home() -> Path:
    """The folder of everything that Tenfold keeps of CIFAR-10; it may not exist."""
    return cache_folder() / "cifar10"


def folder_of(sha256: str) -> Path:
    """The folder of the arrays that were read from the archive with this checksum."""
    return home() / sha256


def cached_checksums() -> list[str]:
    """Checksums of the archives whose arrays are cached, the latest first."""
    try:
        folders = [f for f in home().iterdir() if len(f.name) == 64 and f.is_dir()]
        return [f.name for f in sorted(folders, key=lambda f: (-f.stat().st_mtime_ns, f.name))]
    except OSError:
        return []


def load(sha256: str) -> Arrays | None:
    """Return the cached arrays, images memory-mapped; None unless they are whole.

    Labels are stored as uint8 and given back as int64.
    """
    try:
        folder = folder_of(sha256)
        train_images, train_labels, test_images, test_labels = (
            np.load(folder / f"{part}.npy", mmap_mode="r" if "images" in part else None)
            for part in _PARTS
        )
    except (OSError, ValueError, EOFError):
        return None
    n_test = archive.N_PER_BATCH
    n_train = n_test * archive.N_TRAIN_BATCHES
    found = [train_images, train_labels, test_images, test_labels]
    shapes = [(n_train, *SHAPE), (n_train,), (n_test, *SHAPE), (n_test,)]
    if any(a.dtype != np.uint8 or a.shape != s for a, s in zip(found, shapes, strict=True)):
        return None
    if max(train_labels.max(), test_labels.max()) >= len(archive.CLASSES):
        return None
    return Arrays(
        train_images, train_labels.astype(np.int64), test_images, test_labels.astype(np.int64)
    )


def save(arrays: Arrays, sha256: str) -> None:
    """Cache the arrays; their folder appears only when it is complete, and replaces a damaged one.

    Raises:
        OSError: The cache cannot be written; nothing is left of the attempt.
    """
    folder = folder_of(sha256)
    part = folder.with_name(f".{sha256}.{os.getpid()}.part")
    try:
        part.mkdir(parents=True)
        for name in _PARTS:
            with (part / f"{name}.npy").open("wb") as file:
                np.save(file, getattr(arrays, name).astype(np.uint8, copy=False))
                file.flush()
                os.fsync(file.fileno())
        flush_folder(part)
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
        flush_folder(folder.parent)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal, remembered while size and time stay the same.

    Raises:
        TenfoldError: The file cannot be read.
    """
    known = _known_checksums()
    try:
        stat = path.stat()
    except OSError as error:
        raise DataError(
            f"Cannot read the archive {path}: {error.strerror or error}. Check its name."
        ) from error
    state = [stat.st_size, stat.st_mtime_ns]
    entry = known.get(str(path.resolve()))
    if isinstance(entry, list) and entry[:2] == state and len(entry) == 3:
        return str(entry[2])
    sha256 = sha256_of(path)
    _remember({**known, str(path.resolve()): [*state, sha256]})
    return sha256


def _memory() -> Path:
    return home() / "checksums.json"


def _known_checksums() -> dict[str, object]:
    try:
        known = json.loads(_memory().read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _remember(known: dict[str, object]) -> None:
    try:
        home().mkdir(parents=True, exist_ok=True)
        with written_whole(_memory()) as part:
            part.write_text(json.dumps(known, indent=1), "utf-8")
    except (OSError, TenfoldError):
        return  # The next run reads the archive again.
