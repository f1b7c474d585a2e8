"""An exploration as text."""

from tenfold.core.exploration import Exploration, SetSummary
from tenfold.core.text import counted, printable
from tenfold.report.text import text_table

_CHANNEL_NAMES = {1: ("grey",), 3: ("red", "green", "blue")}


def exploration_table(exploration: Exploration) -> str:
    """Lay out sizes, value ranges, channels and the counts of each class and batch."""
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
    rows = []
    for label, name in enumerate(exploration.classes):
        counts = [exploration.train.counts[label], exploration.test.counts[label]]
        counts += [batch[label] for batch in batches]
        brightness = exploration.brightness_means[label]
        shown = f"{brightness:.1f}" if exploration.train.counts[label] else "-"
        rows.append([name, *(f"{n:,}" for n in counts), shown])
    totals = [exploration.train.n, exploration.test.n, *map(sum, batches)]
    rows.append(["all", *(f"{n:,}" for n in totals), ""])
    return text_table(["class", "training", "test", *batch_names, "brightness"], rows)
