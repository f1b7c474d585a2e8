"""Small ONNX exports whose answers can be worked out by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tenfold.core.rendering import Rendering
from tenfold.deploy.document import KEY, Document
from tenfold.deploy.familiarity import Familiarity

CLASSES = ("red", "green", "blue")
SIDE_PX = 4


def document(familiarity: Familiarity | None = None) -> Document:
    """Of a network that finds the strongest of three colours in 4 x 4 pixels."""
    return Document(
        tenfold="0",
        recipe={"name": "made"},
        data="colours",
        classes=CLASSES,
        shape=(SIDE_PX, SIDE_PX, 3),
        mode="RGB",
        fit="crop",
        rendering=Rendering(SIDE_PX),
        temperature=None,
        n_views=1,
        dense=False,
        int8=None,
        accuracy={"images": "test", "n": 3, "accuracy": 1.0, "interval_95": [0.4, 1.0]},
        run_sha256="0",
        date="2026-01-01",
        familiarity=familiarity,
    )


def usual() -> Familiarity:
    """What is usual for noise in which one colour is strong."""
    random = np.random.default_rng(0)
    images = random.integers(0, 200, (200, SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
    images[..., 0] |= 128
    return Familiarity.of(images, features(images), len(CLASSES), "validation")


def features(images: np.ndarray) -> np.ndarray:
    """float32 (n, 3): the mean of each colour, 0 to 10."""
    found: np.ndarray = (images.mean(axis=(1, 2)) / 25.5).astype(np.float32)
    return found


def write_export(path: Path, *, familiarity: Familiarity | None = None) -> Path:
    """Write the export: `features`, and as `probabilities` their softmax."""
    constants: dict[str, np.ndarray] = {
        "flat": np.array([-1, SIDE_PX * SIDE_PX, 3], np.int64),
        "scale": np.array(1 / 25.5, np.float32),
    }
    nodes = [
        helper.make_node("Cast", ["images"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["numbers", "flat"], ["rows"]),
        helper.make_node("ReduceMean", ["rows"], ["means"], axes=[1], keepdims=0),
        helper.make_node("Mul", ["means", "scale"], ["features"]),
        helper.make_node("Softmax", ["features"], ["probabilities"], axis=-1),
    ]
    return _write(path, document(familiarity), nodes, constants, ("probabilities", "features"))


def write_mirror(path: Path, side_px: int) -> Path:
    """Write an export whose "probabilities" are the numbers of the image itself, over 255."""
    n = side_px * side_px * 3
    names = tuple(f"number {i}" for i in range(n))
    mirror = replace(
        document(), classes=names, shape=(side_px, side_px, 3), rendering=Rendering(side_px)
    )
    constants: dict[str, np.ndarray] = {
        "flat": np.array([-1, n], np.int64),
        "most": np.array(255, np.float32),
    }
    nodes = [
        helper.make_node("Cast", ["images"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["numbers", "flat"], ["row"]),
        helper.make_node("Div", ["row", "most"], ["probabilities"]),
    ]
    return _write(path, mirror, nodes, constants, ("probabilities",))


def _write(
    path: Path,
    about: Document,
    nodes: list[onnx.NodeProto],
    constants: dict[str, np.ndarray],
    outputs: tuple[str, ...],
) -> Path:
    model = helper.make_model(
        helper.make_graph(
            nodes,
            "colours",
            [helper.make_tensor_value_info("images", TensorProto.UINT8, ["batch", *about.shape])],
            [
                helper.make_tensor_value_info(
                    name, TensorProto.FLOAT, ["batch", len(about.classes)]
                )
                for name in outputs
            ],
            [numpy_helper.from_array(array, name) for name, array in constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    helper.set_model_props(model, {KEY: about.to_json()})
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString())
    return path
