"""The commands: parse, call, print."""

import gc
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from tenfold.cli.about import cache, doctor, recipes
from tenfold.cli.auditing import audit
from tenfold.cli.clustering import template
from tenfold.cli.command import listen_to_sigterm
from tenfold.cli.comparing import compare, runs
from tenfold.cli.exploring import explore
from tenfold.cli.exporting import export, page
from tenfold.cli.options import with_address
from tenfold.cli.running import resume, run, study, train, verify
from tenfold.cli.screen import complain, is_about_a_stream, prepare, settle
from tenfold.cli.serving import serve
from tenfold.cli.steps import clean, evaluate, gather, predict, report, split
from tenfold.cli.tuning import tune

COMMANDS = (
    run,
    resume,
    verify,
    gather,
    explore,
    clean,
    audit,
    split,
    train,
    predict,
    evaluate,
    report,
    export,
    serve,
    page,
    compare,
    runs,
    study,
    tune,
    recipes,
    doctor,
    cache,
)
"""In the order of `tenfold --help`."""

COLLECT_AFTER = (50_000, 20, 100)
"""For `gc.set_threshold`. Imports make many objects and no garbage: Python's own 700 objects cost
0.7 s while TensorFlow is imported."""

SUMMARY = "Image classification with multilayer perceptrons: the whole process, step by step."

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for each in COMMANDS:
    app.command()(each)

cluster = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
cluster.command()(template)
app.add_typer(cluster, name="cluster", help="Files that start a Ray cluster.")


def show_version(wanted: bool) -> None:
    """Print the version and stop, where `--version` is given."""
    if wanted:
        typer.echo(f"tenfold {version('tenfold')}")
        raise typer.Exit


@app.callback(help=SUMMARY)
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=show_version, is_eager=True, help="Print the version and stop."
        ),
    ] = False,
) -> None:
    """Take the options that belong to no command."""


def main() -> None:
    """Run the command line."""
    gc.set_threshold(*COLLECT_AFTER)
    listen_to_sigterm()
    prepare()
    try:
        app(with_address(sys.argv[1:]))  # Typer itself prints the help.
    except OSError as error:
        if not is_about_a_stream(error):
            raise
        complain(f"cannot write to standard output: {error.strerror or error}.")
        sys.exit(1)
    finally:
        settle()
        gc.freeze()  # The interpreter would look through all of TensorFlow once more: 1.3 s.
