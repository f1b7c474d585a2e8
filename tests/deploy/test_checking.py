import numpy as np
import pytest

from tenfold.core.errors import ModelError
from tenfold.deploy.checking import Agreement, run_in_own_runtime

EXPECTED = np.array([[0.7, 0.3], [0.500001, 0.499999], [0.2, 0.8]], np.float32)


def test_rounding_is_agreement_even_where_it_decides_between_two_equal_classes():
    found = np.array([[0.7, 0.3], [0.499999, 0.500001], [0.2, 0.8]], np.float32)
    agreement = Agreement.of(found, EXPECTED)
    assert agreement.is_good
    assert agreement.n_other_class == 0
    assert agreement.largest_difference == pytest.approx(2e-6, rel=0.1)


def test_a_larger_difference_or_another_class_is_not():
    shifted = Agreement.of(EXPECTED + np.array([2e-5, 0], np.float32), EXPECTED)
    assert (shifted.is_good, shifted.n_other_class) == (False, 0)
    swapped = Agreement.of(EXPECTED[:, ::-1], EXPECTED)
    assert (swapped.is_good, swapped.n_other_class) == (False, 2)


def test_an_export_that_its_runtime_cannot_run_is_an_error_with_the_reason(tmp_path):
    (tmp_path / "m.onnx").write_bytes(b"nothing")
    np.save(tmp_path / "images.npy", np.zeros((2, 4, 4, 1), np.uint8))
    with pytest.raises(ModelError, match="onnx export.*cannot run it: .*m.onnx"):
        run_in_own_runtime("onnx", tmp_path / "m.onnx", tmp_path / "images.npy", tmp_path)
