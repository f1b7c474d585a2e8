"""A search as one HTML file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from tenfold.core.text import percent
from tenfold.measure.tuning import Luck, Trial, Tuning
from tenfold.report.page.charts import Bar, Dots, Line, bar_chart, dot_chart, line_chart
from tenfold.report.page.several import (
    Section,
    headed,
    panel,
    paragraph,
    several_page,
    table,
    where_and_when,
)
from tenfold.report.tune import (
    counts_sentence,
    importance_sentences,
    luck_sentences,
    settings_words,
    value_words,
)

KIND = "search"


def tune_page(found: Tuning, settings: Mapping[str, Any], folder: Path) -> str:
    """Write the page of a search.

    Every figure is that of `tune.json`. The page asks for nothing from outside.

    Args:
        found: What was found.
        settings: The content of tune-settings.json.
        folder: The search's folder.
    """
    name = settings["recipe"]["name"]
    words = [counts_sentence(found)]
    sections = [
        Section("Trials", "trials", [_trials(found, list(settings["space"]))]),
        Section("The settings that matter", "importance", _importance(found)),
        Section("The space", "space", [_space(settings["space"])]),
        Section("Where and when", "again", [_about(settings, folder)]),
    ]
    return several_page(
        KIND, f"Search from {name} on {settings['data_name']}", words, _first(found), sections
    )


def _first(found: Tuning) -> list[list[Markup]]:
    """Accuracy against seconds, beside the winner and its luck."""
    best = found.best
    left = [headed("Accuracy against seconds", _accuracy(found), paragraph(
        "The line joins the trials than which no faster one is as accurate. A trial that was "
        "stopped stands at its accuracy at that time."))]  # fmt: skip
    right = [
        panel(
            f"The winner: trial {best.number + 1}, {percent(best.accuracy or 0.0)}",
            f"{settings_words(best)}.",
            "`best.yaml` holds the whole recipe: `tenfold run best.yaml`.",
        )
    ]
    if found.luck is not None:
        right.append(headed("How much of the lead is luck?", _luck(found.luck)))
    else:
        right.append(headed("How much of the lead is luck?"))
    right += [paragraph(each) for each in luck_sentences(found)]
    return [left, right]


def _accuracy(found: Tuning) -> Markup:
    stopped = [trial for trial in found.trials if trial.state == "stopped"]
    finished = [trial for trial in found.trials if trial.state == "finished"]
    lines = [
        Line("best for its time", *_places(found.front), style="guide", marks=False),
        Line("fitted to the end", *_places(finished), style="s0", joined=False),
        Line("stopped", *_places(stopped), style="s1", joined=False),
    ]
    return line_chart(
        [line for line in lines if line.x],
        title="Validation accuracy of each trial against the seconds of its fit",
        x="seconds of fitting",
        y="validation accuracy (%)",
    )


def _places(trials: Any) -> tuple[list[float], list[float]]:  # noqa: ANN401
    return [each.fit_s for each in trials], [100 * (each.last_accuracy or 0.0) for each in trials]


def _luck(luck: Luck) -> Markup:
    rows = [
        Dots("in the search", 100 * luck.lead, f"{100 * luck.lead:+.2f}"),
        Dots(
            "fresh seeds",
            100 * luck.lead_again.mean,
            f"{100 * luck.lead_again.mean:+.2f}",
            luck.lead_again.interval
            and (100 * luck.lead_again.interval[0], 100 * luck.lead_again.interval[1]),
        ),
    ]
    return dot_chart(rows, title="Lead over the unchanged recipe", x="lead (points)", zero=True)


def _importance(found: Tuning) -> list[Markup]:
    if not found.importances:
        return [paragraph("Too few trials, or too equal ones, to say which settings matter.")]
    bars = [
        Bar(key, share, percent(share, 0), main=not place)
        for place, (key, share) in enumerate(found.importances.items())
    ]
    chart = bar_chart(bars, "Share of the differences in accuracy that each setting explains")
    return [chart, *map(paragraph, importance_sentences(found))]


def _trials(found: Tuning, keys: list[str]) -> Markup:
    rows = [_row(trial, keys, found) for trial in found.trials]
    columns = ["trial", *keys, "end", "validation, %", "epochs", "seconds"]
    return table("Every trial", columns, rows, words=(*keys, "end"))


def _row(trial: Trial, keys: list[str], found: Tuning) -> list[str]:
    accuracy = trial.last_accuracy
    state = "the winner" if trial == found.best else trial.state
    return [
        str(trial.number + 1),
        *(value_words(trial.settings[key]) for key in keys),
        f"{state}: {trial.reason}" if trial.reason else state,
        "-" if accuracy is None else f"{100 * accuracy:.2f}",
        f"{trial.n_epochs:,}",
        f"{trial.fit_s:,.1f}",
    ]


def _space(space: Mapping[str, Any]) -> Markup:
    rows = [[key, _values(each)] for key, each in space.items()]
    return table("The values that were tried", ["setting", "values"], rows,
                 words=("setting", "values"))  # fmt: skip


def _values(values: Mapping[str, Any]) -> str:
    if "choose" in values:
        return "one of " + ", ".join(map(str, values["choose"]))
    ratio = ", by equal ratios" if values["log"] else ""
    whole = "whole numbers from " if values["whole"] else ""
    return f"{whole}{values['low']:g} to {values['high']:g}{ratio}"


def _about(settings: Mapping[str, Any], folder: Path) -> Markup:
    rows = [
        ["seed", str(settings["seed"])],
        ["trials at the same time, at most", str(settings["at_once"])],
        ["cores of a trial", str(settings["cores_per_trial"])],
    ]
    return where_and_when(rows, settings["environment"], folder)
