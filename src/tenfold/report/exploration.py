"""An exploration as text."""

import math

from tenfold.core.exploration import Exploration, SetSummary
from tenfold.core.text import counted, printable
from tenfold.report.text import text_table

MOST_ROWS = 40
"""If there are more classes, only the smallest and the largest have a row."""
N_SMALLEST, N_LARGEST = 10, 5

_CHANNEL_NAMES = {1: ("grey",), 3: ("red", "green", "blue")}


def exploration_table(exploration: Exploration) -> str:
    """Lay out sizes, value ranges, channels and the counts of each class and batch.

    If there are very many classes, only those with the fewest and the most training images have
    rows.
    """
    height, width, channels = exploration.shape
    heading = (
        f"{printable(exploration.name)}: {len(exploration.classes)} classes, "
        f"{height} x {width} pixels, {counted(channels, 'channel')}"
    )
    return "\n\n".join((heading, _sets(exploration), _channels(exploration), _classes(exploration)))


def _sets(exploration: Exploration) -> str:
    sets = (("training", exploration.train), ("test", exploration.test))
    return text_table(
        ("set", "images", "type", "values"),
        [(name, f"{facts.n:,}", facts.dtype, _range(facts)) for name, facts in sets],
    )


def _range(summary: SetSummary) -> str:
    return "none" if summary.lowest is None else f"{summary.lowest}..{summary.highest}"


def _channels(exploration: Exploration) -> str:
    n = exploration.shape[2]
    names = _CHANNEL_NAMES.get(n, tuple(str(channel) for channel in range(n)))
    means, deviations = exploration.channel_means, exploration.channel_deviations
    return text_table(
        ("channel (0..255)", "mean", "deviation"),
        [
            (name, f"{mean:.1f}", f"{deviation:.1f}")
            for name, mean, deviation in zip(names, means, deviations, strict=True)
        ],
    )


def _classes(exploration: Exploration) -> str:
    batches = exploration.batch_counts
    batch_names = [f"batch {number}" for number in range(1, len(batches) + 1)]
    sets = (exploration.train.counts, exploration.test.counts, *batches)
    statistics = {"brightness": (exploration.brightness, 1)}
    if exploration.chroma is not None:
        statistics["chroma"] = (exploration.chroma, 1)
    statistics["sharpness"] = (exploration.sharpness, 2)
    blank = [""] * len(statistics)
    shown = _shown(exploration.train.counts)
    rows = []
    for label in shown:
        seen = [_written(each.means[label], decimals) for each, decimals in statistics.values()]
        rows.append([exploration.classes[label], *(f"{counts[label]:,}" for counts in sets), *seen])
    n_others = len(exploration.classes) - len(shown)
    if n_others:
        others = [sum(counts) - sum(counts[label] for label in shown) for counts in sets]
        rows.append([f"the other {n_others:,}", *(f"{n:,}" for n in others), *blank])
    rows.append(["all", *(f"{sum(counts):,}" for counts in sets), *blank])
    return text_table(["class", "training", "test", *batch_names, *statistics], rows)


def _written(value: float, decimals: int) -> str:
    return "-" if math.isnan(value) else f"{value:.{decimals}f}"


def _shown(counts: tuple[int, ...]) -> list[int]:
    """The classes that have rows: all, or the smallest and the largest of very many."""
    if len(counts) <= MOST_ROWS:
        return list(range(len(counts)))
    by_size = sorted(range(len(counts)), key=lambda label: counts[label])
    return [*by_size[:N_SMALLEST], *by_size[-N_LARGEST:]]
