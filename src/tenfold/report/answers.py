"""Predictions of unlabelled files, in words."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from tenfold.core.predictions import ranked
from tenfold.core.text import counted, percent, printable

_MOST_CLASSES = 10


def answer_line(name: str, probabilities: np.ndarray, classes: Sequence[str], top: int) -> str:
    """Name a file's most probable classes: `a.png: cat (91.0 %), dog (5.2 %)`.

    Args:
        name: Of the file.
        probabilities: float32 (n_classes,).
        classes: Their names.
        top: How many to name.
    """
    best = ranked(probabilities, top)
    words = (f"{classes[label]} ({percent(float(probabilities[label]), 1)})" for label in best)
    return printable(f"{name}: {', '.join(words)}")


def counts_sentence(counts: Counter[str]) -> str:
    """Say how many images were taken for which class, the commonest first."""
    some = [f"{n:,} as {name}" for name, n in counts.most_common(_MOST_CLASSES)]
    rest = len(counts) - len(some)
    if rest:
        some.append(f"the rest as {counted(rest, 'other class', 'other classes')}")
    return printable(f"Predicted {counted(counts.total(), 'image')}: {', '.join(some)}.")
