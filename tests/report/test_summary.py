from dataclasses import replace

import numpy as np
import pytest

from tenfold.core.budget import BudgetVerdict
from tenfold.core.folds import CrossValidation, Fold
from tenfold.core.history import Epoch, FitRecord
from tenfold.core.images import Dataset, ImageSet, Provenance
from tenfold.core.networks import ClassicNetwork
from tenfold.core.predictions import Predictions
from tenfold.core.recipe import Recipe
from tenfold.core.splits import Splits
from tenfold.measure.commonest import Commonest
from tenfold.measure.comparison import Answer
from tenfold.measure.diagnosis import Diagnosis, Ending, Verdict
from tenfold.measure.evaluate import evaluate
from tenfold.measure.next_step import Advice, NextStep
from tenfold.measure.selective import Answered, Selective
from tenfold.report.summary import summary
from tenfold.runs.looks import Looks

CLASSES = ("cat", "dog", "frog")


def images(n):
    return ImageSet(
        np.zeros((n, 8, 8, 1), dtype=np.uint8), np.arange(n, dtype=np.int64) % 3, CLASSES
    )


def evaluation(truth, predicted):
    rows = np.full((len(truth), 3), 0.1, dtype=np.float32)
    rows[range(len(truth)), predicted] = 0.8
    names = tuple(map(str, range(len(truth))))
    return evaluate(Predictions(np.array(truth, dtype=np.int64), rows, CLASSES, names))


TEST = Answered(1, 0.25, 1.0, (0.2, 1.0))
SELECTIVE = Selective(0.05, 0.8, TEST, TEST, ((1.0, 0.25),))


@pytest.fixture
def parts():
    """The arguments of a small, whole run."""
    provenance = Provenance("digits", "scikit-learn", sha256="ab" * 32, notes=("Bundled data.",))
    return {
        "data": Dataset("digits", images(30), images(6), provenance).facts,
        "splits": Splits(np.arange(20), np.arange(20, 28)),
        "recipe": Recipe(name="tiny", summary="small", network=ClassicNetwork(widths=(8, 4))),
        "seed": 7,
        "fit": FitRecord((Epoch(1, 1.0, 0.5, 1.1, 0.4, 0.001, 0.5),), 1, 0.51, 1234, True),
        "evaluations": {
            "validation": evaluation([0, 1, 2, 0], [0, 1, 2, 1]),
            "test": evaluation([0, 1, 2, 2], [0, 2, 1, 1]),
        },
        "before": {},
        "selective": SELECTIVE,
        "context": {"rules": [{"rule": "guessing", "accuracy": 1 / 3}]},
        "commonest": Commonest("cat", 0.25, Answer.CANT_TELL),
        "diagnosis": Diagnosis(Verdict.FITS, Ending.STOPPED_EARLY, None, n_epochs=1, best_epoch=1),
        "notes": ("Removed 2 images.",),
    }


def test_says_what_went_in_and_what_came_out(parts):
    page = " ".join(summary(**parts).split())  # Line breaks fall where they fall.
    for fact in (
        "Tenfold: tiny on digits, seed 7",
        "30 training images and 6 to test, 8 x 8 pixels, grey, 3 classes",
        "SHA-256 abababab",
        "20 to fit, 8 to validate, 2 unused",
        "hidden layers 8-4",
        "1 epoch in 0.5 s, stopped early; weights of epoch 1; 1,234 parameters",
        "Diagnosis: about right",
        "Fitting stopped early after 1 epoch",
        "Bundled data.",
        "Removed 2 images.",
    ):
        assert fact in page


def test_the_figures_of_both_sets_stand_side_by_side(parts):
    lines = summary(**parts).splitlines()
    accuracy = next(line for line in lines if line.startswith("accuracy "))
    assert " ".join(accuracy.split()) == "accuracy 75.00 % 25.00 % 4.56 % to 69.94 %"


def test_says_what_answering_only_if_confident_brings(parts):
    page = " ".join(summary(**parts).split())
    assert "confidence of 80.0 % or more" in page
    assert "25.0 % of the test images, of which 100.0 % are right" in page
    none = replace(SELECTIVE, threshold=None, validation=None, test=None)
    page = " ".join(summary(**{**parts, "selective": none}).split())
    assert "No confidence is high enough to expect 95 % of the answers to be right" in page


def test_sets_the_accuracy_beside_simple_rules(parts):
    lines = summary(**parts).splitlines()
    first = lines.index("Accuracy in context (test)") + 4
    rules = [line.split("  ")[1].strip() for line in lines[first : first + 3]]
    assert rules == ["always cat", "guessing", "this network"]


def test_the_calibration_error_before_stands_below(parts):
    assert "before calibration" in summary(**{**parts, "before": parts["evaluations"]})
    assert "before calibration" not in summary(**parts)


def test_the_weakest_classes_and_confused_pairs_are_those_of_the_test_images(parts):
    page = summary(**parts)
    weakest = page.split("Weakest classes (test)")[1].splitlines()
    assert weakest[4].split() == ["frog", "0.000", "0.000", "0.000", "2"]
    assert weakest[5].split() == ["dog", "0.000", "0.000", "0.000", "1"]
    confused = page.split("Most often confused (test)")[1].splitlines()
    assert confused[4].split() == ["frog", "dog", "2", "100.0", "%"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer.BETTER, "25.00 % of the test images: the network is better."),
        (Answer.WORSE, "25.00 % of the test images: the network is WORSE."),
        (Answer.CANT_TELL, "these images are too few to tell whether the network is better."),
    ],
)
def test_compares_with_always_naming_the_commonest_class(parts, answer, words):
    page = summary(**{**parts, "commonest": Commonest("cat", 0.25, answer)})
    assert words in " ".join(page.split())
    assert "the commonest class of the training images, cat, is right" in " ".join(page.split())


def test_names_the_classes_that_are_never_predicted(parts):
    assert "never" not in summary(**parts)
    page = summary(**{**parts, "evaluations": {"test": evaluation([0, 1, 2, 2], [0, 0, 0, 0])}})
    assert "2 classes are never predicted (test): dog and frog." in page
    # A class without test images was not missed.
    page = summary(**{**parts, "evaluations": {"test": evaluation([0, 1], [0, 0])}})
    assert "1 class is never predicted (test): dog." in page


FOLDS = CrossValidation(
    (Fold(20, 10, 0.5, 7, 1.0), Fold(21, 9, 0.75, 8, 2.5)), 0.625, 0.177, 0.619, 0.4, 0.8, 3.5
)


def test_a_cross_validation_is_told_fold_by_fold(parts):
    page = summary(**parts, folds=FOLDS)
    words = " ".join(page.split())
    assert "Cross-validation in 2 folds: 61.90 % of 19 images are right" in words
    assert "(95 % interval 40.00 % to 80.00 %)" in words
    assert "mean is 62.50 %, their standard deviation 17.70 points" in words
    row = next(line for line in page.splitlines() if line.startswith("  2 "))
    assert row.split() == ["2", "21", "9", "75.00", "%", "8", "2.5"]
    assert "stand for them" not in words
    all_fitted = Splits(np.arange(28), np.arange(0))
    assert "the figures below are those of the folds" in " ".join(
        summary(**{**parts, "splits": all_fitted}, folds=FOLDS).split()
    )


@pytest.mark.parametrize(("took_s", "verdict"), [(59.6, "kept"), (75.0, "BROKEN")])
def test_a_time_budget_ends_the_page(parts, took_s, verdict):
    last = summary(**parts, budget=BudgetVerdict(60, took_s)).splitlines()[-1]
    assert last.startswith("Promised to end within 1 min 00 s; took 1 min")
    assert last.endswith(f"the promise is {verdict}.")


def test_a_run_without_a_mistake_names_no_pairs(parts):
    assert "confused" not in summary(
        **{**parts, "evaluations": {"test": evaluation([0, 1, 2], [0, 1, 2])}}
    )


def test_the_next_step_is_one_line_however_long_its_command(parts):
    step = NextStep(Advice.LONGER, {"epochs": 9})
    parts["diagnosis"] = replace(parts["diagnosis"], next_step=step)
    command = f"tenfold run --data {'/images' * 20}"
    assert f"Next: {command}" in summary(**parts, command=command).splitlines()


@pytest.mark.parametrize(
    ("looks", "words"),
    [
        (Looks(1, 1), "scored once in this run and once by all runs on this machine."),
        (Looks(2, 1200), "scored 2 times in this run and 1,200 times by all runs on this machine."),
        (Looks(1, None), "scored once in this run and an unknown number of times by all runs on"),
    ],
)
def test_says_how_often_the_test_images_were_scored(parts, looks, words):
    page = " ".join(summary(**parts, looks=looks).split())
    assert f"The test images were {words}" in page
    assert ("expect worse ones" in page) == (looks.in_run > 1)


def test_an_interrupted_fit_is_marked_as_such(parts):
    interrupted = replace(parts["fit"], stopped_early=False, interrupted_by="SIGINT")
    assert "INTERRUPTED (SIGINT)" in summary(**{**parts, "fit": interrupted})


def test_lines_fit_a_terminal(parts):
    page = summary(**{**parts, "notes": ("A long note that goes on. " * 12,)})
    assert max(map(len, page.splitlines())) <= 80
    assert page.endswith("\n")
