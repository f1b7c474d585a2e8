import numpy as np
import pytest

from tenfold.findings.wrong_labels.confident import judge, noise_of, usual_confidence

LABELS = np.array([0, 0, 1, 1])
SHARES = np.array([[0.9, 0.1, 0], [0.7, 0.3, 0], [0.85, 0.15, 0], [0.35, 0.65, 0]], np.float32)


def test_usual_confidence_is_the_mean_probability_of_given_labels():
    usual = usual_confidence(SHARES, LABELS)
    assert usual == pytest.approx([(0.9 + 0.7) / 2, (0.15 + 0.65) / 2, np.inf])


def test_an_image_seems_to_be_of_the_likeliest_class_that_reaches_its_usual_confidence():
    judged = judge(SHARES, LABELS, np.array([0.8, 0.4, np.inf]))
    assert judged.seems.tolist() == [0, -1, 0, 1]
    # Of the usual 0.4 for its class, the third label has 0.15, and the fourth more than all.
    assert judged.doubt == pytest.approx([0, 1 - 0.7 / 0.8, 1 - 0.15 / 0.4, 0], abs=1e-6)
    assert judged.other.tolist() == [1, 1, 0, 0]


def test_counts_of_a_class_are_those_of_the_images_labelled_so():
    judged = judge(SHARES, LABELS, np.array([0.8, 0.4, np.inf]))
    noise = noise_of(judged, LABELS, 1, sure=0.6)
    assert (noise.n, noise.n_sure, noise.n_confident, noise.n_contradicted) == (2, 1, 2, 1)
    # Wilson's interval of 1 of 2, as scipy.stats.binomtest gives it.
    assert (noise.low, noise.high) == pytest.approx((0.0945, 0.9055), abs=1e-4)


def test_a_class_for_which_nothing_is_usual_is_not_doubted():
    judged = judge(SHARES, LABELS, np.array([0.8, np.inf, np.inf]))
    assert judged.doubt[2:].tolist() == [0, 0]


def test_a_class_without_images_may_have_any_noise():
    noise = noise_of(judge(SHARES, LABELS, np.full(3, 0.5)), LABELS, 2, sure=0.8)
    assert (noise.n, noise.low, noise.high) == (0, 0.0, 1.0)
