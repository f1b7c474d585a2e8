"""Gather images from MNIST's IDX files, with or without gzip.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits"; G. Cohen et
al., "EMNIST", arXiv:1702.05373.
"""

import gzip
import math
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError
from tenfold.core.images import Dataset, Provenance
from tenfold.core.text import Say
from tenfold.data.kinds import GZIP, kind_of
from tenfold.data.labelled import Labelled, Parts, dataset_of, refuse_more_than_memory
from tenfold.data.source import Mirroring, PathSource, path_of

_NAME = re.compile(
    r"(?P<prefix>.*?)(?P<part>train|t10k|test)-(?P<what>images|labels)[-.]idx[13]-ubyte(\.gz)?",
    re.IGNORECASE | re.DOTALL,
)
_MAGIC = {"images": 0x0803, "labels": 0x0801}  # Bytes (08) in three dimensions, or in one.
_N_DIMENSIONS = {"images": 3, "labels": 1}
_MOST_DEFLATED = 1032  # At most this many bytes come out of one byte of gzip.
_CHUNK = 2**20


class IdxFiles(PathSource):
    """MNIST's files, and those of its many relatives."""

    name = "idx"
    wanted = "a folder of MNIST's IDX files"
    asked = "`FOLDER`"
    reads = "MNIST's IDX files, with or without gzip"
    mirroring = Mirroring(
        allowed=False,
        note="Images from IDX files are not mirrored, since they may be digits or letters. Set "
        "flip to true where left and right do not matter.",
    )

    def recognises(self, data: str) -> bool:
        """Whether it is a folder that holds such files, or one of them."""
        return _folder_of(path_of(data)) is not None

    def gather(self, request: DataRequest, *, say: Say) -> Dataset:
        """As `gather_idx`."""
        return gather_idx(Path(request.data), say=say)


@dataclass(frozen=True)
class _File:
    """One IDX file, described by its name."""

    path: Path
    prefix: str
    part: str
    what: str


def gather_idx(root: Path, *, say: Say = lambda _: None) -> Dataset:
    """Return the images of a folder's IDX files as uint8 (n, height, width, 1), in their order.

    Reads `train-images-idx3-ubyte` and its like for labels and for tests (`t10k` or `test`), each
    with or without gzip, with a dash or a dot before `idx`, and behind a prefix such as
    `emnist-letters-`. Classes are called by their labels. Without test files, a fixed 20 % of each
    class is the test set.

    Args:
        root: The folder, the folder around its folder `raw`, or one of the files.
        say: Where to report, in short sentences, what is going on.

    Raises:
        DataError: A file is missing, damaged, or larger than this machine's memory.
    """
    folder = _folder_of(path_of(root))
    if folder is None:
        raise DataError(
            f"There are no IDX files in {root}. Expected train-images-idx3-ubyte, "
            "train-labels-idx1-ubyte and the same of t10k, with or without .gz."
        )
    files = _one_set(folder, idx_files(folder))
    say(f"Reading {folder} ...")
    train = _read_part(folder, files, ("train",))
    test = _read_part(folder, files, ("t10k", "test"))
    if train is None:
        raise DataError(
            f"{folder} has no training images. Expected train-images-idx3-ubyte and "
            "train-labels-idx1-ubyte in it, with or without .gz. Add them."
        )
    notes: tuple[str, ...] = ()
    if next(iter(files)).prefix.startswith("emnist"):
        notes = ("EMNIST's images have rows and columns exchanged; Tenfold leaves them so.",)
    provenance = Provenance("idx", str(folder.resolve()), notes=notes)
    return dataset_of(Parts(train, test=test), provenance, None)


def _folder_of(path: Path) -> Path | None:
    """The folder with the IDX files; None where there are none."""
    try:
        if path.is_file():
            return path.parent if _NAME.fullmatch(path.name) else None
        return next((each for each in (path, path / "raw") if idx_files(each)), None)
    except OSError:
        return None


def idx_files(folder: Path) -> list[_File]:
    """The IDX files in a folder, by their names; none where there is no folder."""
    if not folder.is_dir():
        return []
    found = []
    for path in sorted(folder.iterdir()):
        match = _NAME.fullmatch(path.name)
        if match and not path.name.startswith(".") and path.is_file():
            found.append(_File(path, *(match[key].lower() for key in ("prefix", "part", "what"))))
    return found


def _one_set(folder: Path, files: list[_File]) -> list[_File]:
    prefixes = sorted({file.prefix for file in files})
    if len(prefixes) > 1:
        names = ", ".join(f"'{prefix}'" for prefix in prefixes)
        raise DataError(
            f"{folder} holds IDX files of {len(prefixes)} sets, whose names begin with {names}. "
            "Expected one set. Move the files of the one that you want into a folder of their own."
        )
    return files


def _read_part(folder: Path, files: list[_File], parts: tuple[str, ...]) -> Labelled | None:
    """Read images and labels of a part; None if it has neither."""
    found = {}
    for what in ("images", "labels"):
        fitting = [file.path for file in files if file.part in parts and file.what == what]
        # A packed file often stays beside the unpacked one, which comes first by name.
        found[what] = fitting[0] if fitting else None
    images, labels = found["images"], found["labels"]
    if images is None and labels is None:
        return None
    if images is None or labels is None:
        there, missing = (images, "labels") if labels is None else (labels, "images")
        raise DataError(
            f"{folder} holds {there.name if there else ''} without the file of its {missing}. "
            f"Add it, such as {parts[0]}-{missing}-idx{_N_DIMENSIONS[missing]}-ubyte.gz."
        )
    return Labelled(
        _read(images, "images")[..., np.newaxis], _read(labels, "labels").astype(np.int64)
    )


def _read(path: Path, what: str) -> np.ndarray:
    """Read uint8 (n, height, width) images or (n,) labels."""
    try:
        kind = kind_of(path)
        size = path.stat().st_size
        with path.open("rb") as file:
            if kind == GZIP:
                with gzip.open(file) as stream:
                    return _parse(cast(BinaryIO, stream), path, what, size * _MOST_DEFLATED)
            return _parse(file, path, what, size)
    except EOFError as error:
        raise _refusal(path, what, "it is cut short") from error
    except (ValueError, MemoryError, OSError, zlib.error) as error:
        raise _refusal(path, what, str(error) or type(error).__name__) from error


def _refusal(path: Path, what: str, reason: str) -> DataError:
    return DataError(
        f"Cannot read {path} as MNIST's {what}: {reason}. Expected an IDX file of bytes in "
        f"{_N_DIMENSIONS[what]} dimension{'s' * (what == 'images')}, whole. Download it again."
    )


def _parse(stream: BinaryIO, path: Path, what: str, most_bytes: int) -> np.ndarray:
    """Read the header, compare it with the file, then read what it says and nothing more."""
    n_dimensions = _N_DIMENSIONS[what]
    magic = int.from_bytes(_exactly(stream, 4), "big")
    if magic != _MAGIC[what]:
        kind = kind_of(path)
        known = "" if kind in (GZIP, "not known to Tenfold") else f"; it is {kind}"
        raise ValueError(f"it begins with {magic:#010x} instead of {_MAGIC[what]:#010x}{known}")
    header = _exactly(stream, 4 * n_dimensions)
    shape = tuple(int(n) for n in np.frombuffer(header, ">u4"))
    n_bytes, start = math.prod(shape), 4 + len(header)
    if not n_bytes:
        raise ValueError(f"its header says {shape}, which is empty")
    if start + n_bytes > most_bytes:
        raise ValueError(
            f"its header says {shape}, {n_bytes:,} bytes, which is more than the file can hold; "
            "it is cut short or damaged"
        )
    refuse_more_than_memory(n_bytes, path)
    content = bytearray()
    while len(content) < n_bytes:
        content += _exactly(stream, min(_CHUNK, n_bytes - len(content)))
    if stream.read(1):  # At the end gzip compares checksums.
        raise ValueError(f"its header says {shape}, and it goes on after that")
    return np.frombuffer(content, np.uint8).reshape(shape)


def _exactly(stream: BinaryIO, n_bytes: int) -> bytes:
    content = stream.read(n_bytes)
    if len(content) != n_bytes:
        raise EOFError
    return content
