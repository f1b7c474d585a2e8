"""Checkpoints: the state of a fit in one file, with a checksum that reveals damage.

A file holds, one after the other: eight letters that name the format, the length of a header
(8 bytes, little-endian), the header (JSON: the state, and dtype and shape of each array), the
arrays' bytes, and the SHA-256 of everything before.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tenfold.core.limits import CHECKPOINT_EVERY_S
from tenfold.core.text import Say
from tenfold.runs.files import written_whole

MAGIC = b"TENFOLD1"
DIGEST_BYTES = hashlib.sha256().digest_size
N_KEPT = 2
SUFFIX, DAMAGED = ".ckpt", ".damaged"


class DamagedError(Exception):
    """A checkpoint whose content is not the content that was written."""


@dataclass(frozen=True)
class Checkpoint:
    """The state of a fit: counters and figures for JSON, and arrays of NumPy's own dtypes."""

    state: dict[str, Any]
    arrays: tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Checkpoints:
    """A folder that keeps the last two checkpoints.

    Attributes:
        folder: The folder; it is made with the first checkpoint.
        every_s: Seconds between checkpoints within an epoch; each epoch also ends with one.
        rest_s: Seconds after a checkpoint in which no epoch ends with one.
    """

    folder: Path
    every_s: float = CHECKPOINT_EVERY_S
    rest_s: float = 0.0

    def save(self, number: int, checkpoint: Checkpoint) -> None:
        """Write a checkpoint whole, then delete all but the last two.

        Args:
            number: The steps of the fit so far, which increase from one checkpoint to the next.
            checkpoint: What to write.

        Raises:
            TenfoldError: The file cannot be written; earlier checkpoints stay.
        """
        with written_whole(self.folder / f"{number:010}{SUFFIX}", in_new_folder=True) as part:
            write(part, checkpoint)
        for old in self._names()[N_KEPT:]:
            with suppress(OSError):  # An extra checkpoint does no harm.
                old.unlink()

    def latest(self, say: Say) -> Checkpoint | None:
        """The newest undamaged checkpoint, or None. Only the folder's owner may call this.

        Damaged checkpoints are reported and renamed, so that they are not among the last two.
        """
        for path in self._names():
            try:
                return read(path)
            except (DamagedError, OSError) as error:
                say(f"The checkpoint {path} is damaged ({error}); the previous one is used.")
                with suppress(OSError):
                    path.replace(path.with_suffix(DAMAGED))
        return None

    def clear(self) -> None:
        """Delete all checkpoints, once the fit is over and its result is written elsewhere."""
        with suppress(OSError):
            for path in self.folder.iterdir():
                if path.suffix in (SUFFIX, DAMAGED):
                    path.unlink()
            self.folder.rmdir()

    def _names(self) -> list[Path]:
        """Newest first."""
        return sorted(self.folder.glob(f"[0-9]*{SUFFIX}"), reverse=True)


def write(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint in the format of this module's docstring."""
    with path.open("wb") as file:
        for part in encoded(checkpoint):
            file.write(part)


def encoded(checkpoint: Checkpoint) -> Iterator[bytes | memoryview]:
    """The parts of a checkpoint's file."""
    arrays = [np.ascontiguousarray(array) for array in checkpoint.arrays]
    kinds = [{"dtype": str(a.dtype), "shape": list(np.shape(a))} for a in checkpoint.arrays]
    header = json.dumps({"state": checkpoint.state, "arrays": kinds}).encode()
    digest = hashlib.sha256()
    for part in _parts(header, arrays):
        digest.update(part)
        yield part
    yield digest.digest()


def _parts(header: bytes, arrays: Sequence[np.ndarray]) -> Sequence[bytes | memoryview]:
    sizes = MAGIC + len(header).to_bytes(8, "little") + header
    return [sizes, *(array.reshape(-1).view(np.uint8).data for array in arrays)]


def read(path: Path) -> Checkpoint:
    """Read what `write` wrote.

    Raises:
        DamagedError: The content is not what was written.
    """
    return decoded(path.read_bytes())


def decoded(content: bytes) -> Checkpoint:
    """The checkpoint whose parts `encoded` gave.

    Raises:
        DamagedError: The content is not what was written.
    """
    body, digest = content[:-DIGEST_BYTES], content[-DIGEST_BYTES:]
    if hashlib.sha256(body).digest() != digest:
        raise DamagedError("its checksum does not match")
    if body[: len(MAGIC)] != MAGIC:
        raise DamagedError("it has a different format")
    try:
        return _parsed(body)
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedError(f"its content is not valid: {error}") from error


def _parsed(body: bytes) -> Checkpoint:
    begin = len(MAGIC) + 8
    end = begin + int.from_bytes(body[len(MAGIC) : begin], "little")
    header = json.loads(body[begin:end])
    arrays = []
    for kind in header["arrays"]:
        dtype, shape = np.dtype(kind["dtype"]), tuple(kind["shape"])
        n_values = math.prod(shape)
        arrays.append(np.frombuffer(body, dtype, n_values, offset=end).reshape(shape))
        end += n_values * dtype.itemsize
    return Checkpoint(header["state"], tuple(arrays))
