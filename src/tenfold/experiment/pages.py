"""Write the pages of studies, searches, comparisons and lists of runs."""

import base64
from collections.abc import Sequence
from pathlib import Path

from tenfold.core.errors import RunFolderError, TenfoldError, argument
from tenfold.core.text import Say
from tenfold.experiment.steps import write_page
from tenfold.experiment.study_folder import CURVES, RESULT, SETTINGS, finished_fits
from tenfold.experiment.tune_folder import SETTINGS as TUNE_SETTINGS
from tenfold.measure.comparison import RunComparison
from tenfold.measure.study import Study, compare
from tenfold.measure.tuning import Tuning
from tenfold.runs import layout
from tenfold.runs.files import expanded, written_whole
from tenfold.runs.folder import Folder, readable
from tenfold.runs.list_runs import ListedRun
from tenfold.runs.run import Run

SUFFIX = ".html"
_BEGINNING_BYTES = 4096
"""The first bytes of a page, which say what it is."""


def write_page_of(path: str | Path, *, say: Say = print) -> Path:
    """Write the page of the run or study in a folder again; return the page's path.

    Raises:
        RunFolderError: The folder is neither a run's nor a study's, or has no figures yet.
    """
    folder = Folder(expanded(path))
    if folder.has(SETTINGS):
        if not folder.has(RESULT):
            raise RunFolderError(
                f"The study in {folder.path} has not ended. Continue it first: repeat its request "
                f"with {argument('resume')} in place of {argument('out')}."
            )
        with folder.owned():
            return write_study_page(folder, compare(finished_fits(folder)), say=say)
    if not folder.has(layout.RECIPE):
        raise RunFolderError(
            f"Expected the folder of a run or study; received {folder.path}, which holds neither "
            f"{layout.RECIPE.name} nor {SETTINGS}. `tenfold runs` lists your runs."
        )
    run = Run.open(path)
    with run.folder.owned():
        return write_page(run, say=say)


def write_study_page(folder: Folder, found: Study, *, say: Say) -> Path:
    """Write the page of a study into its folder; return the page's path."""
    from tenfold.report.page.study_page import study_page

    curves = None
    if folder.has(CURVES):
        curves = base64.b64encode((folder / CURVES).read_bytes()).decode("ascii")
    with readable(folder / SETTINGS):
        text = study_page(found, folder.read_json(SETTINGS), folder.path, curves)
    return _written(folder / layout.PAGE, text, say)


def write_tune_page(folder: Folder, found: Tuning, *, say: Say) -> Path:
    """Write the page of a search into its folder; return the page's path."""
    from tenfold.report.page.tune_page import tune_page

    with readable(folder / TUNE_SETTINGS):
        text = tune_page(found, folder.read_json(TUNE_SETTINGS), folder.path)
    return _written(folder / layout.PAGE, text, say)


def write_comparison(found: RunComparison, out: str | Path, *, say: Say = print) -> Path:
    """Write the page of a comparison; return the page's path.

    Args:
        found: What was found.
        out: A new folder for the page, `comparison.json` and `summary.txt`; or a file that ends
            with `.html`, for the page alone. An earlier page of a comparison is replaced.
        say: Called with each line of output.

    Raises:
        TenfoldError: The folder holds something, or the file is something else.
    """
    from tenfold.report.comparison import comparison_text
    from tenfold.report.page.comparison_page import KIND, comparison_page

    path = expanded(out)
    if path.suffix.lower() == SUFFIX:
        _check_page(path, KIND, "out")
        return _written(path, comparison_page(found, path), say)
    folder = Folder.create(path)
    folder.write_json("comparison.json", found.to_dict())
    folder.write_text("summary.txt", comparison_text(found))
    page = folder / layout.PAGE
    return _written(page, comparison_page(found, page), say)


def write_runs_page(
    runs: Sequence[ListedRun], root: str | Path, out: str | Path, *, say: Say = print
) -> Path:
    """Write the page of a list of runs; return the page's path.

    Args:
        runs: As `list_runs` gives them.
        root: The folder that was listed.
        out: A file that ends with `.html`. An earlier page of a list of runs is replaced.
        say: Called with each line of output.

    Raises:
        TenfoldError: The file is something else.
    """
    from tenfold.report.page.runs_page import KIND, runs_page

    path = expanded(out)
    _check_page(path, KIND, "page")
    return _written(path, runs_page(runs, expanded(root), path), say)


def _check_page(path: Path, kind: str, name: str) -> None:
    """Check that a page can be written without the loss of another file."""
    from tenfold.report.page.several import made_as

    wanted = f"Expected {argument(name)} to be a new file that ends with {SUFFIX}"
    if path.suffix.lower() != SUFFIX:
        raise TenfoldError(f"{wanted}; received {path}. Try {path}{SUFFIX}.")
    if not path.exists():
        return
    try:
        with path.open("rb") as file:
            beginning = file.read(_BEGINNING_BYTES).decode("utf-8", "replace")
    except OSError:
        beginning = ""
    if not made_as(kind, beginning):
        raise TenfoldError(
            f"{wanted}, or an earlier page of a {kind}; {path} holds something else, and Tenfold "
            "does not overwrite it. Choose another name."
        )


def _written(path: Path, text: str, say: Say) -> Path:
    with written_whole(path, in_new_folder=True) as part:
        part.write_text(text, encoding="utf-8", errors="backslashreplace")
    say(f"To look at it in a browser: {path}")
    return path
