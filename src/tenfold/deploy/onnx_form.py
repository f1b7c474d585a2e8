"""Write a network as an ONNX graph of a few standard operators, in float32."""

from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tenfold.learn.layers.form import CannotUnfoldError, Form, tiled
from tenfold.learn.parts import Parts

OPSET = 17
"""A version that runtimes of several years know; nothing here needs a newer one."""
IR_VERSION = 8
_TINY = np.finfo(np.float32).tiny
_ACTIVATIONS = {"relu": "Relu", "sigmoid": "Sigmoid", "softmax": "Softmax", "tanh": "Tanh"}


@dataclass
class Graph:
    """The nodes and constants of an ONNX graph that grows.

    Attributes:
        n_numbers: Numbers of an image: height * width * channels.
        nodes: In the order of their computation.
        constants: Weights and positions, by name.
        features: The output that the last product takes, and its number of features.
    """

    n_numbers: int
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, np.ndarray] = field(default_factory=dict)
    features: tuple[str, int] | None = None

    def add(self, operator: str, *inputs: str, name: str = "", **attributes: Any) -> str:  # noqa: ANN401
        """Add a node, and return the name of its output."""
        output = name or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def constant(self, values: Any, dtype: Any = np.float32) -> str:  # noqa: ANN401
        """Add a constant, and return its name."""
        name = f"constant_{len(self.constants)}"
        self.constants[name] = np.ascontiguousarray(values, dtype=dtype)
        return name

    def reshape(self, values: str, *shape: int) -> str:
        """Add a node that reshapes."""
        return self.add("Reshape", values, self.constant(shape, np.int64))


@dataclass(frozen=True)
class OnnxForm(Form):
    """The output of some nodes of a graph.

    Attributes:
        graph: The graph.
        values: The name of the output. Its shape is (batch, features), or (tiles, batch, features)
            of several tiles: one batched product then multiplies all tiles without a transpose. A
            batch of several views holds all images of the first view, then of the second.
        n_features: Features of a tile.
        n_tiles: Number of tiles.
        pixels: int64 (tiles, views, features), while `values` are still whole images, uint8 (batch,
            height * width * channels): which number of an image each feature is, or -1 for a black
            border; None afterwards.
        centre: What is subtracted from uint8 values.
        made: Kernel, bias and activation of a product whose nodes are not in the graph yet, so that
            a scale and a shift can still become part of them; None otherwise.
    """

    graph: Graph
    values: str
    n_features: int
    n_tiles: int = 1
    pixels: np.ndarray | None = None
    centre: float = 0.0
    made: tuple[np.ndarray, np.ndarray, str | None] | None = None

    def views(self, positions: np.ndarray) -> "OnnxForm":
        """Remember which pixels each view shows: they are gathered once."""
        return replace(self, pixels=positions[None])

    def tiles(self, places: np.ndarray, centre: int) -> "OnnxForm":
        """Remember which pixels each tile shows."""
        pixels = tiled(self.pixels, places)
        n_tiles, _, n_features = pixels.shape
        return replace(
            self, n_features=n_features, n_tiles=n_tiles, pixels=pixels, centre=float(centre)
        )

    def merged(self) -> "OnnxForm":
        """Put the features of all tiles side by side."""
        now = self.settled()
        if now.n_tiles == 1:
            return now
        n_features = now.n_tiles * now.n_features
        rows = self.graph.add("Transpose", now.values, perm=[1, 0, 2])
        return OnnxForm(self.graph, self.graph.reshape(rows, -1, n_features), n_features)

    def product(
        self,
        kernel: np.ndarray,
        positions: np.ndarray | None = None,
        *,
        name: str,  # noqa: ARG002
        activation: str | None = None,
    ) -> "OnnxForm":
        """Gather the windows; the product itself follows when it is complete."""
        n_windows, n_inputs, n_units = kernel.shape
        values = self._windows(positions)
        if n_windows == 1:
            self.graph.features = (values, n_inputs)
        bias = np.zeros((n_windows, n_units), np.float32)
        return OnnxForm(self.graph, values, n_units, n_windows, made=(kernel, bias, activation))

    def _windows(self, positions: np.ndarray | None) -> str:
        """Gather the tiles that each window sees: (windows, batch, inputs of a unit)."""
        now, graph = self.settled(), self.graph
        if positions is None or now.n_tiles == 1:
            return now.values
        values = graph.add("Gather", now.values, graph.constant(positions, np.int32), axis=0)
        values = graph.add("Transpose", values, perm=[0, 2, 1, 3])
        n_windows, n_seen = positions.shape
        each = () if n_windows == 1 else (n_windows,)
        return graph.reshape(values, *each, -1, n_seen * now.n_features)

    def _gathered(self, pixels: np.ndarray) -> "OnnxForm":
        """Gather the pixels of all tiles and views, in float32.

        Whole batches of a pixel are gathered: in ONNX Runtime, that takes a fraction of the time of
        gathering single numbers.
        """
        graph, values = self.graph, self.values
        n_tiles, _, n_features = pixels.shape
        if n_tiles > 1 or not np.array_equal(pixels.ravel(), np.arange(graph.n_numbers)):
            values = graph.add("Transpose", values, perm=[1, 0])
            if (pixels < 0).any():  # The border is one more pixel, which is black.
                pixels = np.where(pixels < 0, graph.n_numbers, pixels)
                values = graph.add("Pad", values, graph.constant([0, 0, 1, 0], np.int64))
            at = graph.constant(pixels, np.int32)
            values = graph.add("Gather", values, at, axis=0)
            values = graph.add("Transpose", values, perm=[0, 1, 3, 2])
            each = () if n_tiles == 1 else (n_tiles,)
            values = graph.reshape(values, *each, -1, n_features)
        values = graph.add("Cast", values, to=TensorProto.FLOAT)
        if self.centre:
            values = graph.add("Sub", values, graph.constant(self.centre))
        return OnnxForm(graph, values, n_features, n_tiles)

    def scaled_and_shifted(self, scale: np.ndarray | float, shift: np.ndarray) -> "OnnxForm":
        """Include scale and shift in kernel and bias."""
        if self.made is None:
            raise CannotUnfoldError
        kernel, bias, activation = self.made
        factor = np.broadcast_to(np.asarray(scale, np.float32), bias.size).reshape(bias.shape)
        summand = np.broadcast_to(shift, bias.size).reshape(bias.shape)
        return replace(self, made=(kernel * factor[:, None], bias * factor + summand, activation))

    def settled(self) -> "OnnxForm":
        """The same, with its product in the graph and images in float32."""
        graph = self.graph
        if self.pixels is not None:
            return self._gathered(self.pixels)
        if self.made is None:
            return self
        kernel, bias, activation = self.made
        one = self.n_tiles == 1
        values = graph.add("MatMul", self.values, graph.constant(kernel[0] if one else kernel))
        if bias.any():
            shift = graph.constant(bias[0] if one else bias[:, None])
            values = graph.add("Add", values, shift)
        found = replace(self, values=values, made=None)
        return found.activated(activation) if activation else found

    def activated(self, activation: str) -> "OnnxForm":
        """Apply an activation function."""
        if activation not in _ACTIVATIONS:
            raise CannotUnfoldError
        now = self.settled()
        options: dict[str, Any] = {"axis": -1} if activation == "softmax" else {}
        operator = _ACTIVATIONS[activation]
        return replace(now, values=self.graph.add(operator, now.values, **options))

    def relu(self, *, name: str) -> "OnnxForm":  # noqa: ARG002
        """Set negative values to zero."""
        return self.activated("relu")

    def plus(self, *others: "OnnxForm", name: str) -> "OnnxForm":  # noqa: ARG002
        """Add values of the same shape."""
        total = self.settled()
        for other in others:
            total = replace(
                total, values=self.graph.add("Add", total.values, other.settled().values)
            )
        return total

    def mean_of_views(self, n_views: int) -> "OnnxForm":
        """Average over the views."""
        now = self.settled()
        return replace(now, values=_mean(self.graph, now.values, n_views, now.n_features))

    def at_temperature(self, temperature: float) -> "OnnxForm":
        """Divide the logarithms, then take the softmax again."""
        now, graph = self.settled(), self.graph
        logits = graph.add("Log", graph.add("Max", now.values, graph.constant(_TINY)))
        logits = graph.add("Div", logits, graph.constant(temperature))
        return replace(now, values=graph.add("Softmax", logits, axis=-1))

    def like(self, layer: keras.layers.Layer) -> "OnnxForm":
        """Write the layers of Keras that MLPs are made of."""
        match layer:
            case keras.layers.Dropout() | keras.layers.Flatten():
                return self  # Images are flat here from the beginning.
            case keras.layers.Rescaling() if np.ndim(layer.scale) == np.ndim(layer.offset) == 0:
                return self._rescaled(layer.scale, layer.offset)
            case keras.layers.Dense():
                return self._dense(layer)
            case keras.layers.Activation():
                return self.activated(str(keras.activations.serialize(layer.activation)))
            case keras.layers.Softmax() if layer.axis in (-1, 1):
                return self.activated("softmax")
            case keras.layers.ReLU() if not layer.negative_slope and layer.max_value is None:
                return self.activated("relu")
            case keras.layers.BatchNormalization() if layer.axis in (-1, 1, [1]):
                return self._normalised(layer)
        raise CannotUnfoldError

    def _rescaled(self, scale: float, offset: float) -> "OnnxForm":
        now, graph = self.settled(), self.graph
        values = now.values
        if scale != 1:
            values = graph.add("Mul", values, graph.constant(scale))
        if offset != 0:
            values = graph.add("Add", values, graph.constant(offset))
        return replace(now, values=values)

    def _dense(self, layer: keras.layers.Dense) -> "OnnxForm":
        kernel, *bias = layer.get_weights()
        if self.n_tiles != 1 or len(kernel) != self.n_features:
            raise CannotUnfoldError
        name = str(keras.activations.serialize(layer.activation))
        made = self.product(kernel[None].astype(np.float32), name=layer.name)
        if bias:
            made = made.scaled_and_shifted(1.0, bias[0].astype(np.float32))
        return made if name == "linear" else made.activated(name)

    def _normalised(self, layer: keras.layers.BatchNormalization) -> "OnnxForm":
        mean, variance = (
            keras.ops.convert_to_numpy(each) for each in (layer.moving_mean, layer.moving_variance)
        )
        if mean.size != self.n_features or self.n_tiles != 1:
            raise CannotUnfoldError
        scale = 1 / np.sqrt(variance + layer.epsilon)
        if layer.scale:
            scale = scale * keras.ops.convert_to_numpy(layer.gamma)
        shift = -mean * scale
        if layer.center:
            shift = shift + keras.ops.convert_to_numpy(layer.beta)
        if self.made is not None:
            return self.scaled_and_shifted(scale, shift)
        now, graph = self.settled(), self.graph
        values = graph.add("Mul", now.values, graph.constant(scale))
        return replace(now, values=graph.add("Add", values, graph.constant(shift)))

    def refusal(self, layer: keras.layers.Layer) -> str:
        """Why a layer cannot be written to ONNX, and what to do."""
        return (
            f"Cannot write layer '{layer.name}' ({type(layer).__name__}) to ONNX. Expected "
            "Rescaling, Flatten, Dense, BatchNormalization, ReLU, Softmax, Activation (relu, "
            "sigmoid, softmax, tanh), Dropout and Add. Export to keras, savedmodel or litert "
            "instead."
        )


def onnx_model(parts: Parts, metadata: dict[str, str]) -> onnx.ModelProto:
    """Write a network as an ONNX model.

    Its input is `images`, uint8 (batch, height, width, channels). Its outputs are `probabilities`,
    float32 (batch, n_classes), and `features`, float32 (batch, n): what the last layer sees of an
    image, averaged over its views.

    Args:
        parts: The network, with its views and its temperature.
        metadata: Texts that the model carries, by name.

    Raises:
        TenfoldError: The network has a layer that ONNX graphs of this kind cannot hold.
    """
    shape = parts.network.input_shape[1:]
    graph = Graph(int(np.prod(shape)))
    n, flat = graph.n_numbers, graph.reshape("images", -1, graph.n_numbers)
    begin = OnnxForm(graph, flat, n, pixels=np.arange(n)[None, None])
    end = parts.rewritten(begin).settled()
    graph.add("Identity", end.values, name="probabilities")
    outputs = [("probabilities", end.n_features)]
    if graph.features:
        values, n_features = graph.features
        if parts.views:
            values = _mean(graph, values, parts.n_views, n_features)
        graph.add("Identity", values, name="features")
        outputs.append(("features", n_features))
    written = helper.make_model(
        helper.make_graph(
            graph.nodes,
            parts.network.name,
            [helper.make_tensor_value_info("images", TensorProto.UINT8, ["batch", *shape])],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", n])
                for name, n in outputs
            ],
            [numpy_helper.from_array(array, name) for name, array in graph.constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="tenfold",
        ir_version=IR_VERSION,
    )
    helper.set_model_props(written, metadata)
    onnx.checker.check_model(written, full_check=True)
    return written


def _mean(graph: Graph, values: str, n_views: int, n_features: int) -> str:
    views = graph.reshape(values, n_views, -1, n_features)
    return graph.add("ReduceMean", views, axes=[0], keepdims=0)
