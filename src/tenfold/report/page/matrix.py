"""The confusion matrix of a run's page, and the classes that are mixed up most."""

from typing import Any

from tenfold.core.text import percent
from tenfold.measure.confusion import most_mixed_up
from tenfold.report.confusion import ConfusionMap
from tenfold.runs.run import Run

N_PAIRS = 5
N_SHADES = 50
"""Shades of the cells, from pale to deep; the style sheet has a class for each."""
DEEP = 31
"""From this shade on, the colour asks for the other colour of numbers."""
MOST_BESIDE = 12
"""Classes up to which the matrix fits beside the result."""
KEY = (0.01, 0.05, 0.2, 0.5, 1.0)
"""Shares that the key below the matrix shows."""


def matrix(run: Run) -> dict[str, Any]:
    """The cells of the confusion matrix; of very many classes, the most confused ones."""
    counts = run.evaluation.confusion
    drawn = ConfusionMap.of(counts, run.classes)
    label_of = {name: label for label, name in enumerate(run.classes)}
    whole = len(drawn.classes) == len(run.classes)
    rows = []
    for i, (name, row) in enumerate(zip(drawn.classes, drawn.counts.tolist(), strict=True)):
        cells = []
        for j, n in enumerate(row):
            other = drawn.classes[j]
            cells.append({
                "n": f"{n:,}",
                "shade": shade(n / max(1, sum(row))),
                "right": i == j,
                "label": f"actual {name}, predicted {other}: {n:,}",
                "filter": whole or (name in label_of and other in label_of),
                "actual": label_of.get(name),
                "predicted": label_of.get(other),
            })  # fmt: skip
        rows.append({"name": name, "cells": cells})
    mixed = most_mixed_up(counts, run.classes, N_PAIRS)
    return {
        "matrix": {
            "names": list(drawn.classes),
            "rows": rows,
            "wide": len(rows) > MOST_BESIDE,
            "title": "" if whole else drawn.title,
            "key": [(percent(share, 0), shade(share)) for share in KEY],
        },
        "pairs": [
            {
                "names": (pair.first, pair.second),
                "n": f"{pair.n:,}",
                "share": percent(pair.share, 1),
                "of_first": f"{pair.n_first:,}",
                "of_second": f"{pair.n_second:,}",
            }
            for pair in mixed
        ],
    }


def shade(share: float) -> str:
    """The classes of a cell's colour: the square root, so that small shares differ too."""
    step = round(N_SHADES * share**0.5)
    return f"f{step} deep" if step >= DEEP else f"f{step}"
