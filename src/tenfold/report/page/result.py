"""The first screen of a run's page: its result, beside what others reach, and what to try next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from tenfold.core.context import NOTEBOOK, simple_rules
from tenfold.core.evaluation import Interval
from tenfold.core.measured import Measured
from tenfold.core.text import counted, duration, percent
from tenfold.measure.next_step import Advice, NextStep
from tenfold.recipes import NAMES, find_measured
from tenfold.report.diagnosis import next_line
from tenfold.report.looks import looks_sentence
from tenfold.report.page.charts import Bar, bar_chart
from tenfold.runs.looks import Looks
from tenfold.runs.run import Run

PEOPLE = 0.94
"""Accuracy of one person on some of CIFAR-10's test images, about.

Source: A. Karpathy, Lessons learned from manually classifying CIFAR-10, 2011,
karpathy.github.io/2011/04/27/manually-classifying-cifar10.
"""


@dataclass(frozen=True)
class Reference:
    """What something else reaches on the test images.

    Attributes:
        name: What it is.
        accuracy: In 0..1.
        interval_95: The 95 % interval; None where it is not an estimate from these images.
        decimals: Of the accuracy in percent, as it is written.
    """

    name: str
    accuracy: float
    interval_95: Interval | None = None
    decimals: int = 1


def result(run: Run) -> dict[str, Any]:
    """The accuracy, its context, the diagnosis and the next step."""
    metrics, data = run.metrics, run.data
    test, looks = metrics["test"], metrics["test_looks"]
    own = Reference("this network", test["accuracy"], tuple(test["accuracy_interval_95"]))
    rules, known = _rules(metrics), _published(data.name)
    return {
        "title": f"How well a network classifies the images of {data.name}",
        "data_words": (
            f"The recipe {run.recipe.name} with seed {run.seed} learnt from "
            f"{len(run.splits.train):,} images of {len(data.classes):,} classes, "
            f"{data.shape[0]} x {data.shape[1]} pixels."
        ),
        "accuracy": percent(own.accuracy, 1),
        "n_test": f"{test['n']:,}",
        "accuracy_interval": _ends(own.interval_95),
        "against": _against(own, max(rules, key=lambda each: each.accuracy)),
        "context_chart": _chart(own, [*rules, *known]),
        "context_notes": _notes(known, official=data.provenance.official),
        **_diagnosis(metrics["diagnosis"], data.name),
        "looks": looks_sentence(Looks(looks["run"], looks["machine"])),
    }


def _rules(metrics: Mapping[str, Any]) -> list[Reference]:
    """Simple rules, scored on the same images."""
    return [Reference(*each) for each in simple_rules(metrics)]


def _published(data: str) -> list[Reference]:
    """What is known of others on the test images of this name."""
    if data != "cifar10":
        return []
    recipe, measured = _most_accurate()
    return [
        Reference("the classic notebook", NOTEBOOK),
        Reference(f"recipe {recipe}", measured.accuracy),
        Reference("people (estimate)", PEOPLE, decimals=0),
    ]


def _most_accurate() -> tuple[str, Measured]:
    """The recipe with the highest published accuracy."""
    found = [(name, measured) for name in NAMES if (measured := find_measured(name))]
    return max(found, key=lambda each: each[1].accuracy)


def _against(own: Reference, best: Reference) -> str:
    """Compare the network with the best of the simple rules."""
    ends = own.interval_95 or (own.accuracy, own.accuracy)
    low, high = best.interval_95 or (best.accuracy, best.accuracy)
    if ends[0] > high:
        answer = "the network is better"
    elif ends[1] < low:
        answer = "the network is WORSE"
    else:
        answer = "these images are too few to tell whether the network is better"
    interval = f" ({_ends(best.interval_95)})" if best.interval_95 else ""
    return (
        f"The best of the simple rules ({best.name}) reaches {percent(best.accuracy, 1)}{interval}"
        f": {answer}."
    )


def _chart(own: Reference, others: list[Reference]) -> Markup:
    """All accuracies as bars, from the lowest to the highest."""
    every = sorted([*others, own], key=lambda each: each.accuracy)
    bars = [
        Bar(
            each.name,
            each.accuracy,
            percent(each.accuracy, each.decimals),
            each.interval_95,
            main=each is own,
        )
        for each in every
    ]
    return bar_chart(bars, "Test accuracy of this network, of simple rules and of others")


def _notes(known: list[Reference], *, official: bool | None) -> str:
    """Where the published accuracies come from, and whether the images are the same."""
    if not known:
        return ""
    recipe, measured = _most_accurate()
    return (
        f"People: one person's estimate (A. Karpathy, 2011). Recipe {recipe}: Tenfold's most "
        f"accurate one, measured on a JPEG copy of these images ({counted(measured.n, 'seed')})."
    ) + (" This run's own images are not the official ones." if official is False else "")


def _ends(interval: Interval | None) -> str:
    low, high = interval or (0.0, 1.0)
    return f"{percent(low, 1)} to {percent(high, 1)}"


def _diagnosis(found: Mapping[str, Any], data: str) -> dict[str, Any]:
    step = found["next_step"] or {}
    in_python = ""
    if step and not step["command"]:
        next_step = NextStep(Advice(step["advice"]), step["settings"], step["recipe"])
        in_python = next_line(next_step, None).removeprefix("Next, in Python: ")
    return {
        "verdict": found["verdict"],
        "diagnosis": found["evidence"],
        "next_words": " ".join(filter(None, [step.get("why", ""), _expected(step, data)])),
        "next_command": step.get("command") or "",
        "next_in_python": in_python,
    }


def _expected(step: Mapping[str, Any], data: str) -> str:
    """What the recipe of the next step has reached on these images, if that was measured."""
    recipe = step.get("recipe")
    measured = find_measured(recipe) if recipe and data == "cifar10" else None
    if measured is None:
        return ""
    return (
        f"The recipe {recipe} has reached {percent(measured.accuracy, 1)}, and its fit took "
        f"{duration(measured.fit_s)} on two fast cores."
    )
