"""Predict the probability of each class with a network."""

from typing import Any

import keras
import numpy as np

from tenfold.core.images import ImageSet
from tenfold.core.predictions import Predictions
from tenfold.core.progress import LiveSay, live
from tenfold.core.rows import Rows
from tenfold.core.text import Say
from tenfold.learn.batches import in_order
from tenfold.learn.layers.temperature import Temperature
from tenfold.learn.memory import memory_errors

BATCH = 200
"""Number of images in a batch; each image may have ten views."""

CHUNK = 5_000
"""Number of images that are copied for TensorFlow at a time, which limits memory."""


def predict(
    model: keras.Model,
    images: ImageSet,
    names: tuple[str, ...],
    *,
    known: np.ndarray | None = None,
    say: Say = lambda _: None,
) -> Predictions:
    """Predict every image of a labelled set.

    Args:
        model: uint8 (n, height, width, channels) -> float32 probabilities (n, n_classes).
        images: What to predict.
        names: A name for each image.
        known: Their probabilities, if they have been predicted before; None to predict them.
        say: Output that shows the progress, if it has a live line.
    """
    found = probabilities(model, images.images, say=say) if known is None else known
    return Predictions(images.labels, found, images.classes, names)


@memory_errors()
def probabilities(
    model: keras.Model, images: np.ndarray | Rows, *, say: Say = lambda _: None
) -> np.ndarray:
    """float32 (n, n_classes), rows summing to 1, for uint8 (n, height, width, channels)."""
    if not len(images):
        return np.empty((0, model.output_shape[-1]), np.float32)
    chunks: list[np.ndarray | Rows]
    if isinstance(images, Rows):
        chunks = [images]  # These images are read batch by batch.
    else:
        chunks = [images[at : at + CHUNK] for at in range(0, len(images), CHUNK)]
    shown = live(say)
    callbacks = [_Shown(shown, len(images))] if shown else []
    parts = [
        model.predict(in_order(each, batch_size=BATCH), verbose=0, callbacks=callbacks)
        for each in chunks
    ]
    return np.concatenate(parts)


def calibrated(before: np.ndarray, temperature: float) -> np.ndarray:
    """What a network predicts at a temperature, from what it predicted without: the same bits.

    Args:
        before: The network's `probabilities` of some images: float32 (n, n_classes).
        temperature: That of its last layer.
    """
    # The layer itself, in the same batches, so that not even the order of sums differs.
    layer = Temperature(temperature, dtype="float32")
    parts = [layer(before[at : at + BATCH]) for at in range(0, len(before), BATCH)]
    return np.concatenate([keras.ops.convert_to_numpy(part) for part in parts])


def accuracy(model: keras.Model, images: ImageSet) -> float:
    """Share of the images whose most probable class is the actual one, in 0..1."""
    predicted = probabilities(model, images.images).argmax(axis=1)
    return float((predicted == images.labels).mean())


class _Shown(keras.callbacks.Callback):
    """Show how many of `n` images are predicted, chunk after chunk."""

    def __init__(self, shown: LiveSay, n: int) -> None:
        super().__init__()
        self.shown, self.n, self.n_before = shown, n, 0

    def on_predict_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        done = min(self.n_before + (batch + 1) * BATCH, self.n)
        self.shown.show(f"predicted {done:,} of {self.n:,} images", done, self.n)

    def on_predict_end(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self.n_before += CHUNK
