"""Write a Keras model for TensorFlow and for LiteRT."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf


def write_saved_model(model: keras.Model, path: Path) -> None:
    """Write a SavedModel, whose signature `serving_default` maps `images` to `probabilities`.

    Keras's own `export` would write every weight twice.

    Args:
        model: uint8 (n, height, width, channels) -> float32 probabilities (n, n_classes).
        path: The new folder.
    """
    module = tf.Module()
    module.held = [variable.value for variable in model.variables]
    shape = (None, *model.input_shape[1:])

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.uint8, name="images")])
    def serve(images: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"probabilities": model(images, training=False)}

    module.serve = serve
    tf.saved_model.save(module, str(path), signatures=serve)


def write_litert(model: keras.Model, path: Path, calibration: np.ndarray | None = None) -> None:
    """Write a LiteRT model of LiteRT's built-in operators.

    Args:
        model: As for `write_saved_model`.
        path: The new file.
        calibration: uint8 (n, height, width, channels), images that decide the ranges of 8-bit
            numbers; None for float32 numbers.
    """

    def examples() -> Iterator[list[np.ndarray]]:
        for image in calibration if calibration is not None else ():
            yield [image[None]]

    with tempfile.TemporaryDirectory() as folder:
        write_saved_model(model, Path(folder))
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        if calibration is not None:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = examples
        path.write_bytes(converter.convert())
