"""A list of runs as one HTML file."""

from collections.abc import Sequence
from pathlib import Path

from tenfold.core.text import counted
from tenfold.report.list_runs import run_row
from tenfold.report.page.several import Section, link, paragraph, several_page, table
from tenfold.runs import layout
from tenfold.runs.list_runs import ListedRun

KIND = "list of runs"
COLUMNS = ("run", "recipe", "data", "state", "test", "95 % interval", "validation",
           "fit, s", "parameters", "date")  # fmt: skip
WORDS = ("run", "recipe", "data", "state", "date")


def runs_page(runs: Sequence[ListedRun], root: Path, page: Path) -> str:
    """Write the page of a list of runs.

    Every figure is that of `tenfold runs --json`. The page asks for nothing from outside.

    Args:
        runs: The runs, in the order of the rows.
        root: Where they were looked for.
        page: The file of the page; links to the runs' own pages start there.
    """
    rows = []
    for run in runs:
        name, *figures = run_row(run)
        rows.append([link(name, root / run.folder / layout.PAGE.name, page), *figures])
    reasons = [
        paragraph(f"{run.folder} is {run.state}: {run.reason}") for run in runs if run.reason
    ]
    blocks = [table("Runs and their figures", COLUMNS, rows, words=WORDS)]
    sections = [Section("Figures", "figures", blocks if runs else [])]
    if reasons:
        sections.append(Section("Runs that have not finished", "states", reasons))
    return several_page(
        KIND,
        f"Runs in {root}",
        [
            f"{counted(len(runs), 'run')}. Accuracies of different data cannot be compared.",
            "To choose between runs, use their validation accuracy; `tenfold compare` says whether "
            "a difference is more than chance.",
        ],
        [],
        sections,
    )
