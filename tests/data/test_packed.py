import bz2
import gzip
import io
import lzma
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError
from tenfold.core.rendering import Rendering
from tenfold.data import archive_members
from tenfold.data.folder import gather_folder
from tenfold.data.packed import gather_packed
from tenfold.data.sources import source_for

SMALL = Rendering(4)
PETS = {f"{name}/{i}.png": 100 * c + i for c, name in enumerate(["cat", "dog"]) for i in range(5)}
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "tar": bytes,
    "tar.gz": gzip.compress,
    "tar.bz2": bz2.compress,
    "tar.xz": lzma.compress,
}
ENDINGS = ["zip", *COMPRESS]


def png(level):
    content = io.BytesIO()
    Image.new("L", (6, 6), level).save(content, "PNG")
    return content.getvalue()


def files(levels, around=""):
    return {around + name: png(level) for name, level in levels.items()}


def tarred(content):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, each in content.items():
            info = each if isinstance(each, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = 0 if each is info else len(each)
            archive.addfile(info, None if each is info else io.BytesIO(each))
    return packed.getvalue()


def zipped(content):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, each in content.items():
            archive.writestr(name, each)
    return packed.getvalue()


@pytest.fixture
def pack(tmp_path):
    """Write an archive of files, by its ending."""

    def write(content, ending="zip"):
        path = tmp_path / f"pets.{ending}"
        if ending == "zip":
            path.write_bytes(zipped(content))
        else:
            path.write_bytes(COMPRESS[ending](tarred(content)))
        return path

    return write


def levels_of(dataset):
    return {
        file: int(image[0, 0, 0])
        for part in (dataset.train, dataset.test)
        for image, file in zip(part.images[:], part.files, strict=True)
    }


def skipped(dataset):
    return dict(dataset.provenance.skipped)


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_archive_gives_what_its_unpacked_folder_gives(pack, tmp_path, ending):
    split = {
        f"{part}/{name}": 9 * n + i
        for n, part in enumerate(["train", "val", "test"])
        for i, name in enumerate(["cat/1.png", "cat/10.png", "dog/2.png", "dog/x/3.png"])
    }
    packed = files(split) | {"train/dog/broken.png": b"not a picture", "README": b"hello"}
    for name, content in packed.items():
        (tmp_path / "folder" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / name).write_bytes(content)
    backwards = dict(reversed(packed.items()))
    found = gather_packed(pack(backwards, ending), SMALL)
    unpacked = gather_folder(tmp_path / "folder", SMALL)
    assert found.digests() == unpacked.digests()
    assert found.train.files == unpacked.train.files
    assert levels_of(found) == split
    np.testing.assert_array_equal(found.given_validation, unpacked.given_validation)
    assert skipped(found) == skipped(unpacked)
    assert len(skipped(found)) == 2
    assert found.provenance.source == "packed"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder", f"pets.{ending}"]


@pytest.mark.parametrize("ending", ["zip", "tar.gz"])
def test_a_packed_folder_is_read_through_and_what_systems_leave_is_passed_over(pack, ending):
    content = files(PETS, "./pets/") | {"__MACOSX/pets/._0.png": b"x", "pets/.DS_Store": b"x"}
    dataset = gather_packed(pack(content, ending), SMALL)
    assert levels_of(dataset) == {f"pets/{name}": level for name, level in PETS.items()}
    assert skipped(dataset) == {}
    assert any(
        "The folder pets contains everything else" in note for note in dataset.provenance.notes
    )


def test_folders_without_a_member_of_their_own_are_there(pack):
    dataset = gather_packed(pack(files(PETS, "a/b/c/d/")), SMALL)
    assert levels_of(dataset) == {f"a/b/c/d/{name}": level for name, level in PETS.items()}


def test_backslashes_of_windows_are_slashes(pack):
    content = {name.replace("/", "\\"): each for name, each in files(PETS).items()}
    assert levels_of(gather_packed(pack(content), SMALL)) == PETS


def test_names_in_utf_8_that_do_not_say_so_are_read_as_such(pack):
    path = pack(files({name.replace("cat", "köt"): level for name, level in PETS.items()}))
    raw = bytearray(path.read_bytes())
    for signature, flags_at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = -1
        while (at := raw.find(signature, at + 1)) >= 0:
            raw[at + flags_at + 1] &= ~0x08  # The flag that the name is UTF-8.
    path.write_bytes(raw)
    assert gather_packed(path, SMALL).classes == ("dog", "köt")


@pytest.mark.parametrize("ending", ["zip", "tar"])
def test_names_that_lead_elsewhere_are_skipped_and_counted(pack, ending):
    bad = {
        "../cat/7.png": "a name that leads out of the archive",
        "cat/../../8.png": "a name that leads out of the archive",
        "/cat/9.png": "an absolute name in an archive",
        "C:/cat/10.png": "an absolute name in an archive",
        f"cat/{'x' * 4_100}.png": "a name that is too long",
    }
    dataset = gather_packed(pack(files(PETS) | dict.fromkeys(bad, png(1)), ending), SMALL)
    assert levels_of(dataset) == PETS
    assert skipped(dataset) == bad


def test_links_and_devices_of_a_tar_file_are_skipped(pack):
    kinds = {
        "cat/link.png": (tarfile.SYMTYPE, "a link in an archive"),
        "cat/hard.png": (tarfile.LNKTYPE, "a link in an archive"),
        "cat/pipe.png": (tarfile.FIFOTYPE, "not a file"),
    }
    members = {}
    for name, (kind, _) in kinds.items():
        members[name] = tarfile.TarInfo(name)
        members[name].type, members[name].linkname = kind, "cat/0.png"
    dataset = gather_packed(pack(files(PETS) | members, "tar"), SMALL)
    assert skipped(dataset) == {name: reason for name, (_, reason) in kinds.items()}
    assert levels_of(dataset) == PETS


def test_links_and_encrypted_members_of_a_zip_file_are_skipped(pack):
    link, locked = zipfile.ZipInfo("cat/link.png"), zipfile.ZipInfo("cat/locked.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = pack(files(PETS))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "0.png")
        archive.writestr(locked, png(1))
        locked.flag_bits |= 1
    dataset = gather_packed(path, SMALL)
    assert skipped(dataset) == {
        "cat/link.png": "a link in an archive",
        "cat/locked.png": "encrypted",
    }


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("ending", ["zip", "tar.gz"])
def test_of_members_of_one_name_the_last_counts(pack, ending):
    content = files(PETS) | {"./cat/0.png": png(77)}
    dataset = gather_packed(pack(content, ending), SMALL)
    assert levels_of(dataset) == PETS | {"cat/0.png": 77}
    assert list(skipped(dataset)) == ["cat/0.png"]


def test_a_name_that_is_a_file_and_a_folder_is_the_folder(pack):
    dataset = gather_packed(pack(files(PETS) | {"cat": b"x"}), SMALL)
    assert skipped(dataset) == {"cat": "both a file and a folder in the archive"}
    assert levels_of(dataset) == PETS


def test_a_damaged_member_of_a_zip_file_is_skipped(pack):
    path = pack(files(PETS))
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("dog/4.png").header_offset + 30 + len("dog/4.png") + 20
    raw = bytearray(path.read_bytes())
    raw[at] ^= 0xFF
    path.write_bytes(raw)
    dataset = gather_packed(path, SMALL)
    assert list(skipped(dataset)) == ["dog/4.png"]
    assert "damaged in the archive" in skipped(dataset)["dog/4.png"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_refuses_an_archive_that_is_cut_short(pack, ending):
    path = pack(files(PETS), ending)
    os.truncate(path, path.stat().st_size * 4 // 10)
    with pytest.raises(DataError, match=r"Cannot read .*: it is cut short.*Download it again"):
        gather_packed(path, SMALL)


def test_refuses_a_tar_file_that_goes_on_as_something_else(pack):
    path = pack(files(PETS), "tar")
    raw = bytearray(path.read_bytes())
    raw[5 * 1024 : 5 * 1024 + 512] = b"x" * 512  # The sixth header: a PNG fits into one block.
    path.write_bytes(raw)
    with pytest.raises(DataError, match="it is damaged or cut short"):
        gather_packed(path, SMALL)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("pets.zip", b"<!DOCTYPE html><p>Not found", "it is a web page"),
        ("pets.tar.gz", b"", "it is empty"),
        (
            "pets.gz",
            gzip.compress(b"no tar" * 999, mtime=0),
            "compressed by gzip, but not a tar archive",
        ),
        ("pets.zip", zipped({}), "it holds no files"),
        ("pets.zip", zipped({"../a/1.png": b"x"}), r"no files that may be read \(\.\./a/1.png: a"),
        ("pets.zip", zipped({"a.txt": b"x", "b/c.txt": b"x"}), r"No image in .*pets\.zip can be"),
        (
            "pets.zip",
            zipped({"in.tar.gz": b"x"}),
            r"1 other archive \(in\.tar\.gz\)\. Unpack the file and give in",
        ),
        (
            "c.tar",
            tarred({"cifar-10-batches-py/test_batch": b"x"}),
            "with `data='cifar10'` and `ar",
        ),
        (
            "c.tar",
            tarred({"cifar-10-batches-mat/a.mat": b"x"}),
            "use `data='cifar10'`, which finds",
        ),
    ],
)
def test_refuses_what_is_not_an_archive_of_images(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    request = DataRequest(str(tmp_path / name))
    with pytest.raises(DataError, match=message):
        source_for(request).gather(request, say=print)


def test_refuses_an_archive_that_is_not_there(tmp_path):
    request = DataRequest(str(tmp_path / "gone.zip"))
    with pytest.raises(DataError, match=r"There is no file .*gone\.zip"):
        source_for(request).gather(request, say=print)


def test_an_archive_is_known_by_its_content(pack):
    plain = pack(files(PETS), "tar.xz")
    assert source_for(DataRequest(str(plain.rename(plain.with_name("pets"))))).name == "packed"
    numpy_file = plain.with_name("pets.npz")
    np.savez(numpy_file, images=np.zeros((2, 4, 4), np.uint8), labels=[0, 1])
    assert source_for(DataRequest(str(numpy_file))).name == "npz"


def test_a_member_that_expands_a_thousandfold_is_skipped(pack, monkeypatch):
    monkeypatch.setattr(archive_members, "_BOMB_BYTES", 10_000)
    monkeypatch.setattr(archive_members, "_BOMB_RATIO", 100)
    dataset = gather_packed(pack(files(PETS) | {"cat/bomb.png": bytes(200_000)}), SMALL)
    assert skipped(dataset) == {
        "cat/bomb.png": "expands to more than 100 times its size, as no image does"
    }


@pytest.mark.parametrize("ending", ["tar.gz", "tar.bz2", "tar.xz"])
def test_a_compressed_tar_file_that_expands_a_thousandfold_is_refused(pack, monkeypatch, ending):
    monkeypatch.setattr(archive_members, "_BOMB_BYTES", 10_000)
    monkeypatch.setattr(archive_members, "_BOMB_RATIO", 100)
    with pytest.raises(DataError, match="expands to more than 100 times its size"):
        gather_packed(pack({"cat/bomb.png": bytes(2_000_000), **files(PETS)}, ending), SMALL)


@pytest.mark.parametrize("ending", ["zip", "tar"])
def test_a_member_of_more_bytes_than_an_image_may_have_is_skipped(pack, monkeypatch, ending):
    monkeypatch.setattr(archive_members, "MAX_BYTES", 1_000)
    noise = np.random.default_rng(0).bytes(2_000)
    dataset = gather_packed(pack(files(PETS) | {"cat/large.png": noise}, ending), SMALL)
    assert skipped(dataset) == {"cat/large.png": "2,000 bytes, more than 1,000"}


@pytest.mark.parametrize("ending", ["zip", "tar"])
def test_refuses_too_many_members(pack, monkeypatch, ending):
    monkeypatch.setattr(archive_members, "MAX_MEMBERS", 9)
    with pytest.raises(DataError, match="more than 9 members"):
        gather_packed(pack(files(PETS), ending), SMALL)


def test_refuses_a_header_of_any_size(pack):
    path = pack(files(PETS), "tar")
    long_name = tarfile.TarInfo("././@LongLink")
    long_name.type, long_name.size = tarfile.GNUTYPE_LONGNAME, 2**40
    path.write_bytes(long_name.tobuf(tarfile.GNU_FORMAT) + path.read_bytes())
    with pytest.raises(DataError, match=r"damaged \(a header of 1,099,511,[\d,]+ bytes\)"):
        gather_packed(path, SMALL)


@pytest.mark.parametrize("n_after", [0, 1])
def test_refuses_a_negative_size(pack, n_after):
    path = pack(dict([*files(PETS).items()][:n_after]), "tar")
    wrong = tarfile.TarInfo("cat/9.png")
    wrong.size = -1024
    path.write_bytes(wrong.tobuf(tarfile.GNU_FORMAT) + path.read_bytes())
    with pytest.raises(DataError, match="it is damaged"):
        gather_packed(path, SMALL)


def test_advice_inside_an_archive_is_to_unpack_it(pack):
    content = {
        f"{part}/{name}": each for part in ("test", "val") for name, each in files(PETS).items()
    }
    with pytest.raises(DataError, match="or unpack the file and give test as `data` to use its"):
        gather_packed(pack(content), SMALL)


def test_a_changed_archive_is_read_again(pack):
    for ending in ("zip", "tar"):
        first = gather_packed(pack(files(PETS), ending), SMALL)
        again = gather_packed(pack(files(PETS | {"cat/0.png": 90}), ending), SMALL)
        assert levels_of(again) == levels_of(first) | {"cat/0.png": 90}
