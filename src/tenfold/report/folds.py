"""A cross-validation in words."""

from tenfold.core.folds import CrossValidation
from tenfold.core.text import duration, percent
from tenfold.report.text import text_table


def cross_validation_sentence(found: CrossValidation) -> str:
    """Say how good the networks of the folds are."""
    return (
        f"Cross-validation in {len(found.folds)} folds: {percent(found.accuracy)} of {found.n:,} "
        f"images are right, each predicted by a network that did not see it (95 % interval "
        f"{percent(found.low)} to {percent(found.high)}); the folds' mean is "
        f"{percent(found.mean)}, their standard deviation {100 * found.sd:.2f} points. "
        f"Fitted in {duration(found.wall_s)}."
    )


def folds_table(found: CrossValidation) -> str:
    """A row for each fold."""
    rows = [
        [
            str(number),
            f"{fold.n_fit:,}",
            f"{fold.n:,}",
            percent(fold.accuracy),
            f"{fold.epochs:,}",
            f"{fold.wall_s:.1f}",
        ]
        for number, fold in enumerate(found.folds, 1)
    ]
    return text_table(["fold", "fitted", "predicted", "accuracy", "epochs", "seconds"], rows)
