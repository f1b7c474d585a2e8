"""The accuracies that a network's own accuracy is shown beside."""

from collections.abc import Mapping
from typing import Any

from tenfold.core.evaluation import Interval

NOTEBOOK = 0.4891
"""Test accuracy that the classic notebook reports on CIFAR-10."""


def simple_rules(metrics: Mapping[str, Any]) -> list[tuple[str, float, Interval | None]]:
    """The test accuracies of simple rules: name, share in 0..1, 95 % interval.

    Args:
        metrics: The content of metrics.json.
    """
    commonest = metrics["test"]["commonest"]
    rules: list[tuple[str, float, Interval | None]] = [
        (f"always {commonest['name']}", commonest["accuracy"], None)
    ]
    for rule in metrics["context"].get("rules", ()):
        ends = rule["interval_95"]
        rules.append((rule["rule"], rule["accuracy"], ends and tuple(ends)))
    return rules
