import keras
import numpy as np
import pytest

from tenfold.core.images import ImageSet
from tenfold.core.networks import LocalLayer, LocalNetwork
from tenfold.core.optimizers import AdamSettings, MuonSettings
from tenfold.core.recipe import Recipe
from tenfold.learn.batches import steps_per_epoch, training_batches
from tenfold.learn.compile import compile_model, steps_per_execution
from tenfold.learn.define import define
from tenfold.learn.predict import accuracy
from tenfold.learn.storage import load_model, save_model

RECIPE = Recipe(
    name="tiny",
    summary="for tests",
    network=LocalNetwork(
        grid=2, local=(LocalLayer(units=4, window=2),), widths=(8,), normalise=True, dropout=0.1
    ),
    batch_size=20,
    epochs=4,
    optimizer=MuonSettings(learning_rate=0.05, adam_ratio=0.2, weight_decay=0.3, warm_up=0.25),
    label_smoothing=0.1,
    flip=True,
)


def compiled(recipe: Recipe = RECIPE, precision: str = "float32") -> keras.Model:
    model = define(recipe.network, (4, 4, 1), 2, seed=0, precision=precision)
    compile_model(model, recipe, n_images=60, precision=precision)
    return model


def fit(
    model: keras.Model, train: ImageSet, *callbacks: keras.callbacks.Callback, first_epoch: int = 0
) -> keras.callbacks.History:
    """Keras's own `fit`, as a user may call it."""
    batches = training_batches(
        train, batch_size=20, seed=0, shift_px=1, flip=True, first_step=first_epoch * 3
    )
    return model.fit(
        batches,
        steps_per_epoch=steps_per_epoch(len(train), 20),
        initial_epoch=first_epoch,
        epochs=4,
        shuffle=False,
        callbacks=list(callbacks),
        verbose=0,
    )


class SaveAfter(keras.callbacks.Callback):
    """A user's callback: write the model after one epoch (from 1)."""

    def __init__(self, epoch, path):
        super().__init__()
        self.epoch, self.path, self.seen = epoch, path, []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(logs["accuracy"])
        if epoch + 1 == self.epoch:
            save_model(self.model, self.path)


def same_weights(one: keras.Model, other: keras.Model) -> bool:
    pairs = zip(one.get_weights(), other.get_weights(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def test_keras_own_fit_learns_what_is_easy_and_a_saved_model_goes_on_bit_for_bit(
    train, validation, tmp_path
):
    model, save = compiled(), SaveAfter(2, tmp_path / "model.keras")
    history = fit(model, train, save)
    assert history.history["accuracy"] == save.seen
    assert len(save.seen) == 4
    assert history.history["loss"][-1] < history.history["loss"][0]
    assert accuracy(model, validation) == 1.0
    again = load_model(save.path, trust=True)
    assert not same_weights(again, model)
    fit(again, train, first_epoch=2)
    assert same_weights(again, model)
    assert int(again.optimizer.iterations) == 12


def test_the_same_seed_gives_the_same_weights_in_bfloat16_too(train):
    first, second = compiled(precision="bfloat16"), compiled(precision="bfloat16")
    began_with = first.get_weights()
    fit(first, train)
    fit(second, train)
    assert same_weights(first, second)
    for before, after in zip(began_with, first.get_weights(), strict=True):
        assert np.isfinite(after).all()
        assert not np.array_equal(before, after)  # Every weight changed.


def test_the_recipe_decides_muon_its_schedule_and_the_loss():
    model = compiled()
    settings = model.optimizer.get_config()
    assert (settings["adam_ratio"], settings["decay"]) == (0.2, 0.3)
    assert settings["compute_dtype"] == "float32"
    schedule = settings["learning_rate"]["config"]
    assert schedule == {"peak": 0.05, "n_steps": 12, "warm_up": 0.25}
    assert model.loss.smoothing == 0.1


def test_adam_keeps_a_constant_rate():
    adam = RECIPE.model_copy(update={"optimizer": AdamSettings(learning_rate=0.05)})
    optimizer = compiled(adam).optimizer
    assert isinstance(optimizer, keras.optimizers.Adam)
    assert float(optimizer.learning_rate) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("n_steps", "expected"), [(1, 1), (6, 6), (16, 8), (17, 1), (45, 15), (88, 11)]
)
def test_executions_are_as_long_as_they_may_be_and_divide_the_epoch(n_steps, expected):
    assert steps_per_execution(n_steps) == expected
