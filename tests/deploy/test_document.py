import json
from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from tests.made_exports import write_export

from tenfold.core.errors import ModelError
from tenfold.core.rendering import Rendering, Scale
from tenfold.deploy.document import KEY, Document, figures_path, open_onnx, read_document

DOCUMENT = Document(
    tenfold="0.2.0",
    recipe={"name": "quick"},
    data="made",
    classes=("cat", "größer", "犬"),
    shape=(8, 6, 3),
    mode="RGB",
    fit="pad",
    rendering=Rendering(8, "pad", Scale(eight_bits=1)),
    temperature=1.25,
    n_views=10,
    dense=False,
    int8=None,
    accuracy={"n": 4, "accuracy": 0.75, "interval_95": [0.3, 0.95], "images": "test"},
    run_sha256="ab" * 32,
    date="2026-01-02T03:04:05+00:00",
)


def write_onnx(path, metadata):
    """A model that gives its input back."""
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch"]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [x], [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata)
    onnx.save(model, path)
    return path


def test_an_onnx_model_gives_back_the_document_that_it_holds(tmp_path):
    path = write_onnx(tmp_path / "m.onnx", {KEY: DOCUMENT.to_json()})
    assert read_document(path) == DOCUMENT
    plain = replace(DOCUMENT, rendering=None, mode=None, temperature=None)
    write_onnx(path, {KEY: plain.to_json()})
    assert read_document(path) == plain


def test_other_exports_have_it_beside_them(tmp_path):
    path = tmp_path / "model.keras"
    figures_path(path).write_text(json.dumps({KEY: DOCUMENT.to_dict()}), encoding="utf-8")
    assert read_document(path) == DOCUMENT


def test_a_document_of_a_later_version_is_refused(tmp_path):
    later = json.dumps({**DOCUMENT.to_dict(), "format": 3})
    with pytest.raises(ModelError, match="of version 2 in the export; found 3. Export the run"):
        read_document(write_onnx(tmp_path / "m.onnx", {KEY: later}))


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({}, "not exported by Tenfold.*tenfold export RUN --to onnx"),
        ({KEY: "{"}, "is damaged"),
        ({KEY: json.dumps({"format": 2})}, "is damaged: 'rendering'"),
    ],
)
def test_an_onnx_model_of_another_kind_is_refused(tmp_path, metadata, words):
    with pytest.raises(ModelError, match=words):
        read_document(write_onnx(tmp_path / "m.onnx", metadata))


def test_a_file_that_is_missing_or_no_model_is_refused(tmp_path):
    with pytest.raises(ModelError, match="there is none"):
        read_document(tmp_path / "m.onnx")
    (tmp_path / "m.onnx").write_bytes(np.arange(50, dtype=np.uint8).tobytes())
    with pytest.raises(ModelError, match="is not an ONNX model"):
        read_document(tmp_path / "m.onnx")
    with pytest.raises(ModelError, match=r"model.keras.json, which describes model.keras"):
        read_document(tmp_path / "model.keras")


@pytest.mark.parametrize(("asked", "n_threads"), [(None, 3), (1, 1)])
def test_a_model_keeps_to_the_cores_that_it_may_use(tmp_path, monkeypatch, asked, n_threads):
    monkeypatch.setattr("tenfold.deploy.document.usable_cores", lambda: 3)
    session = open_onnx(write_export(tmp_path / "model.onnx"), n_threads=asked)
    options = session.get_session_options()
    assert options.intra_op_num_threads == n_threads
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"
