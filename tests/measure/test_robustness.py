import json

import numpy as np
import pytest

from tenfold.core.images import ImageSet
from tenfold.measure.corruptions import Corruption
from tenfold.measure.intervals import wilson_interval
from tenfold.measure.robustness import measure_robustness


def lighter(images, strength, random):
    return images + np.uint8(strength)


def drawn(images, strength, random):
    return images + random.integers(0, 200, (len(images), 1, 1, 1)).astype(np.uint8)


LIGHTER = Corruption("lighter", "grey levels", (10, 20, 30, 40, 50), lighter)


def is_light(images):
    """Class 1 for images of 60 or more."""
    light = (images[:, 0, 0, 0] >= 60).astype(np.float32)
    return np.stack([1 - light, light], axis=1)


def grey(values, labels):
    images = np.array(values, np.uint8).reshape(-1, 1, 1, 1)
    return ImageSet(images, np.array(labels, np.int64), ("dark", "light"))


IMAGES = grey([5, 25, 45, 100], [0, 0, 0, 1])


def test_counts_right_answers_at_each_strength():
    # Dark images of 5, 25 and 45 become too light at 60, 40 and 20.
    found = measure_robustness(is_light, IMAGES, seed=0, corruptions=[LIGHTER])
    assert found.unchanged.n_right == 4
    [spoilt] = found.corruptions
    assert [share.n_right for share in spoilt.shares] == [4, 3, 3, 2, 2]
    assert spoilt.mean_accuracy == found.mean_accuracy == pytest.approx(14 / 20)
    assert spoilt.shares[1].interval == wilson_interval(3, 4)


def test_json_has_every_figure_with_its_interval():
    found = measure_robustness(is_light, IMAGES, seed=0, corruptions=[LIGHTER]).to_dict()
    assert json.loads(json.dumps(found)) == found
    assert (found["n"], found["unchanged"]["accuracy"]) == (4, 1.0)
    assert found["mean_accuracy"] == pytest.approx(0.7)
    lighter = found["corruptions"]["lighter"]
    assert lighter["unit"] == "grey levels"
    assert [each["strength"] for each in lighter["strengths"]] == [10, 20, 30, 40, 50]
    assert lighter["strengths"][3]["accuracy_interval_95"] == list(wilson_interval(2, 4))


def test_many_images_are_spoilt_part_by_part_each_with_its_own_draws(monkeypatch):
    seen = []

    def predict(images):
        seen.append(images.ravel())
        return is_light(images)

    monkeypatch.setattr("tenfold.core.images.PART_BYTES", 3)
    same = grey([7] * 6, [0] * 6)
    measure_robustness(predict, same, seed=0, corruptions=[Corruption("d", "", (1,) * 5, drawn)])
    assert [len(part) for part in seen] == [3] * 12
    first, second = seen[2:4]
    assert first.tolist() != second.tolist()
    np.testing.assert_array_equal(first, seen[4])  # The next strength draws the same.


def test_all_corruptions_are_measured_by_default():
    images = ImageSet(np.full((2, 8, 8, 3), 90, np.uint8), np.array([1, 1]), ("dark", "light"))
    found = measure_robustness(is_light, images, seed=0).to_dict()
    assert list(found["corruptions"]) == [
        "noise", "blur", "contrast", "brightness", "shift", "jpeg",
    ]  # fmt: skip
    assert found["corruptions"]["shift"]["mean_accuracy"] == 1  # Nothing to see in flat images.
