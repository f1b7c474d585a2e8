import gzip
import pickle
import tarfile

import numpy as np
import pytest

from tenfold.core.errors import TenfoldError
from tenfold.data import archive
from tenfold.data.archive import read_archive, read_unpacked

N = 4  # As in conftest.py.


def refuses(path, reason):
    return pytest.raises(TenfoldError, match=rf"(?s)Cannot read .*{path.name} as .*{reason}")


@pytest.mark.parametrize("layout", ["python", "binary"])
def test_reads_each_layout_pixel_by_pixel(cifar10, pack, layout):
    arrays = read_archive(pack(cifar10.members(layout)))
    assert arrays.train_images.shape == (5 * N, 32, 32, 3)
    assert arrays.test_images.shape == (N, 32, 32, 3)
    for image, row, column, channel in [(0, 0, 0, 0), (7, 1, 2, 1), (19, 31, 30, 2)]:
        expected = cifar10.pixels[image, channel, row, column]
        assert arrays.train_images[image, row, column, channel] == expected
    assert arrays.test_images[1, 5, 6, 2] == cifar10.pixels[5 * N + 1, 2, 5, 6]
    np.testing.assert_array_equal(arrays.train_labels, cifar10.labels[: 5 * N])
    np.testing.assert_array_equal(arrays.test_labels, cifar10.labels[5 * N :])
    assert (arrays.train_images.dtype, arrays.train_labels.dtype) == (np.uint8, np.int64)


@pytest.mark.parametrize("layout", ["python", "binary"])
def test_reads_members_in_any_order_with_readme_and_folder(cifar10, pack, layout):
    members = dict(reversed(cifar10.members(layout).items()))
    folder = next(iter(members)).split("/")[0]
    entry = tarfile.TarInfo(folder)
    entry.type = tarfile.DIRTYPE
    arrays = read_archive(pack({**members, f"{folder}/readme.html": b"<p>"}, extra=[entry]))
    np.testing.assert_array_equal(arrays.train_labels, cifar10.labels[: 5 * N])


def test_reads_an_archive_whose_headers_carry_times(cifar10, pack, tmp_path):
    for name, content in cifar10.members("binary").items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    path = tmp_path / "own.tar.gz"
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as tar:
        for name in cifar10.members("binary"):  # Fractions of a second need an extended header.
            tar.add(tmp_path / name, name)
    np.testing.assert_array_equal(read_archive(path).test_labels, cifar10.labels[5 * N :])


@pytest.mark.parametrize("layout", ["python", "binary"])
def test_refuses_an_archive_without_a_member(cifar10, pack, layout):
    for missing in cifar10.members(layout):
        members = cifar10.members(layout)
        del members[missing]
        path = pack(members)
        name = missing.split("/")[1].removesuffix(".bin").removesuffix(".txt")
        with refuses(path, f"it lacks {name}"):
            read_archive(path)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_refuses_a_truncated_archive(cifar10, pack, share):
    path = pack(cifar10.members())
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with refuses(path, "it is cut short|it is empty"):
        read_archive(path)


def test_refuses_a_flipped_pixel_by_its_checksum(cifar10, pack):
    path = pack(cifar10.members("binary"))
    damaged = bytearray(gzip.compress(gzip.decompress(path.read_bytes()), compresslevel=0))
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    with refuses(path, "CRC check failed"):
        read_archive(path)


def test_refuses_a_web_page(tmp_path):
    path = tmp_path / "cifar-10-python.tar.gz"
    path.write_bytes(b"<!DOCTYPE html><html>Please log in</html>")
    with refuses(path, "it is a web page"):
        read_archive(path)


@pytest.mark.parametrize(
    "name",
    ["../escaped", "/etc/passwd", "cifar-10-batches-py/../x", "cifar-10-batches-py/data_batch_6"],
)
def test_refuses_a_member_it_does_not_know(cifar10, pack, name):
    path = pack({**cifar10.members(), name: b"x"})
    with refuses(path, "which is not a part of CIFAR-10"):
        read_archive(path)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, b"S", b"L"])
def test_refuses_links_and_special_files(cifar10, pack, kind):
    info = tarfile.TarInfo("cifar-10-batches-py/readme.html")
    info.type, info.linkname = kind, "/etc/passwd"
    path = pack(cifar10.members(), extra=[info])
    with refuses(path, "is not a regular file, but a link, a folder"):
        read_archive(path)


def test_refuses_a_member_twice(cifar10, pack):
    path = pack(cifar10.members(), extra=[tarfile.TarInfo("cifar-10-batches-py/test_batch")])
    with refuses(path, "twice"):
        read_archive(path)


def test_refuses_two_layouts_in_one(cifar10, pack):
    path = pack({**cifar10.members("python"), **cifar10.members("binary")})
    with refuses(path, "it mixes"):
        read_archive(path)


def test_refuses_a_binary_batch_of_another_size(cifar10, pack):
    members = cifar10.members("binary")
    members["cifar-10-batches-bin/data_batch_2.bin"] += b"\0"
    path = pack(members)
    with refuses(path, "has 12,293 bytes, expected 12,292"):
        read_archive(path)


@pytest.mark.parametrize("size", [2**40, -(2**40)])
def test_refuses_a_size_no_batch_has_before_reading_it(tmp_path, size):
    info = tarfile.TarInfo("cifar-10-batches-py/data_batch_1")
    info.size = size
    path = tmp_path / "lying.tar.gz"
    path.write_bytes(gzip.compress(info.tobuf(tarfile.GNU_FORMAT)))
    with refuses(path, "bytes, expected at most 33,554,432"):
        read_archive(path)


def test_refuses_headers_without_end(tmp_path):
    info = tarfile.TarInfo("PaxHeader")
    info.type = tarfile.XHDTYPE
    path = tmp_path / "endless.tar.gz"
    path.write_bytes(gzip.compress(info.tobuf() * 1000))
    with refuses(path, "more than 64 entries"):
        read_archive(path)


def test_refuses_what_goes_on_after_its_end(cifar10, pack):
    path = pack(cifar10.members())
    bomb = gzip.decompress(path.read_bytes()) + bytes(2 * 2**20)
    path.write_bytes(gzip.compress(bomb))
    with refuses(path, "goes on after its end"):
        read_archive(path)


@pytest.mark.parametrize("stray", [-1, 10])
def test_refuses_a_label_outside_the_classes(cifar10, pack, stray):
    cifar10.labels[6] = stray
    path = pack(cifar10.members("python"))
    with refuses(path, rf"data_batch_2 has the label {stray}, expected 0\.\.9"):
        read_archive(path)


def test_refuses_a_binary_label_outside_the_classes(cifar10, pack):
    cifar10.labels[-1] = 10
    path = pack(cifar10.members("binary"))
    with refuses(path, r"test_batch.bin has the label 10, expected 0\.\.9"):
        read_archive(path)


@pytest.mark.parametrize(
    ("batch", "reason"),
    [
        ({}, "has no list of labels"),
        ({"labels": [0, 1, 2, "x"]}, "has no list of labels"),
        ({"labels": [0, 1, 2, True]}, "has no list of labels"),
        ({"labels": [0] * N}, "has no array of images"),
        ({"labels": [0] * N, "data": [0]}, "has no array of images"),
        ({"labels": [0] * N, "data": np.zeros((N, 3071), np.uint8)}, r"shape \(4, 3071\)"),
        ({"labels": [0] * 3, "data": np.zeros((N, 3072), np.uint8)}, "and 3 labels"),
        ({"labels": [0] * N, "data": np.zeros((N, 3072), np.float32)}, "not whole and of type"),
    ],
)
def test_refuses_a_batch_of_another_shape(cifar10, pack, batch, reason):
    members = cifar10.members()
    members["cifar-10-batches-py/data_batch_3"] = pickle.dumps(batch, protocol=4)
    path = pack(members)
    with refuses(path, reason):
        read_archive(path)


@pytest.mark.parametrize("layout", ["python", "binary"])
def test_refuses_other_class_names(cifar10, pack, layout, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(archive, "CLASSES", (*archive.CLASSES[:9], "lorry"))
        path = pack(cifar10.members(layout))
    with refuses(path, "its class names are .*lorry"):
        read_archive(path)


def test_any_damage_gives_the_arrays_or_a_clear_refusal(cifar10, pack):
    path = pack(cifar10.members())
    content = gzip.decompress(path.read_bytes())
    random = np.random.default_rng(0)
    refused = 0
    for _ in range(100):
        damaged = bytearray(content)
        for place in random.integers(len(damaged) // 512, size=3) * 512 + random.integers(300):
            damaged[place] = random.integers(256)
        path.write_bytes(gzip.compress(damaged, compresslevel=0))
        try:
            read_archive(path)
        except TenfoldError:
            refused += 1
    assert refused > 20


@pytest.mark.parametrize("layout", ["python", "binary"])
def test_reads_what_macos_has_packed_again(cifar10, pack, layout):
    members: dict[str, bytes] = {}
    for name, content in cifar10.members(layout).items():
        folder, file = name.split("/")
        members |= {f"./{folder}/._{file}": b"\0\5\x16\7", f"./{name}": content}
    root, inside = tarfile.TarInfo("."), tarfile.TarInfo(f"./{folder}/")
    root.type = inside.type = tarfile.DIRTYPE
    more = {f"._{folder}": b"x", f"{folder}/.DS_Store": b"x"}
    arrays = read_archive(pack({**members, **more}, extra=[root, inside]))
    assert arrays.train_images[7, 1, 2, 1] == cifar10.pixels[7, 1, 1, 2]
    np.testing.assert_array_equal(arrays.test_labels, cifar10.labels[5 * N :])


def test_reads_a_tar_whose_gzip_layer_is_gone(cifar10, pack):
    path = pack(cifar10.members())
    path.write_bytes(gzip.decompress(path.read_bytes()))
    np.testing.assert_array_equal(read_archive(path).train_labels, cifar10.labels[: 5 * N])
    path.write_bytes(path.read_bytes()[:60_000])
    with refuses(path, "it is cut short"):
        read_archive(path)


def test_refuses_a_leftover_that_is_too_large(cifar10, pack):
    path = pack({**cifar10.members(), "._x": bytes(2**17)})
    with refuses(path, r"'\._x' in it has 131,072 bytes, expected at most 65,536"):
        read_archive(path)


@pytest.mark.parametrize("name", ["x/._test_batch", "../._x", "/._x", "././._x/../y"])
def test_refuses_leftovers_elsewhere(cifar10, pack, name):
    path = pack({**cifar10.members(), name: b"x"})
    with refuses(path, "which is not a part of CIFAR-10"):
        read_archive(path)


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        (
            "cifar-100-python/train",
            "CIFAR-100, which has other images. Read it with `data='cifar100'` and `archive='/",
        ),
        (
            "./cifar-100-binary/train.bin",
            "CIFAR-100's binary version, which is not read. For the same images, use `data='cifar1",
        ),
        (
            "cifar-10-batches-mat/data_batch_1.mat",
            "CIFAR-10's MATLAB version, which is not read. Expected cifar-10-python.* Name one, or",
        ),
        ("cifar-100-matlab/train.mat", "CIFAR-100's MATLAB version, which is not read. For"),
    ],
)
def test_calls_a_relative_what_it_is_and_names_the_way_out(pack, member, reason):
    path = pack({member: b"x"})
    with refuses(path, f"it is {reason}"):
        read_archive(path)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\3\4", "a zip file"),
        (b"\n<html>", "a web page"),
        (b"", "empty"),
        (b"MATLAB 5.0 MAT-file", "a MATLAB file"),
        (b"BZh9", "compressed by bzip2"),
        (b"anything", "not known to Tenfold"),
    ],
)
def test_calls_another_file_what_it_is(tmp_path, content, kind):
    path = tmp_path / "cifar-10-python.tar.gz"
    path.write_bytes(content)
    with refuses(path, f"it is {kind}.*or name none to have it downloaded"):
        read_archive(path)


def unpacked(folder, members):
    folder.mkdir()
    for name, content in members.items():
        (folder / name.split("/")[1]).write_bytes(content)
    return folder


@pytest.mark.parametrize("layout", ["python", "binary"])
def test_reads_an_unpacked_folder_of_any_name(cifar10, tmp_path, layout):
    folder = unpacked(tmp_path / "mine", cifar10.members(layout))
    (folder / ".DS_Store").write_text("left by a system")
    arrays = read_unpacked(folder)
    assert arrays.train_images[7, 1, 2, 1] == cifar10.pixels[7, 1, 1, 2]
    np.testing.assert_array_equal(arrays.train_labels, cifar10.labels[: 5 * N])
    np.testing.assert_array_equal(arrays.test_labels, cifar10.labels[5 * N :])


def test_an_unpacked_folder_is_held_to_the_same_limits(cifar10, tmp_path):
    folder = unpacked(tmp_path / "mine", cifar10.members("binary"))
    (folder / "data_batch_2.bin").write_bytes(bytes(12_293))
    with refuses(folder, r"'data_batch_2\.bin' in it has 12,293 bytes, expected 12,292"):
        read_unpacked(folder)
    (folder / "data_batch_2.bin").unlink()
    with refuses(folder, "it lacks data_batch_2"):
        read_unpacked(folder)
