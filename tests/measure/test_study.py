import json

import numpy as np
import pytest
from scipy import stats

from tenfold.core.errors import TenfoldError
from tenfold.measure.study import StudyFit, compare
from tenfold.report.study import comparison_sentence, study_table


def fits(recipe, validation, train=None):
    train = train or [0.9] * len(validation)
    pairs = zip(validation, train, strict=True)
    return [StudyFit(recipe, seed, v, t, ()) for seed, (v, t) in enumerate(pairs)]


BASE = fits("plain", [0.50, 0.52, 0.48], [0.80, 0.82, 0.81])


def test_means_and_spread_of_accuracy_and_gap_counted_by_hand():
    (result,) = compare(BASE).results
    assert result.validation_accuracy.mean == pytest.approx(0.50)
    assert result.validation_accuracy.sd == pytest.approx(0.02)
    assert result.train_accuracy.mean == pytest.approx(0.81)
    assert result.gap.mean == pytest.approx((0.30 + 0.30 + 0.33) / 3)


def test_the_difference_is_paired_by_seed_whatever_the_order_of_the_fits():
    other = fits("dropout", [0.51, 0.54, 0.49])
    (found,) = compare([*BASE, *reversed(other)]).comparisons
    oracle = stats.ttest_rel([0.51, 0.54, 0.49], [0.50, 0.52, 0.48]).confidence_interval(0.95)
    assert found.difference.mean == pytest.approx(0.04 / 3)
    assert found.difference.interval == pytest.approx((oracle.low, oracle.high))


@pytest.mark.parametrize(
    ("accuracies", "answer"),
    [
        ([0.55, 0.58, 0.53], "better"),
        ([0.45, 0.48, 0.42], "worse"),
        ([0.6, 0.4, 0.5], "can't tell"),
    ],
)
def test_answers_by_whether_the_interval_includes_zero(accuracies, answer):
    (found,) = compare([*BASE, *fits("dropout", accuracies)]).comparisons
    assert found.answer == answer


def test_one_seed_cannot_tell_however_large_the_difference():
    found = compare([*fits("plain", [0.1]), *fits("dropout", [0.9])]).comparisons[0]
    assert (found.answer, found.difference.interval) == ("can't tell", None)


def test_equal_differences_cannot_tell_as_they_show_no_spread():
    found = compare([*fits("plain", [0.5, 0.4]), *fits("dropout", [0.6, 0.5])]).comparisons[0]
    assert (found.answer, found.difference.interval) == ("can't tell", None)


def test_further_recipes_are_each_compared_with_the_first():
    study = compare([*fits("b", [0.1, 0.3]), *fits("a", [0.5, 0.6]), *fits("c", [0.1, 0.2])])
    assert [result.recipe for result in study.results] == ["b", "a", "c"]
    pairs = [(comparison.baseline, comparison.recipe) for comparison in study.comparisons]
    assert pairs == [("b", "a"), ("b", "c")]


def test_several_recipes_make_a_small_difference_uncertain():
    good = [0.55, 0.58, 0.51]
    (alone,) = compare([*BASE, *fits("good", good)]).comparisons
    others = [*fits("b", [0.6, 0.4, 0.5]), *fits("c", [0.5, 0.5, 0.5]), *fits("d", [0.4, 0.6, 0.5])]
    among = compare([*BASE, *fits("good", good), *others]).comparisons[0]
    assert alone.p_adjusted == pytest.approx(stats.ttest_rel(good, [0.50, 0.52, 0.48]).pvalue)
    assert among.p_adjusted == pytest.approx(4 * alone.p_adjusted)
    assert among.difference == alone.difference
    assert (alone.answer, among.answer) == ("better", "can't tell")
    assert "adjusted p = 0." in comparison_sentence(among)


def test_networks_of_a_seed_are_compared_on_the_same_images():
    first, other = (np.array(right, bool) for right in ([1, 0, 0, 0], [1, 1, 1, 0]))
    a, b = StudyFit("a", 0, 0.25, 1, (), first), StudyFit("b", 0, 0.75, 1, (), other)
    (found,) = compare([a, b]).comparisons
    (pair,) = found.by_seed
    assert (pair.both, pair.only_first, pair.only_second, pair.neither) == (1, 0, 2, 1)
    assert "same validation images" in study_table(compare([a, b]))
    assert StudyFit.from_dict(b.to_dict()) == b


def test_the_dictionary_survives_json_and_holds_every_seed():
    form = compare([*BASE, *fits("dropout", [0.55, 0.58, 0.53])]).to_dict()
    assert json.loads(json.dumps(form)) == form
    assert form["seeds"] == [0, 1, 2]
    assert form["recipes"]["plain"]["seeds"]["2"]["validation_accuracy"] == 0.48
    assert form["comparisons"][0]["answer"] == "better"


def test_refuses_recipes_with_different_seeds():
    with pytest.raises(
        TenfoldError, match=r"'dropout' with the seeds of 'plain', 0, 1, 2; rec.* 0, 1\."
    ):
        compare([*BASE, *fits("dropout", [0.5, 0.6])])


def test_refuses_the_same_recipe_twice():
    with pytest.raises(TenfoldError, match="'plain' has a seed twice"):
        compare([*BASE, *BASE])


def test_refuses_to_compare_nothing():
    with pytest.raises(TenfoldError, match="no fits"):
        compare([])
