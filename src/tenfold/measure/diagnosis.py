"""Whether a network underfits, overfits or fits: the facts, without sentences."""

from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import mean

from tenfold.core.evaluation import Evaluation
from tenfold.core.history import FitRecord

# These are rules of thumb: differences that are large enough not to be noise.
MIN_EPOCHS = 3
"""Fewer epochs than this show no trend."""
GAP = 0.05
"""A training accuracy this far above the validation accuracy is called overfitting."""
LOW_ACCURACY = 0.8
"""A network with a training accuracy below this has not learnt its training images well."""
FALL = 0.01
"""The validation loss is still falling if its last tenth is this share below the tenth before."""
RISE = 0.05
"""The validation loss rose if its last tenth is this share above its lowest epoch."""


class Verdict(StrEnum):
    """The short answer."""

    OVERFITS = "overfits"
    UNDERFITS = "underfits"
    FITS = "fits"
    TOO_EARLY = "too early to say"


class Ending(StrEnum):
    """Why a fit ended."""

    DIVERGED = "diverged"
    INTERRUPTED = "interrupted"
    OUT_OF_TIME = "out of time"
    STOPPED_EARLY = "stopped early"
    FULL = "full"


class Advice(StrEnum):
    """What may help."""

    RESTRAIN = "restrain"
    MORE_EPOCHS = "more epochs"
    LARGER_NETWORK = "larger network"
    BEGIN_AGAIN = "begin again"


@dataclass(frozen=True)
class Gap:
    """How far training and validation accuracy are apart; shares in 0..1.

    Attributes:
        train_accuracy: Training accuracy of the fitted network, or a running mean in its place.
        measured: Whether it is the fitted network's own, without dropout.
        validation_accuracy: Of the fitted network.
        low: Lower end of its 95 % interval.
        high: Upper end.
        n_validation: Validation images.
    """

    train_accuracy: float
    measured: bool
    validation_accuracy: float
    low: float
    high: float
    n_validation: int

    @property
    def size(self) -> float:
        """Training accuracy minus validation accuracy, in -1..1."""
        return self.train_accuracy - self.validation_accuracy

    @property
    def beyond_chance(self) -> bool:
        """Whether the training accuracy lies above the validation accuracy's interval."""
        return self.train_accuracy > self.high


@dataclass(frozen=True)
class Rise:
    """A validation loss that rose again while the training loss went on falling; in nats.

    Attributes:
        lowest_epoch: The epoch (from 1) with the lowest validation loss.
        lowest: That loss.
        last: The last epoch's.
        weights_from_after: Whether the model holds weights from after the lowest epoch.
    """

    lowest_epoch: int
    lowest: float
    last: float
    weights_from_after: bool


@dataclass(frozen=True)
class Diagnosis:
    """What the figures of a fit say about over- and underfitting.

    Attributes:
        verdict: The short answer.
        ending: Why the fit ended.
        signal: Name of the signal that interrupted it; None for another ending.
        n_epochs: Finished epochs.
        best_epoch: The epoch (from 1) whose weights the model holds; 0 for the initial ones.
        diverged_at: The epoch whose loss was not a number; None for another ending.
        gap: Training against validation accuracy; None without a measured training accuracy or a
            finished epoch.
        too_few_epochs: Whether there are too few epochs to show a trend.
        commonest: Share of the commonest class, if the network is no better than always naming it.
        still_falling: Whether the validation loss was still falling at the last epoch.
        rise: How the validation loss rose again; None if it did not.
        advice: What may help; None where nothing is wrong, or it is too early to say.
    """

    verdict: Verdict
    ending: Ending
    signal: str | None
    n_epochs: int
    best_epoch: int
    diverged_at: int | None = None
    gap: Gap | None = None
    too_few_epochs: bool = False
    commonest: float | None = None
    still_falling: bool = False
    rise: Rise | None = None
    advice: Advice | None = None


def diagnose(fit: FitRecord, validation: Evaluation) -> Diagnosis:
    """Find over- and underfitting from the gap between training and validation, and from the loss.

    A gap counts only if the training accuracy lies above the validation accuracy's 95 % interval;
    otherwise there are too few validation images to decide.

    If `fit.train_accuracy` was not measured, the running mean of the kept epoch is used instead. It
    is computed with dropout on and while the weights change, so it understates the training
    accuracy and the gap.

    Args:
        fit: What happened, epoch by epoch.
        validation: Figures of the fitted model on the validation images.
    """
    found = Diagnosis(
        verdict=Verdict.TOO_EARLY,
        ending=_ending(fit),
        signal=fit.interrupted_by,
        n_epochs=len(fit.epochs),
        best_epoch=fit.best_epoch,
        diverged_at=fit.diverged_at,
        gap=_gap(fit, validation),
    )
    if found.gap is None or fit.diverged_at:
        return found
    if len(fit.epochs) < MIN_EPOCHS:
        return replace(found, too_few_epochs=True)
    commonest = max(score.n for score in validation.per_class.values()) / validation.n
    if validation.accuracy_low <= commonest and found.gap.train_accuracy < commonest + GAP:
        return replace(
            found, verdict=Verdict.UNDERFITS, commonest=commonest, advice=Advice.BEGIN_AGAIN
        )
    return _judged(replace(found, still_falling=_still_falling(fit), rise=_rise(fit)), found.gap)


def _judged(found: Diagnosis, gap: Gap) -> Diagnosis:
    """The same facts, with a verdict."""
    too_wide = gap.size >= GAP and gap.beyond_chance
    if too_wide or (found.rise is not None and found.rise.weights_from_after):
        return replace(found, verdict=Verdict.OVERFITS, advice=Advice.RESTRAIN)
    if found.still_falling and found.ending in (Ending.INTERRUPTED, Ending.OUT_OF_TIME):
        return found
    if found.still_falling:
        return replace(found, verdict=Verdict.UNDERFITS, advice=Advice.MORE_EPOCHS)
    if gap.train_accuracy < LOW_ACCURACY:
        return replace(found, verdict=Verdict.UNDERFITS, advice=Advice.LARGER_NETWORK)
    return replace(found, verdict=Verdict.FITS)


def _ending(fit: FitRecord) -> Ending:
    if fit.diverged_at:
        return Ending.DIVERGED
    if fit.interrupted_by:
        return Ending.INTERRUPTED
    if fit.out_of_time:
        return Ending.OUT_OF_TIME
    return Ending.STOPPED_EARLY if fit.stopped_early else Ending.FULL


def _gap(fit: FitRecord, validation: Evaluation) -> Gap | None:
    accuracy, measured = fit.train_accuracy, fit.train_accuracy is not None
    if accuracy is None and fit.best_epoch:
        accuracy = fit.epochs[fit.best_epoch - 1].accuracy
    if accuracy is None:
        return None
    low, high = validation.accuracy_low, validation.accuracy_high
    return Gap(accuracy, measured, validation.accuracy, low, high, validation.n)


def _validation_losses(fit: FitRecord) -> list[float]:
    """One for each epoch; empty where the fit had no validation images."""
    return [each.validation_loss for each in fit.epochs if each.validation_loss is not None]


def _last_tenth(losses: list[float], *, skip: int = 0) -> float:
    """The mean of the last tenth; with `skip`, of a tenth that lies that many tenths earlier."""
    n = max(1, len(losses) // 10)
    return mean(losses[-(skip + 1) * n : -skip * n or None])


def _still_falling(fit: FitRecord) -> bool:
    losses = _validation_losses(fit)
    if fit.stopped_early or not losses:
        return False
    return _last_tenth(losses) < (1 - FALL) * _last_tenth(losses, skip=1)


def _rise(fit: FitRecord) -> Rise | None:
    losses, epochs = _validation_losses(fit), fit.epochs
    if not losses:
        return None
    lowest = losses.index(min(losses))
    if _last_tenth(losses) <= (1 + RISE) * losses[lowest] or epochs[-1].loss >= epochs[lowest].loss:
        return None
    return Rise(
        lowest_epoch=epochs[lowest].epoch,
        lowest=losses[lowest],
        last=losses[-1],
        weights_from_after=fit.best_epoch > epochs[lowest].epoch,
    )
