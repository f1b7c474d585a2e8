"""Muon: an optimiser that makes its steps orthogonal matrices."""

import math
from typing import Any

import keras
import tensorflow as tf

from tenfold.learn.serialisable import serialisable

A, B, C = 3.4445, -4.775, 2.0315
"""Coefficients of the quintic iteration. Source: K. Jordan et al., Muon, 2024."""


@serialisable
class Muon(keras.optimizers.Optimizer):
    """Muon for kernels, Adam for everything else.

    A kernel is a variable called `kernel` with two axes or more. The last two axes are a matrix
    (inputs, outputs); the axes before them count matrices, each of which is treated separately. The
    orthogonalisation computes in `compute_dtype`, which is also the dtype of the kernels' momenta.

    Args:
        learning_rate: Muon's step as a multiple of an orthogonal matrix, or a schedule.
        adam_ratio: Adam's learning rate, as a share of Muon's rate at every step.
        decay: Decoupled weight decay of kernels, as a share of the learning rate.
        momentum: Nesterov momentum of kernels.
        n_iterations: Number of Newton-Schulz iterations; 3 are enough in practice.
        adam_for: Kernels with one of these words in their path are fitted with Adam, such as the
            kernel of the last layer.
        compute_dtype: `float32`, or `bfloat16` if the processor multiplies it faster.
        name: Name of the optimiser.
        **options: Options that Keras has for every optimiser.

    Source: K. Jordan et al., "Muon: an optimizer for hidden layers", 2024, as is the
        scale sqrt(max(1, outputs / inputs)). Adam (0.9, 0.99), arXiv:1412.6980.
    """

    def __init__(
        self,
        learning_rate: float | keras.optimizers.schedules.LearningRateSchedule = 0.03,
        *,
        adam_ratio: float = 0.07,
        decay: float = 0.1,
        momentum: float = 0.95,
        n_iterations: int = 3,
        adam_for: tuple[str, ...] = ("probabilities",),
        compute_dtype: str = "float32",
        name: str = "muon",
        **options: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, name=name, **options)
        self.adam_ratio, self.decay, self.momentum = adam_ratio, decay, momentum
        self.n_iterations, self.adam_for = n_iterations, tuple(adam_for)
        self.compute_dtype = compute_dtype

    def build(self, variables: list[keras.Variable]) -> None:
        """Make a momentum for each kernel, and two moments for each other variable."""
        if self.built:
            return
        super().build(variables)
        self.on_gpu = bool(tf.config.list_physical_devices("GPU"))
        self.moments: list[list[keras.Variable]] = []
        for variable in variables:
            kernel = self.is_kernel(variable)
            dtypes = [self.compute_dtype] if kernel else ["float32", "float32"]
            self.moments.append(
                [
                    self.add_variable(
                        variable.shape, dtype=dtype, initializer="zeros", name=f"moment_{number}"
                    )
                    for number, dtype in enumerate(dtypes)
                ]
            )

    def is_kernel(self, variable: keras.Variable) -> bool:
        """Whether Muon, not Adam, updates `variable`."""
        matrix = variable.name == "kernel" and len(variable.shape) >= 2
        return matrix and not any(word in variable.path for word in self.adam_for)

    def step_products(self, variables: list[keras.Variable]) -> float:
        """FLOP of the matrix products of one step.

        These are the Gram matrix and the last product; and, between square matrices of the kernel's
        smaller side, one product in the first iteration and four in each later iteration.
        """
        kernels = filter(self.is_kernel, variables)
        return float(sum(_n_matrices(each) * self.matrix_products(each) for each in kernels))

    def matrix_products(self, kernel: keras.Variable) -> float:
        """FLOP of one step for one of the kernel's matrices."""
        short, long = sorted(kernel.shape[-2:])
        n_small = 4 * self.n_iterations - 3
        return float(2 * short * short * (2 * long + n_small * short))

    def update_step(
        self, gradient: tf.Tensor, variable: keras.Variable, learning_rate: tf.Tensor
    ) -> None:
        """Update one variable from its gradient."""
        # Keras may pass the TensorFlow variable, which has a different name and path.
        index = self._get_variable_index(variable)
        variable, moments = self._trainable_variables[index], self.moments[index]
        rate = tf.cast(learning_rate, tf.float32)
        if self.is_kernel(variable):
            self._muon(gradient, variable, moments, rate)
        else:
            self._adam(gradient, variable, moments, rate * self.adam_ratio)

    def _muon(
        self,
        gradient: tf.Tensor,
        kernel: keras.Variable,
        moments: list[keras.Variable],
        rate: tf.Tensor,
    ) -> None:
        [moment] = moments
        now, step = self.direction(gradient, tf.convert_to_tensor(moment), rate)
        moment.assign(now)
        self.move(kernel, step, rate)

    def direction(
        self, gradient: tf.Tensor, moment: tf.Tensor, rate: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """The next momentum and the step of matrices (..., inputs, outputs), in compute_dtype."""
        gradient = tf.cast(gradient, self.compute_dtype)
        share = tf.cast(self.momentum, gradient.dtype)
        moment = moment * share + gradient
        ahead = gradient + share * moment
        n_inputs, n_outputs = ahead.shape[-2:]
        scale = rate * max(1.0, n_outputs / n_inputs) ** 0.5
        return moment, orthogonalise(ahead, self.n_iterations, scale)

    def move(self, kernel: keras.Variable, step: tf.Tensor, rate: tf.Tensor) -> None:
        """Take a step, and decay the kernel."""
        step = tf.cast(step, tf.float32)
        if self.on_gpu:
            kernel.assign((kernel - step) / (1 + rate * self.decay))
            return
        # The same update in one pass over the kernel; only for CPUs.
        tf.raw_ops.ResourceApplyProximalGradientDescent(
            var=kernel.value.handle, alpha=1.0, l1=0.0, l2=rate * self.decay, delta=step
        )

    def _adam(
        self,
        gradient: tf.Tensor,
        variable: keras.Variable,
        moments: list[keras.Variable],
        rate: tf.Tensor,
    ) -> None:
        first, second = moments
        gradient = tf.cast(gradient, tf.float32)
        step = tf.cast(self.iterations + 1, tf.float32)
        first.assign(0.9 * first + 0.1 * gradient)
        second.assign(0.99 * second + 0.01 * gradient * gradient)
        mean, square = first / (1 - 0.9**step), second / (1 - 0.99**step)
        variable.assign_sub(rate * mean / (tf.sqrt(square) + 1e-8))

    def get_config(self) -> dict[str, Any]:
        """The settings from which `from_config` makes this optimiser again."""
        names = (
            "adam_ratio", "decay", "momentum", "n_iterations", "adam_for", "compute_dtype",
        )  # fmt: skip
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def orthogonalise(x: tf.Tensor, n_iterations: int, scale: tf.Tensor) -> tf.Tensor:
    """Approximate `scale` times the nearest matrix with orthonormal rows or columns.

    The Newton-Schulz iteration multiplies `x` by a sequence of polynomials of its Gram matrix.
    These polynomials commute, so they are multiplied with each other first, as matrices of the
    smaller side. Only the Gram matrix and the last product read `x`. The Gram matrix also serves to
    normalise `x`: the largest singular value of `x` is at most the square root of the Gram matrix's
    Frobenius norm, which is a tighter bound than the norm of `x`.

    Args:
        x: (..., rows, columns), float32 or bfloat16.
        n_iterations: 1 or more.
        scale: float32 ().

    Source: K. Jordan et al., Muon, 2024. To iterate on the Gram matrix alone is Tenfold's own
        method.
    """
    rows, columns = x.shape[-2:]
    tall = rows > columns
    exact = tf.cast(tf.matmul(x, x, transpose_a=tall, transpose_b=not tall), tf.float32)
    norm = tf.sqrt(tf.reduce_sum(exact * exact, (-2, -1), keepdims=True)) + 1e-20
    gram = tf.cast(exact / norm, x.dtype)
    product = _polynomial(gram)
    total = product
    for _ in range(n_iterations - 1):
        gram = tf.matmul(tf.matmul(product, gram), product)
        product = _polynomial(gram)
        total = tf.matmul(product, total)
    total = tf.cast(tf.cast(total, tf.float32) * (scale * tf.math.rsqrt(norm)), x.dtype)
    return tf.matmul(x, total) if tall else tf.matmul(total, x)


def _n_matrices(kernel: keras.Variable) -> int:
    return math.prod(kernel.shape[:-2])


def _polynomial(gram: tf.Tensor) -> tf.Tensor:
    """The factor of one iteration: `A` + `B` gram + `C` gram², (..., side, side)."""
    square = tf.cast(tf.matmul(gram, gram), tf.float32)
    linear = A * tf.eye(gram.shape[-1]) + B * tf.cast(gram, tf.float32)
    return tf.cast(linear + C * square, gram.dtype)
