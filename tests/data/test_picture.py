import io
import os
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tenfold.core.errors import ImageError
from tenfold.data import picture
from tenfold.data.picture import read_image, read_images

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
        (b"", "not a readable PNG, JPEG, WebP, BMP or GIF image"),
        (b"just text", "not a readable PNG, JPEG, WebP, BMP or GIF image"),
        (b"II*\x00" + bytes(100), "not a readable PNG, JPEG, WebP, BMP or GIF image"),
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
    assert pictures.skipped == ((str(bad), "not a readable PNG, JPEG, WebP, BMP or GIF image"),)
    assert read_images([bad], (8, 8, 1)).images.shape == (0, 8, 8, 1)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "BMP", "GIF"])
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
