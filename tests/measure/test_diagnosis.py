from dataclasses import replace

import numpy as np
import pytest

from tenfold.core.calibration import Calibration
from tenfold.core.evaluation import ClassScore, Evaluation
from tenfold.core.history import Epoch, FitRecord
from tenfold.measure.diagnosis import Advice, Ending, Rise, diagnose
from tenfold.measure.intervals import wilson_interval


def evaluation(accuracy, n=10_000):
    scores = {name: ClassScore(accuracy, accuracy, accuracy, n // 10) for name in "abcdefghij"}
    return Evaluation(
        n=n,
        accuracy=accuracy,
        top2_accuracy=accuracy,
        log_loss=1.0,
        recall_macro=accuracy,
        precision_macro=accuracy,
        f1_macro=accuracy,
        recall_weighted=accuracy,
        precision_weighted=accuracy,
        f1_weighted=accuracy,
        per_class=scores,
        confusion=np.zeros((10, 10), dtype=np.int64),
        calibration=Calibration(accuracy, 0.0, (0.0, 0.0), 0.0, 0.0, (0.0, 0.0), ()),
        intervals={"accuracy": wilson_interval(round(accuracy * n), n)},
    )


def fit(losses, validation_losses, *, train_accuracy=None, best=None, early=False, signal=None):
    pairs = zip(losses, validation_losses, strict=True)
    epochs = tuple(Epoch(i, a, 0.5, b, 0.5, 1e-3, 1.0) for i, (a, b) in enumerate(pairs, start=1))
    best = len(epochs) if best is None else best
    return FitRecord(epochs, best, 9.0, 100, early, signal, train_accuracy=train_accuracy)


FALLING = [2.0, 1.5, 1.2, 1.0, 0.9]
LEVEL = [2.0, 1.5, 1.2, 1.2, 1.2]
RISING = [2.0, 1.2, 1.3, 1.5, 1.9]


def test_a_wide_gap_is_overfitting():
    found = diagnose(fit(FALLING, LEVEL, train_accuracy=0.9), evaluation(0.5))
    assert found.verdict == "overfits"
    assert found.gap is not None
    assert found.gap.size == pytest.approx(0.4)
    assert (found.gap.beyond_chance, found.gap.n_validation) == (True, 10_000)
    assert found.advice is Advice.RESTRAIN


def test_a_fit_without_validation_images_is_judged_by_its_gap_alone():
    record = fit(FALLING, [None] * 5, train_accuracy=0.95)
    wide, narrow = (diagnose(record, evaluation(accuracy)) for accuracy in (0.6, 0.94))
    assert (wide.verdict, narrow.verdict) == ("overfits", "fits")
    assert (wide.still_falling, wide.rise) == (False, None)


def test_the_same_gap_among_few_images_may_be_chance():
    record = fit(LEVEL, LEVEL, train_accuracy=0.96)
    many, few = (diagnose(record, evaluation(0.9, n)) for n in (10_000, 20))
    assert many.verdict == "overfits"
    assert few.verdict == "fits"
    assert few.gap is not None
    assert (few.gap.beyond_chance, few.gap.n_validation) == (False, 20)


def test_a_validation_loss_that_rose_past_the_kept_weights_is_overfitting():
    kept_last = diagnose(fit(FALLING, RISING, train_accuracy=0.9), evaluation(0.89))
    assert kept_last.verdict == "overfits"
    assert kept_last.rise == Rise(2, 1.2, 1.9, weights_from_after=True)


def test_weights_from_before_the_rise_are_not_blamed_for_it():
    record = fit(FALLING, RISING, train_accuracy=0.9, best=2, early=True)
    found = diagnose(record, evaluation(0.89))
    assert found.verdict == "fits"
    assert found.rise == Rise(2, 1.2, 1.9, weights_from_after=False)
    assert (found.ending, found.n_epochs, found.advice) == (Ending.STOPPED_EARLY, 5, None)


def test_both_losses_rising_is_not_called_overfitting():
    found = diagnose(fit(RISING, RISING, train_accuracy=0.9), evaluation(0.89))
    assert found.verdict == "fits"


def test_a_loss_still_falling_at_the_end_is_underfitting():
    found = diagnose(fit(FALLING, FALLING, train_accuracy=0.9), evaluation(0.89))
    assert found.verdict == "underfits"
    assert (found.still_falling, found.advice) == (True, Advice.MORE_EPOCHS)


def test_an_interrupted_fit_whose_loss_still_fell_is_too_early_to_judge():
    record = fit(FALLING, FALLING, train_accuracy=0.9, signal="SIGINT")
    found = diagnose(record, evaluation(0.89))
    assert found.verdict == "too early to say"
    assert (found.ending, found.signal, found.n_epochs) == (Ending.INTERRUPTED, "SIGINT", 5)


def test_a_low_accuracy_on_the_training_images_themselves_is_underfitting():
    found = diagnose(fit(LEVEL, LEVEL, train_accuracy=0.52), evaluation(0.5))
    assert found.verdict == "underfits"
    assert found.advice is Advice.LARGER_NETWORK


def test_a_network_no_better_than_naming_one_class_is_said_to_be_so():
    found = diagnose(fit(LEVEL, LEVEL, train_accuracy=0.1), evaluation(0.1))
    assert found.verdict == "underfits"
    assert (found.commonest, found.advice) == (0.1, Advice.BEGIN_AGAIN)


@pytest.mark.parametrize("n_epochs", [1, 2])
def test_one_or_two_epochs_show_no_trend(n_epochs):
    record = fit(FALLING[:n_epochs], FALLING[:n_epochs], train_accuracy=0.9)
    found = diagnose(record, evaluation(0.4))
    assert (found.verdict, found.too_few_epochs) == ("too early to say", True)


def test_a_fit_interrupted_before_its_first_epoch_ended_has_no_gap():
    found = diagnose(fit([], [], signal="SIGTERM"), evaluation(0.1))
    assert (found.verdict, found.gap) == ("too early to say", None)
    assert found.best_epoch == 0


def test_a_fit_that_diverged_is_not_judged():
    record = replace(fit(LEVEL, LEVEL, train_accuracy=0.9, best=4), diverged_at=5)
    found = diagnose(record, evaluation(0.89))
    assert found.verdict == "too early to say"
    assert (found.ending, found.diverged_at) == (Ending.DIVERGED, 5)


def test_an_unmeasured_training_accuracy_is_replaced_by_the_running_mean_and_says_so():
    found = diagnose(fit(LEVEL, LEVEL), evaluation(0.45))
    assert found.gap is not None
    assert found.gap.size == pytest.approx(0.05)
    assert not found.gap.measured
