"""A search as text."""

import textwrap
from typing import Any

from tenfold.core.text import counted, duration, in_points, percent
from tenfold.measure.tuning import Luck, Trial, Tuning
from tenfold.report.text import WIDTH, text_table

MOST_ROWS = 10


def tuning_text(found: Tuning) -> str:
    """The best trials as a table, the importances, and how much of the lead is luck."""
    ended = sorted(
        (trial for trial in found.trials if trial.accuracy is not None),
        key=lambda trial: (-(trial.accuracy or 0.0), trial.number),
    )
    rows = [
        [
            f"{trial.number + 1}",
            f"{100 * (trial.accuracy or 0.0):.2f}",
            f"{trial.n_epochs}",
            f"{trial.fit_s:.1f}",
            settings_words(trial),
        ]
        for trial in ended[:MOST_ROWS]
    ]
    table = text_table(("trial", "validation %", "epochs", "seconds", "settings"), rows)
    sentences = [counts_sentence(found), *importance_sentences(found), *luck_sentences(found)]
    return "\n\n".join([table, *(textwrap.fill(each, WIDTH) for each in sentences)])


def settings_words(trial: Trial) -> str:
    """The settings of a trial in one line."""
    return ", ".join(f"{key} {value_words(value)}" for key, value in trial.settings.items())


def value_words(value: Any) -> str:  # noqa: ANN401
    """A setting's value; of a number, four digits."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value}"


def counts_sentence(found: Tuning) -> str:
    """How many trials there were, and how they ended."""
    states = [trial.state for trial in found.trials]
    parts = [f"{counted(len(states), 'trial')} in {duration(found.spent_s)}"]
    if found.rungs:
        at = " or ".join(map(str, found.rungs))
        n_stopped = f"{states.count('stopped'):,}" if "stopped" in states else "none"
        parts.append(f"{n_stopped} of them stopped after epoch {at}")
    if failed := states.count("failed"):
        parts.append(f"{failed:,} failed")
    return f"{', '.join(parts)}. The test images were not used."


def importance_sentences(found: Tuning) -> list[str]:
    """How much each setting mattered."""
    if not found.importances:
        return []
    after = f"after epoch {found.rungs[0]}" if found.rungs else "at the end"
    shares = ", ".join(f"{key} {percent(share, 0)}" for key, share in found.importances.items())
    return [
        f"Of the differences in accuracy {after}, these shares are explained by each setting: "
        f"{shares}. With few trials, these are rough."
    ]


def luck_sentences(found: Tuning) -> list[str]:
    """How much of the winner's lead is luck."""
    luck = found.luck
    if luck is None:
        return [
            f"The winner was chosen for its {percent(found.best.accuracy or 0.0)} among "
            f"{counted(len(found.trials), 'trial')}, so that this figure is too high by an unknown "
            "amount: it was not fitted again with fresh seeds."
        ]
    again, lead = luck.again, luck.lead_again
    interval = f" (95 % interval {in_points(lead.interval)})" if lead.interval else ""
    return [
        f"The winner had {percent(luck.found)} in the search; with "
        f"{counted(again.n, 'fresh seed')} it has {percent(again.mean)} on average. It was "
        "chosen for the first figure; believe the second.",
        f"In the search it led the unchanged recipe by {100 * luck.lead:+.2f} points; with fresh "
        f"seeds the lead is {100 * lead.mean:+.2f} points{interval}. {_luck_words(luck)}",
    ]


def _luck_words(luck: Luck) -> str:
    points = f"{100 * abs(luck.luck):.2f} points"
    if luck.lead <= 0:
        return "The search found nothing better than the recipe."
    if luck.lead_again.mean <= 0:
        return "All of the lead was luck: keep the recipe as it is."
    part = (
        f"So {points} of the lead were luck."
        if luck.luck > 0
        else "The lead is not smaller with fresh seeds, so no luck shows in it."
    )
    if luck.is_certain:
        return part
    return f"{part} So few seeds do not show whether a lead remains: the interval reaches 0."
