"""Rows of an array that is not to be copied."""

import math
from pathlib import Path
from typing import Any

import numpy as np

from tenfold.core.errors import DataError


class Rows:
    """Some rows of an array, in an order of their own, read when they are asked for.

    It can be indexed like an array (n, ...): `rows[3:5]`, `rows[positions]`. The result is an array
    in memory.

    Args:
        base: The array, often memory-mapped.
        index: int64 (n,), the positions in `base` of these rows.
    """

    def __init__(self, base: np.ndarray, index: np.ndarray) -> None:
        self._base, self._index = base, index

    def __len__(self) -> int:
        return len(self._index)

    @property
    def shape(self) -> tuple[int, ...]:
        """As of an array."""
        return (len(self._index), *self._base.shape[1:])

    @property
    def ndim(self) -> int:
        """As of an array."""
        return self._base.ndim

    @property
    def dtype(self) -> np.dtype[Any]:
        """As of an array."""
        return self._base.dtype

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return math.prod(self._base.shape[1:]) * self.dtype.itemsize

    def __getitem__(self, key: slice | np.ndarray | int) -> np.ndarray:
        found: np.ndarray = np.asarray(self._base[self._index[key]])
        return found

    def take(self, index: np.ndarray) -> "Rows":
        """The rows at `index` (integer (m,)), in that order, still not copied."""
        return Rows(self._base, self._index[index])

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle where the rows are, and not their content: another process opens the file."""
        base = self._base
        if not isinstance(base, np.memmap):
            return Rows, (base, self._index)
        if not Path(str(base.filename)).is_file():
            raise DataError(
                "These images are too many to be sent to another process, and their file has "
                "another name by now. Repeat the command: it finds them in the cache."
            )
        place = str(base.filename), base.dtype.str, base.offset, base.shape
        return _opened, (*place, self._index)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:  # noqa: ANN401
        """Refuse to become one array: all rows can only be read part by part."""
        raise TypeError("These rows are not one array; read them part by part, as rows[a:b].")


def _opened(file: str, dtype: str, offset: int, shape: tuple[int, ...], index: np.ndarray) -> Rows:
    """The rows of a file, in another process."""
    try:
        base = np.memmap(file, dtype, "r", offset, shape)
    except (OSError, ValueError) as error:
        raise DataError(
            f"Cannot read the images in {file} on this machine ({error}). Workers on other "
            "machines need the cache on a disk that all of them see: set the environment variable "
            "TENFOLD_CACHE."
        ) from error
    return Rows(base, index)
