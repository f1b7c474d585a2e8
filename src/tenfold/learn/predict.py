"""Ask a network for the probabilities of each class."""

import keras
import numpy as np

from tenfold.core.images import ImageSet
from tenfold.core.predictions import Predictions
from tenfold.core.rows import Rows
from tenfold.learn.batches import in_order
from tenfold.learn.memory import memory_errors

BATCH = 200
"""Images at a time; each may be looked at in ten views."""

CHUNK = 5_000
"""Images that are copied for TensorFlow at a time, to keep memory small."""


def predict(model: keras.Model, images: ImageSet, names: tuple[str, ...]) -> Predictions:
    """Predict every image of a labelled set.

    Args:
        model: uint8 (n, height, width, channels) -> float32 probabilities (n, n_classes).
        images: What to predict.
        names: A name for each image.
    """
    return Predictions(images.labels, probabilities(model, images.images), images.classes, names)


@memory_errors()
def probabilities(model: keras.Model, images: np.ndarray | Rows) -> np.ndarray:
    """float32 (n, n_classes), rows summing to 1, for uint8 (n, height, width, channels)."""
    if not len(images):
        return np.empty((0, model.output_shape[-1]), np.float32)
    chunks: list[np.ndarray | Rows]
    if isinstance(images, Rows):
        chunks = [images]  # They are read batch by batch.
    else:
        chunks = [images[at : at + CHUNK] for at in range(0, len(images), CHUNK)]
    parts = [model.predict(in_order(each, batch_size=BATCH), verbose=0) for each in chunks]
    return np.concatenate(parts)


def accuracy(model: keras.Model, images: ImageSet) -> float:
    """Share of the images whose most probable class is the actual one, in 0..1."""
    predicted = probabilities(model, images.images).argmax(axis=1)
    return float((predicted == images.labels).mean())
