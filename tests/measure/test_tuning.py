"""The winner of a search, and how much of its lead is luck."""

import json

import numpy as np
import pytest
from tests.made_searches import made_search

from tenfold.measure.tuning import Trial, best_of, luck_of


def trial(number, accuracy, **more):
    return Trial(number, {}, accuracy=accuracy, **more)


def test_the_best_trial_is_the_first_of_the_most_accurate_ones_that_ran_to_their_end():
    stopped = trial(3, None, state="stopped", rungs={1: 0.99})
    assert best_of([trial(0, 0.5), trial(2, 0.7), trial(1, 0.7), stopped]) == trial(1, 0.7)
    assert best_of([stopped]) is None


def test_luck_is_the_part_of_the_lead_that_fresh_seeds_do_not_show():
    luck = luck_of(0.90, 0.80, [0.86, 0.88, 0.84], [0.80, 0.81, 0.79])
    assert luck.lead == pytest.approx(0.10)
    assert luck.again.mean == pytest.approx(0.86)
    assert luck.lead_again.mean == pytest.approx(0.06)  # Of 0.06, 0.07 and 0.05.
    assert luck.luck == pytest.approx(0.04)
    # Student's t for two degrees of freedom is 4.303; the standard deviation is 0.01.
    assert luck.lead_again.interval == pytest.approx((0.06 - 0.02484, 0.06 + 0.02484), abs=1e-4)
    assert luck.is_certain
    assert not luck_of(0.9, 0.8, [0.86, 0.76], [0.80, 0.80]).is_certain
    assert not luck_of(0.9, 0.8, [0.86], [0.80]).is_certain


def test_the_best_of_equal_recipes_leads_by_luck_alone():
    """Of 20 recipes that are equally good, the best figure is 1.87 standard deviations too high."""
    random = np.random.default_rng(0)
    lucks = []
    for _ in range(400):
        scores = 0.7 + 0.01 * random.standard_normal(21)
        again, recipe_again = 0.7 + 0.01 * random.standard_normal((2, 3))
        lucks.append(luck_of(scores[1:].max(), scores[0], list(again), list(recipe_again)).luck)
    assert np.mean(lucks) == pytest.approx(0.0187, abs=0.002)


def test_the_front_holds_trials_that_no_faster_one_equals():
    found = made_search()
    assert [each.number for each in found.front] == [0, 2]


def test_a_trial_survives_json():
    for each in made_search().trials:
        assert Trial.from_dict(json.loads(json.dumps(each.to_dict()))) == each
