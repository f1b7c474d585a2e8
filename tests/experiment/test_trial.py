"""One fit of a search goes on where its worker was killed, and decides as before."""

import numpy as np
import pytest
from tests.made_searches import recipe

from tenfold.core.splits import Splits
from tenfold.experiment import trial as trials
from tenfold.experiment.trial import EPOCHS, RESULT, Rungs, Shared, fit_trial
from tenfold.experiment.tune_folder import result_of
from tenfold.runs.folder import Folder


class KilledError(BaseException):
    """Stands for a worker's end."""


@pytest.fixture
def shared(train):
    return Shared(train, {0: Splits(np.arange(40), np.arange(40, 60))})


def job(path, **more):
    changed = recipe().with_overrides({"epochs": 5, "batch_size": 10, "widths": [4]})
    asked = {
        "folder": str(path), "number": 2, "settings": {"epochs": 5}, "seed": 0, "rungs": [2, 4],
        "recipe": changed.model_dump(mode="json"), "earlier": [],
    }  # fmt: skip
    return {**asked, **more}


def cut_after(epoch, shared, asked, monkeypatch):
    heard = Rungs.__call__

    def listen(self, each):
        heard(self, each)
        if each.epoch == epoch:
            raise KilledError

    with monkeypatch.context() as patched, pytest.raises(KilledError):
        patched.setattr(Rungs, "__call__", listen)
        fit_trial(shared, asked)


def whole_and_cut(shared, path, monkeypatch, *, rest_s):
    """Fit in `whole`, and in `cut` until the worker is killed after epoch 3."""
    monkeypatch.setattr(trials, "goes_on", lambda *_: True)
    monkeypatch.setattr(trials, "REST_S", rest_s)
    fit_trial(shared, job(path / "whole"))
    cut_after(3, shared, job(path / "cut"), monkeypatch)


def ended(path):
    found = result_of(path)
    assert found is not None
    return found


def figures(found):
    return {**found.to_dict(), "fit_s": 0}


def test_a_killed_fit_goes_on_from_its_checkpoint_and_ends_as_if_nothing_had_happened(
    shared, tmp_path, monkeypatch
):
    whole_and_cut(shared, tmp_path, monkeypatch, rest_s=0.0)
    assert result_of(tmp_path / "cut") is None
    fitted_again = []
    heard = Rungs.__call__

    def listen(self, each):
        fitted_again.append(each.epoch)
        heard(self, each)

    monkeypatch.setattr(Rungs, "__call__", listen)
    fit_trial(shared, job(tmp_path / "cut"))
    assert fitted_again == [3, 4, 5]
    whole, cut = ended(tmp_path / "whole"), ended(tmp_path / "cut")
    assert figures(cut) == figures(whole)
    assert (whole.number, whole.state, whole.n_epochs) == (2, "finished", 5)
    assert set(whole.rungs) == {2, 4}
    assert not list((tmp_path / "cut" / "checkpoints").glob("*.ckpt"))


def test_a_fit_is_stopped_at_a_rung_and_stays_stopped(shared, tmp_path, monkeypatch):
    asked = []

    def goes_on(earlier, own, at):
        asked.append((earlier, dict(own), at))
        return max(own) < 4

    monkeypatch.setattr(trials, "goes_on", goes_on)
    earlier = [[[2, 0.5]]]
    fit_trial(shared, job(tmp_path / "whole", earlier=earlier))
    found = ended(tmp_path / "whole")
    assert (found.state, found.accuracy, found.n_epochs) == ("stopped", None, 4)
    assert [sorted(own) for _, own, _ in asked] == [[2], [2, 4]]
    assert asked[0][0] == [{2: 0.5}]
    # Killed after the figures of the last rung were kept, before the decision.
    with monkeypatch.context() as patched:
        patched.setattr(trials, "goes_on", lambda *_: True)
        cut_after(4, shared, job(tmp_path / "cut", earlier=earlier), monkeypatch)
    n_asked = len(asked)
    fit_trial(shared, job(tmp_path / "cut", earlier=earlier))
    assert figures(ended(tmp_path / "cut")) == figures(found)
    assert len(asked) == n_asked + 2  # Both decisions again, and no epoch.


def test_short_epochs_are_kept_at_rungs_only_and_a_killed_fit_ends_the_same(
    shared, tmp_path, monkeypatch
):
    whole_and_cut(shared, tmp_path, monkeypatch, rest_s=1_000.0)
    kept = Folder(tmp_path / "cut").read_json(EPOCHS)["epochs"]
    assert [each["epoch"] for each in kept] == [1, 2]
    assert not list((tmp_path / "cut").rglob("*.ckpt"))
    fit_trial(shared, job(tmp_path / "cut"))
    assert figures(ended(tmp_path / "cut")) == figures(ended(tmp_path / "whole"))


def test_a_fit_that_diverges_has_failed(shared, tmp_path):
    wild = job(tmp_path / "wild", rungs=[])
    wild["recipe"]["optimizer"]["learning_rate"] = 1e38
    fit_trial(shared, wild)
    found = ended(tmp_path / "wild")
    assert (found.state, found.accuracy) == ("failed", None)
    assert "diverged in epoch" in found.reason


def test_a_result_that_is_there_is_kept(shared, tmp_path):
    Folder(tmp_path).write_json(RESULT, {"kept": 1})
    fit_trial(shared, job(tmp_path))
    assert Folder(tmp_path).read_json(RESULT) == {"kept": 1}
    assert not (tmp_path / EPOCHS).exists()
