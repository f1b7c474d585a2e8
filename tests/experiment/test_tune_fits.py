"""The order of the fits of a search: the same search, whichever of them ends first."""

import heapq
from typing import Any

import numpy as np
import pytest
from tests.made_searches import SPACE, recipe

from tenfold.cluster.trials import END, WAIT
from tenfold.core.data_request import DataRequest
from tenfold.core.errors import RunFolderError
from tenfold.experiment.trial import RESULT
from tenfold.experiment.tune_fits import Fits
from tenfold.experiment.tune_folder import SETTINGS, Search, opened
from tenfold.measure.tuning import Trial
from tenfold.runs.folder import Folder

pytest.importorskip("optuna", reason="Optuna is not installed")


def made(n_trials=16, **more):
    return Search(
        images=DataRequest("digits"), digests={"train": "a"}, data_name="digits", recipe=recipe(),
        space=SPACE, n_trials=n_trials,
        **{"seed": 3, "again": 2, "at_once": 4, "cores_per_trial": 1, "budget_s": None,
           "rungs": (1, 3), **more},
    )  # fmt: skip


def quiet(_):
    pass


def job_of(fits):
    job = fits.next_job()
    assert isinstance(job, dict)
    return job


def fitted(job):
    """The result of a made fit, which depends on nothing but the job."""
    rate, widths = job["recipe"]["optimizer"]["learning_rate"], job["recipe"]["network"]["widths"]
    accuracy = round(0.9 - abs(np.log10(rate) + 2) / 5 + 0.01 * len(widths) - job["seed"] / 1e3, 9)
    # Something that depends on the trials that this one knows, as halving does.
    known = sum(value for each in job["earlier"] for _, value in each)
    stopped = job["rungs"] and known > 0.5 and accuracy < 0.05 + known / len(job["earlier"])
    if stopped:
        return Trial(job["number"], job["settings"], "stopped", None, {1: accuracy}, 1, 1.0)
    return Trial(job["number"], job["settings"], "finished", accuracy, {1: accuracy}, 9, 9.0)


def search(path, asked, *, n_workers, random, most=10**9):
    """Fit with so many workers, each of which takes a random time; stop after `most` fits."""
    path.mkdir(exist_ok=True)
    fits, n_done = Fits(Folder(path), asked, quiet), 0
    running: list[tuple[float, int, int, dict[str, Any]]] = []
    while n_done < most:
        job = None
        if len(running) < n_workers:
            job = fits.next_job()
            if isinstance(job, dict):
                began = running[0][0] if running else 0.0
                heapq.heappush(running, (began + random.exponential(), len(running), id(job), job))
                continue
        if not running:
            assert job == END, "it waits for nothing"
            return fits.found()
        *_, job = heapq.heappop(running)
        folder = Folder(path / job["folder"])
        folder.path.mkdir(parents=True, exist_ok=True)
        folder.write_json(RESULT, fitted(job).to_dict())
        fits.ended(job)
        n_done += 1
    return None


def without_seconds(found):
    return {**found.to_dict(), "spent_s": 0}


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    path = tmp_path_factory.mktemp("alone") / "search"
    return search(path, made(), n_workers=1, random=np.random.default_rng(0))


@pytest.mark.parametrize(("n_workers", "seed"), [(2, 1), (4, 2), (9, 3)])
def test_any_number_of_workers_finds_the_same(alone, tmp_path, n_workers, seed):
    random = np.random.default_rng(seed)
    found = search(tmp_path / "s", made(), n_workers=n_workers, random=random)
    assert without_seconds(found) == without_seconds(alone)
    states = [trial.state for trial in found.trials]
    assert {"stopped", "finished"} == set(states)
    assert found.luck is not None
    assert found.luck.again.n == 2


def test_a_search_that_is_cut_again_and_again_finds_the_same(alone, tmp_path):
    random, found = np.random.default_rng(4), None
    while found is None:
        n = int(random.integers(1, 5))
        found = search(tmp_path / "s", made(), n_workers=3, random=random, most=n)
    assert without_seconds(found) == without_seconds(alone)


def test_another_seed_suggests_other_settings(alone, tmp_path):
    found = search(tmp_path / "s", made(seed=4), n_workers=1, random=np.random.default_rng(0))
    assert found.trials[0].settings != alone.trials[0].settings


def test_a_trial_waits_for_the_results_that_it_learns_from(tmp_path):
    fits = Fits(Folder(tmp_path), made(again=0), quiet)
    jobs = [job_of(fits) for _ in range(4)]
    assert [job["number"] for job in jobs] == [0, 1, 2, 3]
    assert fits.next_job() == WAIT


def test_meanwhile_the_unchanged_recipe_is_fitted(tmp_path):
    fits = Fits(Folder(tmp_path), made(), quiet)
    jobs = [job_of(fits) for _ in range(7)]
    assert [job["seed"] for job in jobs[4:]] == [3, 4, 5]
    assert all(job["recipe"] == recipe().model_dump(mode="json") for job in jobs[4:])
    assert fits.next_job() == WAIT


def test_no_trial_begins_when_the_time_is_over(tmp_path):
    told: list[str] = []
    fits = Fits(Folder(tmp_path), made(again=0, budget_s=0.0), told.append)
    job = job_of(fits)  # The first one does: there is no result without it.
    Folder(tmp_path / job["folder"]).path.mkdir(parents=True)
    Folder(tmp_path / job["folder"]).write_json(RESULT, fitted(job).to_dict())
    fits.ended(job)
    assert fits.next_job() == END
    assert len(fits.found().trials) == 1
    assert "The time was over after 1 of 16 trials." in told


def test_refuses_kept_results_of_other_settings(tmp_path):
    with pytest.raises(RunFolderError, match="other settings than those that are suggested now"):
        first = job_of(Fits(Folder(tmp_path), made(), quiet))
        Folder(tmp_path / first["folder"]).path.mkdir(parents=True)
        other = Trial(0, {"learning_rate": 0.5, "widths": [8]}, accuracy=0.5)
        Folder(tmp_path / first["folder"]).write_json(RESULT, other.to_dict())
        Fits(Folder(tmp_path), made(), quiet).next_job()


def test_the_settings_of_a_search_are_read_back(tmp_path):
    Folder(tmp_path).write_json(SETTINGS, made().to_dict())
    assert opened(tmp_path)[1] == made()
    with pytest.raises(RunFolderError, match=r"tune-settings\.json in it; received .*nothing"):
        opened(tmp_path / "nothing")
    Folder(tmp_path).write_json(SETTINGS, {**made().to_dict(), "format": 0})
    with pytest.raises(RunFolderError, match="Another version of Tenfold"):
        opened(tmp_path)
