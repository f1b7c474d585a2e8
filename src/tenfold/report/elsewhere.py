"""A network's figures on another source of images, on one page of plain text."""

import textwrap
from collections.abc import Sequence
from typing import Any

from tenfold.core.evaluation import Evaluation
from tenfold.core.text import counted, percent, printable
from tenfold.report.text import WIDTH, text_table


def elsewhere_summary(
    *,
    title: str,
    evaluation: Evaluation,
    seen: dict[str, Any] | None,
    own_test: dict[str, Any] | None,
    is_own: bool,
    notes: Sequence[str],
) -> str:
    """Sum up the figures and compare them with those of the run.

    Args:
        title: Which run on which images.
        evaluation: The figures.
        seen: `n` images that the run was fitted or validated on, `accuracy_without_them`; None
            where that is not known.
        own_test: The accuracy on the run's own test images, and the difference; None without.
        is_own: Whether the images are the run's own test images.
        notes: What else to know of the images.
    """
    heading = printable(f"Tenfold: {title}")
    sentences = [*notes, *_seen(seen, evaluation.n)]
    if own_test is not None:
        sentences.append(_compared(own_test))
    elif not is_own:
        sentences.append("The run has no figures on its own test images to compare with.")
    lines = "\n".join(
        textwrap.fill(printable(each), WIDTH, initial_indent="- ", subsequent_indent="  ")
        for each in sentences
    )
    return f"{heading}\n{'=' * len(heading)}\n\n{_figures(evaluation)}\n\n{lines}\n"


def _figures(found: Evaluation) -> str:
    low, high = map(percent, found.calibration.error_interval_95)
    rows = [
        ("images", f"{found.n:,}", ""),
        *found.shown(),
        ("calibration error", percent(found.calibration.error), f"{low} to {high}"),
    ]
    return text_table(["", "all", "95 % interval"], rows)


def _seen(seen: dict[str, Any] | None, n_of: int) -> list[str]:
    if seen is None:
        return []
    n, accuracy = seen["n"], seen["accuracy_without_them"]
    if not n:
        return ["None of these images is identical to a training image of the run."]
    some = f"{n:,} of {counted(n_of, 'image')}"
    if accuracy is None:
        return [
            f"{some}, so all of them, are identical to training images of the run: these figures "
            "say nothing about images that it has not seen."
        ]
    are = "is identical to a training image" if n == 1 else "are identical to training images"
    return [f"{some} {are} of the run. Without, the accuracy is {percent(accuracy)}."]


def _compared(own: dict[str, Any]) -> str:
    low, high = own["difference_interval_95"]
    points = 100 * own["difference"]
    if low > 0:
        verdict = "The network does better here."
    elif high < 0:
        verdict = "The network does worse here."
    else:
        verdict = "The difference may be chance."
    return (
        f"On its own {own['n']:,} test images the accuracy is {percent(own['accuracy'])}: here it "
        f"is {points:+.2f} points (95 % interval {100 * low:+.2f} to {100 * high:+.2f}). {verdict}"
    )
