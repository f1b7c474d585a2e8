import gzip
import struct

import numpy as np
import pytest

from tenfold.core.errors import DataError
from tenfold.data import fashion_mnist as source
from tenfold.data.cache import cache_folder, keras_folder
from tenfold.data.fashion_mnist import gather_fashion_mnist
from tenfold.data.sources import source_named

N = {"train": 20, "t10k": 10}
LABELS = np.arange(20, dtype=np.uint8)[::-1] % 10
PIXELS = np.random.default_rng(0).integers(0, 256, (20, 28, 28), dtype=np.uint8)
FIRST = "train-images-idx3-ubyte.gz"


def contents(labels=LABELS):
    made = {}
    for part, n in N.items():
        images = struct.pack(">4I", 2051, n, 28, 28) + PIXELS[:n].tobytes()
        made[f"{part}-images-idx3-ubyte.gz"] = gzip.compress(images, mtime=0)
        tags = struct.pack(">2I", 2049, n) + labels[:n].tobytes()
        made[f"{part}-labels-idx1-ubyte.gz"] = gzip.compress(tags, mtime=0)
    return made


def fill(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def official(publish):
    publish(source, "FILES", contents())
    return contents()


def test_reads_images_labels_and_class_names(tmp_path):
    dataset = gather_fashion_mnist(fill(tmp_path, contents()))
    np.testing.assert_array_equal(dataset.train.images, PIXELS[..., np.newaxis])
    np.testing.assert_array_equal(dataset.train.labels, LABELS)
    np.testing.assert_array_equal(dataset.test.images, PIXELS[:10, ..., np.newaxis])
    assert dataset.classes[0] == "T-shirt/top"
    assert [dataset.classes[label] for label in dataset.test.labels[:2]] == ["Ankle boot", "Bag"]
    assert (dataset.name, dataset.provenance.official) == ("fashion-mnist", None)
    assert "does not know whether these are the official" in dataset.provenance.notes[0]
    again = source_named("fashion-mnist").gather_again(dataset.provenance, say=print)
    assert (again.classes, again.digests()) == (dataset.classes, dataset.digests())


def test_downloads_its_four_files_once_into_tenfolds_cache(official, server):
    for _ in range(2):
        provenance = gather_fashion_mnist().provenance
        assert (provenance.official, provenance.notes) == (True, ())
    assert provenance.location == str(cache_folder() / "fashion-mnist")
    assert sorted(server.paths) == sorted(f"/{name}" for name in official)
    assert not keras_folder().exists()


def test_downloads_only_what_is_missing_or_damaged(official, server):
    changed = {**official, FIRST: official[FIRST][:-1] + b"?"}
    del changed["t10k-labels-idx1-ubyte.gz"]
    fill(cache_folder() / "fashion-mnist", changed)
    assert gather_fashion_mnist().provenance.official
    assert sorted(server.paths) == ["/t10k-labels-idx1-ubyte.gz", f"/{FIRST}"]


def test_finds_the_official_files_where_keras_has_put_them(official, server):
    folder = fill(keras_folder() / "fashion-mnist", official)
    assert source.FashionMnist().find() == str(folder)
    assert gather_fashion_mnist().provenance.location == str(folder)
    assert server.paths == []


def test_an_unpacked_file_that_would_be_read_instead_is_not_taken_for_official(official, server):
    folder = fill(keras_folder() / "fashion-mnist", official)
    (folder / FIRST.removesuffix(".gz")).write_bytes(gzip.decompress(official[FIRST]))
    assert gather_fashion_mnist().provenance.location == str(cache_folder() / "fashion-mnist")
    assert len(server.paths) == 4
    assert gather_fashion_mnist(folder).provenance.official is None


def test_the_official_files_are_keras_files_with_published_checksums():
    base = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
    found = {each.url.removeprefix(base): (each.sha256[:8], each.n_bytes) for each in source.FILES}
    assert found == {
        "train-images-idx3-ubyte.gz": ("3aede38d", 26_421_880),
        "train-labels-idx1-ubyte.gz": ("a04f1713", 29_515),
        "t10k-images-idx3-ubyte.gz": ("346e55b9", 4_422_102),
        "t10k-labels-idx1-ubyte.gz": ("67da17c7", 5_148),
    }


def test_refuses_images_of_other_labels(tmp_path):
    fill(tmp_path, contents(LABELS // 2))
    with pytest.raises(DataError, match=r"Expected fashion-mnist, images .* the labels 0 to 9"):
        gather_fashion_mnist(tmp_path)


def test_refuses_what_is_no_folder_or_holds_no_files(tmp_path):
    with pytest.raises(DataError, match=r"There are no IDX files in .*\. Expected train-images"):
        gather_fashion_mnist(tmp_path)
    with pytest.raises(DataError, match=r"There is no folder .*/x\. Name the folder of Fashion"):
        gather_fashion_mnist(tmp_path / "x")


def test_may_be_mirrored():
    assert source_named("fashion-mnist").mirroring.allowed
