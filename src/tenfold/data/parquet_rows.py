"""Open Parquet files that anyone may have made, and read a column row group by row group."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenfold.core.errors import DataError
from tenfold.data.kinds import LFS_POINTER, PARQUET, kind_of

if TYPE_CHECKING:
    from pyarrow import Schema
    from pyarrow.parquet import ParquetFile

_N_AT_ONCE = 64  # Rows that are in memory at once, beside their row group.
_MOST_SAID = 200


def head_of(path: Path) -> tuple["Schema", int]:
    """The schema of a file, and the number of its rows.

    Raises:
        DataError: It is not there, not Parquet, cut short, or damaged; or pyarrow is missing.
    """
    with _opened(path) as file:
        return file.schema_arrow, file.metadata.num_rows


def values_of(path: Path, column: str) -> Iterator[Any]:
    """Each value of a column as Python has it, in the order of the rows; None where it is empty.

    Raises:
        DataError: As for `head_of`.
    """
    with _opened(path) as file:
        n_rows, n_read = file.metadata.num_rows, 0
        for group in range(file.num_row_groups):
            for batch in file.iter_batches(_N_AT_ONCE, row_groups=[group], columns=[column]):
                n_read += len(batch)
                if n_read <= n_rows:
                    yield from batch.column(0).to_pylist()
        if n_read != n_rows:
            raise _unreadable(path, f"{column} has {n_read:,} values for {n_rows:,} rows")


@contextmanager
def _opened(path: Path) -> Iterator["ParquetFile"]:
    try:
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise DataError(
            f"Reading {path} takes pyarrow, which is not installed. Install it with "
            "`pip install 'tenfold[parquet]'`."
        ) from error
    try:
        _check_ends(path)
        with ParquetFile(path, page_checksum_verification=True) as file:
            yield file
    except DataError:
        raise
    except Exception as error:  # What damaged bytes raise is not a list that anyone keeps.
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise _unreadable(path, " ".join(reason.split())[:_MOST_SAID].rstrip(".")) from error


def _check_ends(path: Path) -> None:
    """Refuse a file that does not begin and end as Parquet does, and say what it is instead."""
    if not path.is_file():
        raise DataError(f"There is no file {path}. Expected a Parquet file. Check the name.")
    kind = kind_of(path)
    if kind == LFS_POINTER:
        raise DataError(
            f"{path} is {kind}. Run `git lfs pull` in its folder, or download the file itself."
        )
    if kind != PARQUET:
        raise _unreadable(path, f"it is {kind}")
    with path.open("rb") as file:
        file.seek(-4, 2)
        if file.read() != b"PAR1":
            raise _unreadable(path, "it is cut short")


def _unreadable(path: Path, reason: str) -> DataError:
    return DataError(
        f"Cannot read {path} as Parquet: {reason}. Expected a whole Parquet file. "
        "Download it again."
    )
