"""A fitted network from the command line: the user's files, and other labelled images."""

import json

import pytest
from PIL import Image
from typer.testing import CliRunner

import tenfold as library
from tenfold.cli import app
from tenfold.data.digits import gather_digits

OVERRIDES = {"epochs": 1, "widths": [8], "batch_size": 500}


def tenfold(*arguments, stdin=None):
    return CliRunner().invoke(app, [str(each) for each in arguments], input=stdin)


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("cli") / "run"
    library.train("classic", data="digits", out=out, overrides=OVERRIDES, say=lambda _: None)
    return out


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for i, image in enumerate(gather_digits().test.images[:3]):
        Image.fromarray(image[:, :, 0]).save(f"{i}.png")


def test_paths_come_from_standard_input_and_the_answer_is_json(run_folder):
    done = tenfold("predict", run_folder, "-", "2.png", "--json", stdin="0.png\nnone.png\n")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert list(answer["predictions"]) == ["0.png", "2.png"]
    assert answer["skipped"] == {"none.png": "there is no such file"}
    assert answer["remarks"] == []
    assert "Predicted 2 images" in done.stderr


def test_predictions_go_to_a_file(run_folder, tmp_path):
    done = tenfold("predict", run_folder, "*.png", "--top", "2", "--out", "a.csv", "--invert")
    assert done.exit_code == 0, done.output
    assert "Leave --invert out" in done.stdout
    assert len((tmp_path / "a.csv").read_text().splitlines()) == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.png"], "none of the 1 given can be read. none.png: there is no such file"),
        (["*.gif"], "no file has that name or matches that pattern"),
        (["--top", "2"], "--top is for images of your own. Name them after RUN"),
        (["0.png", "--out", "x.png"], "Expected --out to end with .csv or .jsonl"),
    ],
)
def test_what_cannot_be_predicted_is_one_line(run_folder, arguments, message):
    done = tenfold("predict", run_folder, *arguments)
    assert done.exit_code == 1
    assert message in done.stderr


def test_other_images_are_scored_into_a_folder_of_their_own(run_folder):
    done = tenfold("evaluate", run_folder, "--data", "digits", "--out", "scored", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["n"] == 359
    done = tenfold("evaluate", run_folder, "--out", "scored")
    assert done.exit_code == 1
    assert "--out is for --data" in done.stderr
