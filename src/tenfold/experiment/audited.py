"""What an audit says about a run's test images: which are leaked, and whose labels are in doubt."""

import csv
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from tenfold.core.errors import RunFolderError, argument
from tenfold.data.quarantine import AUDIT, LABEL
from tenfold.measure.without import without
from tenfold.runs import layout
from tenfold.runs.files import expanded
from tenfold.runs.folder import readable
from tenfold.runs.run import Run

QUARANTINE, PAIRS = "quarantine.csv", "near-duplicates.csv"
NEAR_DUPLICATES, LABELS = "near-duplicates", "labels"
"""The kinds of finding whose test images are left out, as audit.json names them."""


def audit_of(run: Run, given: str | Path | None) -> Path | None:
    """The folder of the audit of a run's images: a given one, or that in the run; None without one.

    Raises:
        RunFolderError: There is no audit in the given folder, or it is one of other images.
    """
    if given is None:
        own = run.folder / layout.AUDIT
        return own if (own / AUDIT).is_file() else None
    path = expanded(given)
    if not (path / AUDIT).is_file():
        raise RunFolderError(
            f"Expected {argument('audit_from')} to be the folder of an audit, with {AUDIT} in it; "
            f"received {path}. Make one: `tenfold audit DATA --out {path}`."
        )
    with readable(path / AUDIT):
        then = _facts(path)["data"]["digests"]
    if then != run.folder.read_json(layout.DATA)["digests"]:
        raise RunFolderError(
            f"The audit in {path} is one of other images than those of {run.folder.path}: their "
            f"checksums differ. Audit {run.data.provenance.location}."
        )
    return path


def accuracy_without(run: Run, audit: Path | None) -> dict[str, Any] | None:
    """The accuracy of a run without the test images that an audit calls leaked or doubtful.

    A test image is leaked if it shows the same shot as an image that the run was fitted or
    validated on; images that were left out of both leak nothing.

    Args:
        run: The run, with predictions.
        audit: The folder of `audit_of`.

    Returns:
        Values for metrics.json; None without an audit.
    """
    if audit is None:
        return None
    predictions, splits = run.predictions, run.splits
    used = set(np.concatenate([splits.train, splits.validation]).tolist())
    with readable(audit / AUDIT):
        looked_for = _facts(audit)["findings"]
        leaked = doubted = None
        if NEAR_DUPLICATES in looked_for:
            leaked = _at(
                len(predictions),
                (
                    int(row["other_position"])
                    for row in _rows(audit / PAIRS)
                    if (row["split"], row["other_split"]) == ("train", "test")
                    and int(row["position"]) in used
                ),
            )
        if LABELS in looked_for:
            doubted = _at(
                len(predictions),
                (
                    int(row["position"])
                    for row in _rows(audit / QUARANTINE)
                    if (row["split"], row["finding"]) == ("test", LABEL)
                ),
            )
    found = without(predictions.predicted == predictions.truth, leaked, doubted)
    place = layout.AUDIT.basename if audit == run.folder / layout.AUDIT else str(audit)
    return {"audit": place, "test": [asdict(each) for each in found]}


def _facts(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / AUDIT).read_text(encoding="utf-8"))
    return found


def _rows(path: Path) -> list[dict[str, str]]:
    """The rows of a table; none where there is none, since an empty table is not written."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _at(n: int, positions: Iterable[int]) -> np.ndarray:
    """Bool (n,), True at the positions."""
    found = np.zeros(n, dtype=bool)
    found[np.fromiter(positions, dtype=np.int64)] = True
    return found
