"""A diagnosis in plain words."""

from tenfold.core.text import counted, percent
from tenfold.measure.diagnosis import GAP, MIN_EPOCHS, Advice, Diagnosis, Ending, Gap, Rise

_ADVICE = {
    Advice.RESTRAIN: "More images, more dropout, earlier stopping or a smaller network may help.",
    Advice.MORE_EPOCHS: "More epochs may help.",
    Advice.LARGER_NETWORK: "Even the training images are not learnt well: a larger network may "
    "help.",
    Advice.BEGIN_AGAIN: "Another seed, learning rate or network may help.",
}


def diagnosis_sentences(diagnosis: Diagnosis) -> tuple[str, ...]:
    """Put the facts of a diagnosis into sentences; each ends with a full stop."""
    sentences = [] if diagnosis.gap is None else [_gap(diagnosis.gap)]
    sentences.append(_stopping(diagnosis))
    if diagnosis.too_few_epochs:
        sentences.append(f"A trend needs at least {MIN_EPOCHS} epochs.")
    if diagnosis.still_falling:
        sentences.append("The validation loss was still falling at the last epoch.")
    if diagnosis.rise is not None:
        sentences.append(_rise(diagnosis.rise))
    advice = _ADVICE[diagnosis.advice] if diagnosis.advice else ""
    if diagnosis.commonest is not None:
        advice = (
            "The validation accuracy is no better than that of always naming the commonest class "
            f"({percent(diagnosis.commonest, 1)}). {advice}"
        )
    return (*sentences, advice) if advice else tuple(sentences)


def _gap(gap: Gap) -> str:
    sure = "more than" if gap.beyond_chance else "no more than"
    small = ""
    if gap.beyond_chance and gap.size < GAP:
        small = f" Gaps below {100 * GAP:.0f} points are not called overfitting."
    note = "" if gap.measured else " (a running mean with dropout on, which understates it)"
    return (
        f"The training accuracy is {percent(gap.train_accuracy, 1)}{note}, the validation accuracy "
        f"{percent(gap.validation_accuracy, 1)}: a gap of {100 * gap.size:.1f} points, {sure} "
        f"chance explains in {gap.n_validation:,} images (95 % interval {percent(gap.low, 1)} to "
        f"{percent(gap.high, 1)})." + small
    )


def _stopping(diagnosis: Diagnosis) -> str:
    epochs = counted(diagnosis.n_epochs, "epoch")
    held = f"the model holds the weights of epoch {diagnosis.best_epoch}"
    if not diagnosis.best_epoch:
        held = "the model holds its initial weights"
    how = {
        Ending.DIVERGED: f"The loss was not a number in epoch {diagnosis.diverged_at}",
        Ending.INTERRUPTED: f"The fit was interrupted ({diagnosis.signal}) after {epochs}",
        Ending.OUT_OF_TIME: f"The time for fitting was over after {epochs}",
        Ending.STOPPED_EARLY: f"Fitting stopped early after {epochs}",
        Ending.FULL: f"Fitting ran its full {epochs}",
    }[diagnosis.ending]
    return f"{how}; {held}."


def _rise(rise: Rise) -> str:
    held = "holds" if rise.weights_from_after else "does not hold"
    return (
        f"After epoch {rise.lowest_epoch} the validation loss rose from {rise.lowest:.3f} "
        f"to {rise.last:.3f} while the training loss went on falling; the model {held} weights "
        "from after that."
    )
