"""Turn the products of an ONNX graph into products of 8-bit numbers."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx

from tenfold.deploy.silence import silent_onnxruntime

BATCH = 50


def quantise(float32: onnx.ModelProto, path: Path, calibration: np.ndarray) -> None:
    """Write an ONNX model whose weights, and inputs of products, are 8-bit numbers.

    Args:
        float32: The model; all else stays in float32.
        path: The new file. It does not hold the metadata of `float32`.
        calibration: uint8 (n, height, width, channels), images that decide the ranges.

    Source: static quantisation of ONNX Runtime, with a scale for each unit's weights.
    """
    silent_onnxruntime()
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

    with tempfile.TemporaryDirectory() as folder, _no_advice():
        whole = Path(folder) / "float32.onnx"
        whole.write_bytes(float32.SerializeToString())
        quantize_static(
            whole,
            path,
            _Batches(calibration),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul"],
        )


def describe(path: Path, metadata: dict[str, str]) -> None:
    """Replace the metadata of an ONNX model."""
    model = onnx.load(path)
    onnx.helper.set_model_props(model, metadata)
    path.write_bytes(model.SerializeToString())


class _Batches:
    """The images, batch after batch, as ONNX Runtime asks for them."""

    def __init__(self, images: np.ndarray) -> None:
        starts = range(0, len(images), BATCH)
        self._batches: Iterator[np.ndarray] = (images[at : at + BATCH] for at in starts)

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next batch; None after the last."""
        images = next(self._batches, None)
        return None if images is None else {"images": images}


@contextmanager
def _no_advice() -> Iterator[None]:
    """Keep quiet about a preparation that this graph does not need."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
