"""The command that searches for a better recipe."""

from pathlib import Path
from typing import Annotated

import typer

from tenfold.cli.command import command
from tenfold.cli.options import BudgetOption, Cluster, DataOptions, RecipeName, SplitOptions
from tenfold.cli.screen import Screen


@command()
def tune(
    recipe: RecipeName = None,
    *,
    images: DataOptions,
    space: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="YAML file of the values to try, such as `learning_rate: {low: 0.003, high: 0.1, "
            "log: true}` or `widths: {choose: [[64], [128, 64]]}`.",
        ),
    ] = None,
    trials: Annotated[int, typer.Option(min=1, help="Number of recipes to try.")] = 20,
    promise: BudgetOption,
    trial: SplitOptions,
    again: Annotated[
        int,
        typer.Option(
            min=0,
            help="Fresh seeds with which the winner and the unchanged recipe are fitted again, to "
            "see how much of the lead is luck.",
        ),
    ] = 3,
    at_once: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="The most trials at the same time; each learns from all before it but the last "
            "so many. Default: twice as many as there are workers, and at least 4.",
        ),
    ] = None,
    cores_per_trial: Annotated[int, typer.Option(min=1, help="Cores of each trial.")] = 1,
    cluster: Cluster = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Continue the search in this folder; only --cluster goes with it.",
        ),
    ] = None,
    screen: Screen,
) -> None:
    """Try many values of a recipe's settings with Ray, and write the best recipe."""
    from tenfold.experiment.tune import resume_tuning
    from tenfold.experiment.tune import tune as search
    from tenfold.recipes import DEFAULT

    if resume is not None:
        if space is not None or trial.out is not None or recipe is not None:
            raise typer.BadParameter(
                "It continues the search as it began; leave RECIPE, --space and --out out.",
                param_hint="--resume",
            )
        found = resume_tuning(resume, cluster=cluster, say=screen.say)
    elif space is None:
        raise typer.BadParameter("Expected a YAML file of the values to try.", param_hint="--space")
    else:
        found = search(
            recipe or DEFAULT,
            space=space,
            n_trials=trials,
            data=images.data,
            seed=trial.seed,
            again=again,
            budget_s=promise.seconds(),
            at_once=at_once,
            cores_per_trial=cores_per_trial,
            cluster=cluster,
            out=trial.out,
            overrides=trial.overrides(),
            say=screen.say,
            **images.more(),
        )
    screen.answer(found.to_dict())
