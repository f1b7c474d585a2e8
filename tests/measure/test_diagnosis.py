"""A made fit for each diagnosis."""

from dataclasses import replace

import numpy as np
import pytest

from tenfold.core.history import Epoch, FitRecord
from tenfold.core.predictions import Predictions
from tenfold.measure.diagnosis import Ending, Jumps, Missed, Rise, diagnose
from tenfold.measure.evaluate import evaluate
from tenfold.measure.next_step import Advice, Choice, NextStep
from tenfold.recipes import find_recipe


def evaluation(accuracy, n=10_000, *, counts=None, named=None):
    """Ten classes: of each, a share is right, and the others are taken for the next class.

    Args:
        accuracy: The share.
        n: Images.
        counts: Images of each class; by default, the same number.
        named: The only classes that are predicted; by default, all.
    """
    counts = counts or [n // 10] * 10
    truth = np.repeat(np.arange(10), counts)
    place = np.concatenate([np.arange(each) for each in counts])
    right = place < accuracy * np.array(counts)[truth] - 1e-9
    predicted = np.where(right, truth, (truth + 1) % 10)
    if named is not None:
        predicted = np.where(np.isin(predicted, named), predicted, named[0])
    rows = np.full((len(truth), 10), 0.01, np.float32)
    rows[np.arange(len(truth)), predicted] = 0.91
    return evaluate(Predictions(truth, rows, tuple("abcdefghij"), tuple(map(str, truth))))


def fit(losses, validation_losses, *, train_accuracy=None, best=None, early=False, signal=None):
    pairs = zip(losses, validation_losses, strict=True)
    epochs = tuple(Epoch(i, a, 0.5, b, 0.5, 1e-3, 1.0) for i, (a, b) in enumerate(pairs, start=1))
    best = len(epochs) if best is None else best
    return FitRecord(epochs, best, 9.0, 100, early, signal, train_accuracy=train_accuracy)


def found_in(record, validation, recipe="standard", **choice):
    return diagnose(record, validation, Choice(find_recipe(recipe), **choice))


FALLING = [2.0, 1.5, 1.2, 1.0, 0.9]
LEVEL = [2.0, 1.5, 1.2, 1.2, 1.2]
RISING = [2.0, 1.2, 1.3, 1.5, 1.9]
JUMPING = [2.0, 1.5, 1.2, 1.0, 0.9, 1.0, 1.5, 0.9, 1.6, 1.0]


def test_a_wide_gap_is_overfitting():
    found = found_in(fit(FALLING, LEVEL, train_accuracy=0.9), evaluation(0.5))
    assert found.verdict == "overfits"
    assert found.gap is not None
    assert found.gap.size == pytest.approx(0.4)
    assert (found.gap.beyond_chance, found.gap.n_validation) == (True, 10_000)
    assert found.next_step == NextStep(Advice.MORE_DROPOUT, {"dropout": 0.15})


@pytest.mark.parametrize(
    ("stronger", "step"),
    [
        ("standard", NextStep(Advice.STRONGER_RECIPE, recipe="standard")),
        (None, NextStep(Advice.LONGER, {"epochs": 10})),
    ],
)
def test_a_gap_is_not_overfitting_while_the_validation_loss_still_falls(stronger, step):
    record = fit(FALLING, FALLING, train_accuracy=0.72)
    found = found_in(record, evaluation(0.66), "quick", stronger=stronger)
    assert found.gap is not None
    assert (found.gap.is_wide, found.verdict) == (True, "stopped too early")
    assert found.next_step == step


def test_a_gap_when_everything_is_learnt_is_overfitting_even_if_the_loss_still_falls():
    found = found_in(fit(FALLING, FALLING, train_accuracy=1.0), evaluation(0.8))
    assert (found.still_falling, found.verdict) == (True, "overfits")


SLOW = [2.30, 2.27, 2.24, 2.21, 2.18]


def slowed(recipe, rate, accuracy, *, named=(0, 1, 2), losses=SLOW):
    """A fit at a given rate that predicts only some of the classes, and is still improving."""
    validation = evaluation(accuracy, named=named)
    record = fit(losses, losses, train_accuracy=validation.accuracy + 0.01)
    recipe = find_recipe(recipe).with_overrides({"learning_rate": rate})
    return diagnose(record, validation, Choice(recipe, "strong", usual_rate=0.04))


def test_a_fit_at_a_far_too_small_rate_is_sent_to_the_usual_rate_first():
    found = slowed("quick", 1e-4, 0.5)
    assert (found.commonest, found.missed is not None) == (None, True)
    assert found.verdict == "stopped too early"  # Further epochs may predict the classes too.
    assert found.next_step == NextStep(Advice.LARGER_RATE, {"learning_rate": 0.04})
    assert found.next_step.present == {"learning_rate": 1e-4}


def test_a_fit_at_the_usual_rate_that_still_misses_classes_lasts_longer():
    found = slowed("quick", 0.03, 0.5)
    assert found.verdict == "stopped too early"
    assert found.next_step == NextStep(Advice.LONGER, {"epochs": 10})


def test_a_small_rate_is_not_blamed_where_the_network_learnt_well():
    found = slowed("quick", 1e-4, 0.9, named=None)
    assert found.next_step == NextStep(Advice.LONGER, {"epochs": 10})


def test_a_network_that_learnt_nothing_yet_but_still_improves_lasts_longer():
    found = slowed("quick", 0.03, 0.1, named=(0,))
    assert found.verdict == "learns nothing"
    assert found.next_step == NextStep(Advice.LONGER, {"epochs": 10})


def test_a_fit_without_validation_images_is_judged_by_its_gap_alone():
    record = fit(FALLING, [None] * 5, train_accuracy=0.95)
    wide, narrow = (found_in(record, evaluation(accuracy)) for accuracy in (0.6, 0.94))
    assert (wide.verdict, narrow.verdict) == ("overfits", "about right")
    assert (wide.still_falling, wide.rise) == (False, None)


def test_the_same_gap_among_few_images_may_be_chance():
    record = fit(LEVEL, LEVEL, train_accuracy=0.96)
    many, few = (found_in(record, evaluation(0.9, n)) for n in (10_000, 20))
    assert many.verdict == "overfits"
    assert few.verdict == "about right"
    assert few.gap is not None
    assert (few.gap.beyond_chance, few.gap.n_validation) == (False, 20)


def test_a_validation_loss_that_rose_past_the_kept_weights_is_overfitting():
    kept_last = found_in(fit(FALLING, RISING, train_accuracy=0.9), evaluation(0.89))
    assert kept_last.verdict == "overfits"
    assert kept_last.rise == Rise(2, 1.2, 1.9, weights_from_after=True)
    assert kept_last.next_step == NextStep(Advice.STOP_EARLIER, {"patience": 5})


def test_weights_from_before_the_rise_are_not_blamed_for_it():
    record = fit(FALLING, RISING, train_accuracy=0.9, best=2, early=True)
    found = found_in(record, evaluation(0.89))
    assert found.verdict == "about right"
    assert found.rise == Rise(2, 1.2, 1.9, weights_from_after=False)
    assert (found.ending, found.n_epochs, found.next_step) == (Ending.STOPPED_EARLY, 5, None)


def test_both_losses_rising_is_not_called_overfitting():
    found = found_in(fit(RISING, RISING, train_accuracy=0.9), evaluation(0.89))
    assert found.verdict == "about right"


def test_a_loss_still_falling_at_the_end_is_a_fit_that_stopped_too_early():
    found = found_in(fit(FALLING, FALLING, train_accuracy=0.9), evaluation(0.89))
    assert (found.verdict, found.still_falling) == ("stopped too early", True)
    assert found.next_step == NextStep(Advice.LONGER, {"epochs": 10})


def test_a_loss_that_still_falls_when_everything_is_learnt_does_not_ask_for_more_epochs():
    found = found_in(fit(FALLING, FALLING, train_accuracy=1.0), evaluation(0.98), stronger="strong")
    assert (found.verdict, found.still_falling) == ("about right", True)
    assert found.next_step == NextStep(Advice.STRONGER_RECIPE, recipe="strong")


def test_a_loss_that_rose_and_falls_again_is_not_said_to_be_still_falling():
    losses = [2.0, 1.0, 1.5, 1.4, 1.2]
    found = found_in(fit(FALLING, losses, train_accuracy=0.9), evaluation(0.89))
    assert (found.rise is not None, found.still_falling) == (True, False)


def test_a_fit_cut_by_the_clock_is_said_to_be_so_and_wants_more_time():
    record = replace(fit(FALLING, FALLING, train_accuracy=0.9), out_of_time=True)
    found = found_in(record, evaluation(0.89), has_budget=True)
    assert (found.verdict, found.ending) == ("stopped by the clock", Ending.OUT_OF_TIME)
    assert found.next_step == NextStep(Advice.MORE_TIME)


def test_a_fit_cut_by_the_clock_before_its_third_epoch_is_too():
    record = replace(fit(FALLING[:2], FALLING[:2], train_accuracy=0.4), out_of_time=True)
    found = found_in(record, evaluation(0.4), has_budget=True)
    assert (found.verdict, found.too_few_epochs) == ("stopped by the clock", True)


def test_an_interrupted_fit_is_too_early_to_judge_and_can_be_resumed():
    record = fit(FALLING, FALLING, train_accuracy=0.9, signal="SIGINT")
    found = found_in(record, evaluation(0.89))
    assert found.verdict == "too early to say"
    assert (found.ending, found.signal, found.n_epochs) == (Ending.INTERRUPTED, "SIGINT", 5)
    assert found.next_step == NextStep(Advice.RESUME)


def test_a_low_accuracy_on_the_training_images_themselves_is_underfitting():
    record, validation = fit(LEVEL, LEVEL, train_accuracy=0.52), evaluation(0.5)
    found = found_in(record, validation)
    assert found.verdict == "underfits"
    assert found.next_step == NextStep(Advice.LARGER_NETWORK, {"widths": [512]})
    stronger = found_in(record, validation, stronger="strong")
    assert stronger.next_step == NextStep(Advice.STRONGER_RECIPE, recipe="strong")


def test_a_network_no_better_than_naming_one_class_learns_nothing():
    found = found_in(fit(LEVEL, LEVEL, train_accuracy=0.1), evaluation(0.1))
    assert (found.verdict, found.commonest) == ("learns nothing", 0.1)
    assert found.next_step == NextStep(Advice.SMALLER_RATE, {"learning_rate": 0.002})


def test_a_loss_that_jumps_up_and_down_is_unstable():
    found = found_in(fit(JUMPING, JUMPING, train_accuracy=0.9), evaluation(0.5))
    assert found.verdict == "unstable"  # Although its gap is wide.
    assert found.jumps == Jumps("validation", 2, 5, 1.6 - 0.9)
    assert found.next_step == NextStep(Advice.SMALLER_RATE, {"learning_rate": 0.007})
    without = found_in(fit(JUMPING, [None] * 10, train_accuracy=0.9), evaluation(0.89))
    assert without.jumps == Jumps("training", 2, 5, 1.6 - 0.9)


@pytest.mark.parametrize(
    "losses",
    [
        [2.0, 1.8, 2.2, 1.7, 2.1, 0.9, 0.8, 0.75, 0.7, 0.7],  # Only in its first half.
        [2.0, 1.5, 1.2, 1.1, 1.0, 0.9, 1.2, 0.8, 0.8, 0.8],  # Once.
        [2.0, 1.2, 1.1, 1.0, 1.1, 1.2, 1.4, 1.6, 1.9, 2.2],  # Up, and not down again.
        [2.0, 1.0, 0.1, 0.02, 0.01, 0.02, 0.01, 0.03, 0.01, 0.01],  # Next to nothing.
    ],
)
def test_other_curves_are_not_called_unstable(losses):
    assert found_in(fit(losses, losses, train_accuracy=0.9), evaluation(0.89)).jumps is None


def test_a_rare_class_that_is_never_predicted_asks_for_balance():
    counts = [1000] * 9 + [100]
    validation = evaluation(0.8, counts=counts, named=range(9))
    found = found_in(fit(LEVEL, LEVEL, train_accuracy=0.85), validation, stronger="strong")
    assert found.verdict == "never predicts a class"
    assert found.missed == Missed(("j",), 100, rare=True)
    assert found.next_step == NextStep(Advice.BALANCE, {"balance": "inverse"})


def test_a_common_class_that_is_never_predicted_does_not_ask_for_balance():
    validation = evaluation(0.8, named=range(9))
    found = found_in(fit(LEVEL, LEVEL, train_accuracy=0.75), validation, stronger="strong")
    assert found.verdict == "never predicts a class"
    assert found.missed == Missed(("j",), 1000, rare=False)
    assert found.next_step == NextStep(Advice.STRONGER_RECIPE, recipe="strong")


def test_a_class_with_a_few_validation_images_may_be_missed_by_chance():
    validation = evaluation(0.9, counts=[1000] * 9 + [4], named=range(9))
    found = found_in(fit(LEVEL, LEVEL, train_accuracy=0.9), validation)
    assert (found.verdict, found.missed) == ("about right", None)


@pytest.mark.parametrize("n_epochs", [1, 2])
def test_one_or_two_epochs_show_no_trend(n_epochs):
    record = fit(FALLING[:n_epochs], FALLING[:n_epochs], train_accuracy=0.9)
    found = found_in(record, evaluation(0.4))
    assert (found.verdict, found.too_few_epochs) == ("too early to say", True)
    assert found.next_step == NextStep(Advice.LONGER, {"epochs": 5})


def test_a_fit_interrupted_before_its_first_epoch_ended_has_no_gap():
    found = found_in(fit([], [], signal="SIGTERM"), evaluation(0.1))
    assert (found.verdict, found.gap) == ("too early to say", None)
    assert found.best_epoch == 0
    assert found.next_step == NextStep(Advice.RESUME)


def test_a_fit_that_diverged_is_said_to_have_diverged():
    record = replace(fit(LEVEL, LEVEL, train_accuracy=0.9, best=4), diverged_at=5)
    found = found_in(record, evaluation(0.89))
    assert found.verdict == "diverged"
    assert (found.ending, found.diverged_at) == (Ending.DIVERGED, 5)
    assert found.next_step == NextStep(Advice.SMALLER_RATE, {"learning_rate": 0.002})


def test_a_perfect_network_has_nothing_to_try():
    found = found_in(fit(LEVEL, LEVEL, train_accuracy=1.0), evaluation(1.0), stronger="strong")
    assert (found.verdict, found.next_step) == ("about right", None)


def test_an_unmeasured_training_accuracy_is_replaced_by_the_running_mean_and_says_so():
    found = found_in(fit(LEVEL, LEVEL), evaluation(0.45))
    assert found.gap is not None
    assert found.gap.size == pytest.approx(0.05)
    assert not found.gap.measured
