"""A list of runs as a table."""

import textwrap
from collections.abc import Sequence

from tenfold.core.text import counted, percent, printable
from tenfold.report.text import WIDTH, text_table
from tenfold.runs.list_runs import ListedRun


def runs_table(runs: Sequence[ListedRun], folder: str) -> str:
    """Write a row for each run, and below the table why a run is not finished.

    Args:
        runs: The runs, in the order of the rows.
        folder: Where they were looked for.
    """
    if not runs:
        return printable(f"There are no runs in {folder}")
    header = [
        "run", "recipe", "data", "state", "test", "95 % interval", "validation", "fit, s",
        "parameters", "date",
    ]  # fmt: skip
    parts = [
        text_table(header, [run_row(run) for run in runs]),
        *(
            textwrap.fill(
                printable(f"{run.folder} is {run.state}: {run.reason}"), WIDTH,
                break_long_words=False, break_on_hyphens=False,
            )
            for run in runs
            if run.reason
        ),
        f"{counted(len(runs), 'run')} in {printable(folder)}",
    ]  # fmt: skip
    return "\n\n".join(parts)


def run_row(run: ListedRun) -> list[str]:
    """The figures of a run in words, in the order of the columns."""
    interval = "-"
    if run.test_low is not None and run.test_high is not None:
        interval = f"{percent(run.test_low)} to {percent(run.test_high)}"
    return [
        run.folder,
        "-" if run.recipe is None else f"{run.recipe}, seed {run.seed}",
        run.data or "-",
        run.state,
        _share(run.test),
        interval,
        _share(run.validation),
        "-" if run.seconds is None else f"{run.seconds:,.1f}",
        "-" if run.parameters is None else f"{run.parameters:,}",
        run.date or "-",
    ]


def _share(share: float | None) -> str:
    return "-" if share is None else percent(share)
