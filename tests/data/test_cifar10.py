import errno
import io
import os
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import TenfoldError
from tenfold.data import archive, cifar10_cache, published
from tenfold.data import cifar10 as source
from tenfold.data.cache import cache_folder
from tenfold.data.cifar10 import gather_cifar10
from tenfold.data.sources import source_for, source_named


class DownloadedError(Exception):
    pass


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """Caches that are empty, nothing named, and no network."""
    monkeypatch.delenv("TENFOLD_CIFAR10", raising=False)
    monkeypatch.setenv("TENFOLD_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))

    def download(url, target, **_):
        raise DownloadedError

    monkeypatch.setattr(published, "download", download)


@pytest.fixture
def official(monkeypatch):
    """Declare a made archive official."""

    def declare(path):
        monkeypatch.setattr(source, "_OFFICIAL", (cifar10_cache.checksum(path),))

    return declare


def same(one, other):
    return np.array_equal(one.train.images, other.train.images) and np.array_equal(
        one.test.images, other.test.images
    )


def forget_how_to_read(monkeypatch):
    def read_archive(path):
        raise AssertionError(f"{path} was read again")

    monkeypatch.setattr(archive, "read_archive", read_archive)


def test_gathers_a_named_archive_and_says_that_it_is_not_official(cifar10, pack):
    path = pack(cifar10.members())
    dataset = gather_cifar10(path)
    assert (dataset.name, dataset.shape, dataset.classes[3]) == ("cifar10", (32, 32, 3), "cat")
    assert (len(dataset.train), len(dataset.test)) == (20, 4)
    provenance = dataset.provenance
    assert (provenance.location, provenance.official) == (str(path), False)
    assert provenance.sha256 is not None
    assert provenance.sha256 in provenance.notes[0]
    assert "not the official CIFAR-10" in provenance.notes[0]
    assert provenance.batch_sizes == (4,) * 5


def test_an_official_archive_needs_no_note(cifar10, pack, official):
    path = pack(cifar10.members())
    official(path)
    assert gather_cifar10(path).provenance.notes == ()
    assert gather_cifar10().provenance.official


def test_both_layouts_give_the_same_arrays(cifar10, pack):
    python = gather_cifar10(pack(cifar10.members("python"), "python.tar.gz"))
    binary = gather_cifar10(pack(cifar10.members("binary"), "binary.tar.gz"))
    assert same(python, binary)
    np.testing.assert_array_equal(python.train.labels, binary.train.labels)


def test_the_second_time_maps_the_cached_arrays(cifar10, pack, monkeypatch):
    path = pack(cifar10.members())
    first = gather_cifar10(path)
    forget_how_to_read(monkeypatch)
    second = gather_cifar10(path)
    assert isinstance(second.train.images, np.memmap)
    assert same(first, second)
    assert second.provenance == first.provenance


def test_the_environment_names_an_archive(cifar10, pack, monkeypatch):
    path = pack(cifar10.members())
    monkeypatch.setenv("TENFOLD_CIFAR10", str(path))
    assert gather_cifar10().provenance.location == str(path)


def test_a_named_archive_goes_before_the_environment(cifar10, pack, monkeypatch):
    monkeypatch.setenv("TENFOLD_CIFAR10", "elsewhere.tar.gz")
    path = pack(cifar10.members())
    assert gather_cifar10(path).provenance.location == str(path)


def test_refuses_an_archive_that_is_not_there(tmp_path):
    with pytest.raises(TenfoldError, match=r"There is no archive .*missing\.tar\.gz"):
        gather_cifar10(tmp_path / "missing.tar.gz")


def test_unnamed_the_cached_arrays_are_used_and_their_origin_is_said(cifar10, pack):
    named = gather_cifar10(pack(cifar10.members()))
    found = gather_cifar10()
    assert same(named, found)
    assert found.provenance.sha256 == named.provenance.sha256
    assert "not the official CIFAR-10" in found.provenance.notes[0]
    assert "No archive was named" in found.provenance.notes[1]


def test_unnamed_the_official_arrays_go_before_later_ones(cifar10, pack, official):
    path = pack(cifar10.members(), "official.tar.gz")
    official(path)
    gather_cifar10(path)
    cifar10.pixels[:] = 0
    gather_cifar10(pack(cifar10.members(), "own.tar.gz"))
    assert gather_cifar10().provenance.official


@pytest.mark.parametrize("name", source.ARCHIVE.keras)
def test_unnamed_keras_archive_is_found_if_it_is_official(cifar10, pack, official, tmp_path, name):
    folder = tmp_path / "keras" / "datasets"
    folder.mkdir(parents=True)
    path = pack(cifar10.members()).rename(folder / name)
    with pytest.raises(DownloadedError):  # Half a download of Keras's looks like this.
        gather_cifar10()
    official(path)
    assert gather_cifar10().provenance.location == str(path)


def test_downloads_when_nothing_is_at_hand(cifar10, pack, official, monkeypatch):
    path = pack(cifar10.members())
    asked = []

    def download(url, target, *, sha256, n_bytes, say):
        asked.append((url, sha256, n_bytes))
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)

    official(path)
    monkeypatch.setattr(published, "download", download)
    assert gather_cifar10().provenance.official
    assert asked == [
        (
            "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
            "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
            170_498_071,
        )
    ]


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def store(array):
    return lambda path: np.save(path, array)


@pytest.mark.parametrize(
    ("part", "damage"),
    [
        ("train_images", Path.unlink),
        ("test_labels", Path.unlink),
        ("train_images", cut),
        ("train_labels", cut),
        ("test_images", lambda path: path.write_bytes(b"")),
        ("test_images", lambda path: path.write_bytes(b"no array")),
        ("train_images", store(np.zeros((20, 32, 32), np.uint8))),
        ("test_images", store(np.zeros((4, 32, 32, 3), np.float32))),
        ("train_labels", store(np.full(20, 10, np.uint8))),
    ],
)
def test_a_damaged_cache_is_built_anew(cifar10, pack, part, damage):
    path = pack(cifar10.members())
    first = gather_cifar10(path)
    first_images = np.array(first.train.images)
    sha256 = first.provenance.sha256
    assert sha256 is not None
    del first  # Its memory map.
    damage(cifar10_cache.folder_of(sha256) / f"{part}.npy")
    with pytest.raises(DownloadedError):  # Without the archive, it is not trusted either.
        gather_cifar10()
    np.testing.assert_array_equal(gather_cifar10(path).train.images, first_images)
    assert cifar10_cache.load(sha256) is not None


def test_an_archive_that_changes_is_read_again(cifar10, pack):
    first = gather_cifar10(pack(cifar10.members()))
    cifar10.pixels[0] ^= 255
    second = gather_cifar10(pack(cifar10.members()))
    assert not same(first, second)
    assert second.provenance.sha256 != first.provenance.sha256


def test_a_damaged_list_of_checksums_is_forgotten(cifar10, pack):
    path = pack(cifar10.members())
    first = gather_cifar10(path)
    for content in ["", "[]", "{", f'{{"{path}": 3}}']:
        (cache_folder() / "cifar10" / "checksums.json").write_text(content)
        assert gather_cifar10(path).provenance == first.provenance


def test_a_full_disk_still_gives_the_data_and_leaves_nothing_behind(cifar10, pack, monkeypatch):
    def save(file, array):
        file.write(b"some bytes")
        raise OSError(errno.ENOSPC, "No space left on device")

    path = pack(cifar10.members())
    expected = gather_cifar10(path)
    cifar10_cache.folder_of(expected.provenance.sha256 or "").rename(path.with_name("away"))
    monkeypatch.setattr(np, "save", save)
    dataset = gather_cifar10(path)
    assert same(dataset, expected)
    assert "could not be cached" in dataset.provenance.notes[-1]
    assert "the disk is full" in dataset.provenance.notes[-1]
    assert [entry.name for entry in cifar10_cache.home().iterdir()] == ["checksums.json"]


def test_a_cache_that_cannot_be_made_still_gives_the_data(cifar10, pack, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("TENFOLD_CACHE", str(tmp_path / "file" / "cache"))
    dataset = gather_cifar10(pack(cifar10.members()))
    assert len(dataset.train) == 20
    assert "could not be cached" in dataset.provenance.notes[-1]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"TENFOLD_CACHE": "/a", "XDG_CACHE_HOME": "/b"}, Path("/a")),
        ({"XDG_CACHE_HOME": "/b"}, Path("/b/tenfold")),
        ({}, Path.home() / ".cache" / "tenfold"),
    ],
)
def test_the_cache_folder_follows_the_environment(monkeypatch, settings, expected):
    for name in ("TENFOLD_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == expected


def unpack(folder, members):
    for name, content in members.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def asked_for(**request):
    asked = DataRequest(**request)
    asked = source_for(asked).from_anywhere(asked)
    assert source_for(asked).name == "cifar10"
    return source_for(asked).gather(asked, say=print)


@pytest.mark.parametrize(
    ("layout", "name"), [("python", "cifar-10-batches-py"), ("binary", "cifar-10-batches-bin")]
)
def test_gathers_an_unpacked_archive_however_it_is_named(
    cifar10, pack, tmp_path, monkeypatch, layout, name
):
    expected = gather_cifar10(pack(cifar10.members()))
    parent = unpack(tmp_path / "data", cifar10.members(layout))
    monkeypatch.setenv("TENFOLD_CIFAR10", str(parent / name))
    monkeypatch.chdir(parent)
    for dataset in (
        asked_for(archive=name),
        asked_for(archive="."),
        asked_for(data=name),
        asked_for(data="."),
        asked_for(),
    ):
        assert same(dataset, expected)
        provenance = dataset.provenance
        assert provenance.location == str(parent / name)
        assert (provenance.sha256, provenance.official) == (None, None)
        assert "Files that were unpacked, or packed again, have no published" in provenance.notes[0]
        assert provenance.batch_sizes == (4,) * 5
        again = source_named("cifar10").gather_again(provenance, say=print)
        assert again.digests() == dataset.digests()


def test_an_unpacked_archive_that_changes_is_read_again(cifar10, tmp_path):
    folder = unpack(tmp_path / "data", cifar10.members())
    first = gather_cifar10(folder)
    cifar10.pixels[0] ^= 255
    unpack(folder, cifar10.members())
    assert not same(first, gather_cifar10(folder))
    with pytest.raises(DownloadedError):  # Nor are its arrays found where none is named.
        gather_cifar10()


def test_refuses_a_folder_without_the_files_by_saying_what_is_expected(tmp_path):
    with pytest.raises(TenfoldError, match="is a folder without CIFAR-10's files. Expected the"):
        gather_cifar10(tmp_path)


def test_refuses_data_and_archive_at_once(cifar10, tmp_path):
    folder = unpack(tmp_path / "data", cifar10.members())
    with pytest.raises(TenfoldError, match="an unpacked archive, and `archive` .*Leave one"):
        asked_for(data=str(folder), archive="other.tar.gz")


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (
            ("meta", "train", "test"),
            "it is CIFAR-100, which has .* Read it with `data='cifar100'",
        ),
        (("data_batch_1.mat",), "it is CIFAR-10's MATLAB version"),
    ],
)
def test_calls_an_unpacked_relative_what_it_is(tmp_path, files, reason):
    for file in files:
        (tmp_path / file).write_bytes(b"x")
    for request in ({"data": str(tmp_path)}, {"archive": str(tmp_path)}):
        with pytest.raises(TenfoldError, match=f"Cannot read .* as CIFAR-10: {reason}"):
            asked_for(**request)


def test_a_folder_of_images_beside_an_unpacked_archive_stays_a_folder_of_images(cifar10, tmp_path):
    folder = unpack(tmp_path / "data", cifar10.members())
    (folder / "cats").mkdir()
    assert source_for(DataRequest(str(folder))).name == "folder"


REAL = Path(os.environ.get("TENFOLD_CIFAR10", ""))


def rewrite_as_binary(python: Path, binary: Path) -> None:
    """Rewrite pickles as 3,073-byte records by Python's own pickle, not by Tenfold's reader."""
    with tarfile.open(python) as old, tarfile.open(binary, "w:gz", compresslevel=0) as new:
        members = {"batches.meta.txt": "\n".join(archive.CLASSES).encode()}
        for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"):
            file = old.extractfile(f"cifar-10-batches-py/{name}")
            assert file is not None
            batch = pickle.load(file, encoding="bytes")
            labels = np.array(batch[b"labels"], dtype=np.uint8)[:, np.newaxis]
            members[f"{name}.bin"] = np.hstack([labels, batch[b"data"]]).tobytes()
        for name, content in members.items():
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            info.size = len(content)
            new.addfile(info, io.BytesIO(content))


@pytest.mark.slow
@pytest.mark.cifar10
@pytest.mark.skipif(not REAL.is_file(), reason="TENFOLD_CIFAR10 names no archive")
@pytest.mark.skipif("binary" in REAL.name, reason="TENFOLD_CIFAR10 is the binary archive")
def test_real_cifar10_has_its_counts_and_both_layouts_agree_on_60_000_images(tmp_path):
    python = gather_cifar10(REAL)
    np.testing.assert_array_equal(np.bincount(python.train.labels), [5000] * 10)
    np.testing.assert_array_equal(np.bincount(python.test.labels), [1000] * 10)
    rewrite_as_binary(REAL, tmp_path / "binary.tar.gz")
    binary = gather_cifar10(tmp_path / "binary.tar.gz")
    n_same = 0
    for one, two in ((python.train, binary.train), (python.test, binary.test)):
        same_pixels = (one.images[:] == two.images[:]).all(axis=(1, 2, 3))
        n_same += int((same_pixels & (one.labels == two.labels)).sum())
    assert n_same == 60_000
