"""The rows of a source in a fixed order, kept in files of which each worker reads its part."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from tenfold.cluster.place import Place, explained

if TYPE_CHECKING:
    import pyarrow

PARTS_OF_A_FILE = 1_000
"""A reader of one part reads where all parts of its file begin."""


@dataclass(frozen=True, slots=True)
class Row:
    """An image that is to be predicted.

    Attributes:
        name: The file, as it was given or found.
        path: Where it lies in its file system.
        row: The row in that file, from 0, if it is a Parquet file; otherwise None.
        reason: Why it cannot be read, as far as that is known without opening it.
        store: The address of the object store, as `place_of` takes it; empty for a disk.
    """

    name: str
    path: str
    row: int | None = None
    reason: str = ""
    store: str = ""


def write_listing(folder: Place, rows: Iterable[Row], part_rows: int) -> int:
    """Write rows to Parquet files, a row group for each part; return their number.

    No more than one part is in memory.
    """
    left, n_rows, n_files = iter(rows), 0, 0
    while first := list(islice(left, part_rows)):
        n_rows += _write_file(folder / _file_name(n_files), first, left, part_rows)
        n_files += 1
    return n_rows


def _write_file(place: Place, part: list[Row], left: Iterator[Row], part_rows: int) -> int:
    """Write a part, and as many of those that are left as one file takes."""
    from pyarrow.parquet import ParquetWriter

    n_rows = 0
    with place.writing() as file, ParquetWriter(file, _schema()) as writer:
        for number in range(PARTS_OF_A_FILE):
            part = part if number == 0 else list(islice(left, part_rows))
            if not part:
                break
            writer.write_table(_table(part), row_group_size=part_rows)
            n_rows += len(part)
    return n_rows


def read_part(folder: Place, number: int) -> Iterator[Row]:
    """The rows of a part, from the files of `write_listing`."""
    from pyarrow.parquet import ParquetFile

    place = folder / _file_name(number // PARTS_OF_A_FILE)
    with explained(place), place.opened() as file, ParquetFile(file) as listing:
        found = listing.read_row_group(number % PARTS_OF_A_FILE).to_pylist()
    for each in found:
        name, path = os.fsdecode(each["name"]), os.fsdecode(each["path"])
        yield Row(name, path, each["row"], each["reason"], each["store"])


def _file_name(number: int) -> str:
    return f"{number:05}.parquet"


def _schema() -> "pyarrow.Schema":
    import pyarrow as pa

    # Names of files on a disk are bytes, which need not be UTF-8.
    files = {"name": pa.binary(), "path": pa.binary(), "row": pa.int64()}
    return pa.schema({**files, "reason": pa.string(), "store": pa.string()})


def _table(rows: list[Row]) -> "pyarrow.Table":
    import pyarrow as pa

    columns = {
        "name": [os.fsencode(each.name) for each in rows],
        "path": [os.fsencode(each.path) for each in rows],
        "row": [each.row for each in rows],
        "reason": [each.reason for each in rows],
        "store": [each.store for each in rows],
    }
    return pa.table(columns, schema=_schema())
