"""The commands: parse, call, print."""

import contextlib
import functools
import io
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from tenfold.core.errors import TenfoldError
from tenfold.core.request import CHECKPOINT_EVERY_S

app = typer.Typer(
    help="Image classification with multilayer perceptrons: the whole process, step by step.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

RecipeName = Annotated[
    str | None,
    typer.Argument(metavar="RECIPE", help="See `tenfold recipes`. Default: standard."),
]
RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of an earlier run.")]
Data = Annotated[str, typer.Option(help="cifar10, digits, or a folder of images.")]
Archive = Annotated[
    Path | None, typer.Option(help="CIFAR-10's archive. Default: look for it, else download it.")
]
Side = Annotated[
    int, typer.Option(min=4, max=256, help="Pixels a side that images of a folder are brought to.")
]
Seed = Annotated[int, typer.Option(min=0, help="Decides splits, weights, dropout and order.")]
Out = Annotated[Path | None, typer.Option(help="New folder for the results.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a setting of the recipe; repeatable."),
]
TensorBoard = Annotated[bool, typer.Option("--tensorboard", help="Write TensorBoard's logs too.")]
Budget = Annotated[
    str | None,
    typer.Option(help="Time for everything after gathering, such as 90s or 5m; plans the recipe."),
]
TrainSize = Annotated[
    int | None, typer.Option(min=1, help="Keep only so many images to fit, to watch overfitting.")
]
CheckpointEvery = Annotated[
    float,
    typer.Option(
        min=0, metavar="SECONDS", help="From one checkpoint to the next; each epoch ends with one."
    ),
]
Trust = Annotated[
    bool,
    typer.Option("--trust", help="Load a model that the run's manifest does not list, if no code."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON, and only that.")]

_KEPT = "Finished files are kept; `tenfold resume RUN` continues a run."
_SIGNAL_EXIT = {"SIGINT": 130, "SIGTERM": 143}


class Terminated(BaseException):
    """SIGTERM came while no fit was there to end in order."""


def main() -> None:
    """Run the command line."""
    signal.signal(signal.SIGTERM, _terminate)
    if isinstance(sys.stdout, io.TextIOWrapper):  # A class may have a name that it cannot write.
        sys.stdout.reconfigure(errors="backslashreplace")
    app()


def _terminate(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise Terminated


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Register a command; turn errors that the user can mend, and signals, into exit codes."""

    @app.command()
    @functools.wraps(function)
    def guarded(*args: Any, **options: Any) -> None:  # noqa: ANN401
        try:
            function(*args, **options)
        except TenfoldError as error:
            print(f"tenfold: {error}", file=sys.stderr)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            print(f"tenfold: interrupted. {_KEPT}", file=sys.stderr)
            raise typer.Exit(_SIGNAL_EXIT["SIGINT"]) from None
        except Terminated:
            print(f"tenfold: terminated. {_KEPT}", file=sys.stderr)
            raise typer.Exit(_SIGNAL_EXIT["SIGTERM"]) from None
        except MemoryError:
            print(f"tenfold: there is not enough memory. {_KEPT}", file=sys.stderr)
            raise typer.Exit(1) from None

    return function


@command
def run(
    recipe: RecipeName = None,
    data: Data = "cifar10",
    archive: Archive = None,
    side: Side = 32,
    train_size: TrainSize = None,
    seed: Seed = 0,
    out: Out = None,
    settings: Settings = None,
    budget: Budget = None,
    checkpoint_every: CheckpointEvery = CHECKPOINT_EVERY_S,
    tensorboard: TensorBoard = False,
    as_json: AsJson = False,
) -> None:
    """Do everything, from the images to the evaluated network."""
    from tenfold import experiment

    done = experiment.run(
        recipe,
        data=data,
        archive=archive,
        side_px=side,
        seed=seed,
        out=out,
        overrides=_overrides(settings, train_size),
        tensorboard=tensorboard,
        budget_s=_seconds(budget),
        checkpoint_every_s=checkpoint_every,
        say=_say(as_json),
    )
    _answer(done.metrics, as_json)
    _exit_if_interrupted(done.record.interrupted_by)


@command
def resume(run: RunPath, as_json: AsJson = False) -> None:
    """Continue a run that was interrupted or killed, as if nothing had happened."""
    from tenfold import resuming

    done = resuming.resume(run, say=_say(as_json))
    _answer(done.metrics if (done.folder / "metrics.json").exists() else {}, as_json)
    _exit_if_interrupted(done.record.interrupted_by)


@command
def verify(as_json: AsJson = False) -> None:
    """Prove on this machine that a killed run, resumed, ends as one that was never stopped."""
    from tenfold import verifying

    proof = verifying.verify(say=_say(as_json))
    _answer(proof.to_dict(), as_json)
    if not proof.holds:
        raise typer.Exit(1)


@command
def gather(
    data: Data = "cifar10", archive: Archive = None, side: Side = 32, as_json: AsJson = False
) -> None:
    """Find the images or download them, and check them (step 1)."""
    from dataclasses import asdict

    from tenfold import gathering

    say = _say(as_json)
    dataset = gathering.gather(data, archive=archive, side_px=side, say=say)
    say(f"{len(dataset.train):,} training images, {len(dataset.test):,} test images")
    _answer(asdict(dataset.provenance), as_json)


@command
def explore(
    data: Data = "cifar10",
    archive: Archive = None,
    side: Side = 32,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Count, measure and picture the images (step 2)."""
    from tenfold import experiment, gathering, ownership

    say = _say(as_json)
    dataset = gathering.gather(data, archive=archive, side_px=side, say=say)
    folder = ownership.new_folder(out, f"explore-{dataset.name}")
    exploration = experiment.explore(dataset, folder / "plots", say=say)
    folder.write_json("exploration.json", exploration.to_dict())
    say(f"The pictures are in {folder / 'plots'}")
    _answer(exploration.to_dict(), as_json)


@command
def clean(
    data: Data = "cifar10", archive: Archive = None, side: Side = 32, as_json: AsJson = False
) -> None:
    """Find constant, repeated or contradictory images (step 3)."""
    from tenfold import experiment, gathering

    say = _say(as_json)
    dataset = gathering.gather(data, archive=archive, side_px=side, say=say)
    _answer(experiment.clean(dataset, say=say).to_dict(), as_json)


@command
def split(
    recipe: RecipeName = None,
    data: Data = "cifar10",
    archive: Archive = None,
    side: Side = 32,
    train_size: TrainSize = None,
    seed: Seed = 0,
    out: Out = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Hold out validation images, as a recipe says (step 4)."""
    from tenfold import experiment, gathering, ownership
    from tenfold.recipes import DEFAULT, find_recipe

    say = _say(as_json)
    chosen = find_recipe(recipe or DEFAULT).with_overrides(_overrides(settings, train_size))
    dataset = gathering.gather(data, archive=archive, side_px=side, say=say)
    splits = experiment.split(
        dataset, experiment.clean(dataset, say=say), chosen, seed=seed, say=say
    )
    folder = ownership.new_folder(out, f"split-{dataset.name}")
    folder.write_splits(splits)
    say(f"The positions are in {folder / 'splits.npz'}")
    _answer({"train": splits.train.tolist(), "validation": splits.validation.tolist()}, as_json)


@command
def train(
    recipe: RecipeName = None,
    data: Data = "cifar10",
    archive: Archive = None,
    side: Side = 32,
    train_size: TrainSize = None,
    seed: Seed = 0,
    out: Out = None,
    settings: Settings = None,
    checkpoint_every: CheckpointEvery = CHECKPOINT_EVERY_S,
    tensorboard: TensorBoard = False,
) -> None:
    """Do steps 1 to 7, up to the fitted network."""
    from tenfold import experiment

    done = experiment.train(
        recipe,
        data=data,
        archive=archive,
        side_px=side,
        seed=seed,
        out=out,
        overrides=_overrides(settings, train_size),
        tensorboard=tensorboard,
        checkpoint_every_s=checkpoint_every,
        say=print,
    )
    print(f"The fitted network is in {done.folder.path}")
    _exit_if_interrupted(done.record.interrupted_by)


@command
def predict(
    run: RunPath,
    images: Annotated[
        list[Path] | None, typer.Argument(metavar="IMAGE...", help="Image files of your own.")
    ] = None,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    """Predict a run's images, or files of your own (step 8)."""
    from tenfold import experiment, gathering
    from tenfold.results import Run

    done, say = Run.open(run, trust=trust), _say(as_json)
    if images:
        _answer(experiment.predict_files(done, images, say=say), as_json)
        return
    with done.folder.owned():
        dataset = gathering.gather_again(done, say=say)
        experiment.predict(done, dataset, done.model, say=say)
    files = {name: str(done.folder / f"predictions-{name}.csv") for name in ("validation", "test")}
    _answer(files, as_json)


@command
def evaluate(run: RunPath, as_json: AsJson = False) -> None:
    """Score a run's predictions (step 9)."""
    from tenfold import experiment, gathering
    from tenfold.results import Run

    done, say = Run.open(run), _say(as_json)
    with done.folder.owned():
        experiment.evaluate(done, gathering.gather_again(done, say=say), say=say)
    _answer(done.metrics, as_json)


@command
def study(
    recipes: Annotated[
        list[str], typer.Argument(metavar="RECIPE...", help="The first is the baseline.")
    ],
    seeds: Annotated[int, typer.Option(min=1, help="Fits of each recipe.")] = 5,
    data: Data = "cifar10",
    archive: Archive = None,
    side: Side = 32,
    train_size: TrainSize = None,
    seed: Seed = 0,
    out: Out = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Fit recipes with several seeds, and say which is better."""
    from tenfold import studies

    answer = studies.study(
        tuple(recipes),
        n_seeds=seeds,
        data=data,
        archive=archive,
        side_px=side,
        seed=seed,
        out=out,
        overrides=_overrides(settings, train_size),
        say=_say(as_json),
    )
    _answer(answer.to_dict(), as_json)


@command
def recipes(
    name: Annotated[
        str | None, typer.Argument(metavar="RECIPE", help="Show this one whole.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the recipes, or show one with its settings."""
    from tenfold.recipes import NAMES, find_recipe

    found = [find_recipe(name)] if name else [find_recipe(each) for each in NAMES]
    if as_json:
        _answer({recipe.name: recipe.model_dump(mode="json") for recipe in found}, as_json)
    elif name:
        import yaml

        print(yaml.safe_dump(found[0].model_dump(mode="json"), sort_keys=False), end="")
    else:
        width = max(map(len, NAMES))
        print("\n".join(f"{recipe.name:<{width}}  {recipe.summary}" for recipe in found))


@command
def doctor(as_json: AsJson = False) -> None:
    """Show versions, cores, where the data is, and free disk."""
    from tenfold.core.environment import environment
    from tenfold.data.cifar10 import find_cifar10

    facts = {**environment(Path.cwd()), "cifar10": find_cifar10() or "not here, to be downloaded"}
    if as_json:
        _answer(facts, as_json)
        return
    for name, value in facts.items():
        if isinstance(value, dict):
            value = ", ".join(f"{package} {version}" for package, version in value.items())
        elif isinstance(value, list):
            value = ", ".join(value) or "none of those that matter"
        print(f"{name.replace('_', ' '):<17} {'unknown' if value is None else value}")


def _seconds(budget: str | None) -> float | None:
    from tenfold.core.budget import budget_seconds

    try:
        return None if budget is None else budget_seconds(budget)
    except TenfoldError as error:
        raise typer.BadParameter(str(error), param_hint="--budget") from error


def _overrides(settings: list[str] | None, train_size: int | None = None) -> dict[str, Any]:
    """Read `key=value` pairs; values are YAML, so that 5, 0.1, null and [64, 32] work."""
    import yaml

    overrides: dict[str, Any] = {} if train_size is None else {"train_size": train_size}
    for setting in settings or []:
        key, equals, value = setting.partition("=")
        if not (key and equals):
            raise typer.BadParameter(
                f"Expected KEY=VALUE, such as epochs=20; received '{setting}'.", param_hint="--set"
            )
        try:
            overrides[key.strip()] = yaml.safe_load(value)
        except yaml.YAMLError:
            overrides[key.strip()] = value
    return overrides


def _say(as_json: bool) -> Callable[[str], None]:
    """Tell the story on standard output, or on standard error where JSON has the output."""
    stream = sys.stderr if as_json else sys.stdout

    def tell(text: str) -> None:
        # `tenfold run | head` has ended, or the disk that takes the story is full: the run goes on.
        with contextlib.suppress(OSError):
            print(text, file=stream, flush=True)

    return tell


def _answer(content: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(content, indent=2, ensure_ascii=False))


def _exit_if_interrupted(signal_name: str | None) -> None:
    if signal_name:
        raise typer.Exit(_SIGNAL_EXIT[signal_name])
