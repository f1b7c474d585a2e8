import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tenfold.core.errors import ImageError, TenfoldError
from tenfold.core.rendering import Rendering, Scale
from tenfold.data import decoding, image_cache
from tenfold.data.decoding import Decoding, decode_files
from tenfold.data.image_cache import ImageCache, entries
from tenfold.data.listing import ListedFile
from tenfold.data.reading import read_files

FOUR = Rendering(4)


@pytest.fixture
def paint(tmp_path):
    """Write grey pictures, each of one level, and list them."""

    def write(levels, dtype=np.uint8, suffix=".png"):
        return [store(tmp_path, f"{i:03}{suffix}", level, dtype) for i, level in enumerate(levels)]

    return write


def store(folder, name, level, dtype=np.uint8):
    Image.fromarray(np.full((4, 4), level, dtype)).save(folder / name)
    return ListedFile(str(folder / name), name, "a", "a")


def levels(read):
    return read.images[:, 0, 0, 0].tolist()


def decoded(paths):
    found = {}
    for at, part in decode_files(paths, 0, Decoding(4)):
        pixels = iter(part.pixels)
        for i, (outcome, read) in enumerate(zip(part.outcomes, part.read, strict=True)):
            found[at + i] = outcome._replace(pixels=next(pixels) if read else None)
    return found


def counted(monkeypatch):
    """Count the files that are decoded from now on."""
    seen: list[str] = []
    decode = decoding.decode_file

    def counting(path, how):
        seen.append(Path(path).name)
        return decode(path, how)

    monkeypatch.setattr(decoding, "decode_file", counting)
    return seen


def test_the_second_reading_decodes_nothing(paint, monkeypatch):
    files = paint([10, 20, 30])
    first = read_files(files, FOUR, root="r")
    seen = counted(monkeypatch)
    second = read_files(files, FOUR, root="r")
    assert seen == []
    assert isinstance(second.images, np.memmap)
    assert levels(first) == levels(second) == [10, 20, 30]


def test_a_changed_an_added_and_a_removed_file_are_noticed(paint, tmp_path, monkeypatch):
    files = paint([10, 20, 30, 40])
    read_files(files, FOUR, root="r")
    store(tmp_path, "001.png", 99)
    os.utime(tmp_path / "001.png", ns=(1, 1))
    added = store(tmp_path, "0000.png", 77)
    seen = counted(monkeypatch)
    read = read_files([files[0], added, files[1], files[3]], FOUR, root="r")
    assert levels(read) == [10, 77, 99, 40]
    assert sorted(seen) == ["0000.png", "001.png"]
    assert len(list(image_cache.images_folder().glob("*/*.pixels"))) == 1


def test_files_in_another_order_keep_their_images(paint, monkeypatch):
    files = paint([10, 20, 30])
    read_files(files, FOUR, root="r")
    seen = counted(monkeypatch)
    assert levels(read_files(files[::-1], FOUR, root="r")) == [30, 20, 10]
    assert seen == []


@pytest.mark.parametrize("other", [{"root": "s"}, {"side_px": 5}, {"fit": "pad"}])
def test_another_root_side_or_fit_is_read_for_itself(paint, monkeypatch, other):
    files = paint([10])
    read_files(files, FOUR, root="r")
    seen = counted(monkeypatch)
    rendering = Rendering(other.get("side_px", 4), other.get("fit", "crop"))
    read_files(files, rendering, root=other.get("root", "r"))
    assert seen == ["000.png"]


def test_a_file_that_cannot_be_read_is_tried_again(paint, tmp_path, monkeypatch):
    files = paint([10, 20])
    content = (tmp_path / "001.png").read_bytes()
    stamp = (tmp_path / "001.png").stat()
    (tmp_path / "001.png").write_bytes(bytes(len(content)))
    os.utime(tmp_path / "001.png", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    first = read_files(files, FOUR, root="r")
    assert first.readable.tolist() == [True, False]
    assert first.table.reason(1).startswith("not a readable PNG")
    assert levels(first) == [10, 0]
    (tmp_path / "001.png").write_bytes(content)
    os.utime(tmp_path / "001.png", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert levels(read_files(files, FOUR, root="r")) == [10, 20]


def test_a_file_that_is_not_there_has_its_reason(tmp_path):
    missing = ListedFile(str(tmp_path / "no.png"), "no.png", "a", "a")
    read = read_files([missing], FOUR, root="r")
    assert read.table.reason(0) == "damaged or unreadable: No such file or directory"


@pytest.mark.parametrize("name", ["index.npz", "*.pixels"])
@pytest.mark.parametrize("damage", ["cut", "empty", "gone"])
def test_a_damaged_cache_is_read_anew(paint, name, damage):
    files = paint([10, 20])
    read_files(files, FOUR, root="r")
    (path,) = image_cache.images_folder().glob(f"*/{name}")
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: -9 if damage == "cut" else 0])
    assert levels(read_files(files, FOUR, root="r")) == [10, 20]


def test_a_cache_that_cannot_be_written_does_not_keep_from_reading(paint, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("TENFOLD_CACHE", str(tmp_path / "file"))
    said: list[str] = []
    read = read_files(paint([10, 20]), FOUR, root="r", say=said.append)
    assert levels(read) == [10, 20]
    assert "cannot be kept in" in said[0]


def test_a_disk_that_fills_up_is_an_error_that_leaves_nothing(paint, monkeypatch):
    def full(self, rows, pixels):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(image_cache.Pixels, "write", full)
    with pytest.raises(TenfoldError, match="the disk is full"):
        read_files(paint([10]), FOUR, root="r")
    assert list(image_cache.images_folder().glob("*/*")) == []


def test_the_cache_keeps_what_each_file_held(paint, tmp_path):
    files = paint([10], suffix=".jpg")
    Image.new("RGB", (9, 5)).save(tmp_path / "b.png")
    files.append(ListedFile(str(tmp_path / "b.png"), "b.png", "a", "a"))
    read_files(files, FOUR, root="r")
    table = read_files(files, FOUR, root="r").table
    one, two = table.original(0), table.original(1)
    assert (one.width, one.height, one.mode, one.format, one.quality) == (4, 4, "L", "JPEG", 75)
    assert (two.width, two.height, two.mode, two.format, two.quality) == (9, 5, "RGB", "PNG", 0)
    assert table.facts["size"].tolist() == [Path(file.path).stat().st_size for file in files]
    assert table.facts["changed"].tolist() == [Path(file.path).stat().st_mtime_ns for file in files]


def test_the_least_recently_used_images_make_room(paint, monkeypatch):
    files = paint([10, 20])
    for root in "abc":
        read_files(files, FOUR, root=root)
        used = time.time() - 100 + ord(root)
        os.utime(ImageCache(root, FOUR).folder / "index.npz", (used, used))
    size = entries()[0].n_bytes
    os.utime(ImageCache("a", FOUR).folder / "index.npz")
    monkeypatch.setattr(image_cache, "LIMIT_BYTES", 3 * size)
    read_files(files, FOUR, root="d")
    assert {entry.root for entry in entries()} == {"a", "c", "d"}


@pytest.mark.parametrize(
    ("highest", "white"), [(200, 255), (1000, 1023), (4095, 4095), (9999, 16383), (16384, 65535)]
)
def test_deep_grey_is_brought_to_8_bits_by_one_scale_for_the_set(paint, highest, white):
    files = paint([0, highest // 2, highest], np.uint16)
    read = read_files(files, FOUR, root="r")
    assert read.rendering.scale == Scale(sixteen_bits=white)
    assert levels(read) == [round(n * 255 / white) for n in (0, highest // 2, highest)]
    assert any(f"with {white:,} as white" in note for note in read.notes())
    assert levels(read_files(files, FOUR, root="r")) == levels(read)


def test_images_in_a_smaller_range_than_the_set_are_pointed_out(paint):
    files = paint([60000, 50000, 4095, 255], np.uint16)
    told = list(read_files(files, FOUR, root="r").notes())
    assert told[1].startswith("2 of 4 16-bit grey images hold nothing above 4,095 and come out")
    assert len(list(read_files(files[2:3], FOUR, root="s").notes())) == 1


def test_a_file_with_more_bits_changes_the_scale_of_those_that_are_cached(paint, tmp_path):
    files = paint([1023], np.uint16)
    assert levels(read_files(files, FOUR, root="r")) == [255]
    files.append(store(tmp_path, "b.png", 4095, np.uint16))
    read = read_files(files, FOUR, root="r")
    assert levels(read) == [64, 255]
    assert read.rendering.scale.sixteen_bits == 4095


def test_only_a_whole_set_of_masks_has_1_as_white(paint, tmp_path):
    files = paint([0, 1, 1])
    read = read_files(files, FOUR, root="r")
    assert levels(read) == [0, 255, 255]
    assert read.rendering.scale.eight_bits == 1
    files.append(store(tmp_path, "b.png", 200))
    assert levels(read_files(files, FOUR, root="r")) == [0, 1, 1, 200]


@pytest.mark.parametrize(("highest", "white"), [(1.0, 1), (200.0, 255), (300.0, 65535)])
def test_floats_have_one_white_and_those_outside_are_refused(paint, highest, white):
    files = paint([0.5, highest, -1.0, np.nan], np.float32, ".tif")
    read = read_files(files, FOUR, root="r")
    assert levels(read)[:2] == [round(n * 255 / white) for n in (0.5, highest)]
    assert read.readable.tolist() == [True, True, False, False]
    assert read.rendering.scale.floats == white


def test_says_what_a_larger_side_would_keep_and_cost(tmp_path):
    files = []
    for i, size in enumerate([(6, 6), (20, 12), (90, 50)]):
        Image.new("L", size).save(tmp_path / f"{i}.png")
        files.append(ListedFile(str(tmp_path / f"{i}.png"), f"{i}.png", "a", "a"))
    (note,) = read_files(files, FOUR, root="r").notes()
    assert note.startswith("The files have 20 x 12 pixels in the middle")
    assert "A side of 8 keeps four times as many pixels" in note
    assert list(read_files(files, Rendering(7), root="r").notes()) == []


def test_contents_may_come_from_elsewhere_than_the_disk(paint):
    files = paint([10, 20, 30])

    class Contents:
        def state(self, file):
            return 7, int(file.name[:3])

        def read(self, files):
            for at, file in reversed([*enumerate(files)]):
                damaged = ImageError("not in the archive")
                yield at, damaged if file.name == "001.png" else Path(file.path).read_bytes()

    read = read_files(files, FOUR, root="r", contents=Contents())
    assert levels(read) == [10, 0, 30]
    assert read.table.reason(1) == "not in the archive"


def test_processes_decode_what_one_decodes(paint, monkeypatch):
    files = paint(range(2, 22))
    paths = [str(file.path) for file in files]
    paths[3] = "missing.png"
    alone = decoded(paths)
    monkeypatch.setattr(decoding, "_START_S", 0)
    monkeypatch.setattr(decoding, "_CHUNK", 3)
    monkeypatch.setattr(decoding, "usable_cores", lambda: 2)
    many = decoded(paths)
    assert sorted(many) == sorted(alone) == list(range(20))
    for at, one in alone.items():
        assert many[at].reason == one.reason
        assert many[at].original == one.original
        assert at == 3 or (many[at].pixels == one.pixels).all()


@pytest.mark.slow
def test_a_file_that_crashes_its_decoder_costs_only_itself(paint, tmp_path, monkeypatch):
    paths = [str(file.path) for file in paint(range(6))]
    crash = tmp_path / "crash"
    crash.mkdir()
    (crash / "sitecustomize.py").write_text(
        textwrap.dedent("""
            import os
            from tenfold.data import picture
            load = picture.content_of
            def content_of(file):
                if str(file).endswith("004.png"):
                    os._exit(11)
                return load(file)
            picture.content_of = content_of
        """)
    )
    monkeypatch.setattr(sys, "path", [str(crash), *sys.path])
    monkeypatch.setattr(decoding, "_START_S", 0)
    monkeypatch.setattr(decoding, "_CHUNK", 3)
    monkeypatch.setattr(decoding, "usable_cores", lambda: 2)
    found = decoded(paths)
    reasons = [found[at].reason for at in range(6)]
    assert reasons == ["", "", "", "", "damaged or unreadable: its decoder crashes", ""]


@pytest.mark.slow
def test_the_processes_end_when_the_reader_is_killed(paint, tmp_path):
    paths = [str(file.path) for file in paint(range(6))]
    script = tmp_path / "script.py"  # Without a guard against being imported by its processes.
    script.write_text(
        textwrap.dedent(f"""
            import os, signal
            from tenfold.data import decoding
            decoding._START_S, decoding._CHUNK = 0, 1
            decoding.usable_cores = lambda: 2
            start = decoding._start
            started = []
            decoding._start = lambda: started.append(start()) or started[-1]
            for at, part in decoding.decode_files({paths!r}, 0, decoding.Decoding(4)):
                print(*(each.pid for each in started), flush=True)
                os.kill(os.getpid(), signal.SIGKILL)
        """)
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    pids = [int(pid) for pid in done.stdout.split()]
    assert len(pids) == 2, done.stderr
    deadline = time.monotonic() + 20
    while any(_is_running(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
