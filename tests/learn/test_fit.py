import os
import signal
import time

import keras
import numpy as np
import pytest

from tenfold.core.errors import TenfoldError
from tenfold.core.history import Epoch
from tenfold.core.networks import ClassicNetwork
from tenfold.core.optimizers import AdamSettings
from tenfold.core.recipe import Recipe
from tenfold.learn.compile import compile_model
from tenfold.learn.define import define
from tenfold.learn.fit import fit
from tenfold.learn.predict import accuracy, predict

RECIPE = Recipe(
    name="tiny",
    summary="for tests",
    network=ClassicNetwork(widths=(8,), input_dropout=0.1),
    batch_size=10,
    epochs=12,
    optimizer=AdamSettings(learning_rate=0.01),
)


def compiled(recipe: Recipe = RECIPE) -> keras.Model:
    model = define(recipe.network, (4, 4, 1), 2, seed=0)
    compile_model(model, recipe, n_images=60)
    return model


class At(keras.callbacks.Callback):
    """Do something at the end of one epoch (from 1)."""

    def __init__(self, epoch, action):
        super().__init__()
        self.epoch, self.action = epoch, action

    def on_epoch_end(self, epoch, logs=None):  # noqa: ARG002
        if epoch + 1 == self.epoch:
            self.action(self.model)


def test_learns_what_is_easy(train, validation):
    model = compiled()
    told: list[Epoch] = []
    record = fit(model, train, validation, RECIPE, seed=0, listen=told.append)
    assert accuracy(model, validation) == 1.0
    assert [epoch.epoch for epoch in record.epochs] == list(range(1, 13))
    assert tuple(told) == record.epochs
    assert record.epochs[-1].loss < record.epochs[0].loss
    assert record.n_parameters == 16 * 8 + 8 + 8 * 2 + 2
    assert (record.best_epoch, record.stopped_early, record.interrupted_by) == (12, False, None)


def test_tensorflow_traces_a_step_once(train, validation):
    model = compiled()
    step, traced = model.train_step, []

    def counted(data):
        traced.append(data)
        return step(data)

    model.train_step = counted
    fit(model, train, validation, RECIPE, seed=0)
    assert len(traced) == 1


def test_without_validation_images_every_epoch_runs_unless_it_is_to_stop_early(train, validation):
    none = validation.take(np.arange(0))
    record = fit(compiled(), train, none, RECIPE, seed=0)
    assert len(record.epochs) == record.best_epoch == 12
    assert {epoch.validation_loss for epoch in record.epochs} == {None}
    with pytest.raises(ValueError, match="Expected validation images"):
        fit(compiled(), train, none, RECIPE.with_overrides({"patience": 2}), seed=0)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(train, validation):
    weights = []
    for seed in (0, 0, 1):
        model = compiled()
        fit(model, train, validation, RECIPE, seed=seed)
        weights.append(model.get_weights()[0])
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])


def test_stops_early_and_brings_back_the_weights_of_the_best_epoch(train, validation):
    recipe = RECIPE.with_overrides({"patience": 2, "epochs": 50})
    kept = {}

    def keep(model):
        kept["weights"] = model.get_weights()

    def spoil(model):
        model.set_weights([-10 * weight for weight in model.get_weights()])

    model = compiled(recipe)
    model.optimizer.learning_rate = 0.001
    record = fit(model, train, validation, recipe, seed=0, callbacks=[At(3, keep), At(3, spoil)])
    assert (record.best_epoch, record.stopped_early, len(record.epochs)) == (3, True, 5)
    losses = np.array([epoch.validation_loss for epoch in record.epochs], dtype=np.float64)
    assert losses.argmin() == 2
    for weight, best in zip(model.get_weights(), kept["weights"], strict=True):
        assert np.array_equal(weight, best)


@pytest.mark.parametrize("position", [0, -1])
def test_numbers_that_are_lost_end_the_fit_with_the_last_good_weights(position, train, validation):
    def poison(model):
        weights = model.get_weights()
        weights[position] = np.full_like(weights[position], np.nan)
        model.set_weights(weights)

    model = compiled()
    record = fit(model, train, validation, RECIPE, seed=0, callbacks=[At(2, poison)])
    assert (record.diverged_at, record.best_epoch, len(record.epochs)) == (3, 2, 3)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


@pytest.mark.parametrize("batch_size", [5, 25, 100])
def test_every_epoch_takes_exactly_its_steps(batch_size, train, validation):
    recipe = RECIPE.with_overrides({"batch_size": batch_size, "epochs": 3})
    model = compiled(recipe)
    fit(model, train, validation, recipe, seed=0)
    assert int(model.optimizer.iterations) == 3 * -(-60 // batch_size)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_ends_the_fit_in_order_and_gives_the_handlers_back(name, train, validation):
    number = getattr(signal, name)
    before = signal.getsignal(number)
    send = At(2, lambda _: os.kill(os.getpid(), number))
    record = fit(compiled(), train, validation, RECIPE, seed=0, callbacks=[send])
    assert record.interrupted_by == name
    assert len(record.epochs) == 3
    assert signal.getsignal(number) is before


@pytest.fixture
def _python_handles_ctrl_c():
    """Python does not do so if the tests run in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_python_handles_ctrl_c")
def test_a_second_ctrl_c_is_not_held_back(train, validation):
    def twice(_):
        before = signal.getsignal(signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        while signal.getsignal(signal.SIGINT) is before:  # Two signals at once would count as one.
            time.sleep(0.001)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1)  # The second signal ends the fit at once.

    with pytest.raises(KeyboardInterrupt):
        fit(compiled(), train, validation, RECIPE, seed=0, callbacks=[At(1, twice)])


def test_says_that_tensorboard_is_missing(monkeypatch, tmp_path, train, validation):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(TenfoldError, match="needs the package tensorboard"):
        fit(compiled(), train, validation, RECIPE, seed=0, tensorboard=tmp_path)


def test_predictions_keep_names_and_truth_and_each_row_sums_to_one(validation):
    names = tuple(f"image {i}" for i in range(len(validation)))
    predictions = predict(compiled(), validation, names)
    assert predictions.names == names
    assert predictions.truth.tolist() == validation.labels.tolist()
    np.testing.assert_allclose(predictions.probabilities.sum(axis=1), 1, rtol=1e-5)
