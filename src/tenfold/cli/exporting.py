"""Commands that take a network out of its run."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from tenfold.cli.command import command
from tenfold.cli.options import MovedData, RunPath
from tenfold.cli.screen import Screen


@command()
def export(
    path: RunPath,
    *,
    to: Annotated[
        Literal["keras", "onnx", "litert", "savedmodel"],
        typer.Option(help="The format: for Keras, ONNX Runtime, LiteRT or TensorFlow."),
    ],
    int8: Annotated[
        bool,
        typer.Option("--int8", help="8-bit numbers, for onnx and litert: smaller, less accurate."),
    ] = False,
    views: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1,
            help="1: a single look at each image, which is faster. Default: all views.",
        ),
    ] = None,
    dense: Annotated[
        bool, typer.Option("--dense", help="Write local layers as dense ones, which are larger.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="New file, or folder for savedmodel. Default: in RUN."),
    ] = None,
    data: MovedData = None,
    screen: Screen,
) -> None:
    """Write a run's network to a file for other programs, and check it there."""
    from tenfold.experiment.export import export as written
    from tenfold.runs.run import Run

    run = Run.open(path)
    answer = written(
        run, to, views=views, dense=dense, int8=int8, out=out, data=data, say=screen.say
    )
    screen.answer(answer)


@command()
def page(
    path: RunPath,
    *,
    views: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1,
            help="1: a single look at each picture, which is faster. Default: all views.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="New folder for the page. Default: in RUN."),
    ] = None,
    data: MovedData = None,
    screen: Screen,
) -> None:
    """Make a web page on which anybody classifies pictures with a run's network."""
    from tenfold.experiment.page import page as written
    from tenfold.runs.run import Run

    index = written(Run.open(path), views=views, out=out, data=data, say=screen.say)
    screen.answer({"page": str(index)})
