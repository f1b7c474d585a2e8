import io
import os
import struct
import sys
import tracemalloc
import zlib
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image, PngImagePlugin, features

from tenfold.core.errors import ImageError
from tenfold.core.rendering import Scale
from tenfold.data import picture
from tenfold.data.depth import Depth, Kind, depth_of
from tenfold.data.picture import (
    Original,
    content_of,
    load_picture,
    read_image,
    read_images,
    read_picture,
)

NOT_AN_IMAGE = "not a readable PNG, JPEG, WebP, BMP, GIF, TIFF, AVIF or PPM image"
RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


@pytest.fixture
def save(tmp_path):
    def write(image, name, **options):
        path = tmp_path / name
        image.save(path, **options)
        return path

    return write


def halves(width=8, height=8):
    """Left half red, right half blue."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.gif", "a.webp", "a.jpg", "a.strange"])
def test_reads_each_format_by_its_content(save, name):
    options: dict[str, dict[str, Any]] = {
        "a.strange": {"format": "PNG"},
        "a.webp": {"lossless": True},
    }
    array = read_image(save(halves(), name, **options.get(name, {})), (8, 8, 3))
    assert (array.dtype, array.shape) == (np.uint8, (8, 8, 3))
    slack = 60 if name == "a.jpg" else 0  # JPEG halves the resolution of colours.
    np.testing.assert_allclose(array[4, 0].astype(int), RED, atol=slack)
    np.testing.assert_allclose(array[4, 7].astype(int), BLUE, atol=slack)


def test_an_image_of_the_right_size_keeps_every_pixel(save):
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    path = save(Image.fromarray(pixels), "a.png")
    np.testing.assert_array_equal(read_image(path, (32, 32, 3)), pixels)


def test_a_wide_image_is_cut_evenly_at_both_sides(save):
    image = Image.new("RGB", (30, 10), WHITE)
    image.paste(RED, (0, 0, 10, 10))
    image.paste(BLUE, (20, 0, 30, 10))
    assert (read_image(save(image, "a.png"), (10, 10, 3)) == 255).all()


def test_shrinking_averages_instead_of_picking(save):
    chequered = (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8)
    array = read_image(save(Image.fromarray(chequered), "a.png"), (8, 8, 3))
    np.testing.assert_allclose(array.astype(int)[1:-1, 1:-1], 127.5, atol=2)


def test_a_transparent_background_becomes_white(save):
    image = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    image.putpixel((0, 0), (*RED, 255))
    array = read_image(save(image, "a.png"), (4, 4, 3))
    assert tuple(array[0, 0]) == RED
    assert tuple(array[3, 3]) == WHITE


def test_a_transparent_palette_colour_becomes_white(save):
    image = Image.new("P", (4, 4), 1)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((0, 0), 0)
    array = read_image(save(image, "a.png", transparency=1), (4, 4, 3))
    assert tuple(array[0, 0]) == RED
    assert tuple(array[3, 3]) == WHITE


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_reads_each_mode_of_png(save, mode):
    array = read_image(save(Image.new("L", (4, 4), 255).convert(mode), "a.png"), (4, 4, 3))
    assert (array == 255).all()


def test_reads_cmyk(save):
    array = read_image(save(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "a.jpg"), (8, 8, 3))
    np.testing.assert_allclose(array[4, 4].astype(int), RED, atol=8)


def test_brings_16_bit_grey_to_8_bits(save):
    grey = np.array([[0, 257], [32768, 65535]], dtype=np.uint16)
    array = read_image(save(Image.fromarray(grey), "a.png"), (2, 2, 3))
    np.testing.assert_array_equal(array[:, :, 0], [[0, 1], [128, 255]])


def test_turns_an_image_as_its_exif_says(save):
    exif = Image.Exif()
    exif[0x0112] = 6  # Turn by a quarter, clockwise: left becomes top.
    array = read_image(save(halves(), "a.png", exif=exif), (8, 8, 3))
    assert tuple(array[0, 4]) == RED
    assert tuple(array[7, 4]) == BLUE


def test_takes_the_first_frame_of_an_animation(save):
    frames = {"save_all": True, "append_images": [Image.new("RGB", (4, 4), BLUE)]}
    path = save(Image.new("RGB", (4, 4), RED), "a.gif", **frames)
    assert tuple(read_image(path, (4, 4, 3))[0, 0]) == RED


def test_gives_one_channel_of_any_height_and_width(save):
    array = read_image(save(Image.new("RGB", (9, 9), WHITE), "a.png"), (4, 6, 1))
    assert array.shape == (4, 6, 1)
    assert (array == 255).all()


def whole_png():
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(buffer, "PNG")
    return buffer.getvalue()


def png_that_claims(width, height):
    """A header and the first bytes of its pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    checksum = struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + checksum + bytes(4) + b"IDAT"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", NOT_AN_IMAGE),
        (b"just text", NOT_AN_IMAGE),
        (b"II*\x00" + bytes(100), NOT_AN_IMAGE),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a readable PNG, JPEG"),
        (whole_png()[:5000], "damaged or unreadable: .*truncated"),
        (whole_png()[:3000] + bytes(6000), "damaged or unreadable"),
        (png_that_claims(8000, 8000), "more than 50,000,000 pixels"),
        (png_that_claims(12_000, 12_000), "more than 50,000,000 pixels"),
        (png_that_claims(60_000, 60_000), "more than 50,000,000 pixels"),
    ],
)
def test_refuses_what_is_no_whole_image_with_a_reason(tmp_path, content, reason):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(ImageError, match=reason):
        read_image(tmp_path / "a.png", (8, 8, 3))


def test_refuses_a_file_too_large_for_a_picture(tmp_path, monkeypatch):
    monkeypatch.setattr(picture, "MAX_BYTES", 1000)
    (tmp_path / "a.png").write_bytes(whole_png())
    with pytest.raises(ImageError, match="bytes, more than 1,000"):
        read_image(tmp_path / "a.png", (8, 8, 3))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_refuses_a_pipe_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(ImageError, match="not a file"):
        read_image(tmp_path / "a.png", (8, 8, 3))


def test_refuses_a_missing_file(tmp_path):
    with pytest.raises(ImageError, match="No such file"):
        read_image(tmp_path / "a.png", (8, 8, 3))


def test_reads_several_and_lists_what_it_skipped(save, tmp_path):
    good = save(halves(), "good.png")
    bad = tmp_path / "bad.png"
    bad.write_text("nothing")
    pictures = read_images([bad, good], (8, 8, 3))
    assert pictures.images.shape == (1, 8, 8, 3)
    assert pictures.files == (good,)
    assert pictures.skipped == ((str(bad), NOT_AN_IMAGE),)
    assert read_images([bad], (8, 8, 1)).images.shape == (0, 8, 8, 1)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "AVIF", "PPM"])
def test_any_damage_gives_an_image_or_a_reason(tmp_path, form):
    buffer = io.BytesIO()
    halves(16, 16).save(buffer, form)
    content = buffer.getvalue()
    random = np.random.default_rng(0)
    refused = 0
    for _ in range(200):
        damaged = bytearray(content)
        for place in random.integers(min(len(content), 400), size=3):
            damaged[place] = random.integers(256)
        (tmp_path / "a").write_bytes(damaged[: random.integers(1, len(damaged) + 1)])
        try:
            assert read_image(tmp_path / "a", (8, 8, 3)).shape == (8, 8, 3)
        except ImageError:
            refused += 1
    assert refused > 20


@pytest.mark.parametrize(
    ("name", "options"),
    [("a.tif", {}), ("b.tif", {"compression": "tiff_lzw"}), ("c.ppm", {})],
)
def test_reads_every_pixel_of_tiff_and_ppm(save, name, options):
    pixels = np.random.default_rng(0).integers(0, 256, (24, 20, 3), dtype=np.uint8)
    path = save(Image.fromarray(pixels), name, **options)
    np.testing.assert_array_equal(read_image(path, (24, 20, 3)), pixels)


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow lacks AVIF")
def test_reads_avif_and_turns_it_once(save):
    exif = Image.Exif()
    exif[0x0112] = 6
    array = read_image(save(halves(64, 64), "a.avif", exif=exif, quality=95), (64, 64, 3))
    np.testing.assert_allclose(array[4, 32].astype(int), RED, atol=30)
    np.testing.assert_allclose(array[60, 32].astype(int), BLUE, atol=30)


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow lacks AVIF")
def test_reads_avif_whose_exif_is_broken(save):
    exif = Image.Exif()
    exif[0x010E] = "what it shows"
    path = save(halves(64, 64), "a.avif", exif=exif, quality=95)
    content = path.read_bytes()
    assert content.count(b"MM\0*") == 1
    path.write_bytes(content.replace(b"MM\0*", b"odd!"))
    np.testing.assert_allclose(read_image(path, (64, 64, 3))[32, 4].astype(int), RED, atol=30)


def test_says_that_a_pillow_without_avif_lacks_it(tmp_path, monkeypatch):
    (tmp_path / "a.avif").write_bytes(b"\0\0\0\x14ftypavif\0\0\0\0avif" + bytes(200))
    monkeypatch.setattr(features, "check", lambda _: False)
    with pytest.raises(ImageError, match="AVIF image, which the installed Pillow lacks"):
        read_image(tmp_path / "a.avif", (8, 8, 3))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"P1\n# a comment\n2 1\n1 0\n", [0, 255]),  # In PBM, 1 is black.
        (b"P4\n2 1\n\x80", [0, 255]),
        (b"P2\n2 1\n255\n7 200\n", [7, 200]),
        (b"P5\n2 1\n255\n\x07\xc8", [7, 200]),
        (b"P5\n2 1\n1\n\x00\x01", [0, 255]),
        (b"P5\n2 1\n4095\n\x0f\xff\x00\x00", [255, 0]),  # The file states which number is white.
        (b"P2\n2 1\n4095\n4095 2048\n", [255, 128]),
        (b"P5\n2 1\n65535\n\x80\x00\xff\xff", [128, 255]),
    ],
)
def test_reads_pbm_and_pgm_plain_and_packed(tmp_path, content, expected):
    (tmp_path / "a.pgm").write_bytes(content)
    assert read_image(tmp_path / "a.pgm", (1, 2, 3))[0, :, 0].tolist() == expected


def test_reads_a_ppm_with_a_white_of_its_own(tmp_path):
    (tmp_path / "a.ppm").write_bytes(b"P6\n1 1\n1023\n" + struct.pack(">HHH", 1023, 0, 512))
    assert read_image(tmp_path / "a.ppm", (1, 1, 3))[0, 0].tolist() == [255, 0, 128]


@pytest.mark.parametrize(
    "content", [b"P5\n2 2\n100\n\1", b"P5\n2 2\n255x\n" + bytes(4), b"P2\n2 2\n9\n1 2 3 10\n"]
)
def test_refuses_a_pgm_with_a_wrong_number_or_too_few(tmp_path, content):
    (tmp_path / "a.pgm").write_bytes(content)
    with pytest.raises(ImageError, match="damaged or unreadable: a wrong number, or too few"):
        read_image(tmp_path / "a.pgm", (2, 2, 3))


@pytest.mark.parametrize("content", [b"Pf\n1 1\n-1.0\n" + bytes(4), b"PyP\n1 1\n255\n\0", b"P2P"])
def test_refuses_relatives_of_ppm_that_are_not_named(tmp_path, content):
    (tmp_path / "a.ppm").write_bytes(content)
    with pytest.raises(ImageError, match=NOT_AN_IMAGE):
        read_image(tmp_path / "a.ppm", (8, 8, 3))


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)


def test_says_what_to_install_for_heic(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    (tmp_path / "a.heic").write_bytes(HEIC)
    with pytest.raises(ImageError, match=r"HEIC image.* pip install 'tenfold\[heic\]'"):
        read_image(tmp_path / "a.heic", (8, 8, 3))


def test_reads_heic(tmp_path, monkeypatch):
    path = tmp_path / "a.heic"
    pillow_heif.from_pillow(halves(64, 64)).save(path, quality=-1)
    array = read_image(path, (8, 8, 3))
    np.testing.assert_allclose(array[4, 0].astype(int), RED, atol=10)
    np.testing.assert_allclose(array[4, 7].astype(int), BLUE, atol=10)
    monkeypatch.setattr(picture, "MAX_PIXELS", 64 * 64 - 1)
    with pytest.raises(ImageError, match="64 x 64, more than 4,095 pixels"):
        read_image(path, (8, 8, 3))


def test_turns_heic_upright_once(tmp_path):
    path = tmp_path / "a.heic"
    exif = Image.Exif()
    exif[0x112] = 6  # By a quarter, clockwise: left becomes top.
    turned = pillow_heif.from_pillow(halves(64, 64))
    turned[0].info["exif"] = exif.tobytes()
    turned.save(path, quality=-1)
    assert b"irot" in path.read_bytes()
    array = read_image(path, (8, 8, 3))
    np.testing.assert_allclose(array[0, 4].astype(int), RED, atol=10)
    np.testing.assert_allclose(array[7, 4].astype(int), BLUE, atol=10)


@pytest.mark.parametrize("length", [40, 200, -20])
def test_refuses_heic_that_is_cut(tmp_path, length):
    path = tmp_path / "a.heic"
    pillow_heif.from_pillow(halves(64, 64)).save(path, quality=-1)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ImageError, match="damaged or unreadable"):
        read_image(path, (8, 8, 3))


def test_reads_from_memory_what_it_reads_from_a_file(save):
    path = save(halves(20, 10), "a.jpg")
    one = read_picture(path.read_bytes(), (8, 8, 1))
    np.testing.assert_array_equal(one, read_image(path, (8, 8, 1)))


def test_reads_the_first_picture_of_an_mpo_even_with_a_broken_index(save):
    path = save(halves(32, 32), "a.mpo", save_all=True, append_images=[Image.new("RGB", (32, 32))])
    content = path.read_bytes()
    for damaged in (content, content.replace(b"MPF\0II", b"MPF\0??")):
        path.write_bytes(damaged)
        np.testing.assert_allclose(read_image(path, (32, 32, 3))[4, 2].astype(int), RED, atol=30)


def entry(tag, kind, count, value):
    return struct.pack("<HHI", tag, kind, count) + value


TURN = entry(0x112, 3, 1, struct.pack("<HH", 6, 0))  # By a quarter, clockwise: left becomes top.


def exif_of(*entries, claimed=None):
    n = len(entries) if claimed is None else claimed
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, n) + b"".join(entries) + bytes(4)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("exif", "turned"),
    [
        (exif_of(TURN), True),
        (exif_of(TURN, entry(0x11A, 2, 4, b"72\0\0")), True),  # A resolution as text,
        (exif_of(TURN, entry(0x11A, 9, 1, struct.pack("<i", -5))), True),  # below nothing,
        (exif_of(TURN, entry(0x11A, 5, 1, struct.pack("<I", 1 << 31))), True),  # out of reach.
        (exif_of(TURN, claimed=500), True),
        (b"Exif\0\0" + exif_of(TURN), True),
        (exif_of(entry(0x112, 2, 4, b"6\0\0\0")), False),  # The rotation itself as text.
        (exif_of(entry(0x112, 3, 1, struct.pack("<HH", 99, 0))), False),
        (exif_of(TURN)[:20], False),
        (b"Exif\0\0 no tiff here", False),
    ],
)
def test_broken_exif_loses_at_most_the_rotation(save, form, exif, turned):
    options = {"lossless": True} if form == "WEBP" else {"quality": 95}
    array = read_image(save(halves(32, 32), "a", format=form, exif=exif, **options), (32, 32, 3))
    np.testing.assert_allclose(array[2, 2].astype(int), RED, atol=30)
    np.testing.assert_allclose(array[29, 29].astype(int), BLUE, atol=30)
    np.testing.assert_allclose(array[2, 29].astype(int), RED if turned else BLUE, atol=30)


def png_with(*chunks, image=None):
    """A PNG file with chunks after its header."""
    buffer = io.BytesIO()
    (image or halves()).save(buffer, "PNG")
    packed = b""
    for kind, content in chunks:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        packed += struct.pack(">I", len(content)) + kind + content + checksum
    return buffer.getvalue()[:33] + packed + buffer.getvalue()[33:]


def as_text(exif):
    return b"Raw profile type exif\0\nexif\n%8d\n%s\n" % (len(exif), exif.hex().encode())


@pytest.mark.parametrize(
    ("chunk", "turned"),
    [
        ((b"eXIf", b"bad"), False),
        ((b"eXIf", exif_of(TURN)[6:]), True),
        ((b"tEXt", as_text(exif_of(TURN))), True),
        ((b"tEXt", as_text(exif_of(TURN))[:60]), False),
        ((b"tEXt", b"Raw profile type exif\0 not hexadecimal"), False),
        ((b"tEXt", b"exif\0some words"), False),
        ((b"iTXt", b'XML:com.adobe.xmp\0\0\0\0\0<a tiff:Orientation="6"/>'), True),
        ((b"iTXt", b"XML:com.adobe.xmp"), False),
        ((b"zTXt", b"Raw profile type exif\0\7unknown"), False),
        ((b"gAMA", b""), False),
        ((b"pHYs", b"1"), False),
    ],
)
def test_odd_chunks_of_png_lose_at_most_the_rotation(tmp_path, chunk, turned):
    (tmp_path / "a.png").write_bytes(png_with(chunk))
    array = read_image(tmp_path / "a.png", (8, 8, 3))
    assert tuple(array[0, 0]) == RED
    assert tuple(array[0, 7]) == (RED if turned else BLUE)


LARGE = zlib.compress(bytes(200_000_000), 1)


@pytest.mark.parametrize(
    "chunk",
    [
        (b"zTXt", b"Comment\0\0" + LARGE),
        (b"zTXt", b"Raw profile type exif\0\0" + LARGE),
        (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + LARGE),
        (b"iCCP", b"profile\0\0" + LARGE),
        (b"tEXt", b"Comment\0" + bytes(3_000_000)),
    ],
    ids=["text", "exif", "xmp", "profile", "plain text"],
)
def test_passes_over_texts_and_profiles_of_any_size_in_bounded_memory(tmp_path, chunk):
    (tmp_path / "a.png").write_bytes(png_with(chunk))
    limits = PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY
    tracemalloc.start()
    try:
        array = read_image(tmp_path / "a.png", (8, 8, 3))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert tuple(array[0, 0]) == RED
    assert peak < 30_000_000
    assert limits == (PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY)


@pytest.mark.parametrize("kind", [b"\xe1", b"\xe2", b"\xed", b"\xee", b"\xe0", b"\xfe"])
@pytest.mark.parametrize("body", [b"", b"Adobe", b"JFIF\0", b"Photoshop 3.0\0008BIM", b"MPF\0II"])
def test_odd_segments_of_jpeg_lose_no_pixel(tmp_path, kind, body):
    buffer = io.BytesIO()
    halves(32, 32).save(buffer, "JPEG", quality=95)
    content = buffer.getvalue()
    segment = b"\xff" + kind + struct.pack(">H", len(body) + 2) + body
    (tmp_path / "a.jpg").write_bytes(content[:2] + segment + content[2:])
    np.testing.assert_allclose(
        read_image(tmp_path / "a.jpg", (32, 32, 3))[4, 2].astype(int), RED, atol=30
    )


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_odd_entries_of_tiff_lose_no_pixel_and_it_is_turned(save, compression):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "what it shows"
    path = save(halves(20, 10), "a.tif", exif=exif, compression=compression)
    turned = read_image(path, (20, 10, 3))
    assert tuple(turned[0, 0]) == RED
    assert tuple(turned[19, 9]) == BLUE
    content = bytearray(path.read_bytes())
    (start,) = struct.unpack_from("<I", content, 4)
    for at in range(start + 2, start + 2 + 12 * content[start], 12):
        if content[at : at + 2] == b"\x0e\x01":  # The text becomes a pointer to EXIF, nowhere.
            content[at : at + 12] = entry(0x8769, 2, 5, b"\xff" * 4)
    path.write_bytes(content)
    np.testing.assert_array_equal(read_image(path, (20, 10, 3)), turned)


def cut_jpeg(tmp_path, share, **options):
    """A noisy JPEG file of 64 x 64 pixels that keeps `share` of what follows its last scan."""
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    whole, cut = tmp_path / "whole.jpg", tmp_path / "cut.jpg"
    Image.fromarray(noise).save(whole, "JPEG", quality=90, **options)
    content = whole.read_bytes()
    scan = content.rindex(b"\xff\xda")
    cut.write_bytes(content[: scan + round((len(content) - scan) * share)])
    return whole, cut


@pytest.mark.parametrize("options", [{}, {"subsampling": 0}, {"progressive": True}])
@pytest.mark.parametrize("share", [0.95, 0.97, 0.99])
def test_a_jpeg_without_its_last_bytes_is_read_as_far_as_it_goes(tmp_path, options, share):
    whole, cut = cut_jpeg(tmp_path, share, **options)
    sound, read = (read_image(path, (64, 64, 3)).astype(int) for path in (whole, cut))
    np.testing.assert_array_equal(read[:46], sound[:46])  # All but the last blocks, 8 or 16 high.


def test_a_jpeg_without_its_end_marker_is_read_whole(tmp_path):
    whole, cut = cut_jpeg(tmp_path, 1)
    cut.write_bytes(whole.read_bytes()[:-2])
    np.testing.assert_array_equal(read_image(cut, (64, 64, 3)), read_image(whole, (64, 64, 3)))


@pytest.mark.parametrize("options", [{}, {"subsampling": 0}, {"progressive": True}])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.7])
def test_a_jpeg_that_lacks_more_than_its_last_blocks_is_refused(tmp_path, options, share):
    with pytest.raises(ImageError, match="damaged or unreadable: the file is truncated"):
        read_image(cut_jpeg(tmp_path, share, **options)[1], (64, 64, 3))


def test_no_cut_of_a_jpeg_with_restarts_is_read_with_wrong_rows_above_the_last(tmp_path):
    path, stream = tmp_path / "a.jpg", io.BytesIO()
    Image.new("RGB", (90, 70), RED).save(stream, "JPEG", quality=90, restart_marker_rows=1)
    content, read = stream.getvalue(), 0
    for end in range(content.index(b"\xff\xda"), len(content)):
        path.write_bytes(content[:end])
        try:
            array = read_image(path, (70, 90, 3))
        except ImageError:
            continue
        read += 1
        np.testing.assert_allclose(array[:62].astype(int), np.full((62, 90, 3), RED), atol=3)
    assert read > 5


def test_a_progressive_jpeg_that_lacks_a_whole_scan_is_refused(tmp_path):
    whole, cut = cut_jpeg(tmp_path, 1, progressive=True)
    content = whole.read_bytes()
    cut.write_bytes(content[: content.rindex(b"\xff\xda")])
    with pytest.raises(ImageError, match="truncated"):
        read_image(cut, (64, 64, 3))


@pytest.mark.parametrize(
    ("white", "values", "expected"),
    [
        (1, [0.0, 0.5, 1.0], [0, 128, 255]),
        (1, [0.0, 0.5, 0.25], [0, 128, 64]),
        (255, [0.0, 100.4, 255.0], [0, 100, 255]),
        (255, [0.0, 0.2, 1.0], [0, 0, 1]),
    ],
)
def test_floats_are_read_by_the_scale(save, white, values, expected):
    path = save(Image.fromarray(np.array([values], dtype=np.float32)), "a.tif")
    read = read_image(path, (1, 3, 3), scale=Scale(floats=white))
    assert read[0, :, 0].tolist() == expected


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([-1.5, 0.5], r"floating-point pixels in -1\.5\.\.0\.5; expected 0\.\.1"),
        ([0, 100], r"in 0\.\.100; expected"),
        ([0, np.nan], "not finite numbers"),
        ([0, np.inf], "not finite numbers"),
    ],
)
def test_refuses_floats_outside_the_scale(save, values, reason):
    path = save(Image.fromarray(np.array([values], dtype=np.float32)), "a.tif")
    with pytest.raises(ImageError, match=reason):
        read_image(path, (1, 2, 3))


def test_a_mask_of_0_and_1_becomes_black_and_white_where_the_scale_says_so(save):
    mask = save(Image.fromarray(np.array([[0, 1]], dtype=np.uint8)), "a.png")
    assert read_image(mask, (1, 2, 3), scale=Scale(eight_bits=1))[0, :, 0].tolist() == [0, 255]
    assert read_image(mask, (1, 2, 3))[0, :, 0].tolist() == [0, 1]


def test_one_scale_serves_all_images_of_a_set(save):
    mask = save(Image.fromarray(np.array([[0, 1]], dtype=np.uint8)), "mask.png")
    deep = save(Image.fromarray(np.array([[0, 2048, 4095, 9000]], dtype=np.uint16)), "deep.png")
    real = save(Image.fromarray(np.array([[0, 0.5, 2]], dtype=np.float32)), "real.tif")
    scale = Scale(eight_bits=255, sixteen_bits=4095, floats=2)
    assert read_image(mask, (1, 2, 3), scale=scale)[0, :, 0].tolist() == [0, 1]
    assert read_image(deep, (1, 4, 3), scale=scale)[0, :, 0].tolist() == [0, 128, 255, 255]
    assert read_image(real, (1, 3, 3), scale=scale)[0, :, 0].tolist() == [0, 64, 255]
    assert read_images([deep], (1, 4, 3), scale=scale).images[0, 0, 1, 0] == 128


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK"])
def test_reads_each_mode_of_tiff(save, mode):
    array = read_image(save(Image.new("L", (4, 4), 255).convert(mode), "a.tif"), (4, 4, 3))
    np.testing.assert_allclose(array.astype(int), 255, atol=2)


def test_reads_tiff_in_lab_colours(save):
    array = read_image(save(Image.new("LAB", (4, 4), (255, 128, 128)), "a.tif"), (4, 4, 3))
    np.testing.assert_allclose(array.astype(int), 255, atol=2)


def test_reads_tiff_whose_grey_was_multiplied_by_its_transparency(save):
    path = save(Image.new("LA", (4, 4), (50, 100)), "a.tif")
    extra = struct.pack("<HHI", 338, 3, 1)
    content = path.read_bytes()
    assert content.count(extra + b"\2") == 1
    path.write_bytes(content.replace(extra + b"\2", extra + b"\1"))
    grey = 50 / (100 / 255)  # What the file has multiplied.
    expected = grey * 100 / 255 + 255 * (1 - 100 / 255)
    np.testing.assert_allclose(read_image(path, (4, 4, 3)).astype(int), expected, atol=2)


def test_reads_16_bit_tiff_like_16_bit_png(save):
    grey = Image.fromarray(np.array([[0, 257, 32768, 65535]], dtype=np.uint16))
    assert read_image(save(grey, "a.tif"), (1, 4, 3))[0, :, 0].tolist() == [0, 1, 128, 255]


def _depth_in(path):
    return depth_of(load_picture(content_of(path)).picture)


def test_reports_what_numbers_an_image_holds(save, tmp_path):
    deep = save(Image.fromarray(np.array([[3, 4095]], dtype=np.uint16)), "deep.png")
    real = save(Image.fromarray(np.array([[-1, 0.5]], dtype=np.float32)), "real.tif")
    (tmp_path / "a.pgm").write_bytes(b"P5\n2 1\n1023\n\x03\xff\x00\x00")
    assert _depth_in(deep) == Depth(Kind.SIXTEEN_BITS, "I;16", 3, 4095)
    assert _depth_in(real) == Depth(Kind.FLOAT, "F", -1, 0.5)
    assert _depth_in(tmp_path / "a.pgm") == Depth(Kind.STATED, "I", 0, 65535)
    assert _depth_in(save(halves(), "a.png")) == Depth(Kind.EIGHT_BITS, "RGB", 0, 255)
    with pytest.raises(ImageError, match="No such file"):
        _depth_in(tmp_path / "missing.png")


@pytest.mark.parametrize("quality", [50, 75, 90, 95, 100])
def test_reports_what_a_file_held(save, quality):
    path = save(halves(6, 4), "a.jpg", quality=quality)
    assert load_picture(content_of(path)).original == Original(6, 4, "RGB", "JPEG", quality)
    path = save(Image.new("L", (3, 5)), "a.png")
    assert load_picture(content_of(path)).original == Original(3, 5, "L", "PNG")


def test_makes_a_picture_square_as_it_is_asked_to(save):
    grey = np.full((8, 4), 100, np.uint8)
    grey[:2] = 0  # A quarter at the top, which cropping cuts off.
    path = save(Image.fromarray(grey), "a.png")
    crop, pad, squash = (
        read_image(path, (4, 4, 1), fit=fit)[..., 0] for fit in ("crop", "pad", "squash")
    )
    assert (crop == 100).all()
    assert (pad[:, [0, 3]] == 255).all()
    assert (pad[0, 1:3] < 20).all()
    assert (squash[0] < 20).all()
    assert (abs(squash[2:].astype(int) - 100) < 10).all()
    assert (pad[:, 1:3] == squash[:, 1:3]).all()
