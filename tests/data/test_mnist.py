import struct

import numpy as np
import pytest

import tenfold
from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError
from tenfold.data import mnist as source
from tenfold.data.cache import cache_folder, keras_folder
from tenfold.data.mnist import gather_mnist
from tenfold.data.sources import source_for, source_named

LABELS = np.arange(20, dtype=np.uint8) % 10
PIXELS = np.random.default_rng(0).integers(0, 256, (20, 28, 28), dtype=np.uint8)


@pytest.fixture
def file(tmp_path):
    return save(tmp_path / "mnist.npz")


def save(path, pixels=PIXELS, labels=LABELS):
    arrays = {"x_train": pixels, "y_train": labels, "x_test": pixels[:10], "y_test": labels[:10]}
    np.savez_compressed(path, **arrays)
    return path


def test_reads_images_and_labels_and_says_that_they_are_not_official(file):
    dataset = gather_mnist(file)
    assert (dataset.name, dataset.classes) == ("mnist", tuple("0123456789"))
    np.testing.assert_array_equal(dataset.train.images, PIXELS[..., np.newaxis])
    np.testing.assert_array_equal(dataset.train.labels, LABELS)
    np.testing.assert_array_equal(dataset.test.images, PIXELS[:10, ..., np.newaxis])
    provenance = dataset.provenance
    assert (provenance.source, provenance.official) == ("mnist", False)
    assert "This is not the official MNIST: the file's SHA-256 is" in provenance.notes[0]
    again = source_named("mnist").gather_again(provenance, say=print)
    assert (again.name, again.digests()) == ("mnist", dataset.digests())


def test_downloads_once_into_tenfolds_cache(file, publish, server):
    publish(source, "FILE", {"mnist.npz": file.read_bytes()})
    for _ in range(2):
        provenance = gather_mnist().provenance
        assert (provenance.official, provenance.notes) == (True, ())
    assert provenance.location == str(cache_folder() / "mnist" / "mnist.npz")
    assert server.paths == ["/mnist.npz"]
    assert not keras_folder().exists()


def test_refuses_a_download_of_other_bytes(file, publish, server):
    publish(source, "FILE", {"mnist.npz": file.read_bytes()})
    server.give({"/mnist.npz": file.read_bytes()[::-1]})
    with pytest.raises(DataError, match="has the SHA-256 .* it was deleted"):
        gather_mnist()
    assert not source.FILE.home.exists()


def test_finds_the_official_file_where_keras_has_put_it(file, publish, server):
    publish(source, "FILE", {"mnist.npz": file.read_bytes()})
    keras_folder().mkdir(parents=True)
    path = file.rename(keras_folder() / "mnist.npz")
    assert gather_mnist().provenance.location == str(path)
    assert server.paths == []


def test_the_official_file_is_the_one_that_keras_names():
    assert source.FILE.url == (
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
    )
    assert source.FILE.sha256.startswith("731c5ac602752760")
    assert source.FILE.sha256.endswith("48468fc17b673d1")


def test_reads_a_folder_of_idx_files_too(tmp_path):
    for part, n in (("train", 20), ("t10k", 10)):
        images = struct.pack(">4I", 2051, n, 28, 28) + PIXELS[:n].tobytes()
        (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(images)
        labels = struct.pack(">2I", 2049, n) + LABELS[:n].tobytes()
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(labels)
    dataset = gather_mnist(tmp_path)
    np.testing.assert_array_equal(dataset.train.images, PIXELS[..., np.newaxis])
    assert (dataset.provenance.source, dataset.provenance.official) == ("mnist", None)
    assert "does not know whether these are the official MNIST" in dataset.provenance.notes[0]


@pytest.mark.parametrize(
    ("pixels", "labels", "received"),
    [
        (PIXELS[:, 1:], LABELS, "received 27 x 28 x 1 with"),
        (PIXELS, LABELS % 9, r"with the labels 0, 1, .*, 8\. Read them with `data='"),
    ],
)
def test_refuses_other_images_with_a_way_that_reads_them(tmp_path, pixels, labels, received):
    path = save(tmp_path / "other.npz", pixels, labels)
    with pytest.raises(DataError, match=f"Expected mnist, images of 28 x 28 x 1 .*{received}"):
        gather_mnist(path)
    asked = DataRequest(str(path))
    assert len(source_for(asked).gather(asked, say=print).train) == 20


def test_refuses_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match=r"There is no file .*x\.npz. Name an existing mnist\.npz"):
        gather_mnist(tmp_path / "x.npz")


def test_is_never_mirrored():
    mirroring = source_named("mnist").mirroring
    assert not mirroring.allowed
    assert "a mirrored 2 is not a 2" in mirroring.note


def test_a_folder_of_that_name_is_pointed_out_and_can_be_had(file, tmp_path, monkeypatch):
    folder = tmp_path / "mnist"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    said: list[str] = []
    tenfold.gather("mnist", archive=file, say=said.append)
    assert said[0] == "'mnist' is the data set of that name; './mnist' is what is here."
    assert source_for(DataRequest("./mnist")).name == "folder"
    folder.rmdir()
    tenfold.gather("mnist", archive=file, say=said.append)
    assert len([line for line in said if "is what is here" in line]) == 1
