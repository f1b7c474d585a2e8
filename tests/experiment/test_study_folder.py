import json

import numpy as np
import pytest

from tenfold.core.predictions import Predictions
from tenfold.experiment.study_folder import Finished, finished_fits, state_of
from tenfold.measure.study import StudyFit
from tenfold.runs.folder import Folder

PREDICTIONS = Predictions(
    np.array([0, 1]), np.array([[0.75, 0.25], [0.5, 0.5]], np.float32), ("a", "b"), ("0", "1")
)


def fit(recipe, seed):
    return StudyFit(recipe, seed, 0.5, 0.5, (), np.array([True, False]), 1.0, 3)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "predictions").mkdir()
    return Folder(tmp_path)


def test_fits_are_kept_in_the_order_of_seeds_and_recipes(folder):
    finished = Finished(folder, ["b", "a"])
    for seed, recipe in ((1, "a"), (0, "a"), (1, "b"), (0, "b")):
        finished.add(fit(recipe, seed), PREDICTIONS)
    finished.write()
    expected = [("b", 0), ("a", 0), ("b", 1), ("a", 1)]
    assert [(each.recipe, each.seed) for each in finished.fits] == expected
    assert [(each.recipe, each.seed) for each in finished_fits(folder)] == expected


def test_a_file_that_takes_long_is_not_written_after_every_fit(folder, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    write = Folder.write_json

    def slow(self, *content):
        now[0] += 2.0
        write(self, *content)

    monkeypatch.setattr(Folder, "write_json", slow)
    finished = Finished(folder, ["a"])

    def n_written():
        return len(json.loads((folder / "fits.json").read_text())["fits"])

    for seed, at, expected in ((0, 0.0, 1), (1, 3.0, 1), (2, 21.0, 1), (3, 22.0, 4), (4, 25.0, 4)):
        state = folder / state_of("a", seed)
        state.mkdir(parents=True)
        now[0] = max(now[0], at)
        finished.add(fit("a", seed), PREDICTIONS)
        assert n_written() == expected
        assert state.exists() == (expected <= seed)  # Its checkpoints are needed until then.
    finished.write()
    assert n_written() == 5
    before = now[0]
    finished.write()
    assert now[0] == before  # Nothing is new.
