"""A run in a notebook: the short form of its page, styled inline so that nothing else changes."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from tenfold.core.context import NOTEBOOK, simple_rules
from tenfold.core.text import percent, printable
from tenfold.runs import layout

if TYPE_CHECKING:
    from tenfold.runs.run import Run

MOST_CLASSES = 20
"""With more classes the matrix is too large for a cell of a notebook."""
Confused = tuple[str, str, int, float]
"""Actual class, predicted class, number of images, their share of the actual class."""

_CELL = "border:0;padding:.1em .5em;background:none"
_NAME = "max-width:12em;overflow:hidden;text-overflow:ellipsis;white-space:nowrap"


def short_form(run: "Run", confused: Sequence[Confused]) -> str:
    """Show an evaluated run: what was learnt from what, its accuracy, its diagnosis, its mistakes.

    The figures are those of `metrics.json`. Colours are shades over the notebook's own, so that
    they suit a light and a dark one.

    Args:
        run: The run; it has been evaluated.
        confused: The classes that are most often confused.
    """
    data = run.data
    title = f"{run.recipe.name} on {data.name}, seed {run.seed}"
    learnt = (
        f"Learnt from {len(run.splits.train):,} images of {len(data.classes):,} classes, "
        f"{data.shape[0]} x {data.shape[1]} pixels."
    )
    left = _accuracy(run) + _diagnosis(run)
    right = (_matrix(run) if len(run.classes) <= MOST_CLASSES else "") + _confused(confused)
    where = f"Everything is in {run.folder.path.absolute()}"
    where += (
        f"; the whole page is {layout.PAGE.name} there." if run.folder.has(layout.PAGE) else "."
    )
    column = '<div style="flex:1 1 24em;min-width:0">{}</div>'
    return (
        # No formulas: a name such as $x$ stays as it is.
        '<div class="tex2jax_ignore mathjax_ignore" style="max-width:70em;line-height:1.45">'
        f'<p style="font-size:1.2em;font-weight:bold;margin:0">{_text(title)}</p>'
        f'<p style="margin:0">{_text(learnt)}</p>'
        f'<div style="display:flex;flex-wrap:wrap;gap:0 2em">{column.format(left)}'
        f"{column.format(right)}</div>"
        f'<p style="margin:.5em 0 0;opacity:.75">{_text(where)}</p></div>'
    )


def _accuracy(run: "Run") -> str:
    """The accuracy with its interval, beside those of simple rules."""
    test = run.metrics["test"]
    low, high = test["accuracy_interval_95"]
    others = [(name, accuracy) for name, accuracy, _ in simple_rules(run.metrics)]
    if run.data.name == "cifar10":
        others.append(("the classic notebook", NOTEBOOK))
    bars = [_bar(*each) for each in sorted(others, key=lambda each: each[1])]
    bars.append(_bar("this network", test["accuracy"], "rgba(40,140,200,.9)"))
    return (
        '<p style="margin:.5em 0 0"><span style="font-size:2em;font-weight:bold">'
        f"{percent(test['accuracy'], 1)}</span> of {test['n']:,} test images are classified "
        f"correctly (95 % interval {percent(low, 1)} to {percent(high, 1)}).</p>"
        f'<table style="width:100%;margin:.3em 0;border:0"><tbody>{"".join(bars)}</tbody></table>'
    )


def _bar(name: str, share: float, colour: str = "rgba(140,140,140,.6)") -> str:
    return (
        f'<tr style="background:none"><td style="{_CELL};text-align:left;{_NAME}">{_text(name)}'
        f'</td><td style="{_CELL};width:60%"><div style="height:.9em;width:{100 * share:.1f}%;'
        f'background:{colour}"></div></td><td style="{_CELL};text-align:right;white-space:nowrap">'
        f"{percent(share, 1)}</td></tr>"
    )


def _diagnosis(run: "Run") -> str:
    """What the fit shows, and what to try next."""
    found = run.metrics["diagnosis"]
    parts = [f"<b>Diagnosis: {_text(found['verdict'])}.</b> {_text(' '.join(found['evidence']))}"]
    step = found["next_step"] or {}
    if step.get("why"):
        parts.append(f"<b>What to try next:</b> {_text(step['why'])}")
    if step.get("command"):
        parts.append(f'<code style="overflow-wrap:anywhere">{_text(step["command"])}</code>')
    return "".join(f'<p style="margin:.4em 0">{part}</p>' for part in parts)


def _matrix(run: "Run") -> str:
    """The confusion matrix; a darker cell holds a larger share of its row."""
    counts = run.evaluation.confusion
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    turned = f"writing-mode:vertical-rl;transform:rotate(180deg);max-height:10em;{_NAME}"
    heads = "".join(
        f'<th scope="col" style="{_CELL};vertical-align:bottom;font-weight:normal">'
        f'<span style="display:inline-block;{turned}">{_text(name)}</span></th>'
        for name in run.classes
    )
    rows = []
    for name, numbers, row in zip(run.classes, counts.tolist(), shares.tolist(), strict=True):
        cells = "".join(
            f'<td style="border:0;padding:.2em .35em;text-align:center;'
            f'background:rgba(40,140,200,{0.5 * share**0.5:.2f})">{n:,}</td>'
            for n, share in zip(numbers, row, strict=True)
        )
        rows.append(
            f'<tr style="background:none"><th scope="row" style="{_CELL};text-align:left;'
            f'font-weight:normal;{_NAME}">{_text(name)}</th>{cells}</tr>'
        )
    return (
        '<p style="margin:.5em 0 0"><b>Confusion matrix:</b> actual (rows), predicted (columns)</p>'
        '<div style="overflow-x:auto"><table style="border:0;margin:.3em 0;font-size:.9em">'
        f'<thead><tr style="background:none"><th style="{_CELL}"></th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _confused(confused: Sequence[Confused]) -> str:
    """The classes that are most often confused, in a sentence."""
    if not confused:
        return ""
    pairs = "; ".join(
        f"{actual} taken for {predicted} ({n:,}, {percent(share, 1)})"
        for actual, predicted, n, share in confused
    )
    return f'<p style="margin:.4em 0"><b>Most often confused:</b> {_text(pairs)}.</p>'


def _text(words: str) -> str:
    return escape(printable(words))
