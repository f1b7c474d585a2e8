"""The words of a diagnosis; its facts are in `tests/measure/test_diagnosis.py`."""

import json

import pytest

from tenfold.measure.diagnosis import Diagnosis, Ending, Gap, Jumps, Missed, Rise, Verdict
from tenfold.measure.next_step import Advice, NextStep
from tenfold.report.diagnosis import diagnosis_dict, diagnosis_sentences, next_line


def diagnosis(**facts):
    given = {"ending": Ending.FULL, "signal": None, "n_epochs": 5, "best_epoch": 5}
    return Diagnosis(**{"verdict": Verdict.FITS, **given, **facts})


def sentences(**facts):
    return diagnosis_sentences(diagnosis(**facts))


WIDE = Gap(0.9, True, 0.5, 0.49, 0.51, 10_000)


def test_a_gap_beyond_chance_is_said_with_its_interval_and_number_of_images():
    assert sentences(gap=WIDE)[0] == (
        "The training accuracy is 90.0 %, the validation accuracy 50.0 %: a gap of 40.0 points, "
        "more than chance explains in 10,000 images (95 % interval of the validation "
        "accuracy 49.0 % to 51.0 %)."
    )


def test_a_gap_within_chance_is_said_to_be_so():
    words = sentences(gap=Gap(0.96, True, 0.9, 0.7, 0.97, 20))[0]
    assert "a gap of 6.0 points, no more than chance explains in 20 images" in words


def test_a_running_mean_is_said_to_stand_in():
    words = sentences(gap=Gap(0.5, False, 0.45, 0.44, 0.46, 10_000))[0]
    assert "is 50.0 % (a running mean with dropout on, which understates it)" in words


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "Fitting ran its full 5 epochs; the model holds the weights of epoch 5."),
        ({"ending": Ending.STOPPED_EARLY, "best_epoch": 2}, "Fitting stopped early after 5 epochs"),
        ({"ending": Ending.OUT_OF_TIME}, "The time for fitting was over after 5 epochs"),
        ({"ending": Ending.INTERRUPTED, "signal": "SIGINT"}, "interrupted (SIGINT) after 5 epochs"),
        ({"ending": Ending.DIVERGED, "diverged_at": 5}, "The loss was not a number in epoch 5"),
        ({"n_epochs": 1, "best_epoch": 1}, "Fitting ran its full 1 epoch;"),
        ({"best_epoch": 0}, "the model holds its initial weights."),
    ],
)
def test_says_how_the_fit_ended_and_which_weights_the_model_holds(facts, words):
    assert words in sentences(**facts)[0]


@pytest.mark.parametrize(("after", "words"), [(True, "holds"), (False, "does not hold")])
def test_says_where_the_validation_loss_rose_and_whether_it_matters(after, words):
    assert sentences(rise=Rise(2, 1.2, 1.9, after))[1] == (
        "After epoch 2 the validation loss rose from 1.200 to 1.900 while the training loss went "
        f"on falling; the model {words} weights from after that."
    )


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"too_few_epochs": True}, "A trend needs at least 3 epochs."),
        ({"still_falling": True}, "The validation loss was still falling at the last epoch."),
        ({"commonest": 0.1}, "no better than that of always naming the commonest class (10.0 %)."),
        (
            {"jumps": Jumps("training", 3, 10, 0.4567)},
            "The training loss jumps up and down: in the last 10 epochs it rose by more than 10 % "
            "and fell again 3 times, by up to 0.457 nats.",
        ),
        (
            {"missed": Missed(("a", "b"), 30, rare=False)},
            "2 classes are never predicted for a validation image: a and b (30 images).",
        ),
        (
            {"missed": Missed(("a",), 7, rare=True)},
            "1 class is never predicted for a validation image, with less than half the images of "
            "an average class: a (7 images).",
        ),
        ({"next_step": NextStep(Advice.LONGER, {"epochs": 9})}, "A longer fit may help."),
    ],
)
def test_says_what_else_was_found_and_what_may_help(facts, words):
    assert sentences(**facts)[-1].endswith(words)


def test_says_that_a_gap_alone_is_not_overfitting_while_the_loss_falls():
    facts = {"gap": WIDE, "still_falling": True}
    assert sentences(verdict=Verdict.STOPPED_TOO_EARLY, **facts)[2] == (
        "The validation loss was still falling at the last epoch: such a gap alone is not "
        "overfitting."
    )
    assert sentences(verdict=Verdict.OVERFITS, **facts)[2].endswith("at the last epoch.")


@pytest.mark.parametrize(("now", "words"), [(0.1, "Now dropout is 0.1."), (None, "is not set.")])
def test_says_the_present_value_of_the_setting_that_changes(now, words):
    step = NextStep(Advice.MORE_DROPOUT, {"dropout": 0.25}, present={"dropout": now})
    assert sentences(next_step=step)[-1].endswith(words)


@pytest.mark.parametrize("advice", Advice)
def test_every_step_has_its_reason(advice):
    assert sentences(next_step=NextStep(advice))[-1].endswith(".")


@pytest.mark.parametrize(
    ("step", "command", "line"),
    [
        (NextStep(Advice.LONGER, {"epochs": 9}), "tenfold run", "Next: tenfold run"),
        (NextStep(Advice.LONGER, {"epochs": 9}), None, "tenfold.run with overrides={'epochs': 9}"),
        (NextStep(Advice.STRONGER_RECIPE, recipe="strong"), None, 'tenfold.run with "strong"'),
        (NextStep(Advice.MORE_TIME), None, "tenfold.run with a longer budget_s"),
        (NextStep(Advice.RESUME), None, "tenfold.resume"),
    ],
)
def test_the_next_step_is_a_command_or_what_to_do_in_python(step, command, line):
    assert line in next_line(step, command)


def test_metrics_hold_verdict_evidence_figures_and_the_command():
    found = diagnosis(gap=WIDE, next_step=NextStep(Advice.MORE_DROPOUT, {"dropout": 0.2}))
    content = json.loads(json.dumps(diagnosis_dict(found, "tenfold run")))
    assert content["verdict"] == "about right"
    assert content["evidence"][0].startswith("The training accuracy is 90.0 %")
    assert content["figures"]["gap"]["train_accuracy"] == 0.9
    assert content["next_step"] == {
        "advice": "more dropout",
        "settings": {"dropout": 0.2},
        "recipe": None,
        "present": {},
        "why": "More dropout makes it harder to learn the training images by heart.",
        "command": "tenfold run",
    }
    assert diagnosis_dict(diagnosis(), None)["next_step"] is None
