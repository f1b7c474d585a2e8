import numpy as np
import pytest

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError
from tenfold.core.images import Dataset
from tenfold.data.arrays import dataset_of_arrays
from tenfold.data.sources import source_for

RANDOM = np.random.default_rng(0)
X = RANDOM.integers(0, 256, (20, 6, 5, 3), dtype=np.uint8)
Y = np.arange(20) % 2


@pytest.mark.parametrize(
    "data",
    [
        (X, Y, X[:4], Y[:4]),
        ((X, Y), (X[:4], Y[:4])),
        [X, Y[:, np.newaxis], X[:4], Y[:4].astype(np.uint8)],
        (list(X), Y.tolist(), list(X[:4]), Y[:4].tolist()),
        (X, Y.astype(float), X[:4], Y[:4].astype(bool)),
    ],
    ids=["four", "as-keras", "one-column", "lists", "other-types"],
)
def test_arrays_become_a_training_and_a_test_set(data):
    dataset = dataset_of_arrays(data)
    assert np.array_equal(dataset.train.images, X)
    assert np.array_equal(dataset.train.labels, Y)
    assert np.array_equal(dataset.test.images, X[:4])
    assert np.array_equal(dataset.test.labels, Y[:4])
    assert dataset.classes == ("0", "1")
    assert dataset.provenance.source == "arrays"


def test_a_fifth_of_each_class_is_held_out_of_two_arrays():
    dataset = dataset_of_arrays((X, Y))
    assert np.bincount(dataset.test.labels).tolist() == [2, 2]
    assert len(dataset.train) == 16
    assert "a fixed 20 % of each class" in " ".join(dataset.provenance.notes)


@pytest.mark.parametrize("shape", [(20, 6, 15), (20, 6, 15, 1)])
def test_grey_images_may_lack_their_channel(shape):
    assert dataset_of_arrays((X.reshape(shape), Y)).shape == (6, 15, 1)


@pytest.mark.parametrize(
    "texts",
    [
        np.array(["class 10", "class 2"] * 10),
        ["class 10", "class 2"] * 10,
        np.array(["class 10", "class 2"] * 10, dtype=object)[:, np.newaxis],
        np.array([b"class 10", b"class 2"] * 10),
    ],
    ids=["texts", "list", "objects", "bytes"],
)
def test_labels_may_be_texts(texts):
    dataset = dataset_of_arrays((X, texts, X, texts))
    assert dataset.classes == ("class 2", "class 10")
    assert dataset.train.labels.tolist() == dataset.test.labels.tolist() == [1, 0] * 10


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            (X / 255.0, Y),
            r"images x as uint8, .*float64 with values 0\.\.1\. .*np\.rint\(x \* 255\)",
        ),
        ((X.astype(int), Y), r"received int64 .* np\.rint\(x\)\.astype\(np\.uint8\)"),
        ((X[:, :, 0, 0], Y), r"images x of shape .*received \(20, 6\)"),
        ((X, Y[:-1]), r"20 training images and 19 labels in arrays in Python"),
        ((X, np.eye(20)), r"labels y of shape \(n,\) .*argmax"),
        ((X, Y + 0.5), "labels y as whole numbers"),
        ((X, Y * 0), "at least two classes; received one, the label 0"),
        ((X, Y, X, Y + 1), "label 2, which no training image has"),
        ((X, Y.astype(str), X, Y), "y_train and y_test to be alike; received texts and numbers"),
        ((X, ["a", "b"] * 10, X, ["a", "c"] * 10), "y_test has the label 'c', which y_train"),
        ((X, np.full((20, 2), "a")), r"labels y of shape .*received \(20, 2\). Give one text"),
        ((X, ["a", None] * 10), "y to hold numbers or texts; received objects: NoneType and str"),
        (([X[0], X[1, 1:]], [0, 1]), "x to be one array; received list, of which NumPy cannot"),
        ((X, Y, X), r"to be \(x_train, y_train, x_test, y_test\), .*received 3 parts"),
        (X, "received ndarray"),
        ({"x": X}, "received dict"),
    ],
)
def test_refuses_arrays_that_are_not_labelled_images(data, message):
    with pytest.raises(DataError, match=message):
        dataset_of_arrays(data)


def test_a_dataset_is_taken_as_it_is(dataset):
    assert dataset_of_arrays(dataset) is dataset


def test_refuses_a_dataset_without_test_images(dataset):
    empty = dataset.test.take(np.arange(0))
    with pytest.raises(DataError, match="Expected test images in 'made'; received none"):
        dataset_of_arrays(Dataset("made", dataset.train, empty, dataset.provenance))


def test_arrays_cannot_be_asked_for_by_a_name(tmp_path, monkeypatch):
    with pytest.raises(DataError, match="so they must be given again: .*write ./arrays"):
        source_for(DataRequest("arrays")).gather(DataRequest("arrays"), say=print)
    (tmp_path / "arrays").mkdir()
    monkeypatch.chdir(tmp_path)
    assert source_for(DataRequest("./arrays")).name == "folder"
