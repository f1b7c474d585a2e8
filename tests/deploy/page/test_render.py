"""The page that classifies: what it holds, and what it may load."""

import gzip
import hashlib
import json
import re
from html import unescape
from importlib import resources

import pytest

from tenfold.core.errors import ModelError
from tenfold.deploy.document import Document
from tenfold.deploy.page.render import RUNTIME, Sureness, page_html, write_page

VENDOR = resources.files("tenfold.deploy.page").joinpath("vendor")
SHA256 = {
    "ort.wasm.bundle.min.mjs": "11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90",
    "ort-wasm-simd-threaded.wasm": (
        "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2"
    ),
}
"""Of the files of onnxruntime-web 1.30.0, as its package holds them."""
HOSTILE = "</script><script>alert(1)</script>"


def document(**changes):
    facts = {
        "tenfold": "0", "recipe": {"name": "quick"}, "data": "made", "classes": ("a", HOSTILE),
        "shape": (32, 32, 3), "mode": "RGB", "fit": "pad", "rendering": None, "temperature": None,
        "n_views": 1, "dense": False, "int8": None, "run_sha256": "", "date": "",
        "accuracy": {"n": 2000, "accuracy": 0.5, "interval_95": [0.25, 0.75]},
    }  # fmt: skip
    return Document(**{**facts, **changes})


def test_the_runtime_is_the_published_one():
    module = VENDOR.joinpath("ort.wasm.bundle.min.mjs").read_bytes()
    binary = gzip.decompress(VENDOR.joinpath("ort-wasm-simd-threaded.wasm.gz").read_bytes())
    found = [hashlib.sha256(each).hexdigest() for each in (module, binary)]
    assert found == list(SHA256.values())


@pytest.mark.parametrize("predictor", ["browser", "server"])
def test_the_policy_allows_no_other_place(predictor):
    page = page_html(document(), Sureness(), predictor=predictor)
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    rules = dict(each.strip().partition(" ")[::2] for each in unescape(policy).split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "blob: data:"
    assert rules.get("connect-src") == (None if predictor == "browser" else "'self'")
    scripts = rules["script-src"].split()[1:]
    assert scripts == (["'self'", "'wasm-unsafe-eval'"] if predictor == "browser" else [])
    assert not re.findall(r'(?:src|href)="(?!data:,")(?:[a-z]+:|//)', page)


def test_names_of_classes_stay_words():
    page = page_html(document(), Sureness(), predictor="browser")
    assert HOSTILE not in page
    [facts] = re.findall(r'id="facts">(.*?)</script>', page)
    assert json.loads(facts)["classes"] == ["a", HOSTILE]
    assert json.loads(facts)["fit"] == "pad"


def test_says_how_accurate_the_network_is_and_links_to_its_report():
    page = page_html(document(), Sureness(), predictor="browser", report="report.html")
    assert "50.00 % of 2,000 test images correctly (95 % interval 25.00 % to 75.00 %)" in page
    assert '<a href="report.html">' in page
    assert "<a " not in page_html(document(), Sureness(), predictor="browser")


def test_counts_many_classes():
    names = tuple(f"class {n}" for n in range(300))
    assert "among 300 classes" in page_html(
        document(classes=names), Sureness(), predictor="browser"
    )


def test_refuses_a_network_that_takes_no_pictures():
    odd = document(shape=(32, 32, 4), mode=None)
    with pytest.raises(ModelError, match="this one takes 4 channels"):
        page_html(odd, Sureness(), predictor="browser")


def test_takes_how_sure_answers_were_from_the_figures():
    bins = [{"n": 3, "confidence": 0.5, "accuracy": 0.4, "interval_95": [0.1, 0.8]}]
    held_out = {"calibration": {"bins": bins}}
    metrics = {"folds": held_out, "selective": {"threshold": 0.9, "risk": 0.05}}
    assert Sureness.of(metrics) == Sureness("folds", bins, {"confidence": 0.9, "risk": 0.05})
    assert Sureness.of({**metrics, "validation": held_out}).name == "validation"
    assert Sureness.of({"selective": None}) == Sureness()


def test_the_folder_holds_page_runtime_model_and_licences(tmp_path):
    model = tmp_path / "model.onnx"
    model.write_bytes(b"a model")
    write_page(tmp_path / "page", model, document(), Sureness(), report=None)
    names = {each.name for each in (tmp_path / "page").iterdir()}
    assert names == {"index.html", "runtime.js", "model.js", "licences.txt"}
    runtime = (tmp_path / "page" / RUNTIME).read_text(encoding="utf-8")
    assert '(location.origin==="null"?void 0:location.origin)' in runtime  # Firefox, from the disk.
    assert runtime.count("location.origin") == 2
    assert "import.meta" not in runtime
    assert "export{" not in runtime
    assert "MIT License" in (tmp_path / "page/licences.txt").read_text(encoding="utf-8")
