"""A comparison of runs as one HTML file."""

from pathlib import Path

from markupsafe import Markup

from tenfold.core.text import counted, in_points, percent
from tenfold.measure.comparison import Answer, RunComparison, RunDifference, RunFacts
from tenfold.report.comparison import (
    comparison_notes,
    difference_sentence,
    p_words,
)
from tenfold.report.page.charts import Dots, dot_chart
from tenfold.report.page.several import (
    Section,
    headed,
    link,
    panel,
    paragraph,
    several_page,
    table,
)
from tenfold.runs import layout

KIND = "comparison"


def comparison_page(found: RunComparison, page: Path) -> str:
    """Write the page of a comparison.

    Every figure is that of `tenfold compare --json`. The page asks for nothing from outside.

    Args:
        found: What was found.
        page: The file of the page; links to the runs' own pages start there.
    """
    names = [run.name for run in found.runs]
    first = names[0]
    scores = dot_chart(
        list(map(_accuracy, found.runs)),
        title=f"{found.on.capitalize()} accuracy of each run", x=f"{found.on} accuracy (%)",
    )  # fmt: skip
    differences = dot_chart(
        list(map(_difference, found.differences)),
        title=f"Differences from {first}", x="difference (points)", zero=True,
    )  # fmt: skip
    answers = [
        panel(f"{each.run}: {_verdict(each)}", difference_sentence(each, found.on))
        for each in found.differences
    ]
    note = paragraph("Dots: accuracies, with 95 % intervals from the number of images.")
    return several_page(
        KIND,
        f"Comparison of {', '.join(names)}",
        [
            f"{counted(len(names), 'run')} on the same {counted(found.n, f'{found.on} image')}; "
            f"each is compared with {first}.",
        ],
        [
            [headed(f"{found.on.capitalize()} accuracy", scores, note)],
            [headed(f"Difference from {first}", differences), *answers],
        ],
        [
            Section("Runs", "runs", [_runs(found, page)]),
            Section("Differences", "differences", _differences(found)),
            Section("What differs", "settings", _settings(found)),
        ],
    )


def _verdict(difference: RunDifference) -> str:
    if difference.answer is Answer.CANT_TELL:
        return "can't tell"
    return f"{difference.answer} than {difference.first}"


def _accuracy(run: RunFacts) -> Dots:
    interval = (100 * run.accuracy_low, 100 * run.accuracy_high)
    return Dots(run.name, 100 * run.accuracy, percent(run.accuracy), interval)


def _difference(difference: RunDifference) -> Dots:
    found = difference.paired
    interval = found.interval and (100 * found.interval[0], 100 * found.interval[1])
    value = 100 * found.difference
    return Dots(difference.run, value, f"{value:+.2f}", interval)


def _runs(found: RunComparison, page: Path) -> Markup:
    rows = [
        [
            link(run.name, Path(run.folder) / layout.PAGE.name, page),
            run.recipe,
            str(run.seed),
            percent(run.accuracy),
            f"{percent(run.accuracy_low)} to {percent(run.accuracy_high)}",
            f"{run.fit_s:,.1f}",
            f"{run.n_parameters:,}",
            f"{run.epochs:,}",
        ]
        for run in found.runs
    ]
    columns = ["run", "recipe", "seed", "accuracy", "95 % interval", "seconds of the fit",
               "parameters", "epochs"]  # fmt: skip
    return table("Figures of each run", columns, rows, words=("run", "recipe"))


def _differences(found: RunComparison) -> list[Markup]:
    rows = [
        [
            each.run,
            f"{100 * each.paired.difference:+.2f}",
            in_points(each.paired.interval),
            p_words(each.p_adjusted),
            each.answer.value,
            f"{each.paired.both:,}",
            f"{each.paired.only_second:,}",
            f"{each.paired.only_first:,}",
            f"{each.paired.neither:,}",
        ]
        for each in found.differences
    ]
    first = found.runs[0].name
    columns = ["run", "points", "95 % interval", "p", "answer", "both right",
               "right only with the run", f"only with {first}", "neither"]  # fmt: skip
    title = f"Differences from {first}"
    return [
        table(title, columns, rows, words=("run", "answer")),
        *map(paragraph, comparison_notes(found)),
    ]


def _settings(found: RunComparison) -> list[Markup]:
    if not found.settings:
        same = "The runs have the same settings, seed, data and version of Tenfold."
        return [paragraph(same)]
    rows = [
        [name, *("-" if value is None else str(value) for value in values)]
        for name, values in found.settings.items()
    ]
    names = [run.name for run in found.runs]
    columns = ["setting", *names]
    return [table("What differs between the runs", columns, rows, words=columns)]
