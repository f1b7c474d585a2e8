"""A small convolutional network in plain Keras: a yardstick of what giving up convolution costs.

A convolution with stride 2, then three stages of two 3 x 3 convolutions with batch normalisation;
SGD with Nesterov's momentum, one cycle of the learning rate that is planned for the time at hand,
decay, label smoothing, mirrored and shifted images, and predictions averaged over each image and
its mirror image. These are parts of the records for speed (arXiv:2404.00498), without their
special initial weights.
"""

import keras
import numpy as np
from keras import layers

from curve import Curve, one_cycle
from tenfold.core.images import ImageSet

WIDTHS = (32, 64, 128)
BATCH_SIZE = 500
PEAK = 0.2
SHIFT_PX = 2


def fit_convolutional_network(train: ImageSet, curve: Curve) -> None:
    """Fit for `curve.cap_s` seconds, with a point at the end of each epoch."""
    keras.utils.set_random_seed(curve.seed)
    model = make_network(train.shape, len(train.classes))
    optimizer = keras.optimizers.SGD(PEAK, momentum=0.9, nesterov=True, weight_decay=5e-4)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
    model.compile(optimizer, loss)
    random, edge = np.random.default_rng(curve.seed), SHIFT_PX
    padded = np.pad(train.images[:], ((0, 0), (edge, edge), (edge, edge), (0, 0)))
    targets = np.eye(len(train.classes), dtype=np.float32)[train.labels]
    epoch = 0
    curve.start()
    while not curve.is_over():
        order = random.permutation(len(targets))
        for at in range(0, len(order), BATCH_SIZE):
            if curve.is_over():
                break
            rows = order[at : at + BATCH_SIZE]
            optimizer.learning_rate = PEAK * one_cycle(curve.seconds() / curve.cap_s)
            model.train_on_batch(shift_and_flip(padded[rows], random), targets[rows])
        epoch += 1
        curve.point(epoch, lambda images: predict(model, images))


def make_network(shape: tuple[int, ...], n_classes: int) -> keras.Model:
    """uint8 (n, height, width, channels) -> float32 (n, n_classes), logits."""

    def convolution(x: keras.KerasTensor, units: int, stride: int = 1) -> keras.KerasTensor:
        x = layers.Conv2D(units, 3, strides=stride, padding="same", use_bias=False)(x)
        return layers.Activation("relu")(layers.BatchNormalization(momentum=0.8)(x))

    images = keras.Input(shape, dtype="uint8")
    x = convolution(layers.Rescaling(1 / 64, offset=-120 / 64)(images), WIDTHS[0], stride=2)
    for stage, units in enumerate(WIDTHS):
        x = convolution(convolution(x, units), units)
        if stage + 1 < len(WIDTHS):
            x = layers.MaxPooling2D()(x)
    x = layers.GlobalMaxPooling2D()(x)
    return keras.Model(images, layers.Dense(n_classes, dtype="float32")(x))


def shift_and_flip(padded: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Crop all images at one place and mirror half: uint8 (n, height, width, channels)."""
    top, left = random.integers(0, 2 * SHIFT_PX + 1, 2)
    height, width = (side - 2 * SHIFT_PX for side in padded.shape[1:3])
    images = padded[:, top : top + height, left : left + width].copy()
    flip = random.random(len(images)) < 0.5
    images[flip] = images[flip][:, :, ::-1]
    return images


def predict(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Labels of uint8 images: the mean over each image and its mirror image."""
    both = [
        model.predict(each, batch_size=1000, verbose=0) for each in (images, images[:, :, ::-1])
    ]
    labels: np.ndarray = (both[0] + both[1]).argmax(axis=1)
    return labels
