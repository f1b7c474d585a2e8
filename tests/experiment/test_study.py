import json
import signal

import pytest

import tenfold
from tenfold.learn.fit import fit
from tenfold.runs.lock import locked

QUICK = {"epochs": 2, "batch_size": 200}


def test_compares_recipes_on_the_same_seeds_and_says_the_answer(tmp_path):
    told: list[str] = []
    found = tenfold.study(
        ("classic-plain", "classic"), n_seeds=2, data="digits", out=tmp_path / "study",
        overrides={**QUICK, "train_size": 300}, say=told.append,
    )  # fmt: skip
    assert found.seeds == (0, 1)
    assert [result.recipe for result in found.results] == ["classic-plain", "classic"]
    plain, classic = (result.fits for result in found.results)
    differences = [
        b.validation_accuracy - a.validation_accuracy for a, b in zip(plain, classic, strict=True)
    ]
    assert found.comparisons[0].difference.mean == pytest.approx(sum(differences) / 2)
    written = json.loads((tmp_path / "study" / "study.json").read_text())
    sentence = written["comparisons"][0]["sentence"].split()
    assert sentence == told[-2].split()[-len(sentence) :]
    assert written["comparisons"][0]["answer"] == found.comparisons[0].answer
    assert len(json.loads((tmp_path / "study" / "fits.json").read_text())["fits"]) == 4
    assert (tmp_path / "study" / "plots" / "learning-curves.png").is_file()


def test_refuses_to_compare_a_recipe_with_itself(tmp_path):
    with pytest.raises(tenfold.TenfoldError, match="Expected `recipes` with different names"):
        tenfold.study(("classic", "classic"), data="digits", out=tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_an_interrupted_study_keeps_its_finished_fits(tmp_path):
    def stop_after_the_first_fit(line):
        if line.startswith("classic-plain, seed 0"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tenfold.study(
            ("classic-plain", "classic"), data="digits", out=tmp_path / "s",
            overrides=QUICK, say=stop_after_the_first_fit,
        )  # fmt: skip
    assert len(json.loads((tmp_path / "s" / "fits.json").read_text())["fits"]) == 1


def test_a_terminated_study_ends_as_terminated(monkeypatch, tmp_path):
    class Terminated(BaseException):
        pass

    def terminate(*_):
        raise Terminated

    def fit_terminated(*args, **options):
        terminating = {"listen": lambda _: signal.raise_signal(signal.SIGTERM)}
        return fit(*args, **{**options, **terminating})

    monkeypatch.setattr("tenfold.learn.recipe.fit", fit_terminated)
    before = signal.signal(signal.SIGTERM, terminate)
    try:
        with pytest.raises(Terminated):
            tenfold.study(
                ("classic",), data="digits", out=tmp_path / "s", overrides=QUICK, say=lambda _: None
            )
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_study_owns_its_folder(tmp_path):
    (tmp_path / "s").mkdir()
    with (
        locked(tmp_path / "s" / "lock"),
        pytest.raises(tenfold.TenfoldError, match="is in use by process"),
    ):
        tenfold.study(("classic",), data="digits", out=tmp_path / "s", say=lambda _: None)
