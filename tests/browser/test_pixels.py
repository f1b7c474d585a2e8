"""The page reads pictures as training does: the same pixels, in Chromium."""

import base64
import io

import numpy as np
import pytest
from PIL import Image
from tests.made_pictures import SIDE_PX, made_pictures

from tenfold.core.rendering import PLAIN, Scale
from tenfold.data.picture import read_picture
from tenfold.deploy.document import FORMAT, Document
from tenfold.deploy.page.render import Sureness, page_html

pytestmark = pytest.mark.browser

RANDOM = np.random.default_rng(0)
ORIENTATION = 0x112
READ = """async ([texts, model]) => {
    const found = [];
    for (const text of texts) {
        const file = new File([Uint8Array.fromBase64(text)], "picture");
        const read = readPicture(file, model).then((pixels) => pixels.toBase64());
        found.push(await read.catch((error) => `!${error.message}`));
    }
    return found;
}"""
PER_CALL = 50


@pytest.fixture(scope="module")
def page(browser):
    """An open page that asks a server, so that it needs no model."""
    document = Document(
        tenfold="0", recipe={"name": "quick"}, data="made", classes=("a", "b"), shape=(32, 32, 3),
        mode="RGB", fit="crop", rendering=None, temperature=None, n_views=1, dense=False,
        int8=None, accuracy={"n": 2, "accuracy": 0.5, "interval_95": [0, 1]}, run_sha256="",
        date="", format=FORMAT,
    )  # fmt: skip
    opened = browser.new_page()
    opened.set_content(page_html(document, Sureness(), predictor="server"))
    yield opened
    opened.close()


def read(page, contents, shape=(32, 32, 3), *, fit="crop", scale=PLAIN):
    """Read pictures as the page does: uint8 `shape` each, or the reason why there is none."""
    model = {"shape": shape, "fit": fit, "scale": vars(scale)}
    found = []
    for at in range(0, len(contents), PER_CALL):
        texts = [base64.b64encode(each).decode() for each in contents[at : at + PER_CALL]]
        found += page.evaluate(READ, [texts, model])
    return [
        each
        if each.startswith("!")
        else np.frombuffer(base64.b64decode(each), np.uint8).reshape(shape)
        for each in found
    ]


def largest_difference(page, contents, shape=(32, 32, 3), **how):
    """Of a pixel from what training reads."""
    found = read(page, contents, shape, **how)
    expected = [read_picture(each, shape, **how) for each in contents]
    return int(np.abs(np.stack(found).astype(int) - np.stack(expected)).max())


def encoded(picture, form="PNG", **options):
    content = io.BytesIO()
    picture.save(content, form, **options)
    return content.getvalue()


def smooth(width, height):
    """A picture of soft colours."""
    small = RANDOM.integers(0, 256, (5, 5, 3), np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def noise(width, height, channels=3):
    shape = (height, width) if channels == 1 else (height, width, channels)
    return Image.fromarray(RANDOM.integers(0, 256, shape, np.uint8))


def with_alpha(picture):
    picture = picture.convert("RGB")
    width, height = picture.size
    picture.putalpha(noise(width, height, channels=1))
    return picture


def test_a_thousand_images_of_the_right_size_are_equal(page):
    pictures = [noise(32, 32), *(smooth(32, 32) for _ in range(999))]
    assert largest_difference(page, [encoded(each) for each in pictures]) == 0


def test_a_thousand_test_images_of_cifar10_are_equal(page, cifar10_archive):
    import tenfold

    data = tenfold.gather("cifar10", archive=cifar10_archive, say=lambda _: None)
    images = data.test.take(np.arange(1000)).images[:]
    contents = [encoded(Image.fromarray(each)) for each in images]
    assert np.array_equal(np.stack(read(page, contents)), images)
    assert largest_difference(page, contents, (20, 20, 3)) == 0
    jpegs = [encoded(Image.fromarray(each), "JPEG", quality=90) for each in images]
    assert largest_difference(page, jpegs) == 0


@pytest.mark.parametrize("fit", ["crop", "pad", "squash"])
@pytest.mark.parametrize("shape", [(32, 32, 3), (28, 28, 1)])
def test_pictures_of_other_sizes_are_resized_alike(page, shape, fit):
    sizes = [
        (1, 1), (1, 90), (90, 1), (2, 3), (31, 33), (33, 31), (33, 32), (32, 64), (64, 32),
        (40, 150), (150, 40), (400, 20), (20, 400), (500, 375), (375, 500), (64, 64), (300, 700),
    ]  # fmt: skip
    contents = [encoded(noise(*size)) for size in sizes]
    assert largest_difference(page, contents, shape, fit=fit) == 0


@pytest.mark.parametrize("width", [1, 7, 32, 61])
def test_png_files_of_every_mode_are_equal(page, width):
    picture = smooth(width, 45)
    colours = picture.quantize(64)
    few = picture.quantize(8).convert("RGB")
    deep = Image.fromarray(RANDOM.integers(0, 65536, (45, width), np.uint16))
    contents = [
        encoded(with_alpha(picture)),
        encoded(picture.convert("L")),
        encoded(with_alpha(picture).convert("LA")),
        encoded(colours),
        encoded(with_alpha(picture).quantize(64, Image.Quantize.FASTOCTREE)),
        encoded(colours, transparency=3),
        encoded(picture.quantize(16), bits=4),
        encoded(picture.quantize(4), bits=2),
        encoded(picture.convert("1")),
        encoded(deep),
        encoded(picture.convert("L"), transparency=120),
        encoded(few, transparency=few.getpixel((0, 0))),
        *(encoded(picture, exif=turned(turn)) for turn in range(1, 9)),
    ]
    assert largest_difference(page, contents) == 0


def turned(turn):
    exif = Image.Exif()
    exif[ORIENTATION] = turn
    return exif


def test_deep_grey_and_masks_get_the_white_of_the_training_images(page):
    deep = encoded(Image.fromarray(RANDOM.integers(0, 2000, (40, 40), np.uint16)))
    mask = encoded(Image.fromarray(RANDOM.integers(0, 2, (40, 40), np.uint8)))
    assert largest_difference(page, [deep, mask], scale=Scale(1, 1023)) == 0


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("JPEG", {"quality": 90}),
        ("JPEG", {"quality": 95, "subsampling": 0}),
        ("JPEG", {"quality": 60, "progressive": True}),
        ("WEBP", {"quality": 80}),
        ("WEBP", {"lossless": True}),
        ("GIF", {}),
        ("BMP", {}),
        ("AVIF", {}),
    ],
)
def test_other_formats_are_equal_in_chromium(page, form, options):
    pictures = [smooth(100, 80), smooth(80, 100), smooth(32, 32)]
    contents = [encoded(each, form, **options) for each in pictures]
    contents.append(encoded(smooth(50, 40).convert("L"), form, **options))
    if form in ("JPEG", "WEBP"):
        contents += [encoded(pictures[0], form, exif=turned(t), **options) for t in range(1, 9)]
    assert largest_difference(page, contents) == 0


def test_cmyk_animations_and_transparent_gif_files_are_equal_in_chromium(page):
    picture = smooth(60, 70)
    contents = [
        encoded(picture.convert("CMYK"), "JPEG"),
        encoded(picture, "GIF", save_all=True, append_images=[smooth(60, 70)]),
        encoded(picture.quantize(32), "GIF", transparency=5),
    ]
    assert largest_difference(page, contents) == 0


def test_every_mode_in_every_orientation_is_upright(page):
    made = made_pictures()
    found = read(page, [each.content for each in made], (SIDE_PX, SIDE_PX, 3))
    for each, one in zip(made, found, strict=True):
        if each.form == "TIFF":
            assert "a picture in TIFF, which this browser cannot read" in one
        else:
            most = {("alpha", "WEBP"): 3, ("CMYK", "JPEG"): 1}.get((each.mode, each.form), 0)
            assert np.abs(one.astype(int) - each.upright).max() <= most, each.name


def test_cmyk_with_black_ink_differs_by_one_and_when_resized_by_two(page):
    inks = RANDOM.integers(0, 256, (50, 40, 4), np.uint8)
    contents = [encoded(Image.fromarray(inks, "CMYK"), "JPEG")]
    assert largest_difference(page, contents, (50, 40, 3)) == 1
    assert largest_difference(page, contents) <= 2


@pytest.mark.parametrize(
    ("form", "options", "most"), [("WEBP", {"lossless": True}, 4), ("AVIF", {"quality": 95}, 20)]
)
def test_other_transparent_pictures_differ_by_a_few_levels(page, form, options, most):
    contents = [encoded(with_alpha(smooth(60, 70)), form, **options) for _ in range(5)]
    assert largest_difference(page, contents) <= most


def test_a_phones_photograph_is_read_in_strips(page):
    content = encoded(smooth(4000, 3000), "JPEG", quality=80, exif=turned(6))
    assert largest_difference(page, [content]) == 0


def test_too_many_pixels_are_refused(page):
    [found] = read(page, [encoded(Image.new("L", (9000, 8000)), "PNG")])
    assert found == ("!it has 9,000 x 8,000 pixels, more than 50,000,000. Make it smaller first.")
