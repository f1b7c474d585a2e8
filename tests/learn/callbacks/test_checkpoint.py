"""A fit that is interrupted at any step and resumed ends with the same bits as a whole fit."""

from dataclasses import replace
from functools import cache

import keras
import numpy as np
import pytest
from tests.conftest import bright_and_dark

from tenfold.core.errors import RunFolderError, TenfoldError
from tenfold.core.history import FitRecord
from tenfold.core.networks import (
    ClassicNetwork,
    FullyConnectedNetwork,
    LocalLayer,
    LocalNetwork,
)
from tenfold.core.optimizers import AdamSettings, MuonSettings
from tenfold.core.recipe import Recipe
from tenfold.learn.callbacks.checkpoint import SaveCheckpoints
from tenfold.learn.callbacks.stateful import StatefulCallback
from tenfold.learn.compile import compile_model
from tenfold.learn.define import define
from tenfold.learn.fit import fit
from tenfold.runs.checkpoint import Checkpoint, Checkpoints

N = 51
STEPS = 17  # A prime number: every step is a separate execution, and may be the last.

CLASSIC = Recipe(
    name="tiny-classic",
    summary="Adam, dropout, early stopping",
    network=ClassicNetwork(widths=(8,), input_dropout=0.2),
    batch_size=3,
    epochs=6,
    optimizer=AdamSettings(learning_rate=0.02),
    patience=2,
)
FAST = Recipe(
    name="tiny-fast",
    summary="Muon, dropout, shifts, mixup, CutMix",
    network=LocalNetwork(grid=2, local=(LocalLayer(units=4, window=2),), widths=(8,), dropout=0.2),
    batch_size=3,
    epochs=4,
    optimizer=MuonSettings(learning_rate=0.02),
    label_smoothing=0.1,
    shift=0.25,
    flip=True,
    mixup=0.5,
    cutmix=0.5,
)
COMPONENTS = Recipe(
    name="tiny-components",
    summary="Muon on principal components",
    network=FullyConnectedNetwork(widths=(8,), components=5),
    batch_size=3,
    epochs=4,
    optimizer=MuonSettings(learning_rate=0.02),
)


class Killed(BaseException):
    """No code catches this exception, as no code catches SIGKILL."""


class KillAfter(keras.callbacks.Callback):
    """Die after one step of this call of `fit`, before the step's checkpoint or after it."""

    def __init__(self, step):
        super().__init__()
        self.left = step

    def on_train_batch_end(self, batch, logs=None):  # noqa: ARG002
        self.left -= 1
        if not self.left:
            raise Killed


def fitted(recipe, train, validation, files=None, kill_after=None, precision="float32"):
    model = define(recipe.network, (4, 4, 1), 2, seed=0, precision=precision)
    compile_model(model, recipe, n_images=N, precision=precision)
    said: list[str] = []
    record = fit(
        model,
        train.take(np.arange(N)),
        validation,
        recipe,
        seed=0,
        callbacks=[KillAfter(kill_after)] if kill_after else [],
        checkpoints=files,
        checkpoint=files.latest(said.append) if files else None,
    )
    return model, record


@cache
def whole_fit(recipe, precision="float32"):
    """The model and the record of an uninterrupted fit with the fixtures."""
    return fitted(
        recipe, bright_and_dark(60, seed=1), bright_and_dark(20, seed=2), None, None, precision
    )


def newest(files, say):
    found = files.latest(say)
    assert found is not None
    return found


def bits(model: keras.Model) -> list[bytes]:
    variables = [*model.variables, *model.optimizer.variables]
    return [keras.ops.convert_to_numpy(variable).tobytes() for variable in variables]


def without_seconds(record: FitRecord) -> FitRecord:
    epochs = tuple(replace(epoch, wall_s=0.0) for epoch in record.epochs)
    return replace(record, epochs=epochs, wall_s=0.0)


@pytest.mark.parametrize(
    ("recipe", "every_s"),
    [
        pytest.param(FAST, 0.0, id="fast, every step"),
        pytest.param(CLASSIC, 1e9, id="classic, every epoch"),
        pytest.param(COMPONENTS, 0.0, id="components, every step"),
        pytest.param(FAST, 1e9, id="fast, every epoch", marks=pytest.mark.torture),
        pytest.param(CLASSIC, 0.0, id="classic, every step", marks=pytest.mark.torture),
    ],
)
def test_a_fit_cut_again_and_again_ends_with_the_same_bits(
    recipe, every_s, tmp_path, train, validation
):
    whole, record = whole_fit(recipe)
    files = Checkpoints(tmp_path / "checkpoints", every_s)
    for kill_after in (5, STEPS + 3, 2):
        with pytest.raises(Killed):
            fitted(recipe, train, validation, files, kill_after)
    resumed, again = fitted(recipe, train, validation, files)
    assert bits(resumed) == bits(whole)
    assert without_seconds(again) == without_seconds(record)
    assert len(list((tmp_path / "checkpoints").iterdir())) == 2


@pytest.mark.parametrize(
    "recipe",
    [FAST, pytest.param(CLASSIC, marks=pytest.mark.torture)],
    ids=lambda recipe: recipe.name,
)
def test_a_fit_from_the_disk_even_if_cut_ends_with_the_bits_of_one_from_memory(
    recipe, tmp_path, train, validation, on_disk, reads
):
    whole, record = whole_fit(recipe)
    files = Checkpoints(tmp_path / "checkpoints", 0.0)
    with pytest.raises(Killed):
        fitted(recipe, on_disk(train), on_disk(validation), files, STEPS + 3)
    resumed, again = fitted(recipe, on_disk(train), on_disk(validation), files)
    assert bits(resumed) == bits(whole)
    assert without_seconds(again) == without_seconds(record)
    assert max(reads) == len(validation)


def test_bfloat16_moments_come_back_too(tmp_path, train, validation):
    whole, _ = whole_fit(FAST, "bfloat16")
    files = Checkpoints(tmp_path / "checkpoints", 0.0)
    with pytest.raises(Killed):
        fitted(FAST, train, validation, files, 20, precision="bfloat16")
    kinds = {array.dtype.kind for array in newest(files, print).arrays}
    assert kinds <= set("fiu")  # NumPy reads the file without the dtype bfloat16.
    resumed, _ = fitted(FAST, train, validation, files, precision="bfloat16")
    assert bits(resumed) == bits(whole)


def test_a_fit_that_had_ended_is_not_fitted_again(tmp_path, train, validation):
    files = Checkpoints(tmp_path / "checkpoints")
    whole, record = fitted(CLASSIC, train, validation, files)
    resumed, again = fitted(CLASSIC, train, validation, files, kill_after=1)
    assert bits(resumed) == bits(whole)
    assert without_seconds(again) == without_seconds(record)


def test_short_epochs_end_without_a_checkpoint_where_they_may(tmp_path, train, validation):
    whole, _ = whole_fit(CLASSIC)
    files = Checkpoints(tmp_path / "checkpoints", rest_s=1_000.0)
    with pytest.raises(Killed):
        fitted(CLASSIC, train, validation, files, 2 * STEPS + 1)
    assert not list(tmp_path.rglob("*.ckpt"))
    resumed, _ = fitted(CLASSIC, train, validation, files)
    assert bits(resumed) == bits(whole)


def test_the_seconds_of_both_parts_are_added(tmp_path, train, validation):
    files = Checkpoints(tmp_path / "checkpoints", 0.0)
    with pytest.raises(Killed):
        fitted(CLASSIC, train, validation, files, 30)
    state = newest(files, print).state
    _, record = fitted(CLASSIC, train, validation, files)
    assert record.wall_s > state["earlier_s"] > 0
    assert record.epochs[1].wall_s > state["callbacks"]["EpochLog"]["epoch_s"] > 0


def test_a_damaged_checkpoint_is_told_and_the_one_before_it_used(tmp_path, train, validation):
    whole, _ = whole_fit(CLASSIC)
    files = Checkpoints(tmp_path / "checkpoints", 0.0)
    with pytest.raises(Killed):
        fitted(CLASSIC, train, validation, files, 25)
    last = max((tmp_path / "checkpoints").iterdir())
    content = bytearray(last.read_bytes())
    content[len(content) // 2] ^= 1
    last.write_bytes(content)
    said: list[str] = []
    assert newest(files, said.append).state["steps_done"] == int(last.stem) - 1
    assert "is damaged (its checksum does not match)" in said[0]
    resumed, _ = fitted(CLASSIC, train, validation, files)
    assert bits(resumed) == bits(whole)


def test_a_state_that_is_not_finite_is_never_saved(tmp_path, train, validation):
    class Poison(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):  # noqa: ARG002
            if batch == 8:
                weights = self.model.get_weights()
                self.model.set_weights([np.full_like(weight, np.nan) for weight in weights])

    files = Checkpoints(tmp_path / "checkpoints", 0.0)
    model = define(CLASSIC.network, (4, 4, 1), 2, seed=0)
    compile_model(model, CLASSIC, n_images=N)
    some = train.take(np.arange(N))
    record = fit(model, some, validation, CLASSIC, seed=0, callbacks=[Poison()], checkpoints=files)
    assert record.diverged_at == 1
    assert newest(files, print).state["steps_done"] == 8


def test_refuses_a_checkpoint_of_other_settings(tmp_path, train, validation):
    files = Checkpoints(tmp_path / "checkpoints")
    fitted(CLASSIC, train, validation, files)
    other = CLASSIC.with_overrides({"learning_rate": 0.5})
    with pytest.raises(RunFolderError, match=r"expected learning_rate 0.02; found 0.5"):
        fitted(other, train, validation, files)
    names = {path.name for path in (tmp_path / "checkpoints").iterdir()}
    assert len(names) == 2


def test_a_checkpoint_of_another_version_is_refused_and_stays(tmp_path, train, validation):
    files = Checkpoints(tmp_path / "checkpoints")
    state = {"settings": {}, "steps_done": 17, "keep": {}, "epochs": [], "sizes": {"model": 0}}
    files.save(17, Checkpoint(state, ()))
    with pytest.raises(RunFolderError, match="Another version of Tenfold wrote this checkpoint"):
        fitted(CLASSIC, train, validation, files)
    assert [path.suffix for path in files.folder.iterdir()] == [".ckpt"]


class Counter(StatefulCallback):
    """A user's own callback: counts steps, in JSON and in an array."""

    def __init__(self):
        super().__init__()
        self.n, self.array, self.wanted = 0, np.zeros(2, np.int32), True

    def on_train_batch_end(self, batch, logs=None):  # noqa: ARG002
        self.n += 1
        self.array = self.array + 1

    @property
    def state(self):
        return {"n": self.n}

    @property
    def arrays(self):
        return [self.array]

    def restore(self, state, arrays):
        self.n, [self.array] = state["n"], arrays

    @property
    def may_be_saved(self):
        return self.wanted


def saver(model, files, callback, settings):
    saving = SaveCheckpoints(files, settings=settings, n_steps=STEPS, callbacks=[callback])
    saving.set_model(model)
    return saving


def test_any_callback_with_a_state_is_remembered_and_may_say_no(tmp_path):
    files, before, after = Checkpoints(tmp_path / "checkpoints"), Counter(), Counter()
    model = define(CLASSIC.network, (4, 4, 1), 2, seed=0)
    compile_model(model, CLASSIC, n_images=N)
    model.optimizer.build(model.trainable_variables)
    saving = saver(model, files, before, {"seed": 0})
    before.on_train_batch_end(0)
    saving.save(within_epoch=False)
    kept = newest(files, print)
    before.on_train_batch_end(1)
    before.wanted, saving.steps_done = False, 2
    saving.save(within_epoch=False)
    assert newest(files, print).state == kept.state
    saver(model, files, after, {"seed": 0}).take_up(model, kept)
    assert (after.n, after.array.tolist()) == (1, [1, 1])


def test_no_memory_is_one_clear_error(monkeypatch, train, validation):
    import tensorflow as tf

    def no_memory(*_, **__):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    monkeypatch.setattr(keras.Model, "fit", no_memory)
    with pytest.raises(TenfoldError, match=r"not enough memory.*\{'batch_size': \.\.\.\}"):
        fitted(CLASSIC, train, validation)


def test_no_memory_to_predict_is_one_clear_error(monkeypatch, train):
    from tenfold.learn.predict import probabilities

    def no_memory(*_, **__):
        raise MemoryError

    model = keras.Sequential([keras.Input(train.shape), keras.layers.Flatten()])
    monkeypatch.setattr(keras.Model, "predict", no_memory)
    with pytest.raises(TenfoldError, match="not enough memory"):
        probabilities(model, train.images)
