"""Audit: look for faults in images, and write down what a person should look at."""

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any, Unpack

from tenfold.cluster.connect import connected
from tenfold.cluster.mirror import mirrored
from tenfold.cluster.ordered import decode_on, each_on
from tenfold.cluster.place import is_address
from tenfold.core.audit import Findings, Suspect, Table
from tenfold.core.data_request import DataRequest, ImageOptions
from tenfold.core.each import Each, in_turn
from tenfold.core.images import Data, Dataset
from tenfold.core.progress import in_single_lines
from tenfold.core.text import Say, counted, duration
from tenfold.data.ahead import read_ahead
from tenfold.data.quarantine import AUDIT
from tenfold.experiment.gather import gather, requested
from tenfold.experiment.unseen import predict_unseen
from tenfold.findings.kind import Kind
from tenfold.findings.kinds import KINDS, kinds_named
from tenfold.recipes import DEFAULT, RecipeAsked, find_recipe
from tenfold.runs.environment import environment
from tenfold.runs.folder import Folder
from tenfold.runs.ownership import new_folder
from tenfold.runs.tables import write_table

QUARANTINE, PAGE = "quarantine.csv", "report.html"
COLUMNS = ("split", "position", "file", "finding", "group", "score", "suggestion", "keep")
"""Of `quarantine.csv`, a row for each image and finding."""


def audit(
    data: Data = "cifar10",
    *,
    only: Sequence[str] = (),
    recipe: RecipeAsked = DEFAULT,
    cluster: str | None = None,
    out: str | Path | None = None,
    say: Say = print,
    **images: Unpack[ImageOptions],
) -> dict[str, Any]:
    """Look for faults in images. Nothing is deleted or changed.

    Args:
        data: The images, as for `run`; or the address of a folder in an object store, such as
            `s3://bucket/folder`, which is copied to the cache first.
        only: Kinds of finding to look for, such as `near-duplicates`; all kinds if empty.
        recipe: Of the networks that check the labels.
        cluster: Address of a Ray cluster whose workers read the files and look at every image, or
            `local` to start Ray on this machine; None for this process. The answer is the same.
        out: New folder for the results; by default one under `runs/`.
        say: Called with each line of output.
        **images: Options for the images, as for `run`.

    Returns:
        The content of audit.json.

    Raises:
        DataError: The images are missing, or not what was expected.
        RunFolderError: The folder is not empty.
        TenfoldError: There is no such kind of finding.
        ClusterError: Ray is not installed, or nothing answers at the address.
    """
    kinds, found_recipe = kinds_named(only), find_recipe(recipe)
    on_workers = data if cluster and isinstance(data, str | Path) else None
    if isinstance(data, str) and is_address(data):
        data, on_workers = mirrored(data, say=say), None  # Only this machine has the copy.
    with connected(cluster) if cluster else nullcontext(0) as n_cores:
        each = each_on(n_cores) if cluster else in_turn
        if on_workers is not None:
            _read_on_workers(requested(on_workers, images), n_cores, say)
        dataset = gather(data, say=say, **images)
        folder = new_folder(out, f"audit-{dataset.name}")
        return audit_into(folder, dataset, kinds, recipe=found_recipe, each=each, say=say)


def _read_on_workers(request: DataRequest, n_cores: int, say: Say) -> None:
    """Have the workers decode image files into the cache, where gathering finds them."""
    tell = in_single_lines(say)
    if not read_ahead(request, decode_on(n_cores), say=tell):
        tell("These images are not in files of their own: this machine reads them.")


def audit_into(
    folder: Folder,
    dataset: Dataset,
    kinds: Sequence[Kind] = KINDS,
    *,
    recipe: RecipeAsked = DEFAULT,
    each: Each = in_turn,
    say: Say,
) -> dict[str, Any]:
    """Look for faults in images that are gathered, and write what is found into a folder.

    Args:
        folder: The folder, which is there.
        dataset: The images.
        kinds: What to look for.
        recipe: Of the networks that check the labels.
        each: Who looks at every image.
        say: Called with each line of output.

    Returns:
        The content of audit.json.
    """
    found, answers = [], {}
    tell = in_single_lines(say)
    predict = partial(predict_unseen, dataset, find_recipe(recipe), seed=0, say=tell)
    for kind in kinds:
        began = time.perf_counter()
        findings = kind.with_workers(each).with_networks(predict).find(dataset, say=tell)
        seconds = time.perf_counter() - began
        found.append(findings)
        answers[kind.name] = _answer(kind.looks_for, findings, seconds)
        tell(f"{kind.name} ({duration(seconds)})")
        for sentence in findings.sentences:
            tell(f"  {sentence}")
    answer = {**_about(dataset, folder), "findings": answers}
    _write(folder, dataset, found, answer)
    n_rows = sum(len(findings.suspects) for findings in found)
    tell(f"To look at the images in a browser: {folder / PAGE}")
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
        "found": findings.found,
        "n_suspects": len(findings.suspects),
        "facts": dict(findings.facts),
        "thresholds": dict(findings.thresholds),
        "sentences": list(findings.sentences),
        "seconds": round(seconds, 3),
    }


def _write(
    folder: Folder, dataset: Dataset, found: Iterable[Findings], answer: Mapping[str, Any]
) -> None:
    """Write the tables and the page, and audit.json last: where it is, the others are complete."""
    from tenfold.report.page.audit_page import audit_page

    found = list(found)
    rows = [_row(dataset, suspect) for findings in found for suspect in findings.suspects]
    write_table(COLUMNS, rows, folder / QUARANTINE)
    named = dict(zip(answer["findings"], found, strict=True))
    folder.write_text(PAGE, audit_page(dataset, answer, named, COLUMNS, rows))
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
