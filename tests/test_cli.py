import errno
import io
import json
import os
import signal

import pytest
from typer.testing import CliRunner

from tenfold import cli, experiment
from tenfold.cli import app
from tenfold.recipes import NAMES

QUICK = [
    "classic",
    "--data",
    "digits",
    "--set",
    "epochs=1",
    "--set",
    "widths=[8]",
    "--set",
    "batch_size=500",
]


def tenfold(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("cli") / "run"
    done = tenfold("train", *QUICK, "--out", out)
    assert done.exit_code == 0, done.output
    return out


def test_train_then_predict_then_evaluate_make_a_whole_run(run_folder):
    predicted = tenfold("predict", run_folder)
    assert predicted.exit_code == 0, predicted.output
    assert "actual" in predicted.stdout
    evaluated = tenfold("evaluate", run_folder, "--json")
    assert evaluated.exit_code == 0, evaluated.output
    assert json.loads(evaluated.stdout)["test"]["n"] == 359
    assert (run_folder / "summary.txt").is_file()


def test_evaluate_before_predict_says_what_to_do(tmp_path):
    assert tenfold("train", *QUICK, "--out", tmp_path / "run").exit_code == 0
    evaluated = tenfold("evaluate", tmp_path / "run")
    assert evaluated.exit_code == 1
    assert "tenfold predict" in evaluated.stderr


def test_run_prints_only_json_when_asked(tmp_path):
    done = tenfold("run", *QUICK, "--out", tmp_path / "run", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == json.loads((tmp_path / "run" / "metrics.json").read_text())


@pytest.mark.parametrize("command", ["gather", "clean"])
def test_steps_that_only_look_answer_in_json(command):
    done = tenfold(command, "--data", "digits", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)


def test_explore_leaves_its_pictures_and_numbers(tmp_path):
    done = tenfold("explore", "--data", "digits", "--out", tmp_path / "seen")
    assert done.exit_code == 0, done.output
    assert {path.name for path in (tmp_path / "seen").iterdir()} == {"exploration.json", "plots"}


def test_split_keeps_a_stratified_small_set(tmp_path):
    done = tenfold(
        "split",
        "classic",
        "--data",
        "digits",
        "--train-size",
        100,
        "--out",
        tmp_path / "s",
        "--json",
    )
    splits = json.loads(done.stdout)
    assert (len(splits["train"]), len(splits["validation"])) == (100, 288)
    assert not set(splits["train"]) & set(splits["validation"])


def test_lists_the_recipes_and_shows_one():
    assert set(json.loads(tenfold("recipes", "--json").stdout)) == set(NAMES)
    assert "input_dropout: 0.2" in tenfold("recipes", "classic").stdout


def test_doctor_knows_versions_cores_and_where_the_data_is():
    facts = json.loads(tenfold("doctor", "--json").stdout)
    assert facts["packages"]["keras"].startswith("3.")
    assert facts["cores"] >= 1
    assert "cifar10" in facts


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "clasic", "--data", "digits"], 1, "Did you mean 'classic'?"),
        (["run", "--data", "nowhere"], 1, "Expected --data"),
        (["run", "--data", "digits", "--set", "epohcs=3"], 1, "Did you mean 'epochs'?"),
        (["run", "--data", "digits", "--set", "epochs"], 2, "Expected KEY=VALUE"),
        (["run", "--data", "digits", "--budget", "soon"], 2, "Expected a time such as"),
        (["run", "--no-such-option"], 2, "No such option"),
        (["evaluate", "nowhere"], 1, "Expected a run's folder"),
        (["nothing"], 2, "No such command"),
    ],
)
def test_a_mistake_is_one_clear_paragraph_with_the_right_exit_code(arguments, code, message):
    done = tenfold(*arguments)
    assert done.exit_code == code
    assert message in done.stderr
    assert "Traceback" not in done.output


def test_never_overwrites_a_folder(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    done = tenfold("run", *QUICK, "--out", tmp_path)
    assert done.exit_code == 1
    assert "never overwrites" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_a_clear_error(tmp_path):
    tmp_path.chmod(0o500)
    done = tenfold("run", *QUICK, "--out", tmp_path / "run")
    assert done.exit_code == 1
    assert "you may not write there" in done.stderr


@pytest.mark.parametrize(("signal_name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_an_interrupted_run_is_evaluated_and_exits_with_the_signals_code(
    monkeypatch, tmp_path, signal_name, code
):
    def interrupt_after_each_epoch(*_):
        return lambda _: os.kill(os.getpid(), getattr(signal, signal_name))

    monkeypatch.setattr(experiment, "_epoch_lines", interrupt_after_each_epoch)
    done = tenfold("run", "classic", "--data", "digits", "--out", tmp_path / "run")
    assert done.exit_code == code, done.output
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["fit"]["interrupted_by"] == signal_name
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "interrupted"


def test_ctrl_c_before_the_fit_exits_with_its_code(monkeypatch, tmp_path):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(experiment, "explore", interrupted)
    done = tenfold("run", "classic", "--data", "digits", "--out", tmp_path / "run")
    assert done.exit_code == 130
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "interrupted"


@pytest.mark.parametrize("number", [errno.EPIPE, errno.ENOSPC])
def test_a_story_that_nobody_can_take_does_not_end_the_run(monkeypatch, number):
    class Full(io.StringIO):
        def write(self, _):
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr("sys.stdout", Full())
    cli._say(as_json=False)("a line")
