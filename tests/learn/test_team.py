"""Workers that share a fit end where one process ends, and stop, save and continue as one.

The workers are threads of one process, connected by sockets.
"""

import socket
import threading
from functools import cache

import keras
import numpy as np
import pytest
from tests.conftest import bright_and_dark
from tests.learn.callbacks.test_checkpoint import (
    CLASSIC,
    FAST,
    STEPS,
    KillAfter,
    Killed,
    bits,
    without_seconds,
)

from tenfold.cluster.exchange import Sockets
from tenfold.core.history import FitRecord
from tenfold.core.recipe import Recipe
from tenfold.learn.compile import compile_model
from tenfold.learn.define import define
from tenfold.learn.divided_muon import divided
from tenfold.learn.fit import fit
from tenfold.learn.team import Team
from tenfold.runs.checkpoint import Checkpoint, Checkpoints

N = 51
SHARED = FAST.with_overrides({"epochs": 2})
ADAM = CLASSIC.with_overrides({"input_dropout": 0, "epochs": 2})
TOLERANCE = 1e-5
"""Sums over workers are rounded differently; in float32 this leaves differences below this."""


def one_of(
    team: Team | None,
    recipe: Recipe,
    files: Checkpoints | None = None,
    checkpoint: Checkpoint | None = None,
    callbacks: tuple[keras.callbacks.Callback, ...] = (),
) -> tuple[keras.Model, FitRecord]:
    """Fit alone, or as one of a team."""
    train, validation = bright_and_dark(N, seed=1), bright_and_dark(21, seed=2)
    model = define(recipe.network, (4, 4, 1), 2, seed=0)
    compile_model(model, recipe, n_images=N, team=team)
    record = fit(
        model,
        train,
        validation,
        recipe,
        seed=0,
        team=team,
        callbacks=callbacks,
        checkpoints=files,
        checkpoint=checkpoint,
    )
    return model, record


def together(
    recipe: Recipe, files: Checkpoints | None = None, kill_after: int | None = None
) -> list[tuple[keras.Model, FitRecord]]:
    """Fit on two workers; with `kill_after`, worker 0 is killed after so many steps."""
    checkpoint = files.latest(lambda _: None) if files else None
    found: list[tuple[keras.Model, FitRecord] | BaseException] = [RuntimeError()] * 2

    def work(rank: int, own: socket.socket) -> None:
        sockets = Sockets(rank, [None, own] if rank == 0 else [own, None])
        killed = (KillAfter(kill_after),) if kill_after and rank == 0 else ()
        team = Team(sockets, n_images=N, batch_size=recipe.batch_size)
        try:
            found[rank] = one_of(team, recipe, None if rank else files, checkpoint, killed)
        except BaseException as error:
            found[rank] = error
        finally:
            sockets.close()

    threads = [threading.Thread(target=work, args=each) for each in enumerate(socket.socketpair())]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    failed = [each for each in found if isinstance(each, BaseException)]
    if failed:
        raise failed[0]
    return [each for each in found if not isinstance(each, BaseException)]


@cache
def undisturbed(recipe: Recipe) -> list[tuple[keras.Model, FitRecord]]:
    return together(recipe)


def figures(record: FitRecord) -> np.ndarray:
    """Loss and accuracy of each epoch, in the fit and in validation."""
    each = [(e.loss, e.accuracy, e.validation_loss, e.validation_accuracy) for e in record.epochs]
    return np.array(each, float)


@pytest.mark.parametrize("recipe", [SHARED, ADAM], ids=["Muon, dropout, mixup, CutMix", "Adam"])
def test_two_workers_agree_with_one(recipe):
    alone, record = one_of(None, recipe)
    (first, shared), (second, _) = undisturbed(recipe)
    for one, two in zip(alone.get_weights(), first.get_weights(), strict=True):
        np.testing.assert_allclose(two, one, rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(figures(shared), figures(record), rtol=0, atol=TOLERANCE)
    assert [w.tobytes() for w in second.get_weights()] == [w.tobytes() for w in first.get_weights()]


def test_each_worker_keeps_the_momenta_of_its_own_matrices_alone():
    _, (second, _) = undisturbed(SHARED)
    optimizer = second.optimizer
    kernels = [n for n, v in enumerate(second.trainable_variables) if optimizer.is_kernel(v)]
    assert len(optimizer.ranges) == len(kernels) == 2
    owned = [ranges[1] for ranges in optimizer.ranges]
    assert sorted(end - begin for begin, end in owned) == [0, 1]  # One of two matrices.
    for number, (begin, end) in zip(kernels, owned, strict=True):
        moment = keras.ops.convert_to_numpy(optimizer.moments[number][0])
        assert moment[begin:end].any() == (begin < end)
        assert not np.delete(moment, np.s_[begin:end], axis=0).any()


@pytest.mark.slow
def test_a_fit_cut_within_an_epoch_ends_with_the_bits_of_an_undisturbed_one(tmp_path):
    (whole, record), _ = undisturbed(SHARED)
    files = Checkpoints(tmp_path / "checkpoints", 0.0)
    with pytest.raises(Killed):
        together(SHARED, files, kill_after=STEPS + 3)
    (resumed, again), _ = together(SHARED, files)
    assert bits(resumed)[: len(whole.variables)] == bits(whole)[: len(whole.variables)]
    assert without_seconds(again) == without_seconds(record)


@pytest.mark.parametrize(
    ("kernels", "ranges"),
    [
        ([(4, 1.0)], [((0, 2), (2, 4))]),
        ([(1, 1.0)], [((0, 1), (1, 1))]),
        ([(3, 2.0), (1, 3.0)], [((0, 1), (1, 3)), ((0, 1), (1, 1))]),
    ],
    ids=["halves", "fewer matrices than workers", "the dearest first"],
)
def test_matrices_are_divided_by_their_cost(kernels, ranges):
    assert divided(kernels, 2) == ranges
