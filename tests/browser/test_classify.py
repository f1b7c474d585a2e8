"""The page on which one classifies pictures, in Chromium: from the disk and from a web server."""

import base64
import functools
import http.server
import io
import threading
from typing import Any

import numpy as np
import pytest
from PIL import Image

import tenfold
from tenfold.deploy.document import open_onnx, read_document
from tenfold.deploy.page.render import MODEL, RUNTIME, Sureness, page_html
from tenfold.measure.occlusion import occlusion

pytestmark = pytest.mark.browser

WAYS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 740}, "has_touch": True},
}
DROP = """([files, kind]) => {
    const carried = new DataTransfer();
    for (const [name, text] of files) {
        carried.items.add(new File([Uint8Array.fromBase64(text)], name));
    }
    const options = { bubbles: true, dataTransfer: carried, clipboardData: carried };
    const Made = kind === "paste" ? ClipboardEvent : DragEvent;
    document.querySelector("main").dispatchEvent(new Made(kind, options));
}"""


@pytest.fixture(scope="session")
def export(page_file, tmp_path_factory):
    """The run, the folder of its page, and the ONNX model."""
    run, _ = page_file
    out = tmp_path_factory.mktemp("pages") / "page"
    index = tenfold.page(run, out=out, say=lambda _: None)
    return run, index.parent, run.folder / "exports/model.onnx"


@pytest.fixture(scope="session")
def addresses(export):
    """The address of the page on the disk, and on a web server."""
    folder = export[1]

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words):
            pass

    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/index.html"
        yield {"disk": (folder / "index.html").as_uri(), "server": address}
        server.shutdown()


@pytest.fixture
def opened(open_address, addresses):
    """Open the page; a request to anything but its own scripts fails the test."""

    def open_page(where="disk", **options):
        beside = (RUNTIME, MODEL)
        page = open_address(addresses[where], beside=beside, **options)
        page.wait_for_selector("body.ready")
        return page

    return open_page


@pytest.fixture(scope="session")
def digits():
    return tenfold.gather("digits", say=lambda _: None).test.images[:]


def png(image):
    content = io.BytesIO()
    Image.fromarray(image.squeeze()).save(content, "PNG")
    return content.getvalue()


def give(page, kind, **files):
    """Drop or paste files."""
    given = [[name, base64.b64encode(content).decode()] for name, content in files.items()]
    page.evaluate(DROP, [given, kind])


def answers(page, n):
    """The words of `n` cards, when all are finished, the first file first."""
    page.wait_for_selector(".answer")
    page.wait_for_selector(".answer[aria-busy]", state="detached")
    cards = page.locator(".answer .verdict")
    for i in range(n):
        cards.nth(i).locator("strong").or_(page.locator(".failed .verdict").nth(0)).first.wait_for()
    assert cards.count() == n
    return cards.all_inner_texts()


@pytest.mark.parametrize("kind", ["drop", "paste"])
@pytest.mark.parametrize("where", ["disk", "server"])
def test_classifies_a_picture_as_the_run_does(opened, export, digits, where, kind):
    page = opened(where)
    give(page, kind, one=png(digits[7]))
    predictions = export[0].predictions
    label, sure = predictions.predicted[7], predictions.confidence[7]
    [words] = answers(page, 1)
    assert words == f"{label} {100 * sure:.1f} %"
    assert page.inner_text(".spoken").startswith(f"one: {label}, {100 * sure:.1f} %.")
    shown = page.locator(".answer tbody tr:not([hidden])").all_inner_texts()
    best = np.argsort(-predictions.probabilities[7], kind="stable")[:5]
    assert [each.split()[0] for each in shown] == [str(each) for each in best]


def test_all_test_images_get_the_probabilities_of_the_run(opened, export, digits):
    page = opened()
    found = page.evaluate(
        "async (text) => [...await predictor.predict(Uint8Array.fromBase64(text))]",
        base64.b64encode(digits.tobytes()).decode(),
    )
    expected = export[0].predictions.probabilities
    assert np.abs(np.reshape(found, expected.shape) - expected).max() < 1e-5


def test_several_pictures_and_a_wrong_file(opened, digits):
    page = opened()
    give(page, "drop", a=png(digits[0]), b=b"only words", c=png(digits[1]))
    words = answers(page, 3)
    assert words[1] == (
        "Cannot read b: it is not a picture. Expected PNG, JPEG, WebP, GIF, BMP or AVIF."
    )
    assert page.locator(".answer h2").all_inner_texts() == ["a", "b", "c"]
    assert page.locator(".failed").count() == 1
    page.click(".answer >> nth=1 >> .remove")
    assert page.locator(".answer h2").all_inner_texts() == ["a", "c"]
    page.click(".clear")
    assert page.locator(".answer").count() == 0


def test_says_what_to_do_where_no_picture_is_pasted(opened):
    page = opened()
    give(page, "paste")
    assert page.inner_text(".spoken").endswith("Copy a picture first, then paste it here.")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "damaged"),
        (b"II*\0" + bytes(40), "TIFF, which this browser cannot read"),
        (b"\xff\xd8\xff" + bytes(40), "damaged"),
        (b"", "it is not a picture"),
    ],
)
def test_says_why_a_file_cannot_be_read(opened, content, words):
    page = opened()
    give(page, "drop", wrong=content)
    assert words in answers(page, 1)[0]


def chooser(page):
    """Open the chooser of files by keyboard; a busy Chromium may ignore a key."""
    from playwright.sync_api import TimeoutError as IgnoredError

    for _ in range(4):
        try:
            with page.expect_file_chooser(timeout=3000) as chosen:
                page.keyboard.press("Enter")
        except IgnoredError:
            continue
        return chosen.value
    raise AssertionError("no chooser of files opened")


def test_works_by_keyboard_alone(opened, digits):
    page = opened()
    page.keyboard.press("Tab")  # The link to the report.
    page.keyboard.press("Tab")
    chosen = chooser(page)
    file = {"name": "one.png", "mimeType": "image/png", "buffer": png(digits[0])}
    chosen.set_files([file, file])
    answers(page, 2)
    for _ in range(2 if page.locator(".camera:visible").count() else 1):
        page.keyboard.press("Tab")
    focused = "document.activeElement.getAttribute('aria-label')"
    assert page.evaluate(focused) == "Remove one.png"
    page.keyboard.press("Enter")
    assert page.locator(".answer").count() == 1
    assert page.evaluate("document.activeElement.type") == "file"


@pytest.mark.parametrize("way", WAYS)
def test_axe_finds_nothing_serious_and_nothing_is_too_wide(opened, digits, way):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    ).Axe()
    page = opened(**WAYS[way])
    give(page, "drop", a=png(digits[0]), b=b"only words")
    answers(page, 2)
    page.wait_for_selector("figure.done")
    found = axe.run(page).response["violations"]
    assert [e["id"] for e in found if e["impact"] in ("serious", "critical")] == []
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    camera = page.locator("input[capture]")
    assert camera.get_attribute("accept") == "image/*"
    assert page.locator(".camera").is_visible() == (way == "phone")


def test_what_mattered_is_what_the_report_would_say(opened, export, digits):
    image = digits[3]
    session = open_onnx(export[2])

    def predict(images):
        return session.run(["probabilities"], {"images": images})[0]

    label = int(predict(image[None])[0].argmax())
    expected = occlusion(predict, image, label, patch_px=2, stride_px=1)
    page = opened()
    found = page.evaluate(
        """async ([text, label]) => {
            const pixels = Uint8Array.fromBase64(text);
            const whole = await predictor.predict(pixels);
            return [...(await occlusion(pixels, label, whole[label])).drops];
        }""",
        [base64.b64encode(image.tobytes()).decode(), label],
    )
    np.testing.assert_allclose(np.reshape(found, expected.shape), expected, atol=1e-5)


def test_warns_of_a_picture_unlike_the_training_images(opened, export, digits):
    document = read_document(export[2])
    noise = np.random.default_rng(0).integers(0, 256, (8, 8, 1), np.uint8)
    images = np.stack([*digits[:20], noise])
    session = open_onnx(export[2])
    [features] = session.run(["features"], {"images": images})
    assert document.familiarity is not None
    expected = document.familiarity.unfamiliarity(images, features)
    page = opened()
    found = page.evaluate(
        """([images, features, n]) => {
            const pixels = Uint8Array.fromBase64(images);
            return features.map((each, i) => unfamiliarity(pixels.subarray(i * n, i * n + n),
                Float32Array.from(each), model));
        }""",
        [base64.b64encode(images.tobytes()).decode(), features.tolist(), noise.size],
    )
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert expected[-1] > 1
    give(page, "drop", noise=png(noise))
    answers(page, 1)
    assert "unlike the images" in page.inner_text(".warning")
    assert "unlike the images" in page.inner_text(".spoken")
    assert page.locator(".answer > .muted").count() == 0  # Validation says nothing about it.


def test_says_how_sure_such_answers_were(opened, export, digits):
    page = opened()
    give(page, "drop", one=png(digits[7]))
    answers(page, 1)
    sure = export[0].predictions.confidence[7]
    bins = export[0].metrics["validation"]["calibration"]["bins"]
    near = min(bins, key=lambda each: abs(each["confidence"] - sure))
    words = page.inner_text(".answer > .muted >> nth=0")
    assert words.startswith(f"Of the {near['n']} validation images")
    assert f"{100 * near['accuracy']:.0f} % were classified correctly" in words


def test_promises_nothing_where_no_validation_image_was_so_confident(opened):
    page = opened()
    [words] = page.evaluate(
        """() => {
            model.sureness.bins = model.sureness.bins.filter((each) => each.confidence > 0.5);
            return howSure(0.3);
        }"""
    )
    assert words.startswith("Hardly any validation image was answered with about this confidence")


def test_says_which_files_are_missing(browser, export, tmp_path):
    index = (export[1] / "index.html").read_text(encoding="utf-8")
    (tmp_path / "index.html").write_text(index, encoding="utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "index.html").as_uri())
    page.locator(".spoken", has_text="Copy the whole folder").wait_for(state="attached")
    page.close()


def test_the_same_page_asks_a_server(browser, export, digits):
    document = read_document(export[2])
    html = page_html(document, Sureness(), predictor="server")
    probabilities = {name: 0.91 if name == "4" else 0.01 for name in document.classes}
    asked = []

    def answer(route):
        asked.append(route.request)
        n = 1 if "octet" in route.request.headers["content-type"] else 8
        found = {"probabilities": probabilities, "unfamiliar": True}
        route.fulfill(json={"predictions": [found] * n})

    page = browser.new_page()
    given = {"body": html, "content_type": "text/html"}
    page.route("http://tenfold.test/", lambda route: route.fulfill(**given))
    page.route("http://tenfold.test/v1/predict", answer)
    page.goto("http://tenfold.test/#token=secret")
    give(page, "drop", one=png(digits[0]))
    assert answers(page, 1) == ["4 91.0 %"]
    assert page.is_visible(".warning")
    assert asked[0].post_data_buffer == png(digits[0])
    assert asked[0].headers["authorization"] == "Bearer secret"
    page.wait_for_selector("figure.done")
    covered = asked[1].post_data_json["images"]
    with Image.open(io.BytesIO(base64.b64decode(covered[0]))) as first:
        assert np.abs(np.asarray(first) - digits[0, :, :, 0].astype(int))[2:, 2:].max() == 0
    page.close()
