import json

import pytest
from tests.made_runs import made_run, right_for
from typer.testing import CliRunner

import tenfold
from tenfold.cli import app
from tenfold.measure.intervals import wilson_interval
from tenfold.runs import layout


def quiet(_: str) -> None:
    """Say nothing."""


def test_counts_the_images_and_answers_in_figures_and_words(tmp_path):
    first = made_run(tmp_path / "a", right_for(60))
    other = made_run(tmp_path / "b", right_for(58, also=range(70, 90)), wall_s=20)
    told: list[str] = []
    found = tenfold.compare(first.folder.path, other, say=told.append)
    assert (found.on, found.n) == ("test", 100)
    assert [run.n_right for run in found.runs] == [60, 78]
    low, high = wilson_interval(78, 100)
    assert (found.runs[1].accuracy_low, found.runs[1].accuracy_high) == (low, high)
    assert [(run.fit_s, run.n_parameters) for run in found.runs] == [(10, 1234), (20, 1234)]
    (difference,) = found.differences
    counts = difference.paired
    assert (counts.both, counts.only_first, counts.only_second, counts.neither) == (58, 2, 20, 20)
    assert difference.answer == "better"
    text = " ".join(told[0].split())
    assert "b is better than a: +18.00 points (95 % interval +10.00 to" in text
    assert "20 are right only with b, and 2 only with a" in text
    assert "The runs have the same settings, seed, data and version of Tenfold." in text


def test_on_validation_nothing_about_test_images_is_read(tmp_path):
    runs = [
        made_run(tmp_path / name, right_for(n), digests=("train", name))
        for name, n in (("a", 60), ("b", 70))
    ]
    for run in runs:
        run.folder.remove(layout.PREDICTIONS["test"], layout.METRICS)
    found = tenfold.compare(*runs, on="validation", say=quiet)
    assert (found.on, found.differences[0].paired.only_second) == ("validation", 10)


def test_settings_that_differ_are_listed_with_each_value(tmp_path):
    runs = [
        made_run(tmp_path / str(rate), right_for(60), seed=seed, learning_rate=rate)
        for seed, rate in enumerate((0.001, 0.01))
    ]
    found = tenfold.compare(*runs, say=quiet)
    assert found.settings == {"optimizer.learning_rate": (0.001, 0.01), "seed": (0, 1)}


def test_an_answer_of_several_takes_their_number_into_account(tmp_path):
    right = [right_for(60), right_for(60, also=range(60, 66)), right_for(61)]
    runs = [made_run(tmp_path / str(i), each) for i, each in enumerate(right)]
    alone = tenfold.compare(*runs[:2], say=quiet).differences[0]
    told: list[str] = []
    several = tenfold.compare(*runs, say=told.append).differences
    assert alone.paired == several[0].paired
    assert alone.p_adjusted == pytest.approx(1 / 64)  # All of six images: 2 (1 / 64) - 1 / 64.
    assert several[0].p_adjusted == pytest.approx(2 / 64)
    assert [each.run for each in several] == ["1", "2"]
    assert "2 comparisons were made" in told[0]


def test_the_same_files_in_another_size_are_the_same_images(tmp_path):
    runs = [
        made_run(tmp_path / str(side), right_for(60), side_px=side, digests=(f"{side}", f"{side}"))
        for side in (8, 16)
    ]
    told: list[str] = []
    found = tenfold.compare(*runs, say=told.append)
    assert found.by_files
    assert found.settings["image shape"] == ("8 x 8 x 1", "16 x 16 x 1")
    assert "matched by the names of their files" in " ".join(told[0].split())


@pytest.mark.parametrize(
    ("other", "on", "message"),
    [
        ({"digests": ("train", "x")}, "test", "of a and b, from made and made, have different che"),
        ({"digests": ("x", "test")}, "validation", "same training images; those of a and b"),
        ({"side_px": 8, "digests": ("x", "x")}, "test", "have different checksums"),
        ({"classes": ("cat", "cow")}, "test", r"in the first alone dog; in the second alone cow"),
        ({"first_name": 5}, "test", "same checksum, but not the same names.*tenfold predict"),
        (
            {"first_name": 40, "seed": 1},
            "validation",
            "share 60 of 100 and 100. The seed decides which images are held out; theirs is 0 and",
        ),
        ({"first_name": 5, "validation": "20%"}, "validation", "`validation` is .* and 20%"),
    ],
)
def test_refuses_runs_of_other_images(other, on, message, tmp_path):
    first = made_run(tmp_path / "a", right_for(60))
    with pytest.raises(tenfold.DataError, match=message):
        tenfold.compare(first, made_run(tmp_path / "b", right_for(60), **other), on=on, say=quiet)


def test_refuses_too_few_runs_and_the_same_run_twice(tmp_path):
    run = made_run(tmp_path / "a", right_for(60))
    with pytest.raises(tenfold.TenfoldError, match="Expected two runs or more; received 1"):
        tenfold.compare(run, say=quiet)
    with pytest.raises(tenfold.TenfoldError, match=r"Received .*a twice"):
        tenfold.compare(run, tmp_path / "a" / ".." / "a", say=quiet)
    with pytest.raises(tenfold.TenfoldError, match="to be test or validation; received train"):
        tenfold.compare(run, run, on="train", say=quiet)  # type: ignore[arg-type]


def test_runs_in_folders_of_the_same_name_are_called_by_their_paths(tmp_path):
    runs = [made_run(tmp_path / each / "run", right_for(60)) for each in ("a", "b")]
    found = tenfold.compare(*runs, say=quiet)
    assert [run.name for run in found.runs] == [str(run.folder.path) for run in runs]


def test_the_command_answers_in_json(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, n in (("a", 60), ("b", 40)):
        made_run(tmp_path / name, right_for(n))
    done = CliRunner().invoke(
        app, ["compare", str(tmp_path / "a"), str(tmp_path / "b"), "--on", "validation", "--json"]
    )
    assert done.exit_code == 0, done.output
    (difference,) = json.loads(done.stdout)["differences"]
    assert (difference["answer"], difference["only_first_right"]) == ("worse", 20)


def test_a_look_at_the_test_images_is_logged_and_one_at_validation_images_is_not(tmp_path):
    runs = [made_run(tmp_path / name, right_for(60)) for name in ("a", "b")]
    tenfold.compare(*runs, on="validation", say=lambda _: None)
    assert not runs[0].folder.has(layout.TEST_LOOKS)
    tenfold.compare(*runs, say=lambda _: None)
    for run in runs:
        [look] = (run.folder / layout.TEST_LOOKS).read_text().splitlines()
        assert json.loads(look)["command"] == "compare"
