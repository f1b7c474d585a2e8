"""Confidence and robustness on a run's page."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from tenfold.core.text import percent
from tenfold.measure.selective import Selective
from tenfold.measure.threshold import Threshold
from tenfold.measure.two_classes import Ranking
from tenfold.report.page.charts import Line, line_chart
from tenfold.report.summary import ranking_sentence, selective_sentence
from tenfold.report.threshold import threshold_sentence
from tenfold.runs import layout
from tenfold.runs.run import Run


def confidence(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """How often the network is right, by its confidence."""
    found, before = metrics["test"]["calibration"], metrics["test"]["before_calibration"]
    low, high = (percent(each, 1) for each in found["error_interval_95"])
    sentences = [
        f"The network is on average {percent(found['confidence'], 1)} confident, and "
        f"{percent(metrics['test']['accuracy'], 1)} of its answers are right. Without "
        f"what chance adds, its calibration error is {percent(found['error'], 1)} (95 % interval "
        f"{low} to {high})."
    ]
    if before:
        sentences.append(
            f"Before calibration on validation images it was "
            f"{percent(before['calibration_error'], 1)}."
        )
    selective = metrics["selective"]
    answering = Selective.from_dict(selective)
    sentences.append(selective_sentence(answering))
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
            Line(f"{answering.wanted} right", (0, 100), (100 * (1 - answering.risk),) * 2, "guide",
                 marks=False),
        ],
        title="Right answers if only the most confident images are answered",
        x="images answered (%)", y="right answers (%)", x_range=(0, 100),
    )  # fmt: skip
    charts = [reliability, answered]
    if ranked := metrics.get("ranking"):
        sentences.append(ranking_sentence(Ranking(**ranked)))
        charts.append(_roc(ranked))
    if chosen := metrics.get("threshold"):
        sentences.append(threshold_sentence(Threshold.from_dict(chosen)))
    return {"calibration": sentences, "confidence_charts": charts}


def robustness(run: Run) -> list[Markup]:
    """A chart for each corruption; none if robustness was not measured."""
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
