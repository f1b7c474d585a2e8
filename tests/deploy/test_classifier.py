import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from tests.made_exports import usual, write_export

import tenfold
from tenfold.core.errors import ImageError, ModelError, TenfoldError
from tenfold.data.picture import read_picture

RED = Image.new("RGB", (30, 20), (255, 0, 0))


def png(image, **options):
    stream = io.BytesIO()
    image.save(stream, "PNG", **options)
    return stream.getvalue()


def some_noise(width, height):
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    return write_export(tmp_path_factory.mktemp("export") / "model.onnx", familiarity=usual())


@pytest.fixture(scope="module")
def model(export):
    return tenfold.load(export)


def test_one_image_of_any_kind_gets_the_same_answer(model, tmp_path):
    path = tmp_path / "red.png"
    path.write_bytes(png(RED))
    for image in (path, str(path), png(RED), RED, np.asarray(RED)):
        [answer] = model.predict(image)
        assert answer.label == "red"
        assert answer.probability == pytest.approx(np.exp(10) / (np.exp(10) + 2))
        assert list(answer.probabilities) == ["red", "green", "blue"]


def test_many_images_get_answers_in_their_order(model):
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    pictures = [Image.new("RGB", (9, 9), colour) for colour in colours]
    assert [each.label for each in model.predict(pictures)] == ["red", "green", "blue"]
    stack = np.stack([np.asarray(each) for each in pictures])
    assert [each.label for each in model.predict(stack)] == ["red", "green", "blue"]
    assert model.predict([]) == []


def test_the_most_probable_classes_come_first(model):
    [answer] = model.predict(Image.new("RGB", (4, 4), (100, 0, 200)))
    assert [name for name, _ in answer.top(2)] == ["blue", "red"]
    assert answer.top(1) == (("blue", answer.probability),)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "YCbCr", "F"])
def test_a_picture_is_decoded_as_training_decodes_its_file(model, mode):
    picture = some_noise(31, 17).convert("RGB" if mode != "F" else "L")
    picture = Image.new("I;16", (31, 17), 40_000) if mode == "I;16" else picture.convert(mode)
    if mode == "F":
        picture = picture.point(lambda value: value / 255)
    stream = io.BytesIO()
    picture.save(stream, "TIFF")
    expected = read_picture(stream.getvalue(), (4, 4, 3))
    [from_file], [from_array] = model.predict(stream.getvalue()), model.predict(expected)
    [from_picture] = model.predict(picture)
    assert from_file == from_array
    assert from_picture.probability == pytest.approx(from_array.probability, abs=0.02)


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_picture_is_turned_as_its_note_says(model, turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    picture = some_noise(12, 8)
    content = png(picture, exif=exif)
    assert model.predict(content) == model.predict(Image.open(io.BytesIO(content)))


def test_an_image_unlike_the_network_s_own_is_noticed(model):
    [flat] = model.predict(RED)
    assert flat.unfamiliar
    noise = np.random.default_rng(5).integers(0, 200, (4, 4, 3), dtype=np.uint8)
    noise[..., 0] |= 128
    [usual_one] = model.predict(noise)
    assert not usual_one.unfamiliar
    assert usual_one.unfamiliarity < 1 < flat.unfamiliarity


def test_an_export_without_figures_says_nothing_about_it(tmp_path):
    [answer] = tenfold.load(write_export(tmp_path / "model.onnx")).predict(RED)
    assert answer.unfamiliar is answer.unfamiliarity is None


@pytest.mark.parametrize(
    ("image", "sentence"),
    [
        (b"not an image", "image 1: not a readable PNG"),
        ("missing.png", "missing.png: .*No such file"),
        (np.zeros((4, 4, 3)), r"image 1: expected uint8 numbers.*received float64 of shape \(4, 4"),
        (np.zeros((4, 4, 7), np.uint8)[None], "received uint8"),
        ([RED, b"no"], "image 2: not a readable"),
    ],
)
def test_refuses_an_image_that_it_cannot_read(model, image, sentence):
    with pytest.raises(ImageError, match=sentence):
        model.predict(image)


def test_refuses_what_is_not_an_image_at_all(model):
    with pytest.raises(TenfoldError, match="received int"):
        model.predict(7)


def test_refuses_a_file_that_is_not_an_export(tmp_path):
    with pytest.raises(ModelError, match="which does not exist"):
        tenfold.load(tmp_path / "model.onnx")
    (tmp_path / "model.keras").write_bytes(b"")
    with pytest.raises(ModelError, match="Expected an ONNX export"):
        tenfold.load(tmp_path / "model.keras")


def test_an_export_needs_neither_tensorflow_nor_keras(export):
    program = (
        "import sys\n"
        "class Blocked:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('keras', 'tensorflow', 'sklearn', 'scipy', 'matplotlib',"
        " 'onnx'):\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Blocked())\n"
        "import numpy as np, tenfold\n"
        "image = np.full((9, 9, 3), (0, 9, 0), 'uint8')\n"
        f"[answer] = tenfold.load({str(export)!r}).predict(image)\n"
        "print(answer.label)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("green\n", "")
