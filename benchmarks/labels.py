"""How many wrong labels an audit finds in CIFAR-10, and how early in its ranking.

    python benchmarks/labels.py fit LABELS.npz --given people --out people.npz
    python benchmarks/labels.py fit LABELS.npz --given planted --seed 0 --out planted.npz
    python benchmarks/labels.py score people.npz planted.npz [--curve curve.csv]
    python benchmarks/labels.py test COUNTS.npz people.npz

LABELS.npz holds `official` and `human_majority`, int (50,000,); COUNTS.npz holds `counts`, int
(10,000, 10): how many people named each class for a test image.

    fit     the networks of an audit, with wrong labels in place of the official ones: those of
            people (`people`), or 500 labels changed at random (`planted`); saves what they predict
    score   the share of wrong labels among the first suspects, the whole curve of precision and
            recall and its area; what cleanlab lists by default and how it ranks, if it is
            installed; and whether the intervals of each class's noise hold the true share
    test    how many test labels in doubt a majority of people contradicts
"""

import argparse
import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

from tenfold.data.cifar10 import gather_cifar10
from tenfold.experiment.unseen import predict_unseen
from tenfold.findings.labels import IN_DOUBT, NEXT_TO_IMPOSSIBLE
from tenfold.findings.wrong_labels.confident import Judged, judge, noise_of, usual_confidence
from tenfold.measure.intervals import wilson_interval
from tenfold.measure.temperature import at_temperature, fit_temperature
from tenfold.recipes import find_recipe

N_PLANTED = 500


def planted(labels: np.ndarray, seed: int) -> np.ndarray:
    """The labels, with 500 drawn at random and changed to another class, each as likely."""
    rng = np.random.default_rng(seed)
    changed, drawn = labels.copy(), rng.choice(len(labels), N_PLANTED, replace=False)
    n_classes = labels.max() + 1
    changed[drawn] = (changed[drawn] + rng.integers(1, n_classes, N_PLANTED)) % n_classes
    return changed


def fit(path: Path, given: str, seed: int, recipe: str, out: Path) -> None:
    """Fit networks to wrong labels, and save what they predict for images they have not seen."""
    with np.load(path) as kept:
        official, people = (kept[name].astype(np.int64) for name in ("official", "human_majority"))
    dataset = gather_cifar10()
    if not np.array_equal(dataset.train.labels, official):
        raise SystemExit(f"The labels in {path} are not of these images, or in another order.")
    labels = people if given == "people" else planted(official, seed)
    dataset = replace(dataset, train=replace(dataset.train, labels=labels))
    unseen = predict_unseen(dataset, find_recipe(recipe), seed=0, say=print)
    np.savez_compressed(
        out, probabilities=unseen.train, test=unseen.test, fold_of=unseen.fold_of,
        given=labels, official=official,
    )  # fmt: skip


def interval(k: int, n: int) -> str:
    """A share with its 95 % interval."""
    low, high = wilson_interval(k, n)
    return f"{k:,} of {n:,} = {k / n:.1%} ({low:.1%} to {high:.1%})"


def score(path: Path, curve: Path | None) -> None:
    """Print how well the wrong labels of a fit are found."""
    with np.load(path) as kept:
        done = np.isfinite(kept["probabilities"]).all(axis=1)
        probabilities, given = kept["probabilities"][done], kept["given"][done]
        wrong = given != kept["official"][done]
    probabilities = at_temperature(probabilities, fit_temperature(probabilities, given))
    judged = judge(probabilities, given, usual_confidence(probabilities, given))
    right = float((probabilities.argmax(axis=1) == given).mean())
    print(f"{path.name}: {len(given):,} images, {wrong.sum():,} labels wrong; networks agree with "
          f"{right:.1%} of the given labels")  # fmt: skip
    ranking = np.argsort(-judged.doubt, kind="stable")
    print_ranking("Tenfold", ranking, judged.doubt, wrong)
    for doubt in (0.9, 0.95, IN_DOUBT, 0.98, 0.99, NEXT_TO_IMPOSSIBLE):
        print_found(f"doubt of {doubt} or more", np.flatnonzero(judged.doubt >= doubt), wrong)
    print_cleanlab(probabilities, given, wrong)
    print_noise(judged, given, wrong)
    if curve:
        write_curve(curve, path.stem, wrong[ranking])


def print_found(name: str, listed: np.ndarray, wrong: np.ndarray) -> None:
    """Print how many of the listed labels are wrong, and which share of the wrong ones that is."""
    k, n = int(wrong[listed].sum()), len(listed)
    print(f"  {name}: wrong {interval(k, n) if n else 'none of 0'}; "
          f"{k / wrong.sum():.1%} of all wrong labels")  # fmt: skip


def print_ranking(who: str, ranking: np.ndarray, doubt: np.ndarray, wrong: np.ndarray) -> None:
    """Print what the first suspects of a ranking are worth, and the area under its curve."""
    from sklearn.metrics import average_precision_score

    n_wrong = int(wrong.sum())
    for n in (n_wrong // 10, n_wrong, 2 * n_wrong):
        print_found(f"{who}, first {n:,}", ranking[:n], wrong)
    area = average_precision_score(wrong, doubt)
    print(f"  {who}, area under precision and recall: {area:.3f}")


def print_cleanlab(probabilities: np.ndarray, given: np.ndarray, wrong: np.ndarray) -> None:
    """Print what cleanlab makes of the same probabilities."""
    try:
        from cleanlab.filter import find_label_issues
        from cleanlab.rank import get_label_quality_scores
    except ImportError:
        print("  cleanlab is not installed")
        return
    exact = probabilities.astype(np.float64)
    listed = find_label_issues(given, exact, return_indices_ranked_by="self_confidence", n_jobs=1)
    print_found("cleanlab's default list", listed, wrong)
    doubt = 1 - get_label_quality_scores(given, exact)
    print_ranking("cleanlab", np.argsort(-doubt, kind="stable"), doubt, wrong)


def print_noise(judged: Judged, given: np.ndarray, wrong: np.ndarray) -> None:
    """Print the interval of each class's noise beside the true share."""
    for label in range(int(given.max()) + 1):
        noise = noise_of(judged, given, label, sure=NEXT_TO_IMPOSSIBLE)
        true = float(wrong[given == label].mean())
        holds = noise.low <= true <= noise.high
        print(f"  class {label}: {noise.low:.2%} to {noise.high:.2%}, truly {true:.2%}"
              f"{'' if holds else ', which is outside'}")  # fmt: skip


def write_curve(path: Path, name: str, found: np.ndarray) -> None:
    """Write precision and recall after each hundredth of the ranking, 101 rows at most."""
    steps = np.unique(np.geomspace(10, len(found), 100).astype(int))
    is_new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if is_new:
            writer.writerow(("labels", "suspects", "precision", "recall"))
        for n in steps.tolist():
            n_found = int(found[:n].sum())
            writer.writerow((name, n, f"{n_found / n:.4f}", f"{n_found / found.sum():.4f}"))


def score_test(path: Path, fitted: Path) -> None:
    """Print how many test labels in doubt people contradict."""
    with np.load(path) as kept, np.load(fitted) as predictions:
        counts, labels = kept["counts"], predictions["given"]
        train, test = predictions["probabilities"], predictions["test"]
    given = gather_cifar10().test.labels
    temperature = fit_temperature(train, labels)
    wrong = counts.argmax(axis=1) != given
    of_train, of_test = (at_temperature(each, temperature) for each in (train, test))
    judged = judge(of_test, given, usual_confidence(of_train, labels))
    listed = judged.doubt >= IN_DOUBT
    print(f"people contradict {interval(int(wrong.sum()), len(wrong))} of the test labels")
    print_found("labels in doubt", np.flatnonzero(listed), wrong)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True, dest="command")
    fitting = commands.add_parser("fit")
    fitting.add_argument("labels", type=Path)
    fitting.add_argument("--given", choices=("people", "planted"), required=True)
    fitting.add_argument("--seed", type=int, default=0)
    fitting.add_argument("--recipe", default="standard")
    fitting.add_argument("--out", type=Path, required=True)
    scoring = commands.add_parser("score")
    scoring.add_argument("fits", type=Path, nargs="+")
    scoring.add_argument("--curve", type=Path)
    testing = commands.add_parser("test")
    testing.add_argument("counts", type=Path)
    testing.add_argument("fit", type=Path)
    asked = parser.parse_args()
    if asked.command == "fit":
        fit(asked.labels, asked.given, asked.seed, asked.recipe, asked.out)
    elif asked.command == "test":
        score_test(asked.counts, asked.fit)
    else:
        for path in asked.fits:
            score(path, asked.curve)


if __name__ == "__main__":
    main()
