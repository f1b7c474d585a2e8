"""Images in object stores, and predictions into them: servers in processes of their own."""

import io
import socket
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass

import boto3
import numpy as np
import pytest
from PIL import Image
from pyarrow.fs import FileInfo, FileSystem, FileType
from pyarrow.parquet import read_table
from tests.made_exports import SIDE_PX, write_export

from tenfold.cluster import mirror
from tenfold.cluster.mirror import mirrored
from tenfold.cluster.place import Place, _in_store, place_of
from tenfold.cluster.sources import contents, rows_of
from tenfold.core.errors import DataError, ImageError, RunFolderError
from tenfold.experiment import predicting_parts
from tenfold.experiment.audit import audit

pytestmark = pytest.mark.cluster  # The server takes seconds to start.


@dataclass(frozen=True)
class Store:
    """A store with an empty bucket, and the address of the bucket as it is asked for and shown."""

    system: FileSystem
    asked: str
    shown: str

    def put(self, path, content):
        with self.system.open_output_stream(f"bucket/{path}") as file:
            file.write(content)


AMAZON = ("moto.server", "-H", "127.0.0.1", "-p")
GOOGLE = ("gcp_storage_emulator", "start", "--in-memory", "--default-bucket=bucket", "--port")


@pytest.fixture(scope="module", params=[AMAZON, GOOGLE], ids=["s3", "gs"])
def store(request):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", *request.param, str(port)],
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
            for name in ("AWS_ENDPOINT_URL", "CLOUD_STORAGE_EMULATOR_ENDPOINT"):
                patch.setenv(name, f"http://127.0.0.1:{port}")
            patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
            for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
                patch.setenv(name, "made")
            _in_store.cache_clear()
            if request.param is GOOGLE:
                system, _ = FileSystem.from_uri("gs://anonymous@bucket")
                yield Store(system, "gs://anonymous@bucket", "gs://bucket")
            else:
                system, _ = FileSystem.from_uri("s3://bucket/?allow_bucket_creation=true")
                system.create_dir("bucket")
                yield Store(system, "s3://bucket", "s3://bucket")
    finally:
        server.kill()
        server.wait()
        _in_store.cache_clear()


def test_a_folder_is_listed_in_the_order_of_names_and_read(store):
    names = ["b.png", "a/2.png", "a/10.png", "what?.png", "a/x y#%.png"]
    store.system.create_dir("bucket/listed/a")  # An object of its own, in Google's store too.
    for name in names:
        store.put(f"listed/{name}", name.encode())
    rows = list(rows_of([f"{store.asked}/listed"]))
    ordered = ["a/10.png", "a/2.png", "a/x y#%.png", "b.png", "what?.png"]
    assert [row.name for row in rows] == [f"{store.shown}/listed/{name}" for name in ordered]
    assert list(contents(rows)) == [name.encode() for name in ordered]
    [one] = rows_of([f"{store.asked}/listed/b.png"])
    store.system.delete_file("bucket/listed/b.png")
    [gone] = contents([one])
    assert isinstance(gone, ImageError)
    assert str(gone) == "there is no such file any more"


def test_a_folder_that_holds_only_folders_is_not_taken_for_an_empty_one(store, tmp_path):
    store.put("full/parts/part-00000.parquet", b"of somebody else")
    assert place_of(f"{store.asked}/full").names() == ["parts"]
    Image.new("RGB", (SIDE_PX, SIDE_PX)).save(tmp_path / "a.png")
    export = write_export(tmp_path / "made.onnx")
    with pytest.raises(RunFolderError, match="holds parts, and no predictions to go on with"):
        predicting_parts.predict_parts(export, tmp_path / "a.png", out=f"{store.asked}/full")


def test_a_store_that_fails_is_an_error_and_no_image_counts_as_unreadable(store, monkeypatch):
    store.put("lost/a.png", b"a")
    rows = list(rows_of([f"{store.asked}/lost/a.png"]))

    def opened(_):
        raise OSError("the connection was closed")

    monkeypatch.setattr(Place, "opened", opened)
    words = rf"use {store.shown}/lost/a\.png: the connection was closed"
    with pytest.raises(DataError, match=words):
        list(contents(rows))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("none", "Expected images at {}; there is nothing"),
        ("some/list.csv", "received the list {}"),
    ],
)
def test_refuses_what_is_not_there_and_lists(store, path, words):
    with pytest.raises(DataError, match=words.format(f"{store.shown}/{path}")):
        list(rows_of([f"{store.asked}/{path}"]))


def test_predictions_into_a_store_go_on_where_they_were_cut(store, tmp_path, monkeypatch):
    for number in range(7):
        path = tmp_path / f"{number}.png"
        Image.new("RGB", (SIDE_PX, SIDE_PX), (40 * number, 90, 0)).save(path)
        store.put(f"images/{number}.png", path.read_bytes())
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
        predict(f"{store.asked}/images", f"{store.asked}/out")
    assert predict(f"{store.asked}/images", f"{store.asked}/out")["n_parts_kept"] == 1
    assert done == [0, 1, 2]
    found = read_table("bucket/out/parts", filesystem=store.system)
    predict([str(tmp_path / f"{number}.png") for number in range(7)], tmp_path / "local")
    expected = read_table(tmp_path / "local" / "parts")
    names = [f"{store.shown}/images/{number}.png" for number in range(7)]
    assert found["file"].to_pylist() == names
    assert found.drop_columns("file").equals(expected.drop_columns("file"))


def png(value):
    content = io.BytesIO()
    pixels = np.random.default_rng(value).integers(0, 256, (8, 8, 3), np.uint8)
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TENFOLD_CACHE", str(tmp_path / "cache"))


def test_an_audit_finds_the_same_in_a_store_as_on_a_disk(store, cache, tmp_path):
    contents = {f"{name}/{at}.png": png(at + 20 * (name == "dog")) for name in ("cat", "dog")
                for at in range(20)}  # fmt: skip
    contents["dog/again.png"] = contents["cat/3.png"]
    for name, content in contents.items():
        store.put(f"pets/{name}", content)
        path = tmp_path / "pets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    only, said = ["near-duplicates"], list[str]()
    here = audit(tmp_path / "pets", only=only, out=tmp_path / "here", say=said.append)
    there = audit(f"{store.asked}/pets", only=only, out=tmp_path / "there", say=said.append)
    assert here["data"]["digests"] == there["data"]["digests"]
    tables = [(tmp_path / each / "quarantine.csv").read_text() for each in ("here", "there")]
    assert tables[0] == tables[1]
    assert "dog/again.png" in tables[0]
    copying = f"Copying 41 of 41 files from {store.shown}/pets to"
    assert any(line.startswith(copying) for line in said)


def test_a_copy_takes_what_changed_and_goes_on_where_it_was_cut(store, cache):
    for name in ("a/1.png", "a/2.png", "b/3.png", ".hidden"):
        store.put(f"some/{name}", name.encode())
    said: list[str] = []
    copy = mirrored(f"{store.asked}/some/", say=said.append)
    assert sorted(each.name for each in copy.rglob("*.*")) == ["1.png", "2.png", "3.png"]
    (copy / "a/1.png").unlink()  # As if the first copy had been cut off.
    store.system.delete_file("bucket/some/b/3.png")
    store.put("some/a/2.png", b"other")
    assert mirrored(f"{store.asked}/some", say=said.append) == copy
    assert said[-1].startswith("Copying 2 of 2 files")
    found = {str(each.relative_to(copy)): each.read_bytes() for each in copy.rglob("*.png")}
    assert found == {"a/1.png": b"a/1.png", "a/2.png": b"other"}
    assert not (copy / "b").exists()
    mirrored(f"{store.asked}/some", say=said.append)
    assert said[-1].startswith("Copying 0 of 2 files")


def test_a_name_that_leads_out_of_the_copy_is_refused(cache, monkeypatch):
    class Evil:
        """Stands for a store that has names that no disk has."""

        type_name = "gcs"

        def get_file_info(self, asked):
            if isinstance(asked, str):
                return FileInfo(asked, FileType.Directory)
            names = ("a/../../../x.png", "a\\b.png")
            return [FileInfo(f"bucket/evil/{name}", FileType.File, size=1) for name in names]

    evil = Place("s3://bucket/evil", Evil(), "bucket/evil", is_local=False)
    monkeypatch.setattr(mirror, "place_of", lambda _: evil)
    assert [each.path for each in evil.files_below()] == ["bucket/evil/a\\b.png"]
    with pytest.raises(DataError, match="names of files that a disk can have"):
        mirrored("s3://bucket/evil", say=lambda _: None)


def test_a_name_with_two_slashes_is_refused(store):
    if store.shown == "gs://bucket":
        pytest.skip("neither pyarrow nor the test server writes such a name")
    boto3.client("s3").put_object(Bucket="bucket", Key="twice/a//b.png", Body=b"b")
    with pytest.raises(DataError, match="two slashes in a row below bucket/twice/a"):
        list(place_of(f"{store.asked}/twice").files_below())


@pytest.mark.parametrize("address", ["gs://name:key@bucket", "s3://anonymous@bucket/a"])
def test_an_address_with_a_key_is_refused(address):
    with pytest.raises(DataError, match="address without a key; received one for bucket"):
        place_of(address)


def test_a_copy_of_nothing_is_refused(store, cache):
    with pytest.raises(DataError, match="there is nothing"):
        mirrored(f"{store.asked}/nowhere", say=lambda _: None)
