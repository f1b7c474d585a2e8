import os
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest

import tenfold
from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError
from tenfold.data import cifar100 as source
from tenfold.data.cache import cache_folder, keras_folder
from tenfold.data.cifar10 import gather_cifar10
from tenfold.data.cifar100 import gather_cifar100
from tenfold.data.sources import source_for, source_named

N = {"train": 6, "test": 4}
FINE = [f"fine {i}" for i in range(100)]
COARSE = [f"coarse {i}" for i in range(20)]
TRAIN_FINE, TRAIN_COARSE = [0, 99, 5, 5, 42, 7], [19, 0, 3, 3, 8, 11]
PIXELS = np.random.default_rng(0).integers(0, 256, (10, 3072), dtype=np.uint8)


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(source, "N_IMAGES", N)


def batch(part, **changed):
    first = part == "train"
    content = {
        "filenames": [f"{part}_{i}.png" for i in range(N[part])],
        "batch_label": f"{part}ing batch 1 of 1",
        "fine_labels": TRAIN_FINE if first else [1, 2, 3, 4],
        "coarse_labels": TRAIN_COARSE if first else [5, 6, 7, 8],
        "data": PIXELS[: N["train"]] if first else PIXELS[N["train"] :],
    }
    return pickle.dumps(content | changed, protocol=4)


def meta(fine=FINE, coarse=COARSE):
    return pickle.dumps({"fine_label_names": fine, "coarse_label_names": coarse}, protocol=2)


def members(**changed):
    """What the official archive holds, in its order."""
    made = {"file.txt~": b"", "train": batch("train"), "test": batch("test"), "meta": meta()}
    return {f"cifar-100-python/{file}": content for file, content in (made | changed).items()}


@pytest.fixture
def archive(pack):
    folder = tarfile.TarInfo("cifar-100-python")
    folder.type = tarfile.DIRTYPE
    return pack(members(), "cifar-100-python.tar.gz", extra=[folder])


def unpacked(folder, content):
    folder.mkdir(parents=True)
    for name, member in content.items():
        (folder / Path(name).name).write_bytes(member)
    return folder


def test_reads_fine_classes_pixel_by_pixel(archive):
    dataset = gather_cifar100(archive)
    assert (dataset.name, dataset.classes) == ("cifar100", tuple(FINE))
    train, test = np.asarray(dataset.train.images), np.asarray(dataset.test.images)
    assert (train.shape, test.shape) == ((6, 32, 32, 3), (4, 32, 32, 3))
    for image, row, column, channel in [(0, 0, 0, 0), (4, 1, 2, 1), (5, 31, 30, 2)]:
        expected = PIXELS[image, 1024 * channel + 32 * row + column]
        assert train[image, row, column, channel] == expected
    assert test[1, 5, 6, 2] == PIXELS[7, 2048 + 5 * 32 + 6]
    assert dataset.train.labels.tolist() == TRAIN_FINE
    assert dataset.test.labels.tolist() == [1, 2, 3, 4]


def test_reads_coarse_classes_of_the_same_images(archive):
    fine = tenfold.gather("cifar100", archive=archive, say=lambda _: None)
    coarse = tenfold.gather("cifar100", archive=archive, coarse=True, say=lambda _: None)
    assert (coarse.name, coarse.classes) == ("cifar100-coarse", tuple(COARSE))
    assert coarse.train.labels.tolist() == TRAIN_COARSE
    assert coarse.test.labels.tolist() == [5, 6, 7, 8]
    np.testing.assert_array_equal(coarse.train.images, fine.train.images)


@pytest.mark.parametrize("coarse", [False, True])
def test_is_gathered_again_with_the_same_classes(archive, coarse):
    dataset = tenfold.gather("cifar100", archive=archive, coarse=coarse, say=lambda _: None)
    again = source_named("cifar100").gather_again(dataset.provenance, say=print)
    assert again.digests() == dataset.digests()
    assert again.classes == dataset.classes


def test_an_archive_other_than_the_official_one_is_said_to_be(archive, publish):
    provenance = gather_cifar100(archive).provenance
    assert provenance.official is False
    assert "This is not the official CIFAR-100: the file's SHA-256 is" in provenance.notes[0]
    publish(source, "ARCHIVE", {archive.name: archive.read_bytes()})
    provenance = gather_cifar100(archive).provenance
    assert (provenance.official, provenance.notes) == (True, ())


def test_reads_an_unpacked_folder_and_the_one_around_it(archive, tmp_path):
    expected = gather_cifar100(archive)
    folder = unpacked(tmp_path / "around" / "cifar-100-python", members())
    for named in (folder, folder.parent):
        dataset = gather_cifar100(named)
        assert dataset.digests() == expected.digests()
        provenance = dataset.provenance
        assert (provenance.location, provenance.official) == (str(folder), None)
        assert "does not know whether these are the official CIFAR-100" in provenance.notes[0]


def test_downloads_once_into_tenfolds_cache(archive, publish, server):
    publish(source, "ARCHIVE", {archive.name: archive.read_bytes()})
    assert source.Cifar100().find() is None
    for _ in range(2):
        dataset = gather_cifar100()
        assert (dataset.provenance.official, len(dataset.train)) == (True, 6)
    assert dataset.provenance.location == str(cache_folder() / "cifar100" / archive.name)
    assert source.Cifar100().find() == dataset.provenance.location
    assert server.paths == ["/cifar-100-python.tar.gz"]
    assert not keras_folder().exists()


@pytest.mark.parametrize("name", source.ARCHIVE.keras)
def test_finds_the_official_archive_where_keras_has_put_it(archive, publish, server, name):
    publish(source, "ARCHIVE", {archive.name: archive.read_bytes()})
    path = keras_folder() / name
    path.parent.mkdir(parents=True)
    os.link(archive, path)
    assert gather_cifar100().provenance.location == str(path)
    assert server.paths == []


@pytest.mark.parametrize("share", [0.5, 1])
def test_a_damaged_archive_in_keras_cache_is_passed_over_and_left(archive, publish, share):
    whole = archive.read_bytes()
    publish(source, "ARCHIVE", {archive.name: whole})
    path = keras_folder() / source.ARCHIVE.keras[0]
    path.parent.mkdir(parents=True)
    damaged = whole[: int(len(whole) * share) - 1] + (b"" if share < 1 else b"?")
    path.write_bytes(damaged)
    assert gather_cifar100().provenance.location == str(source.ARCHIVE.home)
    assert path.read_bytes() == damaged


def test_the_official_archive_is_the_one_that_keras_names():
    assert source.ARCHIVE.url == "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
    assert source.ARCHIVE.sha256.startswith("85cd44d02ba64377")
    assert source.ARCHIVE.sha256.endswith("29b855ba677a7")


@pytest.mark.parametrize("missing", ["meta", "train", "test"])
def test_refuses_an_archive_or_a_folder_without_a_file(pack, tmp_path, missing):
    content = members()
    del content[f"cifar-100-python/{missing}"]
    for path in (pack(content), unpacked(tmp_path / "cifar-100-python", content)):
        with pytest.raises(DataError, match=f"Cannot read .* as CIFAR-100: it lacks {missing}"):
            gather_cifar100(path)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"meta": meta(fine=FINE[:99])}, "its fine class names are .*expected 100 different ones"),
        ({"meta": meta(fine=[*FINE[:99], FINE[0]])}, "its fine class names are"),
        ({"meta": meta(fine=[*FINE[:99], 7])}, "its fine class names are"),
        ({"meta": pickle.dumps({})}, "its fine class names are None"),
        ({"train": batch("train", fine_labels=[0] * 5 + [100])}, r"label 100, expected 0\.\.99"),
        ({"train": batch("train", fine_labels=None)}, "train has no list of fine labels"),
        ({"test": batch("test", data=PIXELS[:3])}, r"shape \(3, 3072\) and 4 labels, expected"),
        ({"test": pickle.dumps(os.system)}, "only numpy's ndarray, dtype and _reconstruct"),
        ({"more": b"x"}, "holds 'cifar-100-python/more', which is not a part of CIFAR-100"),
    ],
)
def test_refuses_what_is_not_cifar100(pack, changed, reason):
    with pytest.raises(DataError, match=f"(?s)Cannot read .* as CIFAR-100: .*{reason}"):
        gather_cifar100(pack(members(**changed)))


def test_refuses_a_coarse_label_outside_the_classes(pack):
    path = pack(members(train=batch("train", coarse_labels=[0] * 5 + [20])))
    assert len(gather_cifar100(path).train) == 6
    with pytest.raises(DataError, match=r"has the label 20, expected 0\.\.19"):
        gather_cifar100(path, coarse=True)


def test_cifar10_names_the_way_to_cifar100_and_back(archive, cifar10, pack, tmp_path):
    with pytest.raises(DataError, match="Read it with `data='cifar100'` and `archive='(.*)'`"):
        gather_cifar10(archive)
    asked = DataRequest("cifar100", archive=str(archive))
    assert len(source_for(asked).gather(asked, say=print).classes) == 100
    ten = pack(cifar10.members())
    for path in (ten, unpacked(tmp_path / "ten", cifar10.members())):
        with pytest.raises(DataError, match="as CIFAR-100: it is CIFAR-10, .*`data='cifar10'"):
            gather_cifar100(path)
    asked = DataRequest("cifar10", archive=str(ten))
    assert len(source_for(asked).gather(asked, say=print).classes) == 10


def test_refuses_what_is_not_there_or_another_kind_of_file(tmp_path):
    with pytest.raises(DataError, match=r"There is no archive .*x\.tar\.gz. Name an existing"):
        gather_cifar100(tmp_path / "x.tar.gz")
    (tmp_path / "x.zip").write_bytes(b"PK\3\4")
    with pytest.raises(DataError, match="it is a zip file. Expected cifar-100-python.tar.gz"):
        gather_cifar100(tmp_path / "x.zip")
