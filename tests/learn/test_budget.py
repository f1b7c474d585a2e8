import time

import pytest
from tests.learn.test_fit import RECIPE, compiled

from tenfold.core.measured import Measured
from tenfold.learn import budget
from tenfold.learn.budget import MARGIN, REPORT_S, VALIDATION_SHARE, plan
from tenfold.learn.fit import fit
from tenfold.recipes import find_recipe

FAST = (find_recipe("quick"), Measured(accuracy=0.6, sd=0.0, n=3, fit_s=10.0))
SLOW = (find_recipe("standard"), Measured(accuracy=0.7, sd=0.0, n=3, fit_s=60.0))


@pytest.fixture
def machine(monkeypatch, train):
    """A machine of 780 GFLOP/s; 60 images of 4x4 pixels count as CIFAR-10."""
    monkeypatch.setattr(budget, "product_rate", lambda *_, **__: 780.0)
    monkeypatch.setattr(budget, "TUNED_PIXELS", 16)
    monkeypatch.setattr(budget, "TUNED_IMAGES", len(train))
    monkeypatch.setattr(type(FAST[0]), "for_images", lambda self, _: self)

    def takes(**epoch_s):
        def measure(recipe, *_):
            return 0.0, epoch_s[recipe.name]

        monkeypatch.setattr(budget, "_measure", measure)

    return takes


def test_takes_the_best_recipe_that_there_is_time_for_with_as_many_epochs(machine, train):
    machine(quick=3.0, standard=8.0)
    planned = plan([SLOW, FAST], train, seconds=200.0)
    assert planned.recipe.name == "standard"
    epochs = MARGIN * (200 - REPORT_S - 2 * 8.0) / (8.0 * (1 + VALIDATION_SHARE))
    assert planned.recipe.epochs == pytest.approx(epochs, abs=1.01)
    assert planned.fit_s + planned.reserve_s < 200


def test_sets_time_aside_for_predictions_in_float32(monkeypatch, machine, train):
    machine(quick=3.0)
    rates = {"bfloat16": 780.0, "float32": 195.0}
    monkeypatch.setattr(budget, "product_rate", lambda dtype, **_: rates[dtype])
    exact, fast = FAST[0].at_precision("float32"), FAST[0].at_precision("bfloat16")
    assert plan([(exact, FAST[1])], train, seconds=200.0).reserve_s == REPORT_S + 2 * 3.0
    assert plan([(fast, FAST[1])], train, seconds=200.0).reserve_s == REPORT_S + 4 * 2 * 3.0


def test_a_short_budget_gets_the_fast_recipe(machine, train):
    machine(quick=3.0, standard=5.0)
    assert plan([SLOW, FAST], train, seconds=40.0).recipe.name == "quick"


def test_a_recipe_that_turns_out_too_slow_gives_way_to_the_faster_one(machine, train):
    machine(quick=3.0, standard=50.0)
    assert plan([SLOW, FAST], train, seconds=100.0).recipe.name == "quick"


def test_a_slower_recipe_that_is_no_better_is_never_chosen(machine, train):
    machine(quick=3.0, standard=5.0)
    worse = (SLOW[0], Measured(accuracy=0.5, sd=0.0, n=3, fit_s=60.0))
    assert plan([worse, FAST], train, seconds=200.0).recipe.name == "quick"


def test_a_long_budget_does_not_stretch_a_recipe_beyond_twice_its_epochs(machine, train):
    machine(quick=0.1, standard=0.1)
    planned = plan([SLOW, FAST], train, seconds=1000.0)
    assert planned.recipe.epochs == 2 * SLOW[0].epochs


def test_what_muon_alone_makes_too_slow_is_not_even_measured(monkeypatch, train):
    measured = []

    def measure(recipe, *_):
        measured.append(recipe.name)
        return 0.0, 1.0

    monkeypatch.setattr(budget, "product_rate", lambda *_, **__: 0.1)
    monkeypatch.setattr(budget, "_measure", measure)
    slow = (SLOW[0], Measured(accuracy=0.7, sd=0.0, n=3, fit_s=0.1))
    assert plan([slow, FAST], train, seconds=100.0).recipe.name == "quick"
    assert measured == ["quick"]


def test_measures_real_steps(train):
    first_s, epoch_s = budget._measure(RECIPE, compiled(), train)
    assert first_s >= 0
    assert epoch_s > 0


def test_a_recipe_that_the_user_names_needs_no_published_figure(machine, train):
    machine(quick=3.0)
    assert plan([(FAST[0], None)], train, seconds=100.0).recipe.name == "quick"


def test_epochs_that_the_user_asks_for_are_a_bound(machine, train):
    machine(quick=0.1)
    asked = FAST[0].with_overrides({"epochs": 2})
    planned = plan([(asked, FAST[1])], train, seconds=100.0, stretch=False)
    assert planned.recipe.epochs == 2


def test_a_fit_ends_when_its_time_is_over(train, validation):
    recipe = RECIPE.with_overrides({"epochs": 1000})
    record = fit(compiled(recipe), train, validation, recipe, seed=0, deadline=time.perf_counter())
    assert record.out_of_time
    assert len(record.epochs) == 1
