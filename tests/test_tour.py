"""The notebook of the whole process, executed on digits."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

TOUR = Path(__file__).parent.parent / "notebooks" / "tour.ipynb"


def read_tour():
    return nbformat.read(TOUR, as_version=4)


def outputs_of(cell, kind):
    return [output for output in cell.get("outputs", []) if output.output_type == kind]


def test_is_committed_as_a_valid_notebook_without_outputs():
    tour = read_tour()
    nbformat.validate(tour)
    cells = [cell for cell in tour.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in cells)


@pytest.mark.notebook
def test_runs_on_digits_and_shows_its_pictures_and_figures(tmp_path, monkeypatch):
    monkeypatch.delenv("TENFOLD_CIFAR10", raising=False)
    tour = read_tour()
    settings = next(cell for cell in tour.cells if "parameters" in cell.metadata.get("tags", []))
    settings.source += "\nEPOCHS, N_SEEDS = 3, 1"  # What is shown matters here, not how good it is.
    NotebookClient(
        tour, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()

    told = "".join(o.text for cell in tour.cells for o in outputs_of(cell, "stream"))
    assert "Gathered digits" in told
    assert "actual  predicted  confidence" in told
    assert "Validation accuracy" in told
    assert "Test accuracy" in told
    assert "95 % interval" in told
    assert "WARNING" not in told
    shown = [o for cell in tour.cells for o in outputs_of(cell, "execute_result")]
    assert len([o for o in shown if "image/png" in o.data]) == 9
    assert not list(tmp_path.iterdir())
