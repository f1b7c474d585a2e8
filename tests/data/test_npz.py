import io
import os
import zipfile

import numpy as np
import pytest

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError
from tenfold.data import labelled
from tenfold.data.npz import gather_npz
from tenfold.data.sources import source_for, source_named

RANDOM = np.random.default_rng(0)


def images(n, *shape):
    return RANDOM.integers(0, 256, (n, *shape), dtype=np.uint8)


@pytest.fixture
def save(tmp_path):
    def write(**arrays):
        path = tmp_path / "some.npz"
        np.savez_compressed(path, **arrays)
        return path

    return write


def test_reads_the_keys_of_keras_in_their_order(save):
    x, y = images(6, 5, 4), np.array([2, 10, 2, 10, 2, 10], np.uint8)
    path = save(x_train=x[:4], y_train=y[:4], x_test=x[4:], y_test=y[4:])
    dataset = gather_npz(path)
    assert dataset.classes == ("2", "10")
    assert (dataset.name, dataset.shape) == ("npz", (5, 4, 1))
    np.testing.assert_array_equal(dataset.train.images[:][..., 0], x[:4])
    np.testing.assert_array_equal(dataset.test.images[:][..., 0], x[4:])
    assert dataset.train.labels.tolist() == [0, 1, 0, 1]
    assert dataset.test.labels.tolist() == [0, 1]
    assert dataset.given_validation is None
    assert dataset.provenance.notes == ()
    assert (dataset.provenance.location, dataset.provenance.official) == (str(path), None)


def test_reads_the_keys_of_medmnist_and_keeps_its_validation_set(save):
    x, y = images(9, 4, 5, 3), (np.arange(9) % 2)[:, np.newaxis]
    dataset = gather_npz(
        save(
            train_images=x[:4],
            train_labels=y[:4],
            val_images=x[4:7],
            val_labels=y[4:7],
            test_images=x[7:],
            test_labels=y[7:],
        )
    )
    np.testing.assert_array_equal(dataset.train.images, x[:7])
    assert dataset.train.labels.tolist() == [0, 1, 0, 1, 0, 1, 0]
    assert dataset.given_validation is not None
    assert dataset.given_validation.dtype == np.int64
    assert dataset.given_validation.tolist() == [4, 5, 6]
    assert len(dataset.test) == 2
    assert "holds out 3 images for validation" in dataset.provenance.notes[0]


def test_without_a_test_part_the_part_for_validation_is_the_test_set(save):
    x, y = images(6, 3, 3), np.arange(6) % 2
    dataset = gather_npz(save(x_train=x[:4], y_train=y[:4], x_val=x[4:], y_val=y[4:]))
    assert (len(dataset.train), len(dataset.test), dataset.given_validation) == (4, 2, None)
    assert "the part for validation is the test set" in dataset.provenance.notes[0]


def test_without_any_other_part_a_fifth_is_held_out(save):
    dataset = gather_npz(save(images=images(20, 3, 3), labels=np.arange(20) % 2))
    assert (len(dataset.train), len(dataset.test)) == (16, 4)
    assert dataset.test.labels.tolist().count(0) == 2
    assert "fixed 20 % of each class" in dataset.provenance.notes[0]


def test_drops_a_fourth_channel_and_says_so(save):
    x = images(6, 5, 6, 4)
    dataset = gather_npz(save(images=x, labels=np.arange(6) % 2))
    assert dataset.shape == (5, 6, 3)
    assert {image.tobytes() for image in dataset.train.images[:]} <= {
        image[..., :3].tobytes() for image in x
    }
    assert "a fourth channel" in dataset.provenance.notes[0]


def test_puts_channels_last_where_they_clearly_come_first(save):
    x, y = images(4, 3, 5, 6), np.array([0, 1, 0, 1])
    dataset = gather_npz(save(x_train=x, y_train=y, x_test=x, y_test=y))
    assert dataset.shape == (5, 6, 3)
    assert dataset.train.images[1][2, 3, 0] == x[1, 0, 2, 3]


@pytest.mark.parametrize(
    ("labels", "names", "classes"),
    [
        ([0, 1, 2] * 2, ["a", "b", "c"], ("a", "b", "c")),
        ([0, 2, 2] * 2, ["a", "b", "c"], ("a", "c")),
        ([1, 2, 3] * 2, ["a", "b", "c"], ("a", "b", "c")),
        ([0, 1, 2] * 2, ["a", "b"], ("0", "1", "2")),
        ([0, 1, 2] * 2, ["a", "a", "b"], ("0", "1", "2")),
        ([-1, 1, 1] * 2, ["a", "b"], ("-1", "1")),
    ],
)
@pytest.mark.parametrize("key", ["classes", "label_names"])
def test_takes_class_names_that_fit(save, key, labels, names, classes):
    x, y = images(6, 3, 3), np.array(labels)
    found = gather_npz(save(x_train=x, y_train=y, x_test=x, y_test=y, **{key: np.array(names)}))
    assert found.classes == classes
    assert any("class names in the file are not used" in n for n in found.provenance.notes) == (
        classes[0] != "a"
    )


def test_names_the_arrays_that_are_not_read(save):
    x, y = images(6, 3, 3), np.arange(6) % 2
    dataset = gather_npz(save(images=x, labels=y, weights=np.ones(6)))
    assert "not read: weights" in dataset.provenance.notes[0]


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.full((6, 3, 3), 0.5), r"float64 with values 0\.5\.\.0\.5.*np\.rint\(x \* 255\)"),
        (np.full((6, 3, 3), 200), r"int64 with values 200\.\.200.*np\.rint\(x\)\.astype"),
        (np.full((6, 3, 3), 4095, np.uint16), "uint16 with values 4095.*Scale them by the range"),
        (np.ones((6, 3, 3), bool), r"received bool.*x\.astype\(np\.uint8\) \* 255"),
        (np.full((6, 3, 3), "a"), "received <U1. Give them as numbers"),
        (np.zeros((6, 784), np.uint8), r"\(6, 784\). If each row .* x\.reshape\(-1, 28, 28\)"),
        (np.zeros((6, 3, 3, 3), np.uint8), r"\(6, 3, 3, 3\), which may have its channels"),
        (np.zeros((6, 5, 5, 2), np.uint8), r"received \(6, 5, 5, 2\)"),
        (np.zeros((6, 5, 0), np.uint8), "are empty, of shape"),
        (np.zeros((5, 3, 3), np.uint8), "received 5 training images and 6 labels"),
    ],
)
def test_refuses_images_that_are_not_bytes_of_one_shape(save, x, message):
    with pytest.raises(DataError, match=rf"(?s){message}"):
        gather_npz(save(images=x, labels=np.arange(6) % 2))


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.arange(6) / 2, r"float64 with values 0\.\.2\.5"),
        (np.array([0, 1, np.nan] * 2), "as whole numbers; received float64"),
        (np.array([0, 1, np.inf] * 2), "as whole numbers; received float64"),
        (np.array([0, 2**64 - 1] * 3, np.uint64), "as whole numbers; received uint64"),
        (np.array(["a", "b"] * 3), r"received texts.*np\.unique\(texts"),
        (np.eye(6), r"received \(6, 6\). If each row has a single 1, use x\.argmax"),
        (np.zeros((6, 1, 1)), "Give one number for each image"),
        (np.zeros(6), "Expected at least two classes; received one, the label 0"),
        (np.arange(6), "No class has 3 images"),
    ],
)
def test_refuses_labels_that_are_not_one_whole_number_each(save, y, message):
    with pytest.raises(DataError, match=rf"(?s){message}"):
        gather_npz(save(images=images(6, 3, 3), labels=y))


def test_takes_whole_numbers_of_any_type(save):
    for y in (
        np.array([0.0, 7.0] * 2),
        np.array([False, True] * 2),
        np.array([0, 9], "i1")[[0, 1, 0, 1]],
    ):
        x = images(4, 3, 3)
        dataset = gather_npz(save(x_train=x, y_train=y, x_test=x, y_test=y))
        assert dataset.train.labels.tolist() == [0, 1, 0, 1]


def test_refuses_parts_that_do_not_fit_together(save):
    x, y = images(4, 3, 3), np.arange(4) % 2
    with pytest.raises(DataError, match="the label 4, which no training image has"):
        gather_npz(save(x_train=x, y_train=y, x_test=x, y_test=y + 4))
    with pytest.raises(DataError, match=r"training images of \(3, 3, 1\) and test images of \(2"):
        gather_npz(save(x_train=x, y_train=y, x_test=x[:, :2], y_test=y))


@pytest.mark.parametrize("keys", [("a", "b"), ("x_train",), ("x_train", "y_train", "x_test")])
def test_lists_the_keys_found_and_the_keys_that_are_read(save, keys):
    arrays = dict.fromkeys(keys, np.zeros((4, 3, 3), np.uint8))
    with pytest.raises(DataError) as refusal:
        gather_npz(save(**arrays))
    assert f"Received {', '.join(keys)}. " in str(refusal.value)
    assert "x_train, y_train, x_val, y_val, x_test, y_test; train_images" in str(refusal.value)


class RunsCode:
    def __reduce__(self):
        return os.mkdir, ("made-by-a-stranger",)


def test_never_unpickles(save, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = save(images=np.array([RunsCode()] * 4, dtype=object), labels=np.arange(4) % 2)
    with pytest.raises(DataError, match="'images' of .* holds Python objects, which Tenfold does"):
        gather_npz(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["some.npz"]


def test_refuses_a_header_that_lies_before_anything_is_allocated(tmp_path):
    lying = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        lying, {"descr": "|u1", "fortran_order": False, "shape": (2**40, 28, 28)}
    )
    path = tmp_path / "lying.npz"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("images.npy", lying.getvalue() + bytes(100))
        file.writestr("labels.npy", b"")
    with pytest.raises(DataError, match=r"images: its header says uint8 \(1099511627776, 28, 28\)"):
        gather_npz(path)


def test_refuses_what_is_larger_than_half_of_the_memory(save, monkeypatch):
    path = save(images=np.zeros((100, 100, 100), np.uint8), labels=np.arange(100) % 2)
    monkeypatch.setattr(labelled, "memory_bytes", lambda: 1_000_000)
    with pytest.raises(DataError, match="more than half of this machine's"):
        gather_npz(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is empty"),
        (b"<!DOCTYPE html>", "it is a web page"),
        (b"\x93NUMPY\1\0", r"it is a single NumPy array \(\.npy\)"),
        (b"\x80\4", "it is not known to Tenfold"),
        (b"PK\3\4 and the rest is missing", "it is cut short"),
    ],
)
def test_says_what_a_file_is_instead(tmp_path, content, message):
    path = tmp_path / "some.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=rf"Cannot read .*some\.npz as an \.npz file: {message}"):
        gather_npz(path)


def test_says_that_a_file_is_not_there(tmp_path):
    asked = DataRequest(str(tmp_path / "none.npz"))
    with pytest.raises(DataError, match=r"There is no file .*none\.npz"):
        source_for(asked).gather(asked, say=print)


def test_any_damage_gives_a_dataset_or_a_clear_refusal(save):
    path = save(images=images(6, 3, 3), labels=np.arange(6) % 2)
    content = path.read_bytes()
    random = np.random.default_rng(0)
    refused = 0
    for _ in range(200):
        damaged = bytearray(content[: random.integers(len(content) // 2, len(content) + 1)])
        if len(damaged) % 2:
            damaged = bytearray(content)
        damaged[random.integers(len(damaged))] = random.integers(256)
        path.write_bytes(damaged)
        try:
            gather_npz(path)
        except DataError:
            refused += 1
    assert refused > 100


def test_is_found_by_its_ending_and_gathered_again(save, tmp_path, monkeypatch):
    path = save(images=images(6, 3, 3), labels=np.arange(6) % 2)
    monkeypatch.chdir(tmp_path)
    asked = source_for(DataRequest("some.npz")).from_anywhere(DataRequest("some.npz"))
    assert asked.data == str(path)
    dataset = source_for(asked).gather(asked, say=print)
    again = source_named("npz").gather_again(dataset.provenance, say=print)
    assert again.digests() == dataset.digests()
