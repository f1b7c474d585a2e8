import csv

import numpy as np
import pytest

from tenfold.core.errors import TenfoldError
from tenfold.core.history import Epoch, FitRecord
from tenfold.core.predictions import Predictions
from tenfold.runs.tables import (
    read_predictions,
    write_confusion,
    write_history,
    write_predictions,
)


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.fixture
def predictions():
    rng = np.random.default_rng(0)
    return Predictions(
        truth=rng.integers(0, 3, 50),
        probabilities=rng.dirichlet(np.ones(3) * 0.05, 50).astype(np.float32),
        classes=("cat", 'a "big", dog', "été"),
        names=tuple(f"folder/image {i}.png" for i in range(50)),
    )


def test_predictions_come_back_to_the_last_bit(predictions, tmp_path):
    found = read_predictions(write_predictions(predictions, tmp_path / "predictions.csv"))
    np.testing.assert_array_equal(found.probabilities, predictions.probabilities)
    np.testing.assert_array_equal(found.truth, predictions.truth)
    assert (found.classes, found.names) == (predictions.classes, predictions.names)


def test_a_column_of_folds_is_not_taken_for_a_class(predictions, tmp_path):
    folds = np.arange(50) % 5
    path = write_predictions(predictions, tmp_path / "predictions.csv", fold_of=folds)
    assert [row[3] for row in read(path)] == ["fold", *(str(i % 5 + 1) for i in range(50))]
    found = read_predictions(path)
    np.testing.assert_array_equal(found.probabilities, predictions.probabilities)
    assert found.classes == predictions.classes


def test_predictions_say_name_actual_predicted_and_each_probability(tmp_path):
    rows = np.array([[0.25, 0.75], [1, 0]], dtype=np.float32)
    two = Predictions(np.array([0, 0]), rows, ("a", "b"), ("0", "1"))
    path = write_predictions(two, tmp_path / "predictions.csv")
    assert path.read_bytes() == (
        b"name,actual,predicted,probability_a,probability_b\n0,a,b,0.25,0.75\n1,a,a,1.0,0.0\n"
    )


def test_the_same_predictions_give_the_same_bytes(predictions, tmp_path):
    first = write_predictions(predictions, tmp_path / "1.csv").read_bytes()
    assert first == write_predictions(predictions, tmp_path / "2.csv").read_bytes()


def test_a_file_name_that_is_not_utf8_is_kept(tmp_path):
    name = b"caf\xe9.png".decode("utf-8", errors="surrogateescape")
    one = Predictions(np.array([0]), np.ones((1, 1), dtype=np.float32), ("a",), (name,))
    path = write_predictions(one, tmp_path / "predictions.csv")
    assert b"caf\xe9.png" in path.read_bytes()
    assert read_predictions(path).names == (name,)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "position,label\n0,cat\n",
        "name,actual,predicted,probability_a\n0,stray,a,1.0\n",
        "name,actual,predicted,probability_a\n0,a,a,half\n",
        "name,actual,predicted,probability_a\n0,a\n",
    ],
)
def test_refuses_predictions_that_tenfold_did_not_write(content, tmp_path):
    path = tmp_path / "predictions.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(TenfoldError, match=r"no readable predictions at .*predictions\.csv"):
        read_predictions(path)


def test_refuses_predictions_that_are_missing(tmp_path):
    with pytest.raises(TenfoldError, match="There are no readable predictions"):
        read_predictions(tmp_path / "none.csv")


def test_confusion_counts_stay_whole_numbers(tmp_path):
    path = write_confusion(np.array([[900, 100], [0, 7]]), ("a", "b"), tmp_path / "counts.csv")
    assert read(path) == [["actual", "a", "b"], ["a", "900", "100"], ["b", "0", "7"]]


def test_confusion_shares_have_six_decimals(tmp_path):
    path = write_confusion(np.array([[0.9, 0.1], [0, 0]]), ("a", "b"), tmp_path / "shares.csv")
    assert read(path)[1:] == [["a", "0.900000", "0.100000"], ["b", "0.000000", "0.000000"]]


def test_history_has_a_row_for_each_epoch(tmp_path):
    epochs = (Epoch(1, 2.0, 0.1, 2.1, 0.2, 0.001, 1.5), Epoch(2, 1.9, 0.2, 2.0, 0.3, 0.001, 1.25))
    path = write_history(FitRecord(epochs, 2, 3.0, 10, False), tmp_path / "history.csv")
    assert read(path) == [
        [
            "epoch", "loss", "accuracy", "validation_loss", "validation_accuracy",
            "learning_rate", "wall_s",
        ],
        ["1", "2.0", "0.1", "2.1", "0.2", "0.001", "1.5"],
        ["2", "1.9", "0.2", "2.0", "0.3", "0.001", "1.25"],
    ]  # fmt: skip


def test_a_table_that_breaks_off_leaves_nothing_behind(predictions, tmp_path):
    broken = Predictions(predictions.truth + 3, *(predictions.probabilities,), ("a",) * 3, ("b",))
    with pytest.raises((IndexError, ValueError)):
        write_predictions(broken, tmp_path / "predictions.csv")
    assert list(tmp_path.iterdir()) == []


ODD = (
    "a,b", 'a "b"', "a\nb", "a\rb", "a\r\nb", "\r", "$x$", "=1+1", " a ", "\ta;b", "'", "🐈", "كلب",
    "\u202eabc", r"caf\xe9", "#",
)  # fmt: skip
"""Names that a table may break on."""


def test_odd_names_come_back_as_they_were(tmp_path):
    n = len(ODD)
    rows = np.eye(n, dtype=np.float32)
    odd = Predictions(np.arange(n), rows, ODD, tuple(f"{name}/{name}.png" for name in ODD))
    found = read_predictions(write_predictions(odd, tmp_path / "predictions.csv"))
    assert (found.classes, found.names) == (odd.classes, odd.names)
    np.testing.assert_array_equal(found.truth, odd.truth)
    np.testing.assert_array_equal(found.probabilities, odd.probabilities)
    counts = read(write_confusion(np.eye(n, dtype=np.int64), ODD, tmp_path / "counts.csv"))
    assert tuple(counts[0][1:]) == ODD == tuple(row[0] for row in counts[1:])
