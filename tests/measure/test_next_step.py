"""One thing to try: it changes only what a recipe has."""

import keras
import pytest

from tenfold.measure.next_step import Advice, Choice, NextStep
from tenfold.recipes import NAMES, STRONGER, find_measured, find_recipe


def choice(recipe, *, overrides=None, **more):
    return Choice(find_recipe(recipe).with_overrides(overrides or {}), **more)


def own():
    def build(shape, n_classes):
        return keras.Sequential([keras.Input(shape), keras.layers.Dense(n_classes)])

    return Choice(find_recipe("standard").with_network(build))


@pytest.mark.parametrize("recipe", NAMES)
def test_every_step_is_one_that_the_recipe_can_take_and_changes_one_thing(recipe):
    given = choice(recipe)
    steps = [
        given.restrain(rose=True),
        given.restrain(rose=False),
        given.last_longer(20),
        given.last_longer(2, stopped_early=True),
        given.enlarge(20),
        given.calm(),
        given.slow_down(),
        given.balance(),
    ]
    for step in steps:
        assert step is not None
        assert len(step.settings) == 1
        changed = given.recipe.with_overrides(step.settings)
        assert changed != given.recipe


@pytest.mark.parametrize(
    ("recipe", "overrides", "settings"),
    [
        ("classic", {}, {"input_dropout": 0.35}),
        ("strong", {"dropout": 0.15}, {"dropout": 0.3}),
        ("classic", {"input_dropout": 0.5, "patience": None}, {"patience": 10}),
        ("classic", {"input_dropout": 0.5}, {"widths": [64, 32, 7]}),
    ],
)
def test_overfits_less_by_dropout_then_stopping_then_a_smaller_network(recipe, overrides, settings):
    step = choice(recipe, overrides=overrides).restrain(rose=False)
    assert step is not None
    assert step.settings == settings


def test_a_strong_dropout_is_halved_before_a_network_is_enlarged():
    step = choice("strong", overrides={"dropout": 0.4}, stronger="marathon").enlarge(20)
    assert step == NextStep(Advice.LESS_DROPOUT, {"dropout": 0.2})


def test_a_network_without_hidden_layers_gets_one():
    assert choice("classic", overrides={"widths": []}).enlarge(9).settings == {"widths": [128]}


def test_a_network_of_the_users_own_keeps_its_layers():
    assert own().enlarge(20).settings == {"epochs": 40}
    stop = own().restrain(rose=False)
    assert stop is not None
    assert stop.settings == {"patience": 5}


def test_a_budget_gets_more_time_in_place_of_epochs_and_chooses_its_recipe():
    given = choice("quick", stronger="standard", has_budget=True)
    assert given.last_longer(5) == given.enlarge(5) == NextStep(Advice.MORE_TIME)
    assert given.strengthen() is None


@pytest.mark.parametrize(("rate", "next_rate"), [(1e-3, 1e-4), (5.0, 1e-3)])
def test_a_rate_that_is_too_large_becomes_a_tenth_or_the_default(rate, next_rate):
    step = choice("classic", overrides={"learning_rate": rate}).slow_down()
    assert step.settings == {"learning_rate": pytest.approx(next_rate)}


def test_a_rate_far_below_the_usual_one_becomes_the_usual_one():
    slow = {"learning_rate": 3.5e-3}  # Below a tenth of 0.04, but not of the default, 0.03.
    step = choice("quick", overrides=slow, usual_rate=0.04).quicken()
    assert step == NextStep(Advice.LARGER_RATE, {"learning_rate": 0.04})
    assert choice("quick", overrides=slow).quicken() is None


def test_a_step_knows_the_present_value_of_what_it_changes():
    given = choice("quick", overrides={"dropout": 0.1})
    step = given.with_present(NextStep(Advice.MORE_DROPOUT, {"dropout": 0.25}))
    assert step.present == {"dropout": 0.1}
    assert given.with_present(NextStep(Advice.RESUME)).present == {}
    assert own().with_present(own().last_longer(20)).present == {"epochs": 28}


def test_classes_that_have_equal_weight_already_are_not_balanced_again():
    assert choice("quick", overrides={"balance": "inverse"}).balance() is None


def test_a_stronger_recipe_is_more_accurate():
    for name, stronger in STRONGER.items():
        before, after = find_measured(name), find_measured(stronger)
        if before and after:
            assert before.accuracy < after.accuracy


def test_stronger_recipes_end_at_the_strongest():
    assert set(NAMES) - set(STRONGER) == {"strong", "marathon", "dense-strong"}
    for name in NAMES:
        seen = [name]
        while seen[-1] in STRONGER:
            seen.append(STRONGER[seen[-1]])
        assert len(set(seen)) == len(seen)
