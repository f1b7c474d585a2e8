"""A convolutional network of the user's own takes every step that Tenfold's networks take."""

import keras
import numpy as np
import pytest
from keras import layers

import tenfold
from tenfold.data.digits import gather_digits
from tenfold.experiment.verify import differences
from tenfold.runs.folder import RunFolder

SMALL = {"epochs": 2, "batch_size": 200, "flip": True, "mixup": 0.2, "cutmix": 0.25}


def convolutional(shape, n_classes):
    images = keras.Input(shape, dtype="uint8")
    x = layers.Rescaling(1 / 255)(images)
    for features in (8, 16):
        x = layers.Conv2D(features, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU()(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Dropout(0.1)(layers.Flatten()(x))
    return keras.Model(images, layers.Dense(n_classes, activation="softmax")(x))


class Doubled(layers.Layer):
    """A layer of the user's own."""

    def call(self, x):
        return 2 * x


def with_own_layer(shape, n_classes):
    images = keras.Input(shape, dtype="uint8")
    x = layers.Flatten()(Doubled()(layers.Rescaling(1 / 255)(images)))
    return keras.Model(images, layers.Dense(n_classes, activation="softmax")(x))


def quiet(_: str) -> None:
    pass


class Killed(BaseException):
    """Stands for SIGKILL: no code catches this exception."""


def run(path, network=convolutional, **options):
    options = {"overrides": SMALL, **options}
    return tenfold.run("classic", data="digits", network=network, out=path, say=quiet, **options)


def killed(monkeypatch, path, **options):
    """Begin a run that dies at the end of its second epoch, as SIGKILL would end it."""

    def listen(*_):
        def die_in_the_second(epoch):
            if epoch.epoch == 2:
                raise Killed

        return die_in_the_second

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr("tenfold.experiment.run.EpochLines", listen)
        patched.setattr("tenfold.runs.folder.RunFolder.write_status", lambda *_: None)
        run(path, **options)
    RunFolder(path).write_status("running")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted run."""
    return run(tmp_path_factory.mktemp("whole") / "run")


def test_a_network_of_ones_own_is_fitted_saved_and_loaded_like_any_other(whole):
    again = tenfold.Run.open(whole.folder.path)
    assert again.recipe.network.kind == "own"
    assert again.recipe.network.function == "convolutional"
    [inside] = [each for each in again.model.layers if isinstance(each, keras.Model)]
    assert [type(each).__name__ for each in inside.layers].count("Conv2D") == 2
    images = gather_digits().test.images
    assert np.allclose(again.model.predict(images, verbose=0), whole.predictions.probabilities)
    expected = 9 * 8 + 9 * 8 * 16 + 2 * (8 + 16) + (2 * 2 * 16 + 1) * 10
    assert whole.record.n_parameters == expected
    assert "convolutional" in (whole.folder / "summary.txt").read_text()


def test_a_killed_run_is_resumed_to_the_same_bits(monkeypatch, tmp_path, whole):
    killed(monkeypatch, tmp_path / "cut")
    with pytest.raises(
        tenfold.TenfoldError, match=r"network of your own, convolutional.*network=convolutional"
    ):
        tenfold.resume(tmp_path / "cut", say=quiet)
    with pytest.raises(tenfold.TenfoldError, match="builds a different network from the one"):
        tenfold.resume(tmp_path / "cut", network=with_own_layer, say=quiet)
    told: list[str] = []
    done = tenfold.resume(tmp_path / "cut", network=convolutional, say=told.append)
    assert any("Continuing after step" in line for line in told)
    assert differences(whole.folder.path, tmp_path / "cut") == []
    tenfold.evaluate(done, say=quiet)


def test_layers_of_ones_own_ask_for_the_function_again(tmp_path):
    done = run(tmp_path / "run", with_own_layer, overrides={"epochs": 1})
    images = gather_digits().test.images[:50]
    with pytest.raises(
        tenfold.ModelError, match=r"Doubled.*Run.open\(path, network=with_own_layer"
    ):
        _ = tenfold.Run.open(tmp_path / "run").model
    model = tenfold.Run.open(tmp_path / "run", network=with_own_layer).model
    assert np.allclose(
        model.predict(images, verbose=0), done.predictions.probabilities[:50], atol=1e-6
    )


def build(*inside, dtype="uint8"):
    """A function that builds a network of some layers after the flattened image."""
    return lambda shape, _: keras.Sequential(
        [keras.Input(shape, dtype=dtype), layers.Rescaling(1 / 255), layers.Flatten(), *inside]
    )


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (lambda *_: "model", "to return a keras.Model; received str"),
        (build(layers.Dense(9, activation="softmax")), r"probabilities, \(None, 10\); it gives.*9"),
        (build(layers.Dense(10)), "Expected probabilities .* sum to 1 .*softmax"),
        (build(layers.Dense(10, activation="sigmoid")), "Expected probabilities .*sums of"),
        (build(layers.Dense(10, activation="softmax"), dtype="int8"), "to take images, uint8"),
        (
            lambda shape, n: convolutional((*shape[:2], 3), n),
            r"uint8 \(None, 8, 8, 1\); it takes uint8 \(None, 8, 8, 3\)",
        ),
    ],
)
def test_refuses_what_makes_no_probabilities_of_images(network, message, tmp_path):
    with pytest.raises(tenfold.ModelError, match=message):
        run(tmp_path / "run", network)


def test_settings_of_the_recipes_network_are_refused(tmp_path):
    with pytest.raises(tenfold.TenfoldError, match="this recipe's network is own"):
        run(tmp_path / "run", overrides={"widths": [3]})


def test_a_time_budget_is_refused(tmp_path):
    with pytest.raises(tenfold.TenfoldError, match="plans Tenfold's own networks"):
        run(tmp_path / "run", budget_s=60.0)
