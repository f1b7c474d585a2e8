"""Run an export in its own runtime, in a process that cannot import Tenfold.

    python own_runtime.py FORMAT MODEL IMAGES.npy PROBABILITIES.npy

It predicts all images, measures the speed, and prints one line of JSON.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np

BATCH = 256
N_SINGLE, N_BATCHES = 60, 5
"""Predictions that are timed, of single images and of batches."""

Predict = Callable[[np.ndarray], np.ndarray]
"""uint8 (n, height, width, channels) -> float32 probabilities (n, n_classes)."""


def keras_model(path: str) -> tuple[Predict, str]:
    """A `.keras` file in Keras."""
    import keras

    model = keras.saving.load_model(path)
    return model.predict_on_batch, f"keras {version('keras')}, {keras.backend.backend()}"


def onnx_model(path: str) -> tuple[Predict, str]:
    """An ONNX model in ONNX Runtime."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # Else it reports to its makers.
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def predict(images: np.ndarray) -> np.ndarray:
        found: np.ndarray = session.run(["probabilities"], {"images": images})[0]
        return found

    return predict, f"onnxruntime {version('onnxruntime')}"


def litert_model(path: str) -> tuple[Predict, str]:
    """A LiteRT model in LiteRT's interpreter."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(path, num_threads=os.cpu_count())
    [given], [gives] = interpreter.get_input_details(), interpreter.get_output_details()
    now: list[int] = []

    def predict(images: np.ndarray) -> np.ndarray:
        if now != [len(images)]:
            interpreter.resize_tensor_input(given["index"], images.shape)
            interpreter.allocate_tensors()
            now[:] = [len(images)]
        interpreter.set_tensor(given["index"], images)
        interpreter.invoke()
        found: np.ndarray = interpreter.get_tensor(gives["index"])
        return found

    return predict, f"ai-edge-litert {version('ai-edge-litert')}"


def saved_model(path: str) -> tuple[Predict, str]:
    """A SavedModel in TensorFlow."""
    import tensorflow as tf

    loaded = tf.saved_model.load(path)
    serve = loaded.signatures["serving_default"]

    def predict(images: np.ndarray) -> np.ndarray:
        found: np.ndarray = serve(images=tf.constant(images))["probabilities"].numpy()
        return found

    return predict, f"tensorflow {tf.__version__}"


RUNTIMES: dict[str, Callable[[str], tuple[Predict, str]]] = {
    "keras": keras_model,
    "onnx": onnx_model,
    "litert": litert_model,
    "savedmodel": saved_model,
}


def measured(predict: Predict, images: np.ndarray) -> dict[str, float]:
    """Time predictions of single images and of batches."""
    one = np.ascontiguousarray(images[:1])
    many = np.ascontiguousarray(np.resize(images[:BATCH], (BATCH, *images.shape[1:])))
    single = statistics.median(_seconds(predict, one, N_SINGLE))
    batch = statistics.median(_seconds(predict, many, N_BATCHES))
    return {"latency_ms": 1e3 * single, "images_per_s": BATCH / batch}


def _seconds(predict: Predict, images: np.ndarray, n: int) -> list[float]:
    predict(images)  # The first one may compile.
    found = []
    for _ in range(n):
        began_at = time.perf_counter()
        predict(images)
        found.append(time.perf_counter() - began_at)
    return found


def main(name: str, model: str, images_path: str, out: str) -> dict[str, Any]:
    """Predict all images, write their probabilities, and measure."""
    sys.modules["tenfold"] = None  # type: ignore[assignment]  # An export needs none of it.
    images = np.load(images_path, mmap_mode="r")
    predict, runtime = RUNTIMES[name](model)
    parts = [
        predict(np.ascontiguousarray(images[at : at + BATCH]))
        for at in range(0, len(images), BATCH)
    ]
    np.save(out, np.concatenate(parts).astype(np.float32))
    return {"runtime": runtime, **measured(predict, images)}


if __name__ == "__main__":
    sys.stdout.write("\n" + json.dumps(main(*sys.argv[1:])) + "\n")
