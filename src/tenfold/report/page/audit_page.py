"""An audit as a page: findings, their images side by side, and what to keep."""

import base64
import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tenfold.core.audit import Findings, Suspect
from tenfold.core.images import Dataset
from tenfold.core.text import counted
from tenfold.report.page.render import render

MOST_GROUPS, MOST_IN_GROUP = 60, 6
"""Groups of images, or single ones, that are shown of each finding; the table has all of them."""


def audit_page(
    dataset: Dataset,
    answer: Mapping[str, Any],
    found: Mapping[str, Findings],
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
) -> str:
    """Write the page of an audit. Findings about test images come first: they cost most.

    Args:
        dataset: The images.
        answer: The content of audit.json.
        found: What each kind of finding found, by its name.
        columns: The header of quarantine.csv, which ends with `keep`.
        rows: The rows of quarantine.csv: those of each kind, kind by kind.
    """
    first, starts = 0, {}
    for name, findings in found.items():
        starts[name] = first
        first += len(findings.suspects)
    order = sorted(
        (name for name in found if found[name].found), key=lambda name: _cost(found[name])
    )
    return render(
        "audit.html",
        {
            "title": f"What to look at in the images of {dataset.name}",
            "words": [
                f"{counted(len(dataset.train), 'training image')} and "
                f"{counted(len(dataset.test), 'test image')}, from {dataset.provenance.location}. "
                "Nothing was changed."
            ],
            "kinds": [
                {
                    "name": name,
                    "looks_for": answer["findings"][name]["looks_for"],
                    "sentences": found[name].sentences,
                    "parts": _parts(dataset, found[name].suspects, starts[name]),
                }
                for name in order
            ],
            "nothing": [
                {"name": name, "sentences": findings.sentences}
                for name, findings in found.items()
                if not findings.found
            ],
            "n_rows": len(rows),
            "rows": json.dumps([_as_csv(row) for row in (columns, *rows)]),
        },
        scripts=("audit.js",),
    )


def _cost(findings: Findings) -> tuple[int, int]:
    """Smaller is worse: more test images, whose accuracy misleads; a fault of all is worst."""
    n_test = sum(each.split == "test" for each in findings.suspects)
    return (-(10**9) if findings.of_all else -n_test, -len(findings.suspects))


def _as_csv(row: Iterable[object]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="").writerow(row)
    return file.getvalue()


def _parts(dataset: Dataset, suspects: Sequence[Suspect], first: int) -> list[dict[str, Any]]:
    """The images of each finding, group by group, those with test images first."""
    groups: dict[str, dict[object, list[tuple[int, Suspect]]]] = {}
    for row, each in enumerate(suspects, first):
        key = ("alone", row) if each.group is None else each.group
        groups.setdefault(each.finding, {}).setdefault(key, []).append((row, each))
    parts = []
    for finding, members in groups.items():
        every = list(members.values())
        every.sort(key=lambda group: all(each.split == "train" for _, each in group))
        shown = every[:MOST_GROUPS]
        n_shown = sum(len(group[:MOST_IN_GROUP]) for group in shown)
        n = sum(map(len, members.values()))
        more = (
            f"The first {n_shown:,} of {n:,} rows; quarantine.csv has all." if n > n_shown else ""
        )
        pictures = [
            [_picture(dataset, row, each) for row, each in group[:MOST_IN_GROUP]] for group in shown
        ]
        parts.append({"name": f"{finding} ({n:,})", "more": more, "groups": pictures})
    return parts


def _picture(dataset: Dataset, row: int, suspect: Suspect) -> dict[str, Any]:
    images = dataset.train if suspect.split == "train" else dataset.test
    label = dataset.classes[images.labels[suspect.position]]
    about = f": {suspect.suggestion}" if suspect.suggestion else ""
    return {
        "row": row,
        "decided": suspect.split == "train",
        "keep": suspect.keep,
        "file": images.files[suspect.position] if images.files else "",
        "source": _source(images.images[suspect.position]),
        "words": f"{suspect.split} {suspect.position}, {label}{about}",
    }


def _source(image: np.ndarray) -> str:
    from PIL import Image

    file = io.BytesIO()
    plain = image[..., 0] if image.shape[2] == 1 else image[..., :3]
    picture = Image.fromarray(plain)
    picture.thumbnail((96, 96))
    picture.save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")
