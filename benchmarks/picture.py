"""Draw what `peers.py`, `frontier.py` and `scaling.py` measured, and compare in numbers.

    python benchmarks/picture.py [--folder docs/pictures]

Reads peers.csv, frontier.csv and scaling.csv, as far as they are there; without the first two,
the published figures are drawn. Writes frontier.png (accuracy against seconds of fitting) and
scaling.png (seconds an epoch against images and parameters). Prints how far the best peer is behind
each recipe in the same seconds, and how many times as long it needs for the same accuracy. Peers
count with the best point of their curve so far, chosen by test accuracy; a recipe counts with the
mean of its seeds.
"""

import argparse
import statistics
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from measuring import read_rows
from tenfold.recipes import NAMES, find_measured, find_recipe
from tenfold.report.display import new_figure, save_figure
from tenfold.report.palette import (
    BLACK,
    BLUE,
    GREEN,
    LABEL_PT,
    ORANGE,
    PURPLE,
    SKY,
    SMALL_PT,
    VERMILION,
    plain_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Point = tuple[float, float]
"""Seconds of fitting, accuracy in percent."""

PEER_STYLES = ((ORANGE, "-"), (PURPLE, "--"), (SKY, "-."), (GREEN, ":"), (BLACK, "-"))
TRACK_STYLES = {"local": (BLUE, "o"), "dense": (VERMILION, "s")}

PUBLISHED_PEERS = {
    "PyTorch, planned for 7.6 s": [(9.1, 56.48)],
    "PyTorch, tuned, planned for 60 s and 480 s": [(59.4, 65.07), (330.0, 66.93)],
    "scikit-learn": [(66.0, 53.88)],
    "the notebook's network in bare Keras": [(79.0, 49.27)],
    "a small convolutional network in Keras": [(64.4, 75.61)],
}
"""The best point of each program in docs/measured.md, in seconds scaled as those of the recipes."""

LINES = {"locally connected, arXiv:2007.13657": 86.13, "the classic notebook": 48.91}
"""Published test accuracies in percent, without seconds."""


@dataclass(frozen=True)
class Fitted:
    """A recipe: mean and standard deviation of seconds and of accuracy in percent, n fits."""

    name: str
    track: str
    n: int
    seconds: float
    accuracy: float
    seconds_sd: float
    accuracy_sd: float


def peer_curves(rows: list[dict[str, str]]) -> dict[str, list[Point]]:
    """Each program's best accuracy so far, by seconds; over all seeds, which favours it."""
    points: dict[str, list[Point]] = defaultdict(list)
    for row in rows:
        points[row["peer"]].append((float(row["fit_s"]), 100 * float(row["test_accuracy"])))
    curves = {}
    for peer, each in points.items():
        best: list[Point] = []
        for seconds, accuracy in sorted(each):
            if not best or accuracy > best[-1][1]:
                best.append((seconds, accuracy))
        curves[peer] = best
    return curves


def fitted_recipes(rows: list[dict[str, str]]) -> list[Fitted]:
    """Mean and spread of each recipe's test accuracy; of its validation accuracy without one."""
    by_name: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        by_name[row["recipe"]].append(row)
    return [_fitted(name, each) for name, each in by_name.items()]


def published_recipes() -> list[Fitted]:
    """The figures that the recipes themselves state, in scaled seconds."""
    found = []
    for name in NAMES:
        measured = find_measured(name)
        if measured is not None:
            track = "local" if find_recipe(name).network.kind == "local" else "dense"
            accuracy, sd = 100 * measured.accuracy, 100 * (measured.sd or 0.0)
            found.append(Fitted(name, track, measured.n, measured.fit_s, accuracy, 0.0, sd))
    return found


def _fitted(name: str, rows: list[dict[str, str]]) -> Fitted:
    tested = [row for row in rows if row["test_accuracy"]]
    column = "test_accuracy" if tested else "validation_accuracy"
    used = tested or rows
    seconds = [float(row["fit_s"]) for row in used]
    accuracies = [100 * float(row[column]) for row in used]
    return Fitted(
        name if tested else f"{name} (validation)",
        rows[0]["track"],
        len(used),
        statistics.mean(seconds),
        statistics.mean(accuracies),
        statistics.stdev(seconds) if len(used) > 1 else 0.0,
        statistics.stdev(accuracies) if len(used) > 1 else 0.0,
    )


def draw_frontier(curves: dict[str, list[Point]], recipes: list[Fitted]) -> "Figure":
    """Accuracy against seconds of fitting, on a logarithmic axis."""
    figure = new_figure(8.5, 5.2)
    axes = figure.add_subplot()
    plain_axes(
        axes,
        title="CIFAR-10 on the same cores: accuracy against time to fit",
        x="Seconds of fitting (logarithmic)",
        y="Test accuracy (%)",
    )
    axes.set_xscale("log")
    for line, accuracy in LINES.items():
        axes.axhline(accuracy, color=BLACK, linewidth=1, linestyle=(0, (4, 3)))
        axes.annotate(
            f"{line}: {accuracy:.2f} %", (0.01, accuracy), xycoords=("axes fraction", "data"),
            xytext=(0, 3), textcoords="offset points", fontsize=SMALL_PT,
        )  # fmt: skip
    for number, (peer, points) in enumerate(curves.items()):
        color, style = PEER_STYLES[number % len(PEER_STYLES)]
        seconds, accuracies = zip(*points, strict=True)
        label = f"{peer}, best so far" if len(points) > 1 else peer
        axes.plot(
            seconds, accuracies, style, color=color, marker="." if len(points) > 1 else "D",
            markevery=max(1, len(points) // 10), label=label,
        )  # fmt: skip
    for track, (color, marker) in TRACK_STYLES.items():
        chosen = [recipe for recipe in recipes if recipe.track == track]
        if chosen:
            axes.errorbar(
                [recipe.seconds for recipe in chosen],
                [recipe.accuracy for recipe in chosen],
                xerr=[recipe.seconds_sd for recipe in chosen],
                yerr=[recipe.accuracy_sd for recipe in chosen],
                fmt=marker, color=color, capsize=3, markersize=7,
                label=f"Tenfold, {track} (mean, standard deviation)",
            )  # fmt: skip
    for recipe in recipes:
        axes.annotate(
            f"{recipe.name} {recipe.accuracy:.1f} % (n {recipe.n})",
            (recipe.seconds, recipe.accuracy),
            xytext=(0, 9), textcoords="offset points", ha="center", fontsize=SMALL_PT,
            fontweight="bold", color=TRACK_STYLES[recipe.track][0],
            bbox={"color": "white", "alpha": 0.7, "pad": 0.5},
        )  # fmt: skip
    axes.margins(x=0.15, y=0.12)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.legend(fontsize=SMALL_PT, loc="lower right", framealpha=0.9, edgecolor="none")
    return figure


def draw_scaling(rows: list[dict[str, str]]) -> "Figure":
    """Seconds an epoch against images, and against parameters."""
    figure = new_figure(9.5, 3.8)
    for axes, varied in zip(figure.subplots(1, 2), ("images", "parameters"), strict=True):
        chosen = [row for row in rows if row["varied"] == varied]
        _draw_growth(axes, chosen, varied)
    return figure


def _draw_growth(axes: "Axes", rows: list[dict[str, str]], varied: str) -> None:
    column, unit, scale = {
        "images": ("n_images", "Training images (thousands)", 1e3),
        "parameters": ("parameters", "Parameters (millions, logarithmic)", 1e6),
    }[varied]
    plain_axes(axes, title=f"Time by {varied}", x=unit, y="Seconds an epoch")
    points = sorted((float(row[column]) / scale, float(row["epoch_s"])) for row in rows)
    if not points:
        return
    x, y = zip(*points, strict=True)
    axes.plot(x, y, "-o", color=BLUE)
    for n, seconds in points:
        axes.annotate(
            f"{seconds:.3g} s", (n, seconds), xytext=(-5, 5), textcoords="offset points",
            ha="right", fontsize=SMALL_PT,
        )  # fmt: skip
    if varied == "parameters":
        axes.set_xscale("log", base=2)
        axes.set_yscale("log", base=2)
        axes.xaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_major_formatter("{x:g}")
        axes.set_ylabel("Seconds an epoch (logarithmic)", fontsize=LABEL_PT)
    axes.margins(0.15)
    if varied == "images":
        axes.set_ylim(bottom=0)
        axes.set_xlim(left=0)


def compare(curves: dict[str, list[Point]], recipe: Fitted) -> str:
    """Say how far the best peer is behind, and how much longer peers need."""
    by_then = [
        (max((a for s, a in points if s <= recipe.seconds), default=0.0), peer)
        for peer, points in curves.items()
    ]
    best, peer = max(by_then)
    reached = [
        (min(s for s, a in points if a >= recipe.accuracy), peer)
        for peer, points in curves.items()
        if points[-1][1] >= recipe.accuracy
    ]
    behind = f"best peer by then: {peer} {best:.1f} %" if best else "no peer has a point by then"
    if reached:
        seconds, first = min(reached)
        sooner = f"{first} takes {seconds / recipe.seconds:.1f} times as long for it"
    else:
        longest = max(points[-1][0] for points in curves.values())
        sooner = f"no peer reaches it, in {longest / recipe.seconds:.1f} times as long"
    return f"{recipe.name}: {recipe.accuracy:.1f} % in {recipe.seconds:.1f} s; {behind}; {sooner}"


def main() -> None:
    """Draw and compare whatever was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", type=Path, default=Path("peers.csv"))
    parser.add_argument("--frontier", type=Path, default=Path("frontier.csv"))
    parser.add_argument("--scaling", type=Path, default=Path("scaling.csv"))
    parser.add_argument("--folder", type=Path, default=Path())
    asked = parser.parse_args()
    curves = peer_curves(read_rows(asked.peers))
    recipes = fitted_recipes(read_rows(asked.frontier))
    drawn = (curves, recipes) if curves or recipes else (PUBLISHED_PEERS, published_recipes())
    print(save_figure(draw_frontier(*drawn), asked.folder / "frontier.png"))
    if growth := read_rows(asked.scaling):
        print(save_figure(draw_scaling(growth), asked.folder / "scaling.png"))
    for recipe in recipes if curves else []:
        print(compare(curves, recipe))


if __name__ == "__main__":
    main()
