"""A network sees the same pixels of a picture in training, in `predict` and in the service."""

import asyncio
import io

import httpx
import numpy as np
import pytest
from PIL import Image
from tests.made_exports import write_mirror
from tests.made_pictures import SIDE_PX, TURNS, made_pictures, stored

import tenfold
from tenfold.core.rendering import Rendering
from tenfold.data.as_trained import bring
from tenfold.deploy.classifier import Classifier
from tenfold.deploy.service.app import Service, make_app
from tenfold.deploy.service.limits import Limits

MADE = made_pictures()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of all pictures, with a class for each mode."""
    root = tmp_path_factory.mktemp("pictures")
    for each in MADE:
        (root / each.name).parent.mkdir(exist_ok=True)
        (root / each.name).write_bytes(each.content)
    return root


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    return write_mirror(tmp_path_factory.mktemp("export") / "model.onnx", SIDE_PX)


def pixels(probabilities):
    """The images that a mirror was shown."""
    numbers = np.array([[each[f"number {i}"] for i in range(len(each))] for each in probabilities])
    return np.rint(255 * numbers).astype(np.uint8).reshape(-1, SIDE_PX, SIDE_PX, 3)


def check(found):
    """See that each picture's pixels are the known ones."""
    pairs = zip(MADE, found, strict=True)
    assert [each.name for each, image in pairs if (image != each.upright).any()] == []


def test_another_orientation_would_be_another_picture():
    for each in MADE:
        assert len({stored(each.upright, turn).tobytes() for turn in TURNS}) == len(TURNS)
    assert len({each.content for each in MADE}) == len(MADE) == 19 * 8 + 1


def test_a_folder_that_is_gathered_for_training(folder):
    data = tenfold.gather(folder, side_px=SIDE_PX, say=lambda _: None)
    found = {
        name: image
        for part in (data.train, data.test)
        for name, image in zip(part.files, part.images[:], strict=True)
    }
    assert data.provenance.rendering == Rendering(SIDE_PX)
    check([found[each.name] for each in MADE])


def test_files_for_the_command_predict(folder):
    files = [folder / each.name for each in MADE]
    check(bring(files, (SIDE_PX, SIDE_PX, 3), Rendering(SIDE_PX)).images)


def test_paths_bytes_and_open_pictures_for_a_loaded_export(folder, export):
    model = tenfold.load(export)
    for images in (
        [folder / each.name for each in MADE],
        [each.content for each in MADE],
        [Image.open(io.BytesIO(each.content)) for each in MADE],
    ):
        check(pixels([each.probabilities for each in model.predict(images)]))


def test_uploads_to_the_service(export):
    files = [("image", (each.name, each.content)) for each in MADE]

    async def answered():
        service = Service(Classifier.open(export), Limits(images=len(MADE)))
        transport = httpx.ASGITransport(make_app(service))
        async with (
            service.running(),
            httpx.AsyncClient(transport=transport, base_url="http://here") as client,
        ):
            return await client.post("/v1/predict", files=files)

    found = asyncio.run(answered()).json()["predictions"]
    assert [each["name"] for each in found] == [each.name for each in MADE]
    check(pixels([each["probabilities"] for each in found]))
