import numpy as np
import pytest

from tenfold.core.predictions import Predictions
from tenfold.measure.commonest import Commonest, against_commonest
from tenfold.measure.comparison import Answer
from tenfold.measure.evaluate import evaluate

COUNTS = {"cat": 10, "dog": 30, "frog": 30}


def evaluation(n_right):
    """Figures of 100 images, 40 of which are of the class `dog`."""
    truth = np.array([1] * 40 + [0] * 60, dtype=np.int64)
    predicted = np.where(np.arange(100) < n_right, truth, 2)
    rows = np.eye(3, dtype=np.float32)[predicted]
    return evaluate(Predictions(truth, rows, tuple(COUNTS), tuple(map(str, range(100)))))


@pytest.mark.parametrize(
    ("n_right", "answer"),
    [(60, Answer.BETTER), (45, Answer.CANT_TELL), (35, Answer.CANT_TELL), (20, Answer.WORSE)],
)
def test_the_commonest_training_class_is_named_and_scored_on_the_other_images(n_right, answer):
    found = against_commonest(COUNTS, evaluation(n_right))
    assert found == Commonest("dog", 0.4, answer)
