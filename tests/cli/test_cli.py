import inspect
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.made_runs import made_run, right_for
from typer.testing import CliRunner

import tenfold as library
from tenfold.cli import COMMANDS, app
from tenfold.cli.options import spelling
from tenfold.core.data_request import ImageOptions
from tenfold.experiment import run as story
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
def trained(tmp_path_factory):
    out = tmp_path_factory.mktemp("cli") / "run"
    done = tenfold("train", *QUICK, "--out", out, "--json")
    assert done.exit_code == 0, done.output
    return done


@pytest.fixture(scope="module")
def run_folder(trained):
    return Path(json.loads(trained.stdout)["folder"])


def test_train_answers_with_its_folder_and_how_its_fit_went(trained, run_folder):
    answer = json.loads(trained.stdout)
    record = json.loads((run_folder / "fit.json").read_text())
    assert answer["fit"]["epochs"] == len(record["epochs"]) == 1
    assert answer["train"]["accuracy"] == record["train_accuracy"]
    assert f"The fitted network is in {run_folder}" in trained.stderr


def test_a_finished_run_is_left_as_it_is_by_resume(run_folder):
    resumed = tenfold("resume", run_folder, "--json")
    assert resumed.exit_code == 0, resumed.output
    assert "nothing to resume" in resumed.stderr
    assert json.loads(resumed.stdout)["folder"] == str(run_folder)


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
    assert {path.name for path in (tmp_path / "seen").iterdir()} == {
        "exploration.json",
        "map.csv",
        "plots",
    }


def test_explore_finds_neighbours_and_refuses_wrong_ones_before_it_begins(tmp_path):
    wrong = tenfold("explore", "--data", "digits", "--neighbours", 9999, "--out", tmp_path / "a")
    assert wrong.exit_code == 1
    assert "in 0..1437 among the train images" in wrong.stderr
    assert not (tmp_path / "a").exists()
    done = tenfold(
        "explore", "--data", "digits", "--neighbours", 0, "--out", tmp_path / "a", "--json"
    )
    assert done.exit_code == 0, done.output
    assert len(json.loads(done.stdout)["neighbours"]) == 10
    assert (tmp_path / "a" / "neighbours.csv").is_file()


def test_explore_takes_no_options_for_images_of_a_run(tmp_path):
    made_run(tmp_path / "run", right_for(90))
    done = tenfold("explore", "--run", tmp_path / "run", "--side", 8)
    assert done.exit_code == 1
    assert "--run decides how its images are read. Leave --side out." in done.stderr


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
    for name in ("cifar100", "mnist", "fashion-mnist"):
        assert facts[name] == "not here, to be downloaded"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "clasic", "--data", "digits"], 1, "Did you mean 'classic'?"),
        (["gather", "--data", "digits", "--coarse"], 1, "--coarse is for cifar100; received --d"),
        (["run", "--data", "nowhere"], 1, "Expected --data"),
        (["run", "--data", "digits", "--side", "8"], 1, "received --data digits"),
        (["run", "--data", "digits", "--side", "2000"], 2, "'--side'"),
        (["run", "--data", "digits", "--set", "epohcs=3"], 1, "Did you mean 'epochs'?"),
        (["run", "--data", "digits", "--set", "epochs"], 2, "Expected KEY=VALUE"),
        (["run", "--data", "digits", "--budget", "soon"], 2, "Expected a time such as"),
        (["run", "--no-such-option"], 2, "No such option"),
        (["split", "--set", "epochs=3"], 1, "does not use the setting 'epochs'"),
        (["split", "--set", "validaton=10%"], 1, "Did you mean 'validation'?"),
        (
            ["study", "quick", "quick", "--data", "digits"],
            1,
            "Expected RECIPE with different names",
        ),
        (["evaluate", "nowhere"], 1, "Expected the folder of a run"),
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
    assert "Tenfold never overwrites anything" in done.stderr
    assert "Choose another folder with --out." in done.stderr
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

    monkeypatch.setattr(story, "EpochLines", interrupt_after_each_epoch)
    done = tenfold("run", "classic", "--data", "digits", "--out", tmp_path / "run")
    assert done.exit_code == code, done.output
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["fit"]["interrupted_by"] == signal_name
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "interrupted"


def test_ctrl_c_before_the_fit_exits_with_its_code(monkeypatch, tmp_path):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(story, "explore", interrupted)
    done = tenfold("run", "classic", "--data", "digits", "--out", tmp_path / "run")
    assert done.exit_code == 130
    assert "`tenfold resume RUN` continues" in done.stderr
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "interrupted"


def test_the_help_lists_the_commands_in_the_order_of_the_work():
    listed = tenfold("--help").stdout.partition("Commands:\n")[2]
    names = [line.split()[0] for line in listed.splitlines()]
    assert names == [*(each.__name__ for each in COMMANDS), "cluster"]
    assert names[:4] == ["run", "resume", "verify", "gather"]


@pytest.mark.parametrize("name", [each.__name__ for each in COMMANDS])
def test_every_command_answers_in_json_when_asked(name):
    assert "--json " in tenfold(name, "--help").stdout


@pytest.mark.parametrize("name", ["run", "train", "resume", "study", "gather"])
def test_every_argument_of_the_library_is_spelt_as_its_command_does(name):
    parameters = inspect.signature(getattr(library, name)).parameters.values()
    arguments = {each.name for each in parameters if each.kind is not each.VAR_KEYWORD} - {"say"}
    arguments -= {"network"}  # A function, in Python only.
    if len(arguments) + 2 < len(parameters):
        arguments |= set(ImageOptions.__annotations__)
    shown = tenfold(name, "--help").stdout
    for argument in arguments:
        assert f" {spelling(argument, None)}" in shown


def test_the_help_loads_nothing_heavy():
    check = (
        "import sys\nfrom tenfold.cli import app\ntry:\n    app(['--help'])\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'keras', 'numpy', 'pydantic', 'rich', 'tensorflow', 'yaml'} & set(sys.modules)\n"
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
