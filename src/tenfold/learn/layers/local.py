"""The locally connected layer: units see windows of tiles, and no two windows share weights."""

import math
from typing import Any

import keras
import tensorflow as tf

from tenfold.learn.layers.base import FeatureMajorLayer
from tenfold.learn.layers.form import Form
from tenfold.learn.layers.windows import gather_windows, summing_matrices, window_positions
from tenfold.learn.serialisable import serialisable


@serialisable
class LocallyConnected(FeatureMajorLayer):
    """Units that each see one window of tiles; no two windows share weights.

    (tiles, features, batch) -> (windows, units, batch). With one tile, the layer is dense.
    It has no bias, since `NormReLU` or `BiasReLU` follows.

    Args:
        units: Units at each window.
        window: Tiles along a side of the square that a unit sees.
        stride: Tiles from one window to the next.
        input_scale: Factor for the inputs, applied to the kernel instead, which is cheaper.
        gain: Standard deviation of the initial kernel, times sqrt(inputs of a unit).
        seed: Decides the initial kernel; None for a new one each time.

    Source: He initialisation (gain sqrt(2)), arXiv:1502.01852.
    """

    settings = ("units", "window", "stride", "input_scale", "gain", "seed")

    def __init__(
        self,
        units: int,
        *,
        window: int = 1,
        stride: int = 1,
        input_scale: float = 1.0,
        gain: float = 2**0.5,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.units, self.window, self.stride = units, window, stride
        self.input_scale, self.gain, self.seed = input_scale, gain, seed

    def describe(self) -> str:
        """What the layer does, in a few words."""
        if self.window == 1:
            return "dense"
        return f"local, windows of {self.window} x {self.window}"

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the kernel: float32 (windows, inputs of a unit, units)."""
        n_tiles, n_inputs = shape[0], shape[1]
        self.positions = None
        if self.window > 1 or self.stride > 1:
            self.positions = window_positions(n_tiles, self.window, self.stride)
            n_tiles, n_inputs = len(self.positions), n_inputs * self.positions.shape[1]
        normal = keras.initializers.RandomNormal(stddev=self.gain / n_inputs**0.5, seed=self.seed)
        self.kernel = self.add_weight(
            shape=(n_tiles, n_inputs, self.units), initializer=normal, name="kernel"
        )

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Multiply each window by its own kernel."""
        if self.positions is not None:
            x = gather_windows(x, self.positions)
        return tf.matmul(self._cast_kernel(x.dtype), x, transpose_a=True)

    def _cast_kernel(self, dtype: tf.DType) -> tf.Tensor:
        """The scaled kernel, and its gradient, in the compute dtype: saves two memory passes."""
        scale = self.input_scale

        @tf.custom_gradient
        def cast(kernel: tf.Tensor) -> Any:
            return tf.cast(kernel * scale, dtype), lambda up: up * tf.cast(scale, up.dtype)

        return cast(tf.convert_to_tensor(self.kernel))

    def forward_products(self, n_images: float) -> float:
        """The products of windows and kernels."""
        return 2 * n_images * float(self.kernel.shape.num_elements())

    def window_products(self, n_images: float) -> float:
        """The gradient of `gather_windows`: two products, with `features * images` columns."""
        if self.positions is None or len(self.positions) == 1:
            return 0.0
        n_tiles, n_features = self.input.shape[:2]
        add_columns, add_rows = summing_matrices(n_tiles, self.positions)
        n_window_rows = math.isqrt(len(self.positions))
        n_sums = n_window_rows * add_columns.size + len(add_rows) * add_rows.size
        return 2 * n_images * float(n_features * n_sums)

    def unfold(self, below: Form) -> Form:
        """Unfold into one Dense layer, with zeros for inputs that a unit does not see."""
        [kernel] = self.get_weights()
        return below.product(self.input_scale * kernel, self.positions, name=self.name)
