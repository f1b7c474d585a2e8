import keras
import numpy as np
import pytest
import tensorflow as tf

from tenfold.learn.compile import _loss
from tenfold.learn.layers.head import Probabilities
from tenfold.learn.loss import SmoothedCrossEntropy
from tenfold.recipes import find_recipe

PROBABILITIES = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]], np.float32)
LABELS = np.array([0, 1])


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("shape", [(2,), (2, 1)])
def test_is_the_cross_entropy_with_smoothed_targets(smoothing, shape):
    loss = SmoothedCrossEntropy(smoothing)(LABELS.reshape(shape), PROBABILITIES)
    targets = (1 - smoothing) * np.eye(3)[LABELS] + smoothing / 3
    expected = -(targets * np.log(PROBABILITIES)).sum(axis=1).mean()
    assert float(loss) == pytest.approx(expected, rel=1e-5)


def test_logits_far_apart_lose_neither_the_loss_nor_its_gradient():
    layer = Probabilities(2)
    layer.build((1, 1, 1))
    layer.kernel.assign([[200, -200]])
    with tf.GradientTape() as tape:
        loss = SmoothedCrossEntropy()(np.array([1]), layer(tf.ones((1, 1, 1))))
    assert float(loss) == pytest.approx(400)
    np.testing.assert_allclose(tape.gradient(loss, layer.bias.value), [1, -1])


def test_comes_back_from_its_settings():
    loss = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(SmoothedCrossEntropy(0.2, (1, 2.5), name="smooth"))
    )
    assert (loss.smoothing, loss.class_weights, loss.name) == (0.2, (1.0, 2.5), "smooth")


@pytest.mark.parametrize("setting", ["mixup", "cutmix"])
def test_mixing_alone_brings_a_loss_that_takes_shares(setting):
    recipe = find_recipe("quick").with_overrides({setting: 0.5, "label_smoothing": 0.0})
    assert isinstance(_loss(recipe, None, 3), SmoothedCrossEntropy)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_weights_count_by_the_class_whatever_the_smoothing(smoothing):
    plain = SmoothedCrossEntropy(smoothing, reduction="none")(LABELS, PROBABILITIES)
    loss = SmoothedCrossEntropy(smoothing, (0.5, 1.0, 4.0))(LABELS, PROBABILITIES)
    weights = np.array([0.5, 1.0])  # The weights of the classes of both images.
    assert float(loss) == pytest.approx(float((weights * plain.numpy()).mean()))


def test_a_blended_image_is_weighted_in_the_shares_of_its_classes():
    shares = np.array([[0.75, 0.25, 0.0]], np.float32)
    plain = SmoothedCrossEntropy()(shares, PROBABILITIES[:1])
    loss = SmoothedCrossEntropy(class_weights=(2.0, 4.0, 100.0))(shares, PROBABILITIES[:1])
    assert float(loss) == pytest.approx(2.5 * float(plain))


def test_a_recipe_that_balances_takes_the_weights_from_the_labels():
    recipe = find_recipe("classic").with_overrides({"balance": "inverse"})
    assert _loss(recipe, np.array([0, 1, 1, 1]), 2).class_weights == pytest.approx((2, 2 / 3))
    with pytest.raises(ValueError, match="Expected the labels.*balance 'inverse'"):
        _loss(recipe, None, 2)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_takes_the_probability_of_each_class_too(smoothing):
    shares = np.array([[0.6, 0.4, 0.0], [0.0, 0.5, 0.5]], np.float32)
    loss = SmoothedCrossEntropy(smoothing)(shares, PROBABILITIES)
    targets = (1 - smoothing) * shares + smoothing / 3
    expected = -(targets * np.log(PROBABILITIES)).sum(axis=1).mean()
    assert float(loss) == pytest.approx(expected, rel=1e-5)
