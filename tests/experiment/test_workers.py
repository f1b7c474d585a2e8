"""What several workers cannot fit is refused before anything begins."""

import numpy as np
import pytest

from tenfold.core.errors import TenfoldError
from tenfold.experiment.run import train
from tenfold.experiment.workers import check_cluster, check_workers, fit_together
from tenfold.recipes import find_recipe
from tenfold.runs.checkpoint import Checkpoints
from tenfold.runs.request import Request


@pytest.mark.parametrize(
    ("name", "overrides", "refusal"),
    [
        ("classic", {}, r"masks of its dropout .*overrides=\{'input_dropout': 0\}"),
        ("standard", {"normalise": True}, "Batch normalisation needs whole batches"),
    ],
)
def test_refuses_a_network_with_parts_that_need_whole_batches(name, overrides, refusal):
    recipe = find_recipe(name).with_overrides(overrides)
    check_workers(Request(workers=1), recipe)
    with pytest.raises(TenfoldError, match=refusal):
        check_workers(Request(workers=2), recipe)


def test_the_advice_of_a_refusal_works():
    check_workers(Request(workers=2), find_recipe("classic").with_overrides({"input_dropout": 0}))
    check_workers(Request(workers=2), find_recipe("standard").with_overrides({"normalise": False}))


def test_refuses_a_network_of_the_users_own(tmp_path):
    with pytest.raises(TenfoldError, match="only one process can fit it"):
        train(data="digits", network=lambda *_: None, workers=2, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("n_workers", "cluster", "refusal"),
    [(1, "10.0.0.1:6379", "for a fit that several workers share"), (0, None, "1 or more")],
)
def test_refuses_workers_that_do_not_fit_the_cluster(n_workers, cluster, refusal):
    with pytest.raises(TenfoldError, match=refusal):
        check_cluster(Request(workers=n_workers, cluster=cluster))


@pytest.mark.parametrize(
    ("n_train", "n_validation", "overrides", "refusal"),
    [
        (60, 20, {"batch_size": 2}, "the smallest batch has 2"),
        (60, 2, {}, "a validation image; there are 2"),
    ],
)
def test_refuses_more_workers_than_there_are_images(
    train, validation, n_train, n_validation, overrides, refusal, tmp_path
):
    with pytest.raises(TenfoldError, match=refusal):
        fit_together(
            None,
            train.take(np.arange(n_train)),
            validation.take(np.arange(n_validation)),
            find_recipe("quick").with_overrides(overrides),
            seed=0,
            listen=lambda _: None,
            checkpoints=Checkpoints(tmp_path),
            n_workers=3,
        )
