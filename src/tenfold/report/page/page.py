"""A run as one HTML file: from the files in its folder to the finished page."""

import base64
import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from tenfold.core.text import counted, duration, percent
from tenfold.measure.commonest import Commonest
from tenfold.measure.confusion import most_confused
from tenfold.measure.selective import Selective
from tenfold.measure.two_classes import Ranking
from tenfold.report.confusion import ConfusionMap
from tenfold.report.looks import looks_sentence
from tenfold.report.page.charts import Bar, Line, bar_chart, line_chart
from tenfold.report.page.explorer import packed
from tenfold.report.page.render import render
from tenfold.report.summary import commonest_sentence, ranking_sentence, selective_sentence
from tenfold.runs import layout
from tenfold.runs.layout import RunFile
from tenfold.runs.looks import Looks
from tenfold.runs.run import Run

NOTEBOOK = 0.4891
"""Test accuracy that the classic notebook reports on CIFAR-10."""
N_PAIRS = 5
SHADES = (0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 0.8)
"""Shares of a row from which on a cell of the confusion matrix is darker."""
SECTIONS = (
    ("Data", "data"),
    ("Cleaning", "cleaning"),
    ("Network", "network"),
    ("Fit", "fit"),
    ("Evaluation", "evaluation"),
    ("Confidence", "confidence"),
    ("Mistakes", "mistakes"),
    ("Do it again", "again"),
)


def run_page(run: Run) -> str:
    """Write the page of an evaluated run.

    Every figure is that of `metrics.json`. The page asks for nothing from outside, and its content
    security policy forbids that.

    Raises:
        RunFolderError: The run has not been evaluated.
    """
    return render("page.html", _facts(run), scripts=("explorer.js",))


def _facts(run: Run) -> dict[str, Any]:
    """Everything that the template shows, as words, charts and pictures."""
    metrics, data = run.metrics, run.data
    test, looks = metrics["test"], metrics["test_looks"]
    low, high = test["accuracy_interval_95"]
    recipe = run.recipe
    return {
        "title": f"{recipe.name} on {data.name}, seed {run.seed}",
        "data_words": (
            f"Learnt from {len(run.splits.train):,} images of {len(data.classes):,} classes, "
            f"{data.shape[0]} x {data.shape[1]} pixels."
        ),
        "sections": SECTIONS,
        "accuracy": percent(test["accuracy"], 1),
        "n_test": f"{test['n']:,}",
        "accuracy_interval": f"{percent(low, 1)} to {percent(high, 1)}",
        "commonest": commonest_sentence(Commonest(**test["commonest"])),
        "context_chart": _context(metrics, data.name),
        **_diagnosis(metrics["diagnosis"]),
        "looks": looks_sentence(Looks(looks["run"], looks["machine"])),
        "matrix": _matrix(run),
        "pairs": [
            (each.actual, each.predicted, f"{each.n:,}", percent(each.share, 1))
            for each in most_confused(run.evaluation.confusion, run.classes, N_PAIRS)
        ],
        **_data(run),
        "network_words": f"{recipe.network.describe(max(data.shape[:2]))}. "
        f"{counted(run.record.n_parameters, 'parameter')}.",
        **_fit(run),
        **_evaluation(run, metrics),
        **_confidence(metrics),
        **_explorer(run),
        "robustness_charts": _robustness(run),
        **_again(run),
        "pictures": {
            "data": _pictures(run, layout.EXAMPLES, layout.MEAN_IMAGES),
            "network": _pictures(run, layout.FIRST_LAYER),
            "mistakes": _pictures(run, layout.OCCLUSION, layout.FIRST_PREDICTIONS),
        },
    }


def _context(metrics: Mapping[str, Any], data: str) -> Markup:
    """The accuracy beside those of simple rules."""
    test = metrics["test"]
    rules = [(f"always {test['commonest']['name']}", test["commonest"]["accuracy"], None)]
    rules += [
        (rule["rule"], rule["accuracy"], rule["interval_95"])
        for rule in metrics["context"].get("rules", ())
    ]
    if data == "cifar10":
        rules.append(("the classic notebook", NOTEBOOK, None))
    bars = [
        Bar(name, value, percent(value, 1), interval)
        for name, value, interval in sorted(rules, key=lambda each: each[1])
    ]
    interval = test["accuracy_interval_95"]
    bars.append(
        Bar("this network", test["accuracy"], percent(test["accuracy"], 1), interval, main=True)
    )
    return bar_chart(bars, "Test accuracy of this network and of simple rules")


def _diagnosis(found: Mapping[str, Any]) -> dict[str, Any]:
    step = found["next_step"] or {}
    return {
        "verdict": found["verdict"],
        "diagnosis": found["evidence"],
        "next_words": step.get("why", ""),
        "next_command": step.get("command") or "",
    }


def _matrix(run: Run) -> dict[str, Any]:
    """The cells of the confusion matrix; of very many classes, the most confused ones."""
    drawn = ConfusionMap.of(run.evaluation.confusion, run.classes)
    label_of = {name: label for label, name in enumerate(run.classes)}
    whole = len(drawn.classes) == len(run.classes)
    rows = []
    for i, (name, counts) in enumerate(zip(drawn.classes, drawn.counts.tolist(), strict=True)):
        cells = []
        for j, n in enumerate(counts):
            share = n / max(1, sum(counts))
            other = drawn.classes[j]
            cells.append({
                "n": f"{n:,}",
                "shade": sum(share >= each for each in SHADES),
                "right": i == j,
                "label": f"actual {name}, predicted {other}: {n:,}",
                "filter": whole or (name in label_of and other in label_of),
                "actual": label_of.get(name),
                "predicted": label_of.get(other),
            })  # fmt: skip
        rows.append({"name": name, "cells": cells})
    return {"names": list(drawn.classes), "rows": rows}


def _data(run: Run) -> dict[str, Any]:
    content = run.folder.read_json(layout.DATA)
    facts = run.data
    counts = [
        (
            name,
            f"{content['train']['per_class'][name]:,}",
            f"{content['test']['per_class'][name]:,}",
        )
        for name in facts.classes
    ]
    removed = [
        f"{found['action']} {found['n']}: {found['reason']}"
        for found in content["cleaning"]["findings"]
    ]
    splits = run.splits
    return {
        "data_sentences": [
            f"{facts.n_train:,} training images and {facts.n_test:,} test images, from "
            f"{facts.provenance.location}.",
            *facts.provenance.notes,
        ],
        "class_counts": counts,
        "cleaning": [
            *(removed or ["Nothing had to be removed."]),
            f"{len(splits.train):,} images to fit, {len(splits.validation):,} for validation, "
            f"{facts.n_test:,} to test.",
        ],
    }


def _fit(run: Run) -> dict[str, Any]:
    record = run.record
    epochs = [each.epoch for each in record.epochs]
    charts = []
    for name, unit, scale in (("loss", "nats", 1), ("accuracy", "%", 100)):
        lines = [Line("training", epochs, [scale * getattr(each, name) for each in record.epochs])]
        validation = [getattr(each, f"validation_{name}") for each in record.epochs]
        if epochs and None not in validation:
            values = [scale * each for each in validation]
            lines.append(Line("validation", epochs, values, "s1"))
        if epochs:
            title = f"{name.capitalize()} by epoch"
            charts.append(
                line_chart(
                    lines, title=title, x="epoch", y=f"{name} ({unit})", x_range=(0, epochs[-1])
                )
            )
    words = f"{counted(len(epochs), 'epoch')} in {duration(record.wall_s)}"
    if record.train_accuracy is not None:
        words += f"; {percent(record.train_accuracy, 1)} of the training images are right"
    return {
        "fit_words": f"{words}. The model holds the weights of epoch {record.best_epoch}.",
        "fit_charts": charts,
    }


def _evaluation(run: Run, metrics: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: each.shown() for name, each in run.evaluations.items()}
    rows = [
        [of_sets[0][0], *(cell for _, *cells in of_sets for cell in cells)]
        for of_sets in zip(*shown.values(), strict=True)
    ]
    by_class = [
        [name, f"{score['n']:,}", *_with_intervals(score)]
        for name, score in metrics["test"]["per_class"].items()
    ]
    return {"sets": list(shown), "figures": rows, "by_class": by_class}


def _with_intervals(score: Mapping[str, Any]) -> list[str]:
    cells = []
    for name in ("recall", "precision", "f1"):
        value, interval = score[name], score[f"{name}_interval_95"]
        cells.append("-" if value is None else f"{value:.3f}")
        cells.append("-" if interval is None else f"{interval[0]:.3f} to {interval[1]:.3f}")
    return cells


def _confidence(metrics: Mapping[str, Any]) -> dict[str, Any]:
    found, before = metrics["test"]["calibration"], metrics["test"]["before_calibration"]
    low, high = (percent(each, 1) for each in found["error_interval_95"])
    sentences = [
        f"The network is on average {percent(found['confidence'], 1)} confident, and "
        f"{percent(metrics['test']['accuracy'], 1)} of its answers are right. Its calibration "
        f"error is {percent(found['error'], 1)} (95 % interval {low} to {high})."
    ]
    if before:
        sentences.append(
            f"Before calibration on validation images it was "
            f"{percent(before['calibration_error'], 1)}."
        )
    selective = metrics["selective"]
    sentences.append(selective_sentence(Selective.from_dict(selective)))
    wanted = percent(1 - selective["risk"], 0)
    bins = found["bins"]
    reliability = line_chart(
        [
            Line("as often as it says", (0, 100), (0, 100), "guide", marks=False),
            Line(
                "this network",
                [100 * each["confidence"] for each in bins],
                [100 * each["accuracy"] for each in bins],
                intervals=[tuple(100 * end for end in each["interval_95"]) for each in bins],
            ),
        ],
        title="How often the network is right, by its confidence",
        x="confidence (%)", y="right answers (%)", x_range=(0, 100), y_range=(0, 100),
    )  # fmt: skip
    shares, accuracies = zip(*selective["curve"], strict=True)
    answered = line_chart(
        [
            Line("most confident images only", [100 * each for each in shares],
                 [100 * each for each in accuracies], marks=False),
            Line(f"{wanted} right", (0, 100), (100 * (1 - selective["risk"]),) * 2, "guide",
                 marks=False),
        ],
        title="Right answers if only the most confident images are answered",
        x="images answered (%)", y="right answers (%)", x_range=(0, 100),
    )  # fmt: skip
    charts = [reliability, answered]
    if ranked := metrics.get("ranking"):
        sentences.append(ranking_sentence(Ranking(**ranked)))
        charts.append(_roc(ranked))
    return {"calibration": sentences, "confidence_charts": charts}


def _roc(ranked: Mapping[str, Any]) -> Markup:
    false, right = zip(*ranked["roc"], strict=True)
    return line_chart(
        [
            Line("guessing", (0, 100), (0, 100), "guide", marks=False),
            Line(
                "this network", [100 * each for each in false], [100 * each for each in right],
                marks=False,
            ),
        ],
        title=f"ROC curve of {ranked['positive']}", x="false positives (%)",
        y="true positives (%)", x_range=(0, 100), y_range=(0, 100),
    )  # fmt: skip


def _explorer(run: Run) -> dict[str, Any]:
    """The test images and what was predicted for them; nothing in runs without a sheet."""
    if not run.folder.has(layout.SHEET):
        return {"explorer": "", "sheet": "", "selection": ""}
    facts = run.folder.read_json(layout.SHEET_FACTS)
    content = packed(run.predictions, facts)
    n, n_all = len(facts["positions"]), len(run.predictions)
    selection = "" if n == n_all else f"{n:,} of {n_all:,} test images, evenly chosen."
    return {
        "explorer": _json(content),
        "sheet": _base64(run, layout.SHEET),
        "selection": selection,
    }


def _json(content: Mapping[str, Any]) -> Markup:
    """JSON that cannot end the script element that holds it."""
    text = json.dumps(content, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace("&", "\\u0026"))  # noqa: S704


def _robustness(run: Run) -> list[Markup]:
    if not run.folder.has(layout.ROBUSTNESS):
        return []
    found = run.folder.read_json(layout.ROBUSTNESS)
    unchanged = 100 * found["unchanged"]["accuracy"]
    charts = []
    for name, spoilt in found["corruptions"].items():
        found_at = spoilt["strengths"]
        places = range(len(found_at))
        accuracy = [100 * each["accuracy"] for each in found_at]
        ends = [
            tuple(100 * end for end in each["accuracy_interval_95"]) for each in spoilt["strengths"]
        ]
        charts.append(line_chart(
            [
                Line("unchanged images", (0, len(places) - 1), (unchanged, unchanged), "guide",
                     marks=False),
                Line(name, list(places), accuracy, intervals=ends),
            ],
            title=f"Accuracy under {name}", x=f"strength, in steps ({spoilt['unit']})",
            y="right answers (%)", y_range=(0, 100),
        ))  # fmt: skip
    return charts


def _again(run: Run) -> dict[str, Any]:
    about = run.folder.read_json(layout.ENVIRONMENT)
    packages = about["packages"]
    rows = [
        ("seed", str(run.seed)),
        ("seconds of the fit", f"{run.record.wall_s:.1f}"),
        ("Tenfold", str(packages.get("tenfold", "?"))),
        ("Keras", str(packages.get("keras", "?"))),
        ("Python", str(about["python"])),
        ("processor", f"{about['processor']}, {counted(about['cores'], 'core')}"),
        ("folder", str(run.folder.path.absolute())),
    ]
    return {"command": shlex.join(["tenfold", "verify", str(run.folder.path)]), "again": rows}


def _pictures(run: Run, *files: RunFile) -> Sequence[dict[str, str]]:
    """Pictures of the run's folder, within the page."""
    return [
        {"source": f"data:image/png;base64,{_base64(run, file)}", "caption": file.holds}
        for file in files
        if run.folder.has(file)
    ]


def _base64(run: Run, file: RunFile) -> str:
    return base64.b64encode((run.folder / file).read_bytes()).decode("ascii")
