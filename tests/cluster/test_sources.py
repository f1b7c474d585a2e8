"""Images are listed in a fixed order, once each, and read from wherever they are."""

import io
import os
import tracemalloc

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow.parquet import ParquetFile, write_table

from tenfold.cluster import listing
from tenfold.cluster.listing import Row, read_part, write_listing
from tenfold.cluster.place import place_of
from tenfold.cluster.sources import contents, rows_of
from tenfold.core.errors import DataError, ImageError


def png(value: int) -> bytes:
    """A grey PNG of one value."""
    held = io.BytesIO()
    Image.fromarray(np.full((4, 4), value, np.uint8)).save(held, "PNG")
    return held.getvalue()


def write_rows(path, cells, *, row_group_size=None, kind=None):
    """A Parquet file with a column of images."""
    kind = kind or pa.struct({"bytes": pa.binary(), "path": pa.string()})
    table = pa.table({"image": pa.array(cells, kind), "label": pa.array(range(len(cells)))})
    write_table(table, path, row_group_size=row_group_size)


def as_text(found):
    """Errors as their text, contents as they are."""
    return [str(each) if isinstance(each, ImageError) else each for each in found]


def test_a_folder_is_listed_at_any_depth_in_the_order_of_names(tmp_path):
    for name in ("b/2.png", "a.png", "b/10.png", "c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    rows = list(rows_of([str(tmp_path)]))
    names = [f"{tmp_path}/{name}" for name in ("a.png", "b/10.png", "b/2.png", "c.txt")]
    assert [row.name for row in rows] == [row.path for row in rows] == names
    assert list(contents(rows)) == [b"a.png", b"b/10.png", b"b/2.png", b"c.txt"]
    assert list(rows_of([str(tmp_path)])) == rows


def test_a_file_address_is_read_as_the_folder_on_the_disk(tmp_path):
    for name in ("b c.png", "a/1.png", ".hidden/2.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"image")
    rows = list(rows_of([tmp_path.as_uri()]))
    assert rows == list(rows_of([str(tmp_path)]))
    assert [row.path for row in rows] == [str(tmp_path / name) for name in ("a/1.png", "b c.png")]
    assert not any(row.store for row in rows)


def test_a_file_that_a_list_names_in_vain_is_a_row_with_the_reason(tmp_path, monkeypatch):
    (tmp_path / "1.png").write_bytes(b"one")
    (tmp_path / "list.csv").write_text("file\nnone.png\n1.png\n")
    monkeypatch.chdir(tmp_path)
    rows = list(rows_of(["list.csv"]))
    assert [row.name for row in rows] == ["none.png", "1.png"]
    assert rows[1].path == str(tmp_path / "1.png")  # Workers have other working folders.
    assert as_text(contents(rows)) == ["no such file beside list.csv", b"one"]


def test_each_row_of_parquet_files_is_listed_and_read_whatever_the_row_groups(tmp_path):
    cells: list[dict[str, object]] = [{"bytes": bytes([n]), "path": None} for n in range(7)]
    cells[3] = {"bytes": None, "path": "elsewhere.png"}
    write_rows(tmp_path / "b.parquet", cells, row_group_size=2)
    write_rows(tmp_path / "a.parquet", [b"x", b"y"], kind=pa.binary())
    rows = list(rows_of([str(tmp_path)]))
    assert [(row.name[-9:], row.row) for row in rows] == [
        ("a.parquet", 0), ("a.parquet", 1), *(("b.parquet", n) for n in range(7)),
    ]  # fmt: skip
    lost = "only the path of an image, not the image itself"
    expected = [b"x", b"y", b"\0", b"\1", b"\2", lost, b"\4", b"\5", b"\6"]
    for first in range(9):
        for last in range(first, 9):
            assert as_text(contents(rows[first:last])) == expected[first:last]


def test_a_disk_that_is_not_there_is_an_error_and_no_image_counts_as_unreadable(tmp_path):
    (tmp_path / "a").mkdir()
    for name in ("1.png", "2.png"):
        (tmp_path / "a" / name).write_bytes(b"here")
    rows = list(rows_of([str(tmp_path / "a")]))
    (tmp_path / "a" / "1.png").unlink()
    gone, here = contents(rows)
    assert "No such file" in str(gone)
    assert here == b"here"
    (tmp_path / "a").rename(tmp_path / "b")
    with pytest.raises(DataError, match="There is no folder .*/a on .* a disk that all machines"):
        list(contents(rows))


def test_a_listing_keeps_names_that_are_not_utf_8_and_has_a_row_group_for_each_part(tmp_path):
    odd = os.fsdecode(b"/data/\xff.png")
    rows = [Row(odd, odd), Row("p", "p", 5), Row("n", "n", None, "gone"), Row("s", "s", store="s3")]
    place = place_of(str(tmp_path))
    assert write_listing(place, iter(rows), 3) == 4
    assert ParquetFile(tmp_path / "00000.parquet").num_row_groups == 2
    assert list(read_part(place, 0)) == rows[:3]
    assert list(read_part(place, 1)) == rows[3:]


def test_a_long_listing_is_cut_into_files_of_many_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(listing, "PARTS_OF_A_FILE", 2)
    rows, place = [Row(f"{n}", f"{n}") for n in range(13)], place_of(str(tmp_path))
    assert write_listing(place, rows, 3) == 13
    assert len(list(tmp_path.iterdir())) == 3
    assert [row for number in range(5) for row in read_part(place, number)] == rows
    assert len(list(read_part(place, 4))) == 1
    assert write_listing(place_of(str(tmp_path / "full")), rows[:12], 3) == 12
    assert len(list((tmp_path / "full").iterdir())) == 2
    assert write_listing(place_of(str(tmp_path / "none")), [], 3) == 0


def test_a_longer_listing_takes_no_more_memory(tmp_path):
    def most(n: int) -> int:
        rows = (Row(f"/data/{number:07}.png", f"/data/{number:07}.png") for number in range(n))
        tracemalloc.start()
        try:
            assert write_listing(place_of(str(tmp_path / f"{n}")), rows, 500) == n
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    most(500)  # The first time, it imports modules.
    assert most(20_000) < 1.5 * most(2_000)


def test_a_listing_that_fails_leaves_no_file(tmp_path):
    def failing():
        yield Row("a", "a")
        raise DataError("no more")

    with pytest.raises(DataError, match="no more"):
        write_listing(place_of(str(tmp_path)), failing(), 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("-", "received -, which is read only once"),
        ("none", "Expected images at none; there is nothing"),
        ("s3://key:secret@bucket/a", r"received one for bucket/a\. Set the credentials"),
        ("what://bucket/a", "Expected a path, or the address of an object store"),
        ("bare.parquet", "Cannot use .*bare.parquet"),
    ],
)
def test_refuses_what_it_cannot_list(source, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bare.parquet").write_bytes(b"not Parquet")
    with pytest.raises(DataError, match=words) as refused:
        list(rows_of([source]))
    assert "secret" not in str(refused.value)


def test_refuses_parquet_files_without_images(tmp_path):
    write_table(pa.table({"label": [1]}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match="which column of .*a.parquet holds the images"):
        list(rows_of([str(tmp_path / "a.parquet")]))
