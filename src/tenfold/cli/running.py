"""Commands that fit networks: a whole run, the rest of a run, or several runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tenfold.cli.command import command, exit_if_interrupted
from tenfold.cli.options import (
    BudgetOption,
    Cluster,
    ContextOption,
    CorrectionOptions,
    DataOptions,
    FitOptions,
    MovedData,
    RecipeName,
    Risk,
    Robustness,
    RunPath,
    Threshold,
    TrialOptions,
    WorkersOptions,
)
from tenfold.cli.screen import Screen
from tenfold.core.data_request import ImageOptions
from tenfold.core.limits import RISK
from tenfold.core.text import Say

if TYPE_CHECKING:
    from tenfold.runs.run import Run


@command(resumable=True)
def run(
    recipe: RecipeName = None,
    *,
    images: DataOptions,
    trial: TrialOptions,
    folds: Annotated[
        int | None,
        typer.Option(min=2, help="Cross-validate the training images first, in this many folds."),
    ] = None,
    workers: WorkersOptions,
    robustness: Robustness = False,
    risk: Risk = None,
    threshold: Threshold = None,
    context: ContextOption = None,
    corrections: CorrectionOptions,
    audit: Annotated[
        bool,
        typer.Option("--audit", help="Audit the images first, as `tenfold audit` does."),
    ] = False,
    promise: BudgetOption,
    fit: FitOptions,
    screen: Screen,
) -> None:
    """Do everything, from the images to the evaluated network."""
    from tenfold.experiment.run import run

    done = run(
        recipe,
        start=fit.start,
        tensorboard=fit.tensorboard,
        budget_s=promise.seconds(),
        folds=folds,
        cluster=workers.cluster,
        cores_per_fit=workers.cores_per_fit,
        robustness=robustness,
        risk=RISK if risk is None else risk,
        threshold=threshold,
        context=context,
        exclude=corrections.exclude,
        relabel=corrections.relabel,
        audit=audit,
        checkpoint_every_s=fit.checkpoint_every,
        **_arguments(images, trial, screen),
    )
    screen.answer(done.answer)
    exit_if_interrupted(done.record.interrupted_by)


@command(resumable=True)
def resume(
    path: RunPath,
    *,
    data: MovedData = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="The Ray cluster that has the workers now. Default: as before."
        ),
    ] = None,
    screen: Screen,
) -> None:
    """Continue an interrupted or killed run, with the result of an uninterrupted run."""
    from tenfold.experiment.resume import resume
    from tenfold.runs import layout

    done = resume(path, data=data, cluster=cluster, say=screen.say)
    screen.answer(done.answer if done.folder.has(layout.METRICS) else _facts_of_fit(done))
    exit_if_interrupted(done.record.interrupted_by)


@command(resumable=True)
def train(
    recipe: RecipeName = None,
    *,
    images: DataOptions,
    trial: TrialOptions,
    fit: FitOptions,
    workers: Annotated[
        int,
        typer.Option(
            min=1, help="Processes that share each step of the fit, on Ray: each fits a part of it."
        ),
    ] = 1,
    cluster: Cluster = None,
    screen: Screen,
) -> None:
    """Do steps 1 to 7, up to the fitted network."""
    from tenfold.experiment.run import train

    done = train(
        recipe,
        start=fit.start,
        tensorboard=fit.tensorboard,
        checkpoint_every_s=fit.checkpoint_every,
        workers=workers,
        cluster=cluster,
        **_arguments(images, trial, screen),
    )
    screen.say(f"The fitted network is in {done.folder.path}")
    screen.answer(_facts_of_fit(done))
    exit_if_interrupted(done.record.interrupted_by)


@command()
def study(
    recipes: Annotated[
        list[str],
        typer.Argument(metavar="RECIPE...", help="Names or YAML files; the first is the baseline."),
    ],
    *,
    seeds: Annotated[int, typer.Option(min=1, help="Fits of each recipe.")] = 5,
    images: DataOptions,
    trial: TrialOptions,
    corrections: CorrectionOptions,
    workers: WorkersOptions,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="In place of --out: continue the study in this folder, which was stopped.",
        ),
    ] = None,
    screen: Screen,
) -> None:
    """Fit recipes with several seeds, and say which is better."""
    from tenfold.experiment.study import study
    from tenfold.report.study import study_dict

    found = study(
        tuple(recipes),
        n_seeds=seeds,
        resume=resume,
        exclude=corrections.exclude,
        relabel=corrections.relabel,
        cluster=workers.cluster,
        cores_per_fit=workers.cores_per_fit,
        **_arguments(images, trial, screen),
    )
    screen.answer(study_dict(found))


@command()
def verify(*, screen: Screen) -> None:
    """Prove on this machine that a killed run, resumed, ends as one that was never stopped."""
    from tenfold.experiment.verify import verify

    proof = verify(say=screen.say)
    screen.answer(proof.to_dict())
    if not proof.holds:
        raise typer.Exit(1)


class _Arguments(ImageOptions):
    """The arguments that `run`, `train` and `study` share."""

    data: str
    seed: int
    out: Path | None
    overrides: dict[str, Any]
    say: Say


def _arguments(images: DataOptions, trial: TrialOptions, screen: Screen) -> _Arguments:
    """The options of the command line as arguments of the library."""
    return {
        "data": images.data,
        "seed": trial.seed,
        "out": trial.out,
        "overrides": trial.overrides(),
        "say": screen.say,
        **images.more(),
    }


def _facts_of_fit(done: "Run") -> dict[str, Any]:
    """The run's folder, and its fit as in metrics.json."""
    record = done.record
    return {
        "folder": str(done.folder.path),
        "train": {"n": record.n_train_scored, "accuracy": record.train_accuracy},
        "fit": record.summary(),
    }
