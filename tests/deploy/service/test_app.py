import asyncio
import base64
import io
import json
from contextlib import asynccontextmanager

import httpx
import numpy as np
import pytest
from PIL import Image
from tests.made_exports import usual, write_export

from tenfold.core.errors import ImageError
from tenfold.deploy.classifier import Classifier, as_image
from tenfold.deploy.service import batches
from tenfold.deploy.service.app import Service, make_app
from tenfold.deploy.service.limits import Limits


def png(colour):
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(stream, "PNG")
    return stream.getvalue()


RED, BLUE = png((255, 0, 0)), png((0, 0, 255))
IMAGE = {"Content-Type": "image/png"}


class Here:
    """Decodes in this very process, as soon as the gate is open."""

    n_replaced = 0

    def __init__(self, document):
        self.document, self.gate = document, asyncio.Event()
        self.gate.set()

    async def start(self):
        pass

    async def end(self):
        pass

    async def decode(self, content):
        await self.gate.wait()
        try:
            return as_image("x", content, self.document.shape, self.document.rendering)
        except ImageError as reason:
            raise ImageError(str(reason).removeprefix("x: ")) from None


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    return Classifier.open(write_export(folder / "model.onnx", familiarity=usual()))


@asynccontextmanager
async def client(classifier, *, token=None, **limits):
    service = Service(classifier, Limits(**limits), token)
    service.decoders = Here(classifier.document)  # type: ignore[assignment]
    transport = httpx.ASGITransport(make_app(service))
    async with (
        service.running(),
        httpx.AsyncClient(transport=transport, base_url="http://here") as asking,
    ):
        asking.service = service  # type: ignore[attr-defined]
        yield asking


def ask(classifier, *requests, **options):
    """Send requests, one after another, and return the responses."""

    async def asked():
        async with client(classifier, **options) as asking:
            return [await asking.request(**each) for each in requests]

    return asyncio.run(asked())


def post(**options):
    return {"method": "POST", "url": "/v1/predict", **options}


def get(url, **options):
    return {"method": "GET", "url": url, **options}


def labels(response):
    assert response.status_code == 200, response.text
    return [each["label"] for each in response.json()["predictions"]]


def test_one_image_or_several_come_raw_in_forms_and_in_json(classifier):
    text = [base64.b64encode(each).decode() for each in (RED, BLUE)]
    found = ask(
        classifier,
        post(content=RED, headers=IMAGE),
        post(files=[("image", ("a.png", RED)), ("image", ("b.png", BLUE))]),
        post(json={"images": text}),
        post(json={"image": f"data:image/png;base64,{text[1]}"}),
    )
    assert [labels(each) for each in found] == [
        ["red"],
        ["red", "blue"],
        ["red", "blue"],
        ["blue"],
    ]
    assert [each["name"] for each in found[1].json()["predictions"]] == ["a.png", "b.png"]


def test_an_answer_holds_what_the_library_answers(classifier):
    [found] = ask(classifier, post(content=RED, headers=IMAGE, params={"top": 2}))
    [prediction], [answer] = found.json()["predictions"], classifier.predict(RED)
    assert prediction["probabilities"] == dict(answer.top(2))
    assert prediction["probability"] == answer.probability
    assert prediction["unfamiliarity"] == answer.unfamiliarity > 1
    assert prediction["unfamiliar"] is True


@pytest.mark.parametrize(
    ("request_", "status", "sentence"),
    [
        (post(), 415, "received 'none'"),
        (post(content=b"x", headers={"Content-Type": "text/plain"}), 415, "'text/plain'"),
        (post(content=b"", headers=IMAGE), 400, "the body is empty"),
        (post(content=b"{", headers={"Content-Type": "application/json"}), 400, "is not JSON"),
        (post(json={"images": []}), 400, "one image or more"),
        (post(json={"images": [7]}), 422, "Expected JSON such as"),
        (post(json=[RED.hex()]), 422, "Expected JSON such as"),
        (post(json={"images": ["?"]}), 422, "image 1: not base64"),
        (post(content=b"no", headers=IMAGE), 422, "image 1: not a readable PNG, JPEG"),
        (post(files=[("image", RED), ("image", b"no")]), 422, "1 of 2 images cannot be read"),
        (post(files=[("image", RED)] * 4), 413, "at most 3 images"),
        (post(json={"images": ["YQ=="] * 4}), 413, "received 4"),
        (post(content=b"x" * 1_000_001, headers=IMAGE), 413, "at most 1 MB"),
        (post(content=RED, headers=IMAGE, params={"top": 0}), 422, "'top'"),
        (
            post(content=b"x", headers={"Content-Type": "multipart/form-data; boundary=b"}),
            400,
            "not multipart/form-data",
        ),
        (get("/v1/predict"), 405, "GET is not for /v1/predict"),
        (get("/nothing"), 404, "There is nothing at /nothing"),
    ],
)
def test_a_refusal_has_its_status_and_one_sentence(classifier, request_, status, sentence):
    [found] = ask(classifier, request_, images=3, body_mb=1)
    assert found.status_code == status
    assert sentence in found.json()["detail"]


def test_a_body_without_a_length_is_cut_off_at_the_limit(classifier):
    async def endless():
        for _ in range(20):
            yield b"x" * 100_000

    [found] = ask(classifier, post(content=endless(), headers=IMAGE), body_mb=1)
    assert found.status_code == 413


def test_only_the_page_and_the_probes_are_open_without_the_token(classifier):
    secret = {"Authorization": "Bearer secret"}
    found = ask(
        classifier,
        *(get(url) for url in ("/", "/healthz", "/readyz", "/metrics", "/v1/model")),
        post(content=RED, headers=IMAGE),
        post(content=RED, headers={**IMAGE, "Authorization": "Bearer other"}),
        post(content=RED, headers={**IMAGE, **secret}),
        token="secret",
    )
    assert [each.status_code for each in found] == [200, 200, 200, 401, 401, 401, 401, 200]
    assert "received none" in found[5].json()["detail"]
    assert found[5].headers["WWW-Authenticate"] == "Bearer"


def test_too_many_requests_at_once_are_refused_and_the_others_answered(classifier):
    async def crowd():
        async with client(classifier, requests=2) as asking:
            asking.service.decoders.gate.clear()
            asked = [asyncio.create_task(asking.request(**post(content=RED, headers=IMAGE)))
                     for _ in range(5)]  # fmt: skip
            while sum(each.done() for each in asked) < 3:
                await asyncio.sleep(0)
            asking.service.decoders.gate.set()
            return [await each for each in asked]

    found = asyncio.run(crowd())
    assert sorted(each.status_code for each in found) == [200, 200, 429, 429, 429]
    assert all(each.headers["Retry-After"] for each in found if each.status_code == 429)


def test_a_request_that_takes_too_long_is_given_up(classifier):
    async def slow():
        async with client(classifier, seconds=0.05) as asking:
            asking.service.decoders.gate.clear()
            return await asking.request(**post(content=RED, headers=IMAGE))

    found = asyncio.run(slow())
    assert (found.status_code, "more than 0.05 s" in found.text) == (503, True)


def test_images_that_wait_are_predicted_together(classifier):
    async def together():
        async with client(classifier) as asking:
            many = [asking.request(**post(content=RED, headers=IMAGE)) for _ in range(20)]
            return await asyncio.gather(*many), asking.service.batches.n_batches

    found, n_batches = asyncio.run(together())
    assert [labels(each) for each in found] == [["red"]] * 20
    assert n_batches < 20


def test_a_batch_waits_for_images_that_are_being_decoded(classifier, monkeypatch):
    monkeypatch.setattr(batches, "PATIENCE_S", 30.0)

    async def one_by_one():
        async with client(classifier, batch=6) as asking:
            one = asyncio.Lock()
            decode = asking.service.decoders.decode

            async def slowly(content):
                async with one:
                    await asyncio.sleep(0.002)
                    return await decode(content)

            asking.service.decoders.decode = slowly
            many = [asking.request(**post(content=RED, headers=IMAGE)) for _ in range(12)]
            await asyncio.gather(*many)
            alone = await asking.request(**post(content=BLUE, headers=IMAGE))  # Waits for nobody.
            return labels(alone), asking.service.batches.n_batches

    assert asyncio.run(one_by_one()) == (["blue"], 3)


def test_a_service_that_stops_is_not_ready_and_closes_its_connections(classifier):
    async def stopping():
        async with client(classifier) as asking:
            asking.service.stopping = True
            return [await asking.request(**each) for each in (
                get("/healthz"), get("/readyz"), post(content=RED, headers=IMAGE))]  # fmt: skip

    healthy, ready, answered = asyncio.run(stopping())
    assert [each.status_code for each in (healthy, ready, answered)] == [200, 503, 200]
    assert answered.headers["Connection"] == "close"


def test_the_counters_add_up(classifier):
    *_, found = ask(
        classifier,
        post(content=RED, headers=IMAGE),
        post(files=[("image", RED), ("image", BLUE)]),
        post(content=b"no", headers=IMAGE),
        get("/healthz"),
        get("/metrics"),
    )
    lines = dict(line.rsplit(" ", 1) for line in found.text.splitlines() if line[0] != "#")
    assert lines['tenfold_requests_total{status="200"}'] == "2"
    assert lines['tenfold_requests_total{status="422"}'] == "1"
    assert lines["tenfold_images_total"] == "3"
    assert lines["tenfold_requests_now"] == "0"
    assert lines['tenfold_request_seconds_bucket{le="+Inf"}'] == "3"
    assert lines["tenfold_request_seconds_count"] == "3"


def test_the_model_and_the_interface_are_described(classifier):
    model, interface, page = ask(classifier, get("/v1/model"), get("/openapi.json"), get("/"))
    assert model.json()["classes"] == ["red", "green", "blue"]
    assert model.json()["limits"]["images"] == 64
    body = interface.json()["paths"]["/v1/predict"]["post"]["requestBody"]["content"]
    assert set(body) == {
        "image/*", "application/octet-stream", "multipart/form-data", "application/json"
    }  # fmt: skip
    assert "http" not in json.dumps(interface.json())
    assert "v1/predict" in page.text
    assert "red, green and blue" in page.text


def test_a_grey_array_shape_has_its_own_decoder_answer(classifier):
    [found] = ask(classifier, post(content=b"P5 1 1 255\n\xff", headers=IMAGE))
    assert labels(found) == [classifier.predict(np.full((1, 1), 255, np.uint8))[0].label]
