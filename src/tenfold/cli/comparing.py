"""Commands that look at several runs."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from tenfold.cli.command import command
from tenfold.cli.screen import Screen


@command()
def compare(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN...", help="Folders of runs; each is compared with the first one."
        ),
    ],
    *,
    on: Annotated[
        Literal["test", "validation"],
        typer.Option(help="The images to compare on; validation reads nothing about test images."),
    ] = "test",
    screen: Screen,
) -> None:
    """Say whether a run is better than the first one on the same images, and what differs."""
    from tenfold.experiment.compare import compare

    screen.answer(compare(*runs, on=on, say=screen.say).to_dict())


@command()
def runs(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where to look, in all folders below too.")
    ] = Path("runs"),
    *,
    sort: Annotated[
        Literal[
            "folder",
            "recipe",
            "data",
            "state",
            "test",
            "validation",
            "seconds",
            "parameters",
            "date",
        ],
        typer.Option(help="The column that decides the order."),
    ] = "date",
    screen: Screen,
) -> None:
    """List all runs in a folder, with their figures."""
    from tenfold.report.list_runs import runs_table
    from tenfold.runs.list_runs import list_runs

    found = list_runs(folder, sort=sort)
    screen.answer(
        {"folder": str(folder), "runs": [run.to_dict() for run in found]},
        runs_table(found, str(folder)),
    )
