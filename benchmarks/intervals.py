"""How often the 95 % intervals of an evaluation hold the true value, in a simulation.

    python benchmarks/intervals.py --draws 400

A made network predicts images of 2 and of 10 classes at several strengths. Its true figures are
those on 400,000 images. From each setting, `draws` test sets are drawn; an interval should hold the
true value in 93 to 97 % of them. Figures whose true value is not in 0.05 to 0.95 are left out,
except log loss, Brier score and calibration error, which have no such range.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from tenfold.core.evaluation import FIGURES, Evaluation
from tenfold.core.predictions import Predictions
from tenfold.measure.evaluate import evaluate

N_TRUE = 400_000
STRENGTHS = (0.5, 1.0, 2.0, 3.0)
"""How far the logit of the actual class lies above the others on average."""
SCALES = (0.5, 1.0, 2.0)
"""Factors of the logits: at 1, probabilities are about right."""


def drawn(
    rng: np.random.Generator, n: int, n_classes: int, strength: float, scale: float
) -> Predictions:
    """Predictions for `n` images; classes differ in how hard they are."""
    truth = rng.integers(0, n_classes, n)
    logits = rng.normal(0, 1, (n, n_classes))
    hardness = np.linspace(0.7, 1.3, n_classes)[truth]
    logits[np.arange(n), truth] += strength * hardness
    powers = np.exp(scale * strength * (logits - logits.max(axis=1, keepdims=True)))
    rows = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    names = tuple(map(str, range(n_classes)))
    return Predictions(truth, rows, names, ("",) * n)


def figures(found: Evaluation) -> Iterator[tuple[str, float, tuple[float, float]]]:
    """Kind, value and interval of every figure that has one."""
    for name in FIGURES:
        yield name, getattr(found, name), found.intervals[name]
    yield "brier", found.calibration.brier, found.calibration.brier_interval_95
    yield "calibration error", found.calibration.error, found.calibration.error_interval_95
    for score in found.per_class.values():
        for name in ("recall", "precision", "f1"):
            value, interval = getattr(score, name), getattr(score, f"{name}_interval_95")
            if value is not None and interval is not None:
                yield f"{name} of a class", value, interval


def main() -> None:
    """Draw, count, print a line for each kind of figure and number of images of a class."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=200, help="test sets of each setting")
    parser.add_argument("--per-class", type=int, nargs="+", default=[200], help="images of a class")
    asked = parser.parse_args()
    rng = np.random.default_rng(0)
    for per_class in asked.per_class:
        held: dict[str, list[bool]] = defaultdict(list)
        for n_classes in (2, 10):
            for strength in STRENGTHS:
                for scale in SCALES:
                    whole = drawn(rng, N_TRUE, n_classes, strength, scale)
                    true = [value for _, value, _ in figures(evaluate(whole))]
                    for _ in range(asked.draws):
                        some = drawn(rng, per_class * n_classes, n_classes, strength, scale)
                        for (name, _, (low, high)), value in zip(
                            figures(evaluate(some)), true, strict=True
                        ):
                            free = name in {"log_loss", "brier", "calibration error"}
                            if free or 0.05 <= value <= 0.95:
                                held[name].append(low <= value <= high)
        print(f"{per_class} images of a class")
        for name, hits in held.items():
            print(f"  {name:24} {np.mean(hits):6.1%} of {len(hits):,}", flush=True)


if __name__ == "__main__":
    main()
