"""Gather images from NumPy's .npz files, which are never unpickled.

Source: numpy.org/doc/stable/reference/generated/numpy.lib.format.html; the names are those of
Keras's `mnist.npz` and of MedMNIST, medmnist.com.
"""

import math
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError, argument
from tenfold.core.images import Dataset, Provenance
from tenfold.core.text import Say
from tenfold.data.checked import checked_images, checked_labels
from tenfold.data.kinds import kind_of
from tenfold.data.labelled import Labelled, Parts, dataset_of, refuse_more_than_memory
from tenfold.data.source import Mirroring, PathSource, path_of
from tenfold.runs.files import sha256_of

_CLASS_NAMES = ("classes", "label_names")
_MOST_CLASS_NAMES = 100_000
_MAX_HEADER = 10_000

Pair = tuple[str, str]
"""The keys of images and of their labels."""


@dataclass(frozen=True)
class _Keys:
    """The names of the arrays in one kind of file."""

    train: Pair
    validation: Pair | None = None
    test: Pair | None = None

    @property
    def pairs(self) -> tuple[Pair, ...]:
        return tuple(p for p in (self.train, self.validation, self.test) if p is not None)

    def __str__(self) -> str:
        return ", ".join(key for pair in self.pairs for key in pair)


_KNOWN = (
    _Keys(("x_train", "y_train"), ("x_val", "y_val"), ("x_test", "y_test")),
    _Keys(
        ("train_images", "train_labels"),
        ("val_images", "val_labels"),
        ("test_images", "test_labels"),
    ),
    _Keys(("images", "labels")),
)


class NumpyFile(PathSource):
    """Arrays of images and labels in one .npz file."""

    name = "npz"
    wanted = "an .npz file"
    asked = "`images.npz`"
    reads = (
        "arrays called `x_train`, `y_train`, `x_test`, `y_test`; `images`, `labels`; or as "
        "MedMNIST calls them"
    )
    mirroring = Mirroring(
        allowed=False,
        note="Images from an .npz file are not mirrored, since they may be digits or letters. Set "
        "flip to true where left and right do not matter.",
    )

    def recognises(self, data: str) -> bool:
        """Whether it is the name of an .npz file, there or not."""
        path = path_of(data)
        return path.suffix.lower() == ".npz" and not path.is_dir()

    def gather(self, request: DataRequest, *, say: Say) -> Dataset:
        """As `gather_npz`."""
        return gather_npz(Path(request.data), say=say)


def gather_npz(path: Path, *, say: Say = lambda _: None) -> Dataset:
    """Return the images of an .npz file as uint8 (n, height, width, 1 or 3), in its order.

    Reads `x_train, y_train, x_test, y_test`, `train_images, train_labels, ...` or `images, labels`;
    a part for validation is appended to the training images, or is the test set where there is no
    test part. Without either, a fixed 20 % of each class is the test set.

    Args:
        path: The file.
        say: Where to report, in short sentences, what is going on.

    Raises:
        DataError: It is missing, damaged, or holds other arrays than these.
    """
    path = path_of(path)
    _check_file(path)
    say(f"Reading {path} ...")
    try:
        with zipfile.ZipFile(path) as file:
            return _gather(_Arrays(path, file))
    except zipfile.BadZipFile as error:
        raise _damaged(path, str(error)) from error


class _Arrays:
    """The arrays of an open file; each is read when it is asked for."""

    def __init__(self, path: Path, file: zipfile.ZipFile) -> None:
        self.path, self._file = path, file
        found = [name for name in file.namelist() if name.endswith(".npy")]
        self.keys = tuple(name.removesuffix(".npy") for name in found)
        if twice := sorted({key for key in self.keys if self.keys.count(key) > 1}):
            raise DataError(f"{path} holds the array '{twice[0]}' twice. Save it anew.")

    def n_bytes(self, key: str) -> int:
        """How many bytes the array says that it has."""
        return self._file.getinfo(f"{key}.npy").file_size

    def __getitem__(self, key: str) -> np.ndarray:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Of headers that are then refused.
                self._check_header(key)
                with self._file.open(f"{key}.npy") as member:
                    array: np.ndarray = npy.read_array(
                        member, allow_pickle=False, max_header_size=_MAX_HEADER
                    )
                    if member.read(1):  # At the end its checksum is compared.
                        raise ValueError("it goes on after its end")
        except DataError:
            raise
        except Exception as error:  # Zip, its compressions and headers promise no narrower list.
            reason = f"{key}: {str(error) or type(error).__name__}"
            raise _damaged(self.path, reason) from error
        return array

    def _check_header(self, key: str) -> None:
        """Refuse an array of objects or of a wrong size, before anything is allocated."""
        with self._file.open(f"{key}.npy") as member:
            version = npy.read_magic(member)
            read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, _, dtype = read(member, max_header_size=_MAX_HEADER)
            start = member.tell()
        if dtype.hasobject:
            raise DataError(
                f"The array '{key}' of {self.path} holds Python objects, which Tenfold does not "
                "unpickle, since a pickle may run code. Save it as numbers, such as "
                "np.stack(images).astype(np.uint8)."
            )
        if min(shape, default=0) < 0 or start + math.prod(shape) * dtype.itemsize != self.n_bytes(
            key
        ):
            raise ValueError(
                f"its header says {dtype} {shape}, which its {self.n_bytes(key):,} bytes are not"
            )


def _gather(arrays: _Arrays) -> Dataset:
    keys = _chosen(arrays)
    present = [pair for pair in keys.pairs if pair[0] in arrays.keys]
    used = {key for pair in present for key in pair}
    refuse_more_than_memory(sum(arrays.n_bytes(key) for key in used), arrays.path)
    notes: list[str] = []
    names, names_key = _names(arrays)
    if unused := [key for key in arrays.keys if key not in used | {names_key}]:
        notes.append(f"Of the arrays in the file these are not read: {_few(unused)}.")
    parts = {pair: _labelled(arrays, pair, notes) for pair in present}
    provenance = Provenance(
        "npz",
        str(arrays.path.resolve()),
        sha256=sha256_of(arrays.path),
        notes=tuple(dict.fromkeys(notes)),
    )
    found = Parts(
        parts[keys.train],
        parts.get(keys.validation) if keys.validation else None,
        parts.get(keys.test) if keys.test else None,
    )
    return dataset_of(found, provenance, names)


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise DataError(
            f"There is no file {path}. Name an existing .npz file with {argument('data')}."
        )
    try:
        kind = kind_of(path)
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror or error}.") from error
    if not kind.endswith("a zip file") or not zipfile.is_zipfile(path):
        reason = "it is cut short" if kind == "a zip file" else f"it is {kind}"
        raise _damaged(path, reason)


def _damaged(path: Path, reason: str) -> DataError:
    return DataError(
        f"Cannot read {path} as an .npz file: {reason}. Expected what numpy.savez writes, whole. "
        "Download or save it again."
    )


def _chosen(arrays: _Arrays) -> _Keys:
    """The keys that the file has, with both or none of each pair."""
    chosen = next((k for k in _KNOWN if set(k.train) <= set(arrays.keys)), None)
    half = chosen is not None and any(
        (p[0] in arrays.keys) != (p[1] in arrays.keys) for p in chosen.pairs
    )
    if chosen is None or half:
        known = "; ".join(str(keys) for keys in _KNOWN)
        raise DataError(
            f"Expected {arrays.path} to hold images and labels under one of these sets of keys: "
            f"{known} (what is for validation or test may be left out, both of a pair). Received "
            f"{_few(arrays.keys) or 'no array'}. Save the arrays under such keys, for example with "
            "np.savez_compressed('mine.npz', images=images, labels=labels)."
        )
    return chosen


def _few(keys: tuple[str, ...] | list[str]) -> str:
    shown = [key if key.isprintable() else ascii(key) for key in keys[:20]]
    return ", ".join([*shown, f"{len(keys) - 20:,} more"] if len(keys) > 20 else shown)


def _names(arrays: _Arrays) -> tuple[tuple[str, ...] | None, str]:
    """The class names in the file and their key; None and an empty key where there are none."""
    for key in _CLASS_NAMES:
        if key in arrays.keys and arrays.n_bytes(key) < 100 * _MOST_CLASS_NAMES:
            found = arrays[key]
            if found.dtype.kind == "U" and found.ndim == 1:
                return tuple(str(name) for name in found), key
            if found.dtype.kind == "S" and found.ndim == 1:
                return tuple(name.decode("utf-8", "backslashreplace") for name in found), key
    return None, ""


def _labelled(arrays: _Arrays, pair: Pair, notes: list[str]) -> Labelled:
    images, labels = pair
    return Labelled(
        checked_images(arrays[images], f"'{images}' of {arrays.path}", notes),
        checked_labels(arrays[labels], f"'{labels}' of {arrays.path}"),
    )
