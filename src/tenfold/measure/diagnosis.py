"""Whether a network learnt too little, too much, or about right, in plain words."""

from dataclasses import dataclass
from typing import Literal

from tenfold.core.evaluation import Evaluation
from tenfold.core.history import Epoch, FitRecord

Verdict = Literal["overfits", "underfits", "fits", "too early to say"]

# Rules of thumb, not laws: each is small enough to mention and large enough not to be noise.
MIN_EPOCHS = 3
"""Fewer epochs than this show no trend."""
GAP = 0.05
"""A training accuracy this far above the validation accuracy is called overfitting."""
LOW_ACCURACY = 0.8
"""A network below this on its own training images has not learnt what they could teach."""
FALL = 0.01
"""The validation loss is still falling if its last tenth is this share below the tenth before."""
RISE = 0.05
"""The validation loss rose if its last tenth is this share above its lowest epoch."""


@dataclass(frozen=True)
class Diagnosis:
    """What the figures of a fit say about over- and underfitting.

    Attributes:
        verdict: The short answer.
        gap: Training accuracy minus validation accuracy, in -1..1; None if neither a measured
            training accuracy nor a finished epoch is there.
        sentences: Why, in plain words; each ends with a full stop.
    """

    verdict: Verdict
    gap: float | None
    sentences: tuple[str, ...]


def diagnose(fit: FitRecord, validation: Evaluation) -> Diagnosis:
    """Tell over- from underfitting by the gap between training and validation, and by the loss.

    A gap counts only where the training accuracy lies above the validation accuracy's 95 %
    interval: below that, the validation images are too few to tell.

    Where `fit.train_accuracy` was not measured, the running mean of the epoch that the model
    holds stands in. That one is taken with dropout on, and while the weights still change, so
    it understates the training accuracy and the gap.

    Args:
        fit: What happened, epoch by epoch.
        validation: Figures of the fitted model on the validation images.
    """
    accuracy = _training_accuracy(fit)
    if accuracy is None:
        return Diagnosis("too early to say", None, (_stopping(fit),))
    gap = accuracy - validation.accuracy
    measured = fit.train_accuracy is not None
    facts = [_gap(accuracy, validation, measured=measured), _stopping(fit)]
    if fit.diverged_at:
        return Diagnosis("too early to say", gap, tuple(facts))
    if len(fit.epochs) < MIN_EPOCHS:
        facts.append(f"A trend needs {MIN_EPOCHS} epochs at least.")
        return Diagnosis("too early to say", gap, tuple(facts))

    commonest = max(score.n for score in validation.per_class.values()) / validation.n
    if validation.accuracy_low <= commonest and accuracy < commonest + GAP:
        facts.append(_no_better(commonest))
        return Diagnosis("underfits", gap, tuple(facts))
    falling = _still_falling(fit)
    lowest = min(fit.epochs, key=lambda epoch: epoch.validation_loss)
    rose = _rose(fit.epochs, lowest)
    if falling:
        facts.append("The validation loss was still falling at the last epoch.")
    if rose:
        facts.append(_rise(fit, lowest))
    if (gap >= GAP and accuracy > validation.accuracy_high) or (
        rose and fit.best_epoch > lowest.epoch
    ):
        facts.append("More images, more dropout, earlier stopping or a smaller network may help.")
        return Diagnosis("overfits", gap, tuple(facts))
    if falling and (fit.interrupted_by or fit.out_of_time):
        return Diagnosis("too early to say", gap, tuple(facts))
    if falling or accuracy < LOW_ACCURACY:
        facts.append(_advice(falling=falling))
        return Diagnosis("underfits", gap, tuple(facts))
    return Diagnosis("fits", gap, tuple(facts))


def _training_accuracy(fit: FitRecord) -> float | None:
    if fit.train_accuracy is not None or not fit.best_epoch:
        return fit.train_accuracy
    return fit.epochs[fit.best_epoch - 1].accuracy


def _gap(accuracy: float, validation: Evaluation, *, measured: bool) -> str:
    gap = accuracy - validation.accuracy
    low, high = validation.accuracy_low, validation.accuracy_high
    sure = "more than" if accuracy > high else "no more than"
    note = "" if measured else " (a running mean with dropout on, which understates it)"
    return (
        f"The training accuracy is {_percent(accuracy)}{note}, the validation accuracy "
        f"{_percent(validation.accuracy)}: a gap of {100 * gap:.1f} points, {sure} chance "
        f"explains in {validation.n:,} images (95 % interval {_percent(low)} to {_percent(high)})."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _stopping(fit: FitRecord) -> str:
    n_epochs = len(fit.epochs)
    epochs = f"{n_epochs} epoch" if n_epochs == 1 else f"{n_epochs} epochs"
    held = f"the model holds the weights of epoch {fit.best_epoch}"
    if not fit.best_epoch:
        held = "the model holds its initial weights"
    if fit.diverged_at:
        return f"The loss was not a number in epoch {fit.diverged_at}; {held}."
    if fit.interrupted_by:
        return f"The fit was interrupted ({fit.interrupted_by}) after {epochs}; {held}."
    if fit.out_of_time:
        return f"The time for fitting was over after {epochs}; {held}."
    if fit.stopped_early:
        return f"Fitting stopped early after {epochs}; {held}."
    return f"Fitting ran its full {epochs}; {held}."


def _no_better(commonest: float) -> str:
    return (
        "The validation accuracy is no better than that of always naming the commonest class "
        f"({_percent(commonest)}). Another seed, learning rate or network may help."
    )


def _advice(*, falling: bool) -> str:
    if falling:
        return "More epochs may help."
    return "Even the training images are not learnt well: a larger network may help."


def _tenth(epochs: tuple[Epoch, ...]) -> int:
    return max(1, len(epochs) // 10)


def _mean_validation_loss(epochs: tuple[Epoch, ...]) -> float:
    return sum(epoch.validation_loss for epoch in epochs) / len(epochs)


def _still_falling(fit: FitRecord) -> bool:
    if fit.stopped_early:
        return False
    n = _tenth(fit.epochs)
    before, last = fit.epochs[-2 * n : -n], fit.epochs[-n:]
    return _mean_validation_loss(last) < (1 - FALL) * _mean_validation_loss(before)


def _rose(epochs: tuple[Epoch, ...], lowest: Epoch) -> bool:
    last = _mean_validation_loss(epochs[-_tenth(epochs) :])
    return last > (1 + RISE) * lowest.validation_loss and epochs[-1].loss < lowest.loss


def _rise(fit: FitRecord, lowest: Epoch) -> str:
    held = "the model holds weights from after that"
    if fit.best_epoch <= lowest.epoch:
        held = "the model does not hold weights from after that"
    return (
        f"After epoch {lowest.epoch} the validation loss rose from {lowest.validation_loss:.3f} "
        f"to {fit.epochs[-1].validation_loss:.3f} while the training loss went on falling; {held}."
    )
