"""The next step that a diagnosis names: a command that can be pasted."""

import json
import shlex

import numpy as np
import pytest
from tests.conftest import bright_and_dark
from typer.testing import CliRunner

import tenfold
from tenfold.cli import app
from tenfold.core.data_request import DataRequest
from tenfold.data.arrays import ARRAYS
from tenfold.experiment.next_step import command_for
from tenfold.experiment.run import recipe_for
from tenfold.measure.next_step import Advice, Choice, NextStep
from tenfold.recipes import find_recipe
from tenfold.runs.folder import RunFolder
from tenfold.runs.request import Request, StartedFrom
from tenfold.runs.run import Run


def quiet(_: str) -> None:
    pass


class AskedError(Exception):
    """What a command asks for, raised in place of a run."""

    def __init__(self, request):
        self.request = request


@pytest.fixture
def asked_by(monkeypatch):
    """Parse a command as the command line does, and return the request of its run."""

    def stop(request, *_):
        raise AskedError(request)

    def parsed(command):
        program, *arguments = shlex.split(command)
        assert program == "tenfold"
        with monkeypatch.context() as patched:
            patched.setattr("tenfold.experiment.run.tell", stop)
            done = CliRunner().invoke(app, arguments)
        assert isinstance(done.exception, AskedError), done.output
        return done.exception.request

    return parsed


@pytest.fixture
def begun(tmp_path):
    """Make the folder of a run with a request."""

    def made(request, recipe=None):
        folder = RunFolder.create(tmp_path / "run")
        folder.write_request(request)
        folder.write_recipe(recipe or recipe_for(request), seed=request.seed)
        return Run(folder)

    return made


LONGER = NextStep(Advice.LONGER, {"epochs": 40})


def test_the_command_is_the_run_with_one_change(begun):
    run = begun(Request(DataRequest("digits"), "standard"))
    assert command_for(run, LONGER) == "tenfold run standard --data digits --seed 0 --set epochs=40"


def test_everything_that_was_asked_is_asked_again(begun, asked_by, tmp_path):
    place = tmp_path / "my 'images'; $(x)"
    (place / "a").mkdir(parents=True)
    images = DataRequest(
        str(place), side_px=16, fit="pad", label_from="path", follow_links=True, strict=True
    )
    request = Request(
        images, "classic", seed=7, overrides={"epochs": 3, "widths": [8, 4], "patience": None},
        tensorboard=True, folds=4, checkpoint_every_s=2.5, robustness=True, risk=0.1,
        threshold="recall:my dog=0.9", context="full",
    )  # fmt: skip
    again = asked_by(command_for(begun(request), LONGER))
    assert again.overrides == {"epochs": 40, "widths": [8, 4], "patience": None}
    same = {**request.to_dict(), "overrides": None}
    assert {**again.to_dict(), "overrides": None} == same


@pytest.mark.parametrize(
    "images",
    [
        DataRequest("cifar100", coarse=True),
        DataRequest("cifar10", archive="/nowhere/cifar 10.tar.gz"),
    ],
)
def test_the_options_of_a_named_source_are_asked_again(begun, asked_by, images):
    assert asked_by(command_for(begun(Request(images, "quick")), LONGER)).images == images


def test_a_stronger_recipe_takes_over_what_is_about_the_images_alone(begun, asked_by):
    overrides = {"epochs": 2, "input_dropout": 0.1, "balance": "inverse", "train_size": 50}
    run = begun(Request(DataRequest("digits"), "classic", overrides=overrides))
    again = asked_by(command_for(run, NextStep(Advice.STRONGER_RECIPE, recipe="standard")))
    assert again.recipe == "standard"
    assert again.overrides == {"balance": "inverse", "train_size": 50}


def test_more_time_is_twice_the_budget_and_the_budget_chooses_the_recipe(begun, asked_by):
    request = Request(DataRequest("digits"), None, budget_s=90.0)
    run = begun(request, find_recipe("quick"))
    again = asked_by(command_for(run, NextStep(Advice.MORE_TIME)))
    assert (again.recipe, again.budget_s) == (None, 180.0)


def test_a_run_from_another_goes_on_from_it_unless_its_network_changes(begun, tmp_path):
    recipe = find_recipe("classic").with_overrides(SMALL)
    origin = StartedFrom("/runs/the first", "0")
    written = recipe.model_dump(mode="json")
    run = begun(Request(DataRequest("digits"), written, start=origin), recipe)
    assert "--from '/runs/the first'" in (command_for(run, LONGER) or "")
    for step in (
        NextStep(Advice.LARGER_NETWORK, {"widths": [16]}),
        NextStep(Advice.STRONGER_RECIPE, recipe="standard"),
    ):
        assert "--from" not in (command_for(run, step) or "--from")


@pytest.mark.parametrize(
    "own",
    [
        {"based_on": "quick", "name": "mine", "epochs": 9},
        {"based_on": "standard", "optimizer": {"kind": "adam", "learning_rate": 1e-5}},
        {"based_on": "dense-strong", "few_images": None, "batch_size": 100},
        {"based_on": "classic-plain", "widths": [], "validation": "first:30"},
        {"based_on": "strong", "local": [{"units": 8, "window": 2, "stride": 1}], "mixup": 0.2},
    ],
)
def test_a_recipe_of_the_users_own_is_written_as_changes_of_a_named_one(begun, asked_by, own):
    recipe = find_recipe(own)
    request = Request(DataRequest("digits"), recipe.model_dump(mode="json"))
    step = NextStep(Advice.SMALLER_RATE, {"learning_rate": 2e-6})
    again = recipe_for(asked_by(command_for(begun(request, recipe), step)))
    for n_images in (100, 50_000):
        wanted = recipe.with_overrides(step.settings).for_images(n_images).model_dump()
        found = again.for_images(n_images).model_dump()
        assert {**found, "name": "", "summary": ""} == {**wanted, "name": "", "summary": ""}


def test_what_only_python_can_do_has_no_command(begun):
    assert command_for(begun(Request(DataRequest(ARRAYS), "classic")), LONGER) is None


def test_a_network_of_the_users_own_and_an_earlier_version_have_no_command(begun):
    recipe = find_recipe("classic")
    run = begun(Request(DataRequest("digits"), "classic", network="build"), recipe)
    assert command_for(run, LONGER) is None
    content = run.folder.read_json("request.json")
    run.folder.write_json("request.json", {**content, "format": 1, "network": None})
    assert command_for(run, LONGER) is None
    (run.folder / "request.json").unlink()
    assert command_for(run, LONGER) is None


SMALL = {"epochs": 1, "widths": [4], "batch_size": 20}


def tiny(folder):
    """A file of 60 images of two classes, to fit in no time."""
    path = folder / "tiny images.npz"
    train, test = bright_and_dark(48, seed=1), bright_and_dark(12, seed=2)
    np.savez(
        path,
        x_train=train.images[:],
        y_train=train.labels,
        x_test=test.images[:],
        y_test=test.labels,
    )
    return str(path)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small run of two classes."""
    place = tmp_path_factory.mktemp("small")
    return tenfold.run("classic", data=tiny(place), out=place / "run", overrides=SMALL, say=quiet)


def steps_of(run):
    """Every kind of step, for the classic network, in which each change is a setting."""
    can, plain = Choice(run.recipe), Choice(find_recipe("classic-plain"))
    strong, slow = (
        Choice(run.recipe.with_overrides(changes))
        for changes in ({"input_dropout": 0.5}, {"learning_rate": 1e-6})
    )
    return [
        can.last_longer(1),
        can.enlarge(1),
        can.restrain(rose=False),
        plain.restrain(rose=True),
        strong.restrain(rose=False),
        strong.enlarge(1),
        can.calm(),
        can.slow_down(),
        slow.quicken(),
        can.balance(),
    ]


def has(recipe, settings):
    """Whether a recipe has these settings."""
    flat = {**recipe.model_dump(), **recipe.network.model_dump(), **recipe.optimizer.model_dump()}
    return all(
        flat[key] == (tuple(value) if isinstance(value, list) else value)
        for key, value in settings.items()
    )


def test_the_command_of_each_kind_of_step_asks_for_what_it_says(small, asked_by):
    steps = steps_of(small)
    changing = set(Advice) - {Advice.RESUME, Advice.MORE_TIME, Advice.STRONGER_RECIPE}
    assert {step.advice for step in steps} == changing  # The others have tests of their own.
    for step in steps:
        assert has(recipe_for(asked_by(command_for(small, step))), step.settings)


def test_a_pasted_command_runs(small, tmp_path):
    """Two of them; the others take as long, and are parsed above."""
    for i, step in enumerate(steps_of(small)[:2]):
        _, *arguments = shlex.split(command_for(small, step))
        done = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / str(i))])
        assert done.exit_code == 0, done.output
        assert has(Run.open(tmp_path / str(i)).recipe, step.settings)


def test_the_run_keeps_its_diagnosis_and_shows_the_command(small):
    folder = small.folder
    found = json.loads((folder / "metrics.json").read_text())["diagnosis"]
    assert found["verdict"] == "too early to say"
    assert found["figures"]["gap"]["n_validation"] == small.validation_evaluation.n
    assert "A trend needs at least 3 epochs." in found["evidence"]
    assert found["next_step"]["settings"] == {"epochs": 5}
    command = found["next_step"]["command"]
    assert shlex.split(command)[:4] == ["tenfold", "run", "classic", "--data"]
    assert f"Next: {command}" in (folder / "summary.txt").read_text().splitlines()


def test_the_command_for_an_interrupted_run_resumes_it(begun, monkeypatch, tmp_path):
    run = begun(Request(DataRequest("digits"), "classic"))
    monkeypatch.chdir(tmp_path)
    command = command_for(Run.reopen("run"), NextStep(Advice.RESUME))
    assert shlex.split(command) == ["tenfold", "resume", str(run.folder.path)]
