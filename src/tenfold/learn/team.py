"""A fit that several workers share: what each of them does, and how they exchange results."""

from collections.abc import Sequence
from typing import Any, Protocol

import keras
import numpy as np
import tensorflow as tf

from tenfold.learn.batches import steps_per_epoch

ALIGNED_BYTES = 64
"""TensorFlow takes over an array that begins at such an address without copying it."""


class Exchange(Protocol):
    """What carries arrays between the workers, which all make the same calls in the same order."""

    rank: int
    n_workers: int

    def swap(
        self, outgoing: Sequence[Sequence[np.ndarray]], incoming: Sequence[Sequence[np.ndarray]]
    ) -> None:
        """Send `outgoing[i]` to worker i, and fill `incoming[i]` with what worker i sends."""


class Team:
    """All workers of a fit, as one of them sees them.

    Each worker fits the same network to its part of each batch. Only the sums over all workers
    change weights, and they are added in the order of the workers, so that all networks stay
    identical and a repeated fit has the same bits.

    Args:
        exchange: What carries arrays between the workers.
        n_images: Number of images to fit.
        batch_size: The most images in a step of all workers together.

    Attributes:
        rank: The number of this worker, from 0.
        n_workers: Number of workers.
        step: The variable that counts the steps of the fit: int64 (); set by `join`.
    """

    def __init__(self, exchange: Exchange, *, n_images: int, batch_size: int) -> None:
        self.exchange = exchange
        self.rank, self.n_workers = exchange.rank, exchange.n_workers
        self.n_images, self.n_steps = n_images, steps_per_epoch(n_images, batch_size)
        self.step: keras.Variable | None = None

    def join(self, model: keras.Model) -> None:
        """Let the layers of a compiled network know that they see only a part of each batch."""
        self.step = model.optimizer.iterations
        model.jit_compile = False  # An exchange cannot be compiled.
        for layer in model.layers:
            if hasattr(layer, "team"):
                layer.team = self

    def part(self, n: Any) -> tuple[Any, Any]:
        """Where this worker's part of `n` things begins and ends; integer () each, or int."""
        return self.rank * n // self.n_workers, (self.rank + 1) * n // self.n_workers

    def batch_size(self) -> tf.Tensor:
        """Number of images in the current batch of all workers: int64 ()."""
        step = tf.convert_to_tensor(self.step) % self.n_steps
        return (step + 1) * self.n_images // self.n_steps - step * self.n_images // self.n_steps

    def weight(self) -> tf.Tensor:
        """This worker's share of the images in the current batch: float32 ()."""
        n = self.batch_size()
        begin, end = self.part(n)
        return tf.cast(end - begin, tf.float32) / tf.cast(n, tf.float32)

    def swap(
        self, outgoing: list[list[tf.Tensor]], expected: list[list[tf.TensorSpec]]
    ) -> list[list[tf.Tensor]]:
        """Send tensors to each worker, and return those that each worker sends to this one.

        Args:
            outgoing: What each worker gets; what this worker keeps is among it.
            expected: Shape and dtype of what each worker sends.
        """
        others = [number for number in range(self.n_workers) if number != self.rank]
        specs = [spec for number in others for spec in expected[number]]
        n_sent = [len(each) for each in outgoing]
        n_sent[self.rank] = 0
        n_expected = [len(each) for each in expected]
        n_expected[self.rank] = 0

        def exchange(*arrays: np.ndarray) -> list[np.ndarray]:
            found = [_empty(spec.shape, spec.dtype.as_numpy_dtype) for spec in specs]
            self.exchange.swap(_grouped(arrays, n_sent), _grouped(found, n_expected))
            return found or [np.zeros((), np.uint8)]  # TensorFlow expects a result.

        received = tf.numpy_function(
            exchange,
            [tensor for number in others for tensor in outgoing[number]],
            [spec.dtype for spec in specs] or [tf.uint8],
        )
        shaped = [tf.ensure_shape(r, s.shape) for r, s in zip(received, specs, strict=False)]
        groups = _grouped(shaped, n_expected)
        groups[self.rank] = list(outgoing[self.rank])
        return groups

    def sums(self, tensors: list[list[tf.Tensor]]) -> list[tf.Tensor]:
        """Add what `swap` returned over the workers, in their order: float32."""
        return [
            sum((tf.cast(each, tf.float32) for each in column[1:]), tf.cast(column[0], tf.float32))
            for column in zip(*tensors, strict=True)
        ]

    def gather(self, mine: np.ndarray) -> list[np.ndarray]:
        """The arrays of all workers, which have the same shape and dtype."""
        found = [mine if n == self.rank else np.empty_like(mine) for n in range(self.n_workers)]
        others = [[] if n == self.rank else [each] for n, each in enumerate(found)]
        self.exchange.swap([[mine] if other else [] for other in others], others)
        return found


class SharedAdam(keras.optimizers.Adam):
    """Adam with the mean gradient of all workers.

    Args:
        learning_rate: As for Adam.
        team: The workers.
    """

    def __init__(self, learning_rate: float, *, team: Team) -> None:
        super().__init__(learning_rate)
        self.team = team

    def apply(
        self, grads: list[tf.Tensor], trainable_variables: list[keras.Variable] | None = None
    ) -> None:
        """Update all variables with the mean gradient."""
        weight = self.team.weight()
        mine = [weight * tf.cast(gradient, tf.float32) for gradient in grads]
        specs = [tf.TensorSpec(gradient.shape, tf.float32) for gradient in mine]
        n_workers = self.team.n_workers
        found = self.team.swap([mine] * n_workers, [specs] * n_workers)
        super().apply(self.team.sums(found), trainable_variables)


def _grouped(items: Sequence[np.ndarray], sizes: list[int]) -> list[list[np.ndarray]]:
    """Items in groups of these sizes, in order."""
    each = iter(items)
    return [[next(each) for _ in range(size)] for size in sizes]


def _empty(shape: tf.TensorShape, dtype: np.dtype) -> np.ndarray:
    """An array to fill, at an address that TensorFlow likes."""
    n_bytes = shape.num_elements() * np.dtype(dtype).itemsize
    room = np.empty(n_bytes + ALIGNED_BYTES, np.uint8)
    begin = -room.ctypes.data % ALIGNED_BYTES
    return room[begin : begin + n_bytes].view(dtype).reshape(shape)
