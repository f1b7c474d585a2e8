"""Images in an object store, and predictions into one: a server of S3 in a process of its own."""

import socket
import subprocess
import sys
import time
from contextlib import nullcontext

import pytest
from PIL import Image
from pyarrow.fs import FileSystem
from pyarrow.parquet import read_table
from tests.made_exports import SIDE_PX, write_export

from tenfold.cluster.place import Place, _in_store
from tenfold.cluster.sources import contents, rows_of
from tenfold.core.errors import DataError, ImageError
from tenfold.experiment import predicting_parts

pytestmark = pytest.mark.cluster  # The server takes seconds to start.


@pytest.fixture(scope="module")
def store():
    """An empty bucket, for addresses that begin with s3://bucket."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                assert time.monotonic() < until, "the server does not answer"
                time.sleep(0.1)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
            patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
            for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
                patch.setenv(name, "made")
            _in_store.cache_clear()
            system, _ = FileSystem.from_uri("s3://bucket/?allow_bucket_creation=true")
            system.create_dir("bucket")
            yield system
    finally:
        server.kill()
        server.wait()
        _in_store.cache_clear()


def put(store, path, content):
    with store.open_output_stream(path) as file:
        file.write(content)


def test_a_folder_is_listed_in_the_order_of_names_and_read(store):
    names = ["b.png", "a/2.png", "a/10.png", "what?.png", "a/x y#%.png"]
    for name in names:
        put(store, f"bucket/listed/{name}", name.encode())
    rows = list(rows_of(["s3://bucket/listed"]))
    ordered = ["a/10.png", "a/2.png", "a/x y#%.png", "b.png", "what?.png"]
    assert [row.name for row in rows] == [f"s3://bucket/listed/{name}" for name in ordered]
    assert list(contents(rows)) == [name.encode() for name in ordered]
    [one] = rows_of(["s3://bucket/listed/b.png"])
    store.delete_file("bucket/listed/b.png")
    [gone] = contents([one])
    assert isinstance(gone, ImageError)
    assert str(gone) == "there is no such file any more"


def test_a_store_that_fails_is_an_error_and_no_image_counts_as_unreadable(store, monkeypatch):
    put(store, "bucket/lost/a.png", b"a")
    rows = list(rows_of(["s3://bucket/lost/a.png"]))

    def opened(_):
        raise OSError("the connection was closed")

    monkeypatch.setattr(Place, "opened", opened)
    with pytest.raises(DataError, match=r"use s3://bucket/lost/a\.png: the connection was closed"):
        list(contents(rows))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("s3://bucket/none", "Expected images at s3://bucket/none; there is nothing"),
        ("s3://bucket/some/list.csv", "received the list s3://bucket/some/list.csv"),
    ],
)
def test_refuses_what_is_not_there_and_lists(store, address, words):
    with pytest.raises(DataError, match=words):
        list(rows_of([address]))


def test_predictions_into_a_store_go_on_where_they_were_cut(store, tmp_path, monkeypatch):
    for number in range(7):
        path = tmp_path / f"{number}.png"
        Image.new("RGB", (SIDE_PX, SIDE_PX), (40 * number, 90, 0)).save(path)
        put(store, f"bucket/images/{number}.png", path.read_bytes())
    export = write_export(tmp_path / "made.onnx")
    done: list[int] = []

    def stream(numbers, make_worker, *, n_cores):
        for number in numbers[: 1 if not done else None]:
            done.append(number)
            yield number, make_worker().work(number)
        if len(done) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(predicting_parts, "connected", lambda *_, **__: nullcontext(1))
    monkeypatch.setattr(predicting_parts, "stream", stream)

    def predict(source, out):
        return predicting_parts.predict_parts(
            export, source, out=out, part_rows=3, say=lambda _: None
        )

    with pytest.raises(KeyboardInterrupt):
        predict("s3://bucket/images", "s3://bucket/out")
    assert predict("s3://bucket/images", "s3://bucket/out")["n_parts_kept"] == 1
    assert done == [0, 1, 2]
    found = read_table("bucket/out/parts", filesystem=store)
    predict([str(tmp_path / f"{number}.png") for number in range(7)], tmp_path / "local")
    expected = read_table(tmp_path / "local" / "parts")
    names = [f"s3://bucket/images/{number}.png" for number in range(7)]
    assert found["file"].to_pylist() == names
    assert found.drop_columns("file").equals(expected.drop_columns("file"))
