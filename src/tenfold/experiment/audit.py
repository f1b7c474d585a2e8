"""Audit: look for faults in images, and write down what a person should look at."""

import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Unpack

from tenfold.core.audit import Findings, Suspect, Table
from tenfold.core.data_request import ImageOptions
from tenfold.core.images import Data, Dataset
from tenfold.core.progress import in_single_lines
from tenfold.core.text import Say, counted, duration
from tenfold.experiment.gather import gather
from tenfold.experiment.unseen import predict_unseen
from tenfold.findings.kinds import kinds_named
from tenfold.recipes import DEFAULT, RecipeAsked, find_recipe
from tenfold.runs.environment import environment
from tenfold.runs.folder import Folder
from tenfold.runs.ownership import new_folder
from tenfold.runs.tables import write_table

AUDIT = "audit.json"
QUARANTINE = "quarantine.csv"
COLUMNS = ("split", "position", "file", "finding", "group", "score", "suggestion", "keep")
"""Of `quarantine.csv`, a row for each image and finding."""


def audit(
    data: Data = "cifar10",
    *,
    only: Sequence[str] = (),
    recipe: RecipeAsked = DEFAULT,
    out: str | Path | None = None,
    say: Say = print,
    **images: Unpack[ImageOptions],
) -> dict[str, Any]:
    """Look for faults in images. Nothing is deleted or changed.

    Args:
        data: The images, as for `run`.
        only: Kinds of finding to look for, such as `near-duplicates`; all kinds if empty.
        recipe: Of the networks that check the labels.
        out: New folder for the results; by default one under `runs/`.
        say: Called with each line of output.
        **images: Options for the images, as for `run`.

    Returns:
        The content of audit.json.

    Raises:
        DataError: The images are missing, or not what was expected.
        RunFolderError: The folder is not empty.
        TenfoldError: There is no such kind of finding.
    """
    kinds, found_recipe = kinds_named(only), find_recipe(recipe)
    dataset = gather(data, say=say, **images)
    folder = new_folder(out, f"audit-{dataset.name}")
    found, answers = [], {}
    tell = in_single_lines(say)
    predict = partial(predict_unseen, dataset, found_recipe, seed=0, say=tell)
    for kind in kinds:
        began = time.perf_counter()
        findings = kind.with_networks(predict).find(dataset, say=tell)
        seconds = time.perf_counter() - began
        found.append(findings)
        answers[kind.name] = _answer(kind.looks_for, findings, seconds)
        tell(f"{kind.name} ({duration(seconds)})")
        for sentence in findings.sentences:
            tell(f"  {sentence}")
    answer = {**_about(dataset, folder), "findings": answers}
    _write(folder, dataset, found, answer)
    n_rows = sum(len(findings.suspects) for findings in found)
    tell(f"{counted(n_rows, 'row')} to look through in {folder / QUARANTINE}")
    return answer


def _about(dataset: Dataset, folder: Folder) -> dict[str, Any]:
    """Which images were looked at, and with what."""
    return {
        "data": {
            "name": dataset.name,
            "location": dataset.provenance.location,
            "classes": list(dataset.classes),
            "n_train": len(dataset.train),
            "n_test": len(dataset.test),
            "digests": dataset.digests(),
        },
        "environment": environment(folder.path),
    }


def _answer(looks_for: str, findings: Findings, seconds: float) -> dict[str, Any]:
    return {
        "looks_for": looks_for,
        "n_suspects": len(findings.suspects),
        "facts": dict(findings.facts),
        "thresholds": dict(findings.thresholds),
        "sentences": list(findings.sentences),
        "seconds": round(seconds, 3),
    }


def _write(
    folder: Folder, dataset: Dataset, found: Iterable[Findings], answer: Mapping[str, Any]
) -> None:
    """Write the tables, and audit.json last: where it is, the others are complete."""
    found = list(found)
    suspects = (suspect for findings in found for suspect in findings.suspects)
    write_table(COLUMNS, (_row(dataset, suspect) for suspect in suspects), folder / QUARANTINE)
    for findings in found:
        for name, table in findings.tables.items():
            _write_rows(table, folder / f"{name}.csv")
    folder.write_json(AUDIT, answer)


def _row(dataset: Dataset, suspect: Suspect) -> tuple[object, ...]:
    files = (dataset.train if suspect.split == "train" else dataset.test).files
    return (
        suspect.split,
        suspect.position,
        files[suspect.position] if files else "",
        suspect.finding,
        "" if suspect.group is None else suspect.group,
        f"{suspect.score:.4f}",
        suspect.suggestion,
        "yes" if suspect.keep else "no",
    )


def _write_rows(table: Table, path: Path) -> None:
    if table:
        write_table(list(table[0]), (list(row.values()) for row in table), path)
