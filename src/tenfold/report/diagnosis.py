"""A diagnosis in plain words."""

from dataclasses import asdict
from typing import Any

from tenfold.core.text import counted, percent
from tenfold.data.class_names import listed
from tenfold.measure.diagnosis import (
    GAP,
    JUMP,
    MIN_EPOCHS,
    Diagnosis,
    Ending,
    Gap,
    Jumps,
    Missed,
    Rise,
    Verdict,
)
from tenfold.measure.next_step import Advice, NextStep

MOST_NAMED = 5
"""At most this many classes that are never predicted are named."""

_WHY = {
    Advice.BALANCE: "With equal weight for every class, rare classes may be predicted too.",
    Advice.LARGER_NETWORK: "Even the training images are not learnt well: wider layers may help.",
    Advice.LARGER_RATE: "The learning rate is far below the usual one, with which the network may "
    "learn more.",
    Advice.LESS_DROPOUT: "Even the training images are not learnt well: less dropout may help.",
    Advice.LONGER: "A longer fit may help.",
    Advice.MORE_DROPOUT: "More dropout makes it harder to learn the training images by heart.",
    Advice.MORE_TIME: "With more time, more epochs or a stronger recipe can be fitted.",
    Advice.RESUME: "Resuming the run ends its fit.",
    Advice.SMALLER_NETWORK: "Narrower layers can learn fewer training images by heart.",
    Advice.SMALLER_RATE: "A smaller learning rate may help.",
    Advice.STOP_EARLIER: "Early stopping keeps the weights with the lowest validation loss.",
    Advice.STRONGER_RECIPE: "A stronger recipe takes longer, and may be more accurate.",
}


def diagnosis_dict(diagnosis: Diagnosis, command: str | None) -> dict[str, Any]:
    """The diagnosis as `metrics.json` holds it: plain values.

    Args:
        diagnosis: The facts.
        command: The next step on the command line; None where there is none.
    """
    figures = asdict(diagnosis)
    step = figures.pop("next_step")
    if diagnosis.next_step is not None:
        step = {**step, "why": next_sentence(diagnosis.next_step), "command": command}
    return {
        "verdict": figures.pop("verdict"),
        "evidence": list(evidence(diagnosis)),
        "figures": figures,
        "next_step": step,
    }


def diagnosis_sentences(diagnosis: Diagnosis) -> tuple[str, ...]:
    """The evidence, and why the next step may help; each sentence ends with a full stop."""
    step = diagnosis.next_step
    return (*evidence(diagnosis), *([] if step is None else [next_sentence(step)]))


def next_line(step: NextStep, command: str | None) -> str:
    """The next step on one line: the command, or what to change in Python."""
    if command is not None:
        return f"Next: {command}"
    if step.settings:
        what = f"overrides={step.settings}"
    elif step.recipe is not None:
        what = f'"{step.recipe}"'
    else:
        what = "a longer budget_s"
    if step.advice is Advice.RESUME:
        return "Next, in Python: tenfold.resume with the run's folder and what the run was given"
    return f"Next, in Python: tenfold.run with {what}"


def next_sentence(step: NextStep) -> str:
    """Say why the next step may help, and what the settings that it changes are now."""
    now = (
        f" Now {name} is {'not set' if value is None else value}."
        for name, value in step.present.items()
    )
    return _WHY[step.advice] + "".join(now)


def evidence(diagnosis: Diagnosis) -> tuple[str, ...]:
    """Put the facts of a diagnosis into sentences; each ends with a full stop."""
    sentences = [] if diagnosis.gap is None else [_gap(diagnosis.gap)]
    sentences.append(_stopping(diagnosis))
    if diagnosis.too_few_epochs:
        sentences.append(f"A trend needs at least {MIN_EPOCHS} epochs.")
    if diagnosis.jumps is not None:
        sentences.append(_jumps(diagnosis.jumps))
    if diagnosis.still_falling:
        sentences.append(_still_falling(diagnosis))
    if diagnosis.rise is not None:
        sentences.append(_rise(diagnosis.rise))
    if diagnosis.commonest is not None:
        sentences.append(
            "The validation accuracy is no better than that of always naming the commonest class "
            f"({percent(diagnosis.commonest, 1)})."
        )
    if diagnosis.missed is not None:
        sentences.append(_missed(diagnosis.missed))
    return tuple(sentences)


def _still_falling(diagnosis: Diagnosis) -> str:
    words = "The validation loss was still falling at the last epoch"
    gap = diagnosis.gap
    if gap is not None and gap.is_wide and diagnosis.verdict is not Verdict.OVERFITS:
        return f"{words}: such a gap alone is not overfitting."
    return f"{words}."


def _gap(gap: Gap) -> str:
    sure = "more than" if gap.beyond_chance else "no more than"
    small = ""
    if gap.beyond_chance and gap.size < GAP:
        small = f" Gaps below {100 * GAP:.0f} points are not called overfitting."
    note = "" if gap.measured else " (a running mean with dropout on, which understates it)"
    return (
        f"The training accuracy is {percent(gap.train_accuracy, 1)}{note}, the validation accuracy "
        f"{percent(gap.validation_accuracy, 1)}: a gap of {100 * gap.size:.1f} points, {sure} "
        f"chance explains in {gap.n_validation:,} images (95 % interval of the validation accuracy "
        f"{percent(gap.low, 1)} to {percent(gap.high, 1)})." + small
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


def _jumps(jumps: Jumps) -> str:
    return (
        f"The {jumps.loss} loss jumps up and down: in the last {counted(jumps.n_epochs, 'epoch')} "
        f"it rose by more than {100 * JUMP:.0f} % and fell again {jumps.n} times, by up to "
        f"{jumps.highest:.3f} nats."
    )


def _missed(missed: Missed) -> str:
    names = listed(missed.classes, MOST_NAMED)
    n = counted(len(missed.classes), "class is", "classes are")
    rare = ", with less than half the images of an average class" if missed.rare else ""
    return (
        f"{n} never predicted for a validation image{rare}: {names} "
        f"({counted(missed.n_images, 'image')})."
    )


def _rise(rise: Rise) -> str:
    held = "holds" if rise.weights_from_after else "does not hold"
    return (
        f"After epoch {rise.lowest_epoch} the validation loss rose from {rise.lowest:.3f} "
        f"to {rise.last:.3f} while the training loss went on falling; the model {held} weights "
        "from after that."
    )
