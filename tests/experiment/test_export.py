import json
from dataclasses import replace

import keras
import numpy as np
import onnxruntime
import pytest
from tests.conftest import some_kilobytes
from typer.testing import CliRunner

import tenfold
from tenfold.cli import app
from tenfold.core.errors import ModelError, TenfoldError
from tenfold.core.images import Dataset, Provenance
from tenfold.deploy import formats
from tenfold.deploy.document import read_document
from tenfold.experiment import export as exporting
from tenfold.learn.parts import Parts
from tenfold.learn.predict import probabilities
from tenfold.runs.looks import count_looks

SETTINGS = {
    "epochs": 1,
    "widths": [16],
    "batch_size": 32,
    "local": [{"units": 4, "window": 3}, {"units": 4, "window": 2, "stride": 2}],
}


def quiet(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def data():
    """Noise of the shape of CIFAR-10."""
    train, test = some_kilobytes(60), some_kilobytes(300)
    test = replace(test, images=255 - test.images[:])
    return Dataset("made", train, test, Provenance("arrays", "made for a test"))


@pytest.fixture(scope="module")
def run(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "made"
    return tenfold.run("standard", data=data, seed=0, out=out, overrides=SETTINGS, say=quiet)


def test_an_onnx_export_agrees_with_the_run_on_all_its_test_images(run, data):
    lines: list[str] = []
    answer = tenfold.export(run, "onnx", data=data, say=lines.append)
    path = run.folder / "exports" / "model.onnx"
    assert answer["file"] == str(path)
    assert answer["n_images_checked"] == 300
    assert answer["largest_difference"] < 1e-5
    assert answer["size_bytes"] == path.stat().st_size
    weights = 4 * Parts.of(run.model).network.count_params()
    assert answer["size_to_weights"] == answer["size_bytes"] / weights
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    images = data.test.images[:]
    [found] = session.run(["probabilities"], {"images": images})
    np.testing.assert_allclose(found, probabilities(run.model, images), atol=1e-5)
    beside = json.loads((path.parent / "model.onnx.json").read_text())
    assert beside["latency_ms"] > 0
    assert beside["images_per_s"] > 0
    assert any("largest difference" in line for line in lines)


def test_an_export_says_what_a_program_must_know(run, data):
    answer = tenfold.export(run, "onnx", data=data, say=quiet)
    document = read_document(run.folder / "exports" / "model.onnx")
    n_right = round(run.evaluation.accuracy * 300)
    assert (document.classes, document.shape, document.mode) == (
        ("a", "b", "c"),
        (32, 32, 3),
        "RGB",
    )
    assert document.temperature == run.record.temperature
    assert document.n_views == Parts.of(run.model).n_views > 1
    assert document.accuracy["n"] == 300
    assert document.accuracy["accuracy"] == n_right / 300
    assert document.run_sha256 == run.folder.manifest()["model.keras"]
    assert document.recipe["name"] == "standard"
    assert document.to_dict() == json.loads(json.dumps(answer["tenfold"])) | {
        "classes": document.classes,
        "shape": document.shape,
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("to", "name"),
    [("keras", "model.keras"), ("litert", "model.tflite"), ("savedmodel", "model-savedmodel")],
)
def test_other_formats_agree_too(run, data, to, name):
    for _ in range(1 if to == "keras" else 2):  # The second replaces the first.
        answer = tenfold.export(run, to, data=data, say=quiet)
    assert answer["largest_difference"] < 1e-5
    assert (run.folder / "exports" / name).exists()
    assert read_document(run.folder / "exports" / name).classes == ("a", "b", "c")
    assert not [*(run.folder / "exports").glob(".*")]


def test_a_single_look_is_exported_under_its_own_name_and_its_cost_is_measured(run, data):
    lines: list[str] = []
    answer = tenfold.export(run, "onnx", views=1, data=data, say=lines.append)
    assert answer["file"].endswith("model-1-view.onnx")
    assert answer["tenfold"]["n_views"] == 1
    cost = answer["one_view"]
    assert cost["n"] == len(run.splits.validation)
    assert any("A single look instead of all views" in line for line in lines)


def test_eight_bit_numbers_are_smaller_and_say_what_they_cost(run, data, monkeypatch):
    monkeypatch.setattr(exporting, "N_CALIBRATION", 20)
    float32 = tenfold.export(run, "onnx", data=data, say=quiet)
    answer = tenfold.export(run, "onnx", int8=True, views=1, data=data, say=quiet)
    document = read_document(run.folder / "exports" / "model-1-view-int8.onnx")
    assert answer["size_bytes"] < 0.5 * float32["size_bytes"]
    assert document.int8 is not None
    names = document.int8["calibration_images"]
    fitted = {f"train/{each}" for each in run.splits.train.tolist()}
    assert len(names) == 20
    assert set(names) <= fitted
    assert document.int8["cost"]["n"] == len(run.splits.validation)
    assert document.int8["cost"]["images"] == "validation"


@pytest.mark.slow
def test_litert_takes_eight_bit_numbers_too(run, data, monkeypatch):
    monkeypatch.setattr(exporting, "N_CALIBRATION", 20)
    answer = tenfold.export(run, "litert", int8=True, views=1, data=data, say=quiet)
    assert answer["size_to_weights"] < 0.6


def test_dense_layers_are_larger_and_agree(run, data):
    answer = tenfold.export(run, "onnx", dense=True, views=1, data=data, say=quiet)
    assert answer["size_to_weights"] > 2
    assert answer["largest_difference"] < 1e-5


def test_an_export_that_disagrees_is_not_kept(run, data, tmp_path, monkeypatch):
    def other(parts, path, document):
        layer = parts.network.layers[-1]
        layer.kernel.assign(layer.kernel * 1.001)
        write(parts, path, document)
        layer.kernel.assign(layer.kernel / 1.001)

    form = formats.find_format("onnx")
    write = form.write
    monkeypatch.setattr(formats, "FORMATS", (replace(form, write=other),))
    with pytest.raises(ModelError, match="disagrees with the run on 300 test images.*Nothing was"):
        tenfold.export(run, "onnx", out=tmp_path / "m.onnx", data=data, say=quiet)
    assert [*tmp_path.iterdir()] == []


def test_each_export_is_a_look_at_the_test_images(run, data, tmp_path):
    before = count_looks(run.folder / "test-looks.jsonl")
    tenfold.export(run, "onnx", out=tmp_path / "m.onnx", data=data, say=quiet)
    assert count_looks(run.folder / "test-looks.jsonl") == before + 1


def test_a_file_that_exists_is_not_overwritten(run, tmp_path):
    (tmp_path / "m.onnx").write_text("mine")
    with pytest.raises(TenfoldError, match="exists, and Tenfold never overwrites"):
        tenfold.export(run, "onnx", out=tmp_path / "m.onnx")
    assert (tmp_path / "m.onnx").read_text() == "mine"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"to": "pmml"}, "one of keras, onnx, litert, savedmodel; received 'pmml'"),
        ({"to": "keras", "int8": True}, "`int8` is for onnx and litert; received keras"),
        ({"to": "onnx", "views": 3}, "Expected `views` to be 1.*received 3"),
        ({"to": "onnx", "out": "m.keras"}, "to end with '.onnx'; received m.keras"),
        ({"to": "savedmodel", "out": "m.pb"}, "a new folder without an ending; received m.pb"),
    ],
)
def test_refuses_what_no_format_offers(run, options, words):
    with pytest.raises(TenfoldError, match=words):
        tenfold.export(run, **options)


@pytest.mark.slow
def test_the_command_exports_digits_and_answers_in_json(tmp_path):
    out = tmp_path / "digits"
    overrides = {"epochs": 1, "widths": [16]}
    tenfold.run("classic", data="digits", out=out, overrides=overrides, say=quiet)
    done = CliRunner().invoke(app, ["export", str(out), "--to", "onnx", "--json"])
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert answer["tenfold"]["shape"] == [8, 8, 1]
    assert answer["n_other_class"] == 0
    assert (out / "exports" / "model.onnx.json").is_file()


def own(shape, n_classes):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(shape, dtype="uint8"),
            layers.Rescaling(1 / 255),
            layers.Flatten(),
            layers.Dense(8, activation="relu"),
            layers.Dense(n_classes, activation="softmax"),
        ]
    )


def test_a_network_of_ones_own_is_exported(data, tmp_path):
    out = tmp_path / "own"
    run = tenfold.run(
        "classic", data=data, network=own, out=out, overrides={"epochs": 1}, say=quiet
    )
    assert tenfold.export(run, "onnx", data=data, say=quiet)["largest_difference"] < 1e-5
