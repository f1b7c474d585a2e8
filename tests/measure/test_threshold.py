import json
from dataclasses import asdict

import numpy as np
import pytest

from tenfold.core.errors import TenfoldError
from tenfold.core.predictions import Predictions
from tenfold.measure.intervals import wilson_interval
from tenfold.measure.threshold import Goal, Threshold, choose_for, goal_from


def predictions(truth, of_dog, classes=("cat", "dog")):
    of_dog = np.asarray(of_dog, np.float32)
    rows = np.stack([1 - of_dog, of_dog], axis=1)
    return Predictions(np.asarray(truth, np.int64), rows, classes, tuple(map(str, of_dog)))


def drawn(n, *, seed):
    """Images whose probabilities overlap, with many ties."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 2
    return predictions(truth, (rng.normal(0.4 + 0.25 * truth, 0.2).clip(0, 1) * 32).round() / 32)


RECALL, COST = Goal("recall", 0.9), Goal("cost", 5.0)


def test_the_threshold_for_a_recall_is_the_highest_that_reaches_it_beyond_doubt():
    some = drawn(400, seed=0)
    found = choose_for(RECALL, some, some)
    dogs = some.probabilities[some.truth == 1, 1]
    reach = [each for each in dogs if wilson_interval(int((dogs >= each).sum()), 200)[0] >= 0.9]
    assert found.threshold == max(reach)
    assert found.validation is not None
    assert found.validation.recall is not None
    assert found.validation.recall > 0.9
    assert (found.positive, found.goal, found.value) == ("dog", "recall", 0.9)


@pytest.mark.parametrize("truth", [[1] * 20, [0] * 20, []])
def test_too_few_images_give_no_threshold_for_a_recall(truth):
    found = choose_for(RECALL, predictions(truth, [0.9] * len(truth)), drawn(20, seed=1))
    assert (found.threshold, found.validation, found.test) == (None, None, None)
    assert found.test_at_half.n == 20


@pytest.mark.parametrize("cost", [0.2, 1.0, 5.0])
def test_the_threshold_for_a_cost_has_the_lowest_cost_of_all(cost):
    some = drawn(300, seed=2)
    found = choose_for(Goal("cost", cost), some, some)
    scores, dogs = some.probabilities[:, 1], some.truth == 1
    costs = [
        (cost * (dogs & (scores < at)).sum() + (~dogs & (scores >= at)).sum()) / 300
        for at in (*scores, 2.0)
    ]
    assert found.test is not None
    assert found.test.cost == pytest.approx(min(costs))
    assert found.test_at_half.cost is not None
    assert found.test_at_half.cost >= min(costs)


def test_of_thresholds_with_the_same_cost_the_one_nearest_to_theory_is_taken():
    some = predictions([1, 0, 1], [0.4, 0.6, 0.9])  # At 0.9 one dog is missed; at 0.4, one alarm.
    assert choose_for(Goal("cost", 1.0), some, some).threshold == pytest.approx(0.4)


def test_if_false_alarms_cost_too_much_no_image_is_taken_for_the_positive_class():
    some = predictions([1, 0, 0], [0.6, 0.7, 0.8])
    found = choose_for(Goal("cost", 0.1), some, some)
    assert found.test is not None
    assert (found.test.recall, found.test.false_alarms, found.test.precision) == (0, 0, None)
    assert found.test.cost == pytest.approx(0.1 / 3)


def test_the_test_images_are_counted_at_the_threshold_of_the_validation_images():
    validation = predictions([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4])
    test = predictions([0, 0, 0, 1, 1], [0.1, 0.3, 0.6, 0.2, 0.5])
    found = choose_for(COST, validation, test)
    assert found.threshold == pytest.approx(0.3)
    at, half = found.test, found.test_at_half
    assert at is not None
    assert (at.n, at.n_positive, at.recall, at.false_alarms) == (5, 2, 0.5, pytest.approx(2 / 3))
    assert at.precision == pytest.approx(1 / 3)
    assert at.cost == pytest.approx((5 + 2) / 5)
    assert at.recall_interval_95 == wilson_interval(1, 2)
    assert (half.recall, half.false_alarms, half.cost) == (0.5, pytest.approx(1 / 3), 6 / 5)


def test_either_class_may_be_the_positive_one():
    some = drawn(400, seed=0)
    other = predictions(1 - some.truth, 1 - some.probabilities[:, 1], ("dog", "cat"))
    found = choose_for(COST, some, some)
    assert choose_for(Goal("cost", 5.0, "dog"), other, other) == found


def test_it_survives_being_written():
    found = choose_for(COST, drawn(40, seed=3), drawn(40, seed=4))
    content = json.loads(json.dumps(asdict(found)))
    assert asdict(Threshold.from_dict(content)).keys() == asdict(found).keys()
    assert Threshold.from_dict(content).threshold == found.threshold


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("recall=0.95", Goal("recall", 0.95)),
        ("cost=5", Goal("cost", 5.0)),
        ("recall:a=b: c=0.5", Goal("recall", 0.5, "a=b: c")),
    ],
)
def test_reads_a_goal(text, goal):
    assert goal_from(text) == goal


@pytest.mark.parametrize(
    "text",
    ["", "recall", "recall=", "recall=95", "recall=0", "cost=-1", "cost=inf", "cost=nan", "f1=0.9"],
)
def test_refuses_another_goal(text):
    with pytest.raises(TenfoldError, match=r"recall=SHARE, such as recall=0\.95, or cost=TIMES"):
        goal_from(text)


def test_refuses_other_numbers_of_classes_and_unknown_names():
    with pytest.raises(TenfoldError, match=r"`threshold` is for two classes; these images have 3"):
        RECALL.label(("a", "b", "c"))
    with pytest.raises(TenfoldError, match=r"to name cat or dog; received 'cow'"):
        Goal("recall", 0.9, "cow").label(("cat", "dog"))
