"""Commands that look at several runs."""

from pathlib import Path
from typing import Annotated, Any, Literal

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
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER|FILE",
            help="New folder for the page and the figures, or an .html file for the page alone. "
            "Default: a new folder under runs/.",
        ),
    ] = None,
    screen: Screen,
) -> None:
    """Say whether a run is better than the first one on the same images, and what differs."""
    from tenfold.experiment.compare import compare
    from tenfold.experiment.pages import write_comparison
    from tenfold.runs.ownership import new_path

    found = compare(*runs, on=on, say=screen.say)
    page = write_comparison(found, new_path(out, "comparison"), say=screen.say)
    screen.answer({**found.to_dict(), "page": str(page)})


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
    page: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the list as a page too: a file named *.html."),
    ] = None,
    screen: Screen,
) -> None:
    """List all runs in a folder, with their figures."""
    from tenfold.experiment.pages import write_runs_page
    from tenfold.report.list_runs import runs_table
    from tenfold.runs.list_runs import list_runs

    found = list_runs(folder, sort=sort)
    answer: dict[str, Any] = {"folder": str(folder), "runs": [run.to_dict() for run in found]}
    if page is not None:
        answer["page"] = str(write_runs_page(found, folder, page, say=screen.say))
    screen.answer(answer, runs_table(found, str(folder)))
