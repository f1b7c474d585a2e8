"""What was wrong with a fit, if anything, and what to try next: the facts, without sentences."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import mean

from tenfold.core.evaluation import Evaluation
from tenfold.core.history import FitRecord
from tenfold.measure.confusion import never_predicted
from tenfold.measure.next_step import Advice, Choice, NextStep

# These are rules of thumb: differences that are large enough not to be noise.
MIN_EPOCHS = 3
"""Fewer epochs than this show no trend."""
GAP = 0.05
"""A training accuracy this far above the validation accuracy is called overfitting, unless the
validation loss is still falling: then further epochs still improve the network."""
LOW_ACCURACY = 0.8
"""A network with a training accuracy below this has not learnt its training images well."""
FALL = 0.01
"""The validation loss is still falling if its last tenth is this share below the tenth before."""
RISE = 0.05
"""The validation loss rose if its last tenth is this share above its lowest epoch."""
LEARNT = 0.99
"""A network with at least this training accuracy has nothing left to learn from its images."""
JUMP = 0.1
"""An epoch is a jump if its loss is this share above the epochs before and after it."""
JUMP_NATS = 0.05
"""The least height of a jump; smaller ones do not matter, however small the loss is."""
JUMPS = 2
"""A loss is unstable if the second half of the fit has this many jumps, and in a tenth of it."""
CLASS_IMAGES = 5
"""A class with fewer validation images may be missed by chance."""


class Verdict(StrEnum):
    """The short answer."""

    DIVERGED = "diverged"
    FITS = "about right"
    LEARNS_NOTHING = "learns nothing"
    MISSES_A_CLASS = "never predicts a class"
    OUT_OF_TIME = "stopped by the clock"
    OVERFITS = "overfits"
    STOPPED_TOO_EARLY = "stopped too early"
    TOO_EARLY = "too early to say"
    UNDERFITS = "underfits"
    UNSTABLE = "unstable"


class Ending(StrEnum):
    """Why a fit ended."""

    DIVERGED = "diverged"
    INTERRUPTED = "interrupted"
    OUT_OF_TIME = "out of time"
    STOPPED_EARLY = "stopped early"
    FULL = "full"


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

    @property
    def is_wide(self) -> bool:
        """Whether it is too wide to be small or due to chance."""
        return self.size >= GAP and self.beyond_chance


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
class Jumps:
    """A loss that jumps up and down.

    Attributes:
        loss: Whose loss it is: `validation` or `training`.
        n: Epochs that are jumps.
        n_epochs: Epochs looked at: the second half of the fit.
        highest: The greatest rise from one epoch to a jump, in nats.
    """

    loss: str
    n: int
    n_epochs: int
    highest: float


@dataclass(frozen=True)
class Missed:
    """Classes that are never predicted for a validation image.

    Attributes:
        classes: Their names.
        n_images: Validation images of these classes.
        rare: Whether each of them has less than half of the images of the average class.
    """

    classes: tuple[str, ...]
    n_images: int
    rare: bool


@dataclass(frozen=True)
class Diagnosis:
    """What the figures of a fit say, and what to try next.

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
        missed: Classes that are never predicted; None if there are none.
        jumps: How the loss jumps up and down; None if it does not.
        still_falling: Whether the validation loss was still falling at the last epoch.
        rise: How the validation loss rose again; None if it did not. It excludes `still_falling`.
        next_step: What to try; None where nothing is known that may help.
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
    missed: Missed | None = None
    jumps: Jumps | None = None
    still_falling: bool = False
    rise: Rise | None = None
    next_step: NextStep | None = None


def diagnose(fit: FitRecord, validation: Evaluation, choice: Choice) -> Diagnosis:
    """Find what was wrong with a fit from its losses and from training and validation accuracy.

    A gap counts only if the training accuracy lies above the validation accuracy's 95 % interval;
    otherwise there are too few validation images to decide.

    If `fit.train_accuracy` was not measured, the running mean of the kept epoch is used instead. It
    is computed with dropout on and while the weights change, so it understates the training
    accuracy and the gap.

    Args:
        fit: What happened, epoch by epoch.
        validation: Figures of the fitted model on the validation images.
        choice: What the next run can change.
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
    if not fit.diverged_at and found.gap is not None:
        few = len(fit.epochs) < MIN_EPOCHS
        found = replace(found, too_few_epochs=True) if few else _with_trends(found, fit, validation)
    found = replace(found, verdict=_verdict(found))
    step = _next_step(found, validation, choice)
    return replace(found, next_step=None if step is None else choice.with_present(step))


def _with_trends(found: Diagnosis, fit: FitRecord, validation: Evaluation) -> Diagnosis:
    """Add what needs a few epochs to show."""
    rise = _rise(fit)
    return replace(
        found,
        commonest=_no_better_than(found, validation),
        missed=_missed(validation),
        jumps=_jumps(fit),
        rise=rise,
        still_falling=rise is None and _still_falling(fit),
    )


def _verdict(found: Diagnosis) -> Verdict:
    """The first of these rules that holds."""
    gap, cut = found.gap, found.ending in (Ending.INTERRUPTED, Ending.OUT_OF_TIME)
    when_cut = Verdict.OUT_OF_TIME if found.ending is Ending.OUT_OF_TIME else Verdict.TOO_EARLY
    if found.ending is Ending.DIVERGED:
        return Verdict.DIVERGED
    if gap is None or found.too_few_epochs:
        return when_cut
    learnt = gap.train_accuracy >= LEARNT
    goes_on = found.still_falling and not learnt
    misses = found.missed is not None and (found.missed.rare or not goes_on)
    rules = (
        (found.jumps is not None, Verdict.UNSTABLE),
        (found.commonest is not None and not cut, Verdict.LEARNS_NOTHING),
        (misses and not cut, Verdict.MISSES_A_CLASS),
        ((gap.is_wide and not goes_on) or _rose(found), Verdict.OVERFITS),
        (cut and not learnt, when_cut),
        (goes_on, Verdict.STOPPED_TOO_EARLY),
        (gap.train_accuracy < LOW_ACCURACY, Verdict.UNDERFITS),
    )
    return next((verdict for holds, verdict in rules if holds), Verdict.FITS)


def _next_step(found: Diagnosis, validation: Evaluation, choice: Choice) -> NextStep | None:
    stopped_early = found.ending is Ending.STOPPED_EARLY
    match found.verdict:
        case Verdict.DIVERGED:
            return choice.slow_down()
        case Verdict.UNSTABLE:
            return choice.calm()
        case Verdict.OVERFITS:
            return choice.restrain(rose=_rose(found))
        case Verdict.TOO_EARLY if found.ending is Ending.INTERRUPTED:
            return NextStep(Advice.RESUME)
        case Verdict.OUT_OF_TIME:
            return NextStep(Advice.MORE_TIME)
        case Verdict.FITS:
            return choice.strengthen() if validation.accuracy < 1 else None
    learnt_little = found.gap is not None and found.gap.train_accuracy < LOW_ACCURACY
    if learnt_little and (usual := choice.quicken()) is not None:
        return usual
    if found.verdict is Verdict.LEARNS_NOTHING and not found.still_falling:
        return choice.slow_down()
    balanced = choice.balance() if found.missed is not None and found.missed.rare else None
    if balanced is not None:
        return balanced
    if found.still_falling and found.gap is not None and found.gap.is_wide:
        # More of the same would widen the gap; a stronger recipe is made to keep it small.
        return choice.strengthen() or choice.last_longer(found.n_epochs)
    if found.still_falling or found.too_few_epochs:
        return choice.last_longer(found.n_epochs, stopped_early=stopped_early)
    return choice.enlarge(found.n_epochs)


def _rose(found: Diagnosis) -> bool:
    """Whether the model holds weights from after the validation loss rose."""
    return found.rise is not None and found.rise.weights_from_after


def _no_better_than(found: Diagnosis, validation: Evaluation) -> float | None:
    """The share of the commonest class, if always naming it is as good as the network."""
    commonest = max(score.n for score in validation.per_class.values()) / validation.n
    learnt = found.gap is not None and found.gap.train_accuracy >= commonest + GAP
    return None if learnt or validation.accuracy_low > commonest else commonest


def _missed(validation: Evaluation) -> Missed | None:
    counts = {name: score.n for name, score in validation.per_class.items()}
    never = never_predicted(validation.confusion, tuple(counts))
    names = tuple(name for name in never if counts[name] >= CLASS_IMAGES)
    if not names:
        return None
    rare = all(counts[name] < validation.n / len(counts) / 2 for name in names)
    return Missed(names, sum(counts[name] for name in names), rare)


def _jumps(fit: FitRecord) -> Jumps | None:
    curves = {"validation": _validation_losses(fit), "training": [e.loss for e in fit.epochs]}
    for name, losses in curves.items():
        half = losses[len(losses) // 2 :]
        heights = _heights(half)
        if len(heights) >= max(JUMPS, len(half) / 10):
            return Jumps(name, len(heights), len(half), max(heights))
    return None


def _heights(losses: Sequence[float]) -> list[float]:
    """How far each jump rises above the epoch before it, in nats."""
    found = []
    for before, loss, after in zip(losses, losses[1:], losses[2:], strict=False):
        least = max((1 + JUMP) * before, before + JUMP_NATS)
        if loss > least and loss > max((1 + JUMP) * after, after + JUMP_NATS):
            found.append(loss - before)
    return found


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
