"""A study as one HTML file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from tenfold.core.settings import WORDS_ONLY, differing, flat
from tenfold.core.text import counted, in_points
from tenfold.measure.comparison import Answer
from tenfold.measure.study import Comparison, RecipeResult, Study
from tenfold.report.comparison import p_words
from tenfold.report.page.charts import Dots, dot_chart
from tenfold.report.page.several import (
    Section,
    headed,
    panel,
    paragraph,
    picture,
    several_page,
    table,
    where_and_when,
)
from tenfold.report.study import comparison_sentence

KIND = "study"


def study_page(study: Study, settings: Mapping[str, Any], folder: Path, curves: str | None) -> str:
    """Write the page of a study.

    Every figure is that of `study.json`. The page asks for nothing from outside.

    Args:
        study: What was found.
        settings: The content of study-settings.json.
        folder: The study's folder.
        curves: Its learning curves as PNG in base64; None if they were not drawn.
    """
    names = [result.recipe for result in study.results]
    data = settings.get("data", {})
    sections = [
        Section("Recipes", "recipes", [_recipes(study)]),
        Section("Differences", "differences", _differences(study)),
        Section("Single fits", "fits", _fits(study)),
        Section("What differs", "settings", _settings(names, settings["recipes"])),
    ]
    if curves is not None:
        caption = "Loss and accuracy of each recipe, epoch by epoch"
        sections.append(Section("Learning curves", "curves", [picture(curves, caption)]))
    sections.append(Section("Where and when", "again", [_about(study, settings, folder)]))
    on = f" on {data['name']}" if data else ""
    return several_page(
        KIND, f"Study of {', '.join(names)}{on}", _words(study, settings), _first(study), sections
    )


def _words(study: Study, settings: Mapping[str, Any]) -> list[str]:
    """What was compared on which data."""
    sentences = []
    if data := settings.get("data"):
        height, width, _ = data["shape"]
        sentences.append(
            f"Learnt from {data['n_train']:,} images of {data['n_classes']:,} classes, {height} x "
            f"{width} pixels, from {data['location']}."
        )
    right = study.results[0].fits[0].right
    on = "validation images" if right is None else counted(len(right), "validation image")
    sentences.append(
        f"{counted(len(study.results), 'recipe')}, each fitted with "
        f"{counted(len(study.seeds), 'seed')} on the same splits, and scored on {on}. The test "
        "images were not used."
    )
    return sentences


def _first(study: Study) -> list[list[Markup]]:
    """The accuracies of the recipes beside the differences from the first one."""
    scores = dot_chart(
        [_dots(result) for result in study.results],
        title="Validation accuracy of each recipe", x="validation accuracy (%)",
    )  # fmt: skip
    several = len(study.seeds) > 1
    note = "Large dots: means, with 95 % intervals over seeds. Small dots: single seeds."
    columns = [[headed("Validation accuracy", scores, *([paragraph(note)] if several else []))]]
    if study.comparisons:
        baseline = study.comparisons[0].baseline
        differences = dot_chart(
            [_difference(each) for each in study.comparisons],
            title=f"Differences from {baseline}", x="difference (points)", zero=True,
        )  # fmt: skip
        answers = [
            panel(f"{each.recipe}: {_verdict(each)}", comparison_sentence(each))
            for each in study.comparisons
        ]
        columns.append([headed(f"Difference from {baseline}", differences), *answers])
    return columns


def _verdict(comparison: Comparison) -> str:
    if comparison.answer is Answer.CANT_TELL:
        return "can't tell"
    return f"{comparison.answer} than {comparison.baseline}"


def _dots(result: RecipeResult) -> Dots:
    mean = result.validation_accuracy
    return Dots(
        result.recipe,
        100 * mean.mean,
        f"{100 * mean.mean:.2f} %",
        _in_percent(mean.interval),
        [100 * fit.validation_accuracy for fit in result.fits] if mean.n > 1 else (),
    )


def _difference(comparison: Comparison) -> Dots:
    mean = comparison.difference
    single = [100 * pair.difference for pair in comparison.by_seed] if mean.n > 1 else ()
    words = f"{100 * mean.mean:+.2f}"
    return Dots(comparison.recipe, 100 * mean.mean, words, _in_percent(mean.interval), single)


def _in_percent(interval: tuple[float, float] | None) -> tuple[float, float] | None:
    return interval and (100 * interval[0], 100 * interval[1])


def _recipes(study: Study) -> Markup:
    rows = []
    for result in study.results:
        mean = result.validation_accuracy
        low, high = mean.interval or (None, None)
        rows.append([
            result.recipe,
            f"{100 * mean.mean:.2f}",
            "-" if low is None or high is None else f"{100 * low:.2f} to {100 * high:.2f}",
            "-" if mean.sd is None else f"{100 * mean.sd:.2f}",
            f"{100 * result.train_accuracy.mean:.2f}",
            f"{100 * result.gap.mean:+.2f}",
            _seconds(result.fit_s),
            "-" if result.n_parameters is None else f"{result.n_parameters:,}",
        ])  # fmt: skip
    columns = [
        "recipe", "validation, %", "95 % interval", "sd", "training, %", "gap, points",
        "seconds of a fit", "parameters",
    ]  # fmt: skip
    return table("Figures of each recipe", columns, rows, words=("recipe",))


def _differences(study: Study) -> list[Markup]:
    if not study.comparisons:
        return [paragraph("A single recipe was fitted, so there is nothing to compare.")]
    rows = [
        [
            f"{each.recipe} - {each.baseline}",
            f"{100 * each.difference.mean:+.2f}",
            in_points(each.difference.interval),
            p_words(each.p_adjusted),
            each.answer.value,
            f"{100 * each.gap_difference.mean:+.2f}",
            in_points(each.gap_difference.interval),
        ]
        for each in study.comparisons
    ]
    columns = ["difference, points", "validation", "95 % interval", "p", "answer", "gap",
               "95 % interval of the gap"]  # fmt: skip
    notes = [paragraph("Seed by seed, on the same splits, on validation images.")]
    if len(rows) > 1:
        notes.append(
            paragraph(
                f"{len(rows)} comparisons were made, so the p values are adjusted (Holm); the "
                "intervals are not."
            )
        )
    words = ("difference, points", "answer")
    return [*notes, table("Differences from the first recipe", columns, rows, words=words)]


def _fits(study: Study) -> list[Markup]:
    rows = [
        [
            result.recipe,
            str(fit.seed),
            f"{100 * fit.validation_accuracy:.2f}",
            f"{100 * fit.train_accuracy:.2f}",
            f"{len(fit.epochs):,}",
            _seconds(fit.fit_s),
        ]
        for result in study.results
        for fit in result.fits
    ]
    columns = ["recipe", "seed", "validation, %", "training, %", "epochs", "seconds"]
    blocks = [table("Figures of each fit", columns, rows, words=("recipe",))]
    pairs = [
        [
            f"{comparison.recipe} - {comparison.baseline}",
            str(seed),
            f"{100 * pair.difference:+.2f}",
            in_points(pair.interval),
            p_words(pair.p),
            f"{pair.only_second:,}",
            f"{pair.only_first:,}",
        ]
        for comparison in study.comparisons
        for seed, pair in zip(study.seeds, comparison.by_seed, strict=False)
    ]
    if pairs:
        columns = ["difference, points", "seed", "validation", "95 % interval", "p",
                   "right only with the recipe", "only with the first"]  # fmt: skip
        title = "The two networks of each seed, on the same validation images"
        found = table(title, columns, pairs, words=("difference, points",))
        blocks.append(headed(title, found))
    return blocks


def _settings(names: Sequence[str], recipes: Sequence[Mapping[str, Any]]) -> list[Markup]:
    """The settings that are not the same in all recipes."""
    every = [flat({k: v for k, v in each.items() if k not in WORDS_ONLY}) for each in recipes]
    found = differing(every)
    if not found:
        return [paragraph("All settings are the same in all recipes.")]
    rows = [
        [name, *("-" if value is None else str(value) for value in values)]
        for name, values in found.items()
    ]
    return [table("Settings that differ", ["setting", *names], rows, words=["setting", *names])]


def _about(study: Study, settings: Mapping[str, Any], folder: Path) -> Markup:
    rows = [
        ["seeds", ", ".join(map(str, study.seeds))],
    ]
    return where_and_when(rows, settings["environment"], folder)


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:,.1f}"
