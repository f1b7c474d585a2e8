"""How often the tests of a comparison answer wrongly, and how often they find a difference.

    python benchmarks/comparisons.py [--pairs 4000] [--share 0.17] [--runs RUN RUN]

Simulates pairs of networks on the same images, as numbers of images that only one of the two
classifies correctly: without a difference in truth (false alarms), and with a planted one (power).
McNemar's mid-p test answers if p < 0.05, the bootstrap interval if it does not include 0. With
`--runs`, the share of images that only one network classifies correctly is measured on two runs.
"""

import argparse

import numpy as np

from tenfold.measure.comparison import paired_counts

ACCURACY = 0.76
"""Of the first network, about that of `standard`; it changes neither test."""
SIZES = (359, 1_000, 10_000)
"""Test images: those of the digits, of a small folder, and of CIFAR-10."""


def answers(
    n: int, share: float, difference: float, n_pairs: int, seed: int
) -> tuple[float, float]:
    """The shares of pairs, in 0..1, in which McNemar's test and the interval see a difference.

    Args:
        n: Number of images.
        share: Share of the images that only one of the networks classifies correctly, in 0..1.
        difference: Accuracy of the second network minus that of the first.
        n_pairs: Number of simulated pairs.
        seed: Decides the draws.
    """
    only_first, only_second = (share - difference) / 2, (share + difference) / 2
    both = ACCURACY - only_first
    shares = [both, only_first, only_second, 1 - both - only_first - only_second]
    drawn = np.random.default_rng(seed).multinomial(n, shares, size=n_pairs)
    mcnemar = interval = 0
    for number, counts in enumerate(drawn.tolist()):
        found = paired_counts(*counts, seed=number)
        mcnemar += found.p < 0.05
        if found.interval is not None:
            low, high = found.interval
            interval += not low <= 0 <= high
    return mcnemar / n_pairs, interval / n_pairs


def measured_share(runs: list[str]) -> float:
    """The share of test images that only one of two runs classifies correctly."""
    from tenfold.experiment.compare import compare

    pair = compare(*runs, say=lambda _: None).differences[0].paired
    return (pair.only_first + pair.only_second) / pair.n


def main() -> None:
    """Print a row of a table for each case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=4_000)
    parser.add_argument("--share", type=float, default=0.17)
    parser.add_argument("--runs", nargs=2)
    parser.add_argument("--points", type=float, default=1.2)
    asked = parser.parse_args()
    share = measured_share(asked.runs) if asked.runs else asked.share
    print(f"Only one of the networks is right for {100 * share:.1f} % of the images.")
    print("images  difference, points  McNemar, mid-p  bootstrap interval")
    for points in (0.0, asked.points):
        for n in SIZES:
            mcnemar, interval = answers(n, share, points / 100, asked.pairs, seed=n)
            print(f"{n:>6,}  {points:>18.1f}  {mcnemar:>14.1%}  {interval:>18.1%}", flush=True)


if __name__ == "__main__":
    main()
