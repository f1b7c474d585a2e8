"""List the images of folders, lists, Parquet files and object stores, and read them."""

import glob
import os
import socket
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Any

from tenfold.cluster.listing import Row
from tenfold.cluster.place import Place, explained, is_address, place_of
from tenfold.core.errors import DataError, ImageError, argument
from tenfold.data.columns import image_column
from tenfold.data.listing import is_named_as_image
from tenfold.data.parquet import content_in
from tenfold.data.picture import MAX_BYTES, content_of
from tenfold.data.shards import holds_parquet, is_parquet
from tenfold.data.source import path_of
from tenfold.data.tree import is_leftover
from tenfold.data.wanted import STDIN, find_wanted

AT_ONCE = 16
"""Files of an object store that are read at the same time: each is a journey over the network."""
_N_LOOKED_AT = 100
"""Files that say whether a folder of an object store is of images or of Parquet files."""
_LISTS = (".csv", ".tsv", ".txt")


def rows_of(sources: Sequence[str]) -> Iterator[Row]:
    """List images one after the other, in the same order each time.

    Args:
        sources: Files, folders, lists and patterns, as `find_wanted` takes them; Parquet files and
            folders of them; addresses of an object store, of a file, a folder or Parquet files.

    Raises:
        DataError: There is nothing there, or it cannot be listed.
    """
    for source in sources:
        if source == STDIN:
            raise DataError(
                f"Expected {argument('files')} that can be listed again; received -, which is read "
                "only once. Write the paths to a list, such as paths.txt, and give that."
            )
        if not is_address(source):
            yield from _on_disk(source)
        elif (place := place_of(source)).is_local:
            yield from _on_disk(place.path)
        else:
            yield from _in_store(source)


def _on_disk(source: str) -> Iterator[Row]:
    path = path_of(source)
    if path.is_dir() and holds_parquet(path):
        files = sorted(each for each in path.rglob("*") if is_parquet(each) and each.is_file())
        yield from _in_parquet(place_of(str(each)) for each in files if not is_leftover(each.name))
    elif path.is_file() and is_parquet(path):
        yield from _in_parquet([place_of(source)])
    elif not os.path.lexists(path) and not glob.has_magic(source):
        raise DataError(
            f"Expected images at {source}; there is nothing. Check the path, or name a folder, a "
            "list, Parquet files, or an address such as s3://bucket/folder."
        )
    else:
        for wanted in find_wanted([source]):
            yield Row(wanted.name, str(wanted.path.absolute()), None, wanted.reason)


def _in_store(address: str) -> Iterator[Row]:
    place = place_of(address)
    if Path(place.path).suffix.lower() in _LISTS:
        raise DataError(
            f"Expected a folder, images or Parquet files in an object store; received the list "
            f"{place.shown}. Give the folder that it lies in, or copy list and images to a disk."
        )
    if not place.is_folder():
        if not place.exists():
            raise DataError(f"Expected images at {place.shown}; there is nothing.")
        yield from _in_parquet([place], address) if _is_parquet(place) else [_row(place, address)]
        return
    files = (place.below(each.path) for each in place.files_below())
    first = list(islice(files, _N_LOOKED_AT))
    if not first:
        raise DataError(f"Expected images at {place.shown}; the folder is empty.")
    every = chain(first, files)
    if any(is_named_as_image(each.path) for each in first) or not any(map(_is_parquet, first)):
        yield from (_row(each, address) for each in every)
    else:
        yield from _in_parquet(filter(_is_parquet, every), address)


def _row(place: Place, address: str) -> Row:
    return Row(place.shown, place.path, store=address)


def _is_parquet(place: Place) -> bool:
    return is_parquet(Path(place.path))


def _in_parquet(files: Iterable[Place], store: str = "") -> Iterator[Row]:
    """Every row of Parquet files."""
    from pyarrow.parquet import ParquetFile

    for file in files:
        with explained(file), file.opened() as opened, ParquetFile(opened) as parquet:
            image_column(parquet.schema_arrow, Path(file.shown))
            n_rows = parquet.metadata.num_rows
        yield from (Row(file.shown, file.path, at, store=store) for at in range(n_rows))


def contents(rows: Sequence[Row]) -> Iterator[bytes | ImageError]:
    """The encoded image of each row, or why there is none, in the order of the rows.

    Raises:
        DataError: The store or the disk cannot be reached: that says nothing about an image.
    """
    for (is_row, store), part in groupby(rows, lambda each: (each.row is not None, each.store)):
        if is_row:
            for _, of_file in groupby(part, lambda each: each.path):
                yield from _of_parquet(list(of_file))
        elif store:
            yield from _of_store(part)
        else:
            yield from map(_of_file, part)


def _of_file(row: Row) -> bytes | ImageError:
    if row.reason:
        return ImageError(row.reason)
    try:
        return content_of(row.path)
    except ImageError as error:
        if not Path(row.path).parent.is_dir():  # It was there when the images were listed.
            raise DataError(
                f"There is no folder {Path(row.path).parent} on {socket.gethostname()}. Workers "
                "read images from a disk that all machines see under the same path, or from an "
                "object store."
            ) from error
        return error


def _of_store(rows: Iterator[Row]) -> Iterator[bytes | ImageError]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while some := list(islice(rows, AT_ONCE)):
            yield from pool.map(_of_object, some)


def _of_object(row: Row) -> bytes | ImageError:
    place = _place(row)
    with explained(place):
        try:
            with place.opened() as file:
                if file.size() > MAX_BYTES:
                    return ImageError(f"{file.size():,} bytes, more than {MAX_BYTES:,}")
                return bytes(file.read())
        except FileNotFoundError:
            return ImageError("there is no such file any more")


def _of_parquet(rows: list[Row]) -> Iterator[bytes | ImageError]:
    """Images in neighbouring rows of one Parquet file; its row groups are read one by one."""
    from pyarrow.parquet import ParquetFile

    place, first, last = _place(rows[0]), rows[0].row or 0, rows[-1].row or 0
    with explained(place), place.opened() as opened, ParquetFile(opened) as file:
        column, at = image_column(file.schema_arrow, Path(place.shown)), 0
        for group in range(file.num_row_groups):
            n_rows = file.metadata.row_group(group).num_rows
            if at <= last and at + n_rows > first:
                values = _values(file, group, column)
                yield from map(_in_cell, islice(values, max(0, first - at), last + 1 - at))
            at += n_rows


def _place(row: Row) -> Place:
    if not row.store:
        return place_of(row.path)
    return replace(place_of(row.store), shown=row.name, path=row.path)


def _values(file: Any, group: int, column: str) -> Iterator[Any]:  # noqa: ANN401
    for batch in file.iter_batches(AT_ONCE, row_groups=[group], columns=[column]):
        yield from batch.column(0).to_pylist()


def _in_cell(value: Any) -> bytes | ImageError:  # noqa: ANN401
    try:
        return content_in(value)[0]
    except ImageError as error:
        return error
