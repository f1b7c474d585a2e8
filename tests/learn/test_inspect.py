import io
import json
import zipfile

import keras
import pytest

from tenfold.core.errors import ModelError
from tenfold.core.networks import ClassicNetwork
from tenfold.learn.compile import compile_model
from tenfold.learn.define import define
from tenfold.learn.inspect import inspect_model
from tenfold.learn.layers.views import with_views
from tenfold.learn.serialisable import OURS
from tenfold.learn.storage import load_model, save_model
from tenfold.recipes import NAMES, find_recipe
from tenfold.runs.files import sha256_of


@pytest.fixture
def path(tmp_path):
    """The file of a small network."""
    save_model(define(ClassicNetwork(widths=(3,)), (4, 4, 1), 2, seed=0), tmp_path / "model.keras")
    return tmp_path / "model.keras"


def rewrite(path, change=None, extra=None):
    """Pack a model file again, with its config changed, or with another member."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    if change:
        config = json.loads(members["config.json"])
        change(config)
        members["config.json"] = json.dumps(config).encode()
    members.update(extra or {})
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@pytest.mark.parametrize("name", NAMES)
def test_lets_in_what_every_recipe_writes(name, tmp_path):
    recipe = find_recipe(name)
    model = define(recipe.network, (8, 8, 1), 3, seed=0)
    compile_model(model, recipe, n_images=100)
    for number, each in enumerate([model, with_views(model, shift_px=1)]):
        save_model(each, tmp_path / f"{number}.keras")
        inspect_model(tmp_path / f"{number}.keras")


def test_refuses_a_lambda_layer_even_with_trust(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x + 1)])
    save_model(model, tmp_path / "model.keras")
    with pytest.raises(ModelError, match="holds 'Lambda' of 'keras.layers'.*may run code"):
        load_model(tmp_path / "model.keras", sha256_of(tmp_path / "model.keras"))
    with pytest.raises(ModelError, match="may run code"):
        load_model(tmp_path / "model.keras", trust=True)


@pytest.mark.parametrize(
    "hostile",
    [
        {"module": "builtins", "class_name": "function", "config": "exec", "registered_name": "f"},
        {"module": "os", "class_name": "system", "config": {}, "registered_name": None},
        {"module": "tenfold.learn.muon", "class_name": "Muon", "registered_name": "other>Muon"},
        {"module": "elsewhere", "class_name": "Muon", "registered_name": "tenfold>Muon"},
        {"module": "tenfold.learnt", "class_name": "Muon", "registered_name": "tenfold>Muon"},
        {"module": "tenfold.learn", "class_name": "Other", "registered_name": "tenfold>Other"},
        {"module": "keras.layers", "class_name": "TFSMLayer", "config": {}},
        {"module": "keras.layers", "class_name": "Dense", "registered_name": "mine>Dense"},
        {"class_name": "__lambda__", "config": {"value": ""}},
    ],
)
def test_refuses_whatever_is_not_on_its_lists_however_deep(path, hostile):
    rewrite(path, lambda config: config["config"]["layers"][1]["config"].update(activation=hostile))
    with pytest.raises(ModelError, match="which may run code"):
        load_model(path, trust=True)


def test_a_class_of_ours_may_have_stood_in_another_module(path):
    ours = {"module": "tenfold.learn.old", "class_name": "Muon", "registered_name": "tenfold>Muon"}
    rewrite(path, lambda config: config["config"]["layers"][1]["config"].update(activation=ours))
    inspect_model(path)


def test_knows_every_class_of_ours():
    assert {
        "BiasReLU", "ImageTiles", "LocallyConnected", "MeanOfViews", "MergeTiles", "Muon",
        "NormReLU", "PrincipalComponents", "Probabilities", "SmoothedCrossEntropy", "StepDropout",
        "Temperature", "Views", "WarmUpThenDown",
    } == OURS  # fmt: skip


def test_refuses_a_member_too_many(path):
    rewrite(path, extra={"assets/run.py": b"print()"})
    with pytest.raises(ModelError, match=r"Expected config.json, .*found .*run\.py"):
        inspect_model(path)


def test_refuses_a_bomb(path):
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content if name != "config.json" else b"[" + b" " * 5_000_000)
    with pytest.raises(ModelError, match=r"config\.json in .* would take 5,000,001 bytes"):
        inspect_model(path)


def test_a_config_without_end_is_a_clear_error(path):
    packed = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(packed) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["config.json"] = b"[" * 200_000
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(ModelError, match="Cannot load the model"):
        inspect_model(path)


def test_a_file_that_is_not_the_manifests_needs_trust(path):
    with pytest.raises(ModelError, match=r"lists no model, the file has .*with `trust`"):
        load_model(path)
    with pytest.raises(
        ModelError, match=r"lists the SHA-256 12ab, the file has .*predict with `trust`"
    ):
        load_model(path, "12ab")
    assert load_model(path, sha256_of(path)).count_params() == 16 * 3 + 3 + 3 * 2 + 2
    assert load_model(path, trust=True).count_params() == 59


def test_a_damaged_or_encrypted_member_is_a_clear_error(path):
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        at = archive.getinfo("config.json").header_offset + 30 + len("config.json")
    packed = path.read_bytes()
    damaged = packed[:at] + b"\xff" * 20 + packed[at + 20 :]
    first = packed.index(b"PK\x01\x02")
    encrypted = bytearray(packed)
    while first >= 0:  # A flag in the central directory says that a member is encrypted.
        encrypted[first + 8] |= 1
        first = packed.find(b"PK\x01\x02", first + 1)
    for content in (damaged, bytes(encrypted)):
        path.write_bytes(content)
        with pytest.raises(ModelError, match="Cannot load the model"):
            inspect_model(path)


def test_a_class_that_is_no_name_is_a_clear_error(path):
    rewrite(path, lambda config: config.update(module="keras", class_name=[]))
    with pytest.raises(ModelError, match="Cannot load the model"):
        inspect_model(path)
