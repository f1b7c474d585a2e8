"""Make a page from a run, on which anybody classifies pictures in their browser."""

from pathlib import Path

from tenfold.core.errors import TenfoldError, argument
from tenfold.core.images import Data
from tenfold.core.text import Say
from tenfold.deploy.document import read_document
from tenfold.deploy.page.render import INDEX, Sureness, write_page
from tenfold.experiment.load import exported
from tenfold.runs import layout
from tenfold.runs.files import expanded, folder_written_whole
from tenfold.runs.run import Run

PAGE = "page"
"""The folder of the page among a run's exports."""


def page(
    run: Run,
    *,
    views: int | None = None,
    out: str | Path | None = None,
    data: Data | None = None,
    say: Say = print,
) -> Path:
    """Write a page, as a folder of files, on which the network runs in the reader's browser.

    Any web server can show the folder, and so can a browser from the disk. The page asks for
    nothing from elsewhere, and sends no picture anywhere. The network is exported to ONNX first,
    unless `exports/` in the run's folder holds that export already.

    Args:
        run: The run.
        views: 1 for a single look at each picture, which is faster; None for the recipe's views.
        out: The new folder; None for `exports/page` in the run's folder, which is replaced.
        data: Where the run's images are now, if they have moved; or its arrays again.
        say: Called with each line of output.

    Returns:
        The path of `index.html`.

    Raises:
        TenfoldError: The network cannot be exported, or does not take pictures.
    """
    folder = run.folder / layout.EXPORTS / PAGE if out is None else expanded(out)
    if out is not None and folder.exists():
        raise TenfoldError(
            f"{folder} exists, and Tenfold never overwrites anything. Choose another folder with "
            f"{argument('out')}."
        )
    model = exported(run, views=views, data=data, say=say)
    sureness = Sureness.of(run.metrics) if run.folder.has(layout.METRICS) else Sureness()
    report = run.folder / layout.PAGE if run.folder.has(layout.PAGE) else None
    with folder_written_whole(folder) as part:
        write_page(part, model, read_document(model), sureness, report)
    size = sum(each.stat().st_size for each in folder.iterdir())
    say(f"The page is {folder / INDEX} ({size / 1e6:.1f} MB with its files)")
    say("Open it in a browser, or copy the whole folder to a web server")
    return folder / INDEX
