"""A comparison of runs in words."""

import textwrap
from typing import Any

from tenfold.core.text import counted, in_points, printable
from tenfold.measure.comparison import Answer, RunComparison, RunDifference
from tenfold.report.text import WIDTH, text_table

_LONGEST = 24
"""Characters of a setting's value that are shown."""


def comparison_text(found: RunComparison) -> str:
    """Write a comparison as text: the runs, each difference, the answers, and what differs."""
    parts = [
        _paragraph(f"Compared on the same {counted(found.n, f'{found.on} image')}."),
        text_table(
            ["run", "recipe", "accuracy", "95 % interval", "fit, s", "parameters", "epochs"],
            [[*run.cells(), f"{run.epochs:,}"] for run in found.runs],
        ),
        text_table(
            ["difference, points", f"from {found.runs[0].name}", "95 % interval", "p", "answer"],
            [
                [
                    each.run,
                    f"{100 * each.paired.difference:+.2f}",
                    in_points(each.paired.interval),
                    p_words(each.p_adjusted),
                    each.answer,
                ]
                for each in found.differences
            ],
        ),
        *(_paragraph(difference_sentence(each, found.on)) for each in found.differences),
        *(_paragraph(note) for note in comparison_notes(found)),
        _settings(found),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def difference_sentence(difference: RunDifference, on: str) -> str:
    """Say whether a run is better than the first one, and on which images they disagree."""
    first, run, found = difference.first, difference.run, difference.paired
    images = counted(found.n, f"{on} image")
    if found.interval is None:
        return (
            f"Can't tell: {run} and {first} classify the same images correctly, all {found.both:,} "
            f"of {images}."
        )
    points = f"{100 * found.difference:+.2f} points"
    figures = f"95 % interval {in_points(found.interval)}, {p_equals(difference.p_adjusted)}"
    disagree = (
        f"Of {images}, {found.only_second:,} are right only with {run}, and {found.only_first:,} "
        f"only with {first}."
    )
    if difference.answer is Answer.CANT_TELL:
        answer = f"Can't tell whether {run} is better or worse than {first}"
    else:
        answer = f"{run} is {difference.answer} than {first}"
    return f"{answer}: {points} ({figures}). {disagree}"


def comparison_notes(found: RunComparison) -> list[str]:
    """Say what the reader must know to understand the answers."""
    notes = []
    if len(found.differences) > 1:
        notes.append(
            f"{len(found.differences)} comparisons were made, so the p values are adjusted (Holm): "
            "the risk of one false answer or more stays at 5 %. The intervals are not adjusted."
        )
    if found.by_files:
        notes.append(
            "The runs have rendered the images differently, such as with another size; the images "
            "are matched by the names of their files."
        )
    notes += [
        f"The fit of {run.name} was interrupted ({run.interrupted_by})."
        for run in found.runs
        if run.interrupted_by
    ]
    notes.append(
        "This compares fitted networks. Other seeds may give another answer; `tenfold study` "
        "compares recipes over several seeds."
    )
    return notes


def p_words(p: float) -> str:
    """Write a p value with as many digits as say something."""
    if p < 0.0001:
        return "<0.0001"
    return f"{p:.4f}" if p < 0.01 else f"{p:.2f}"


def p_equals(p: float) -> str:
    """Write `p = 0.03` or `p < 0.0001`."""
    words = p_words(p)
    return f"p < {words[1:]}" if words.startswith("<") else f"p = {words}"


def _settings(found: RunComparison) -> str:
    if not found.settings:
        return "The runs have the same settings, seed, data and version of Tenfold."
    rows = [[name, *map(_value, values)] for name, values in found.settings.items()]
    return "What differs\n\n" + text_table(["", *(run.name for run in found.runs)], rows)


def _value(value: Any) -> str:  # noqa: ANN401
    if value is None:
        return "-"
    text = str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _paragraph(words: str) -> str:
    return textwrap.fill(printable(words), WIDTH, break_long_words=False, break_on_hyphens=False)
