"""Muon on several workers, each of which orthogonalises its share of the matrices."""

import math
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tenfold.learn.muon import Muon
from tenfold.learn.team import Team


class Update(NamedTuple):
    """A gradient (this worker's share of the mean) and what it updates."""

    gradient: tf.Tensor
    variable: keras.Variable
    moments: list[keras.Variable]


Ranges = tuple[tuple[int, int], ...]
"""For each worker, the first of its matrices in a kernel, and the first after them."""


class DividedMuon(Muon):
    """Muon that divides the matrices of all kernels among workers.

    A worker receives the gradients of its own matrices from all workers, keeps their momenta, turns
    them into steps, and sends these to all. So a matrix is orthogonalised once, not by each worker.
    Adam's variables are few numbers: every worker updates them with the same mean gradient.

    Args:
        *arguments: As for `Muon`.
        team: The workers.
        **options: As for `Muon`.
    """

    def __init__(self, *arguments: Any, team: Team, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.team = team

    def build(self, variables: list[keras.Variable]) -> None:
        """Make the moments, and divide the matrices."""
        if self.built:
            return
        super().build(variables)
        kernels = [variable for variable in variables if self.is_kernel(variable)]
        sizes = [(math.prod(each.shape[:-2]), self.matrix_products(each)) for each in kernels]
        self.ranges = divided(sizes, self.team.n_workers)

    def apply(
        self, grads: list[tf.Tensor], trainable_variables: list[keras.Variable] | None = None
    ) -> None:
        """Update all variables with the mean gradient of all workers."""
        variables = list(trainable_variables or self._trainable_variables)
        if not self.built:
            self.build(variables)
        weight, rate = self.team.weight(), tf.cast(self.learning_rate, tf.float32)
        kernels: list[Update] = []
        others: list[Update] = []
        for gradient, variable in zip(grads, variables, strict=True):
            moments = self.moments[self._get_variable_index(variable)]
            update = Update(weight * tf.cast(gradient, tf.float32), variable, moments)
            (kernels if self.is_kernel(variable) else others).append(update)
        sums = self._mean_gradients(kernels, others)
        steps = self._own_steps(kernels, sums, rate)
        for each, step in zip(kernels, self._all_steps(kernels, steps), strict=True):
            self.move(each.variable, step, rate)
        for each, mean in zip(others, sums[len(steps) :], strict=True):
            self._adam(mean, each.variable, each.moments, rate * self.adam_ratio)
        self.iterations.assign_add(1)

    def _mean_gradients(self, kernels: list[Update], others: list[Update]) -> list[tf.Tensor]:
        """The mean gradients of this worker's matrices, then of Adam's variables: float32."""
        small = [each.gradient for each in others]
        outgoing = []
        for worker in range(self.team.n_workers):
            parts = [
                tf.cast(_matrices(each.gradient)[slice(*ranges[worker])], self.compute_dtype)
                for each, ranges in zip(kernels, self.ranges, strict=True)
                if _some(ranges[worker])
            ]
            outgoing.append([*parts, *small])
        expected = [
            *self._specs(kernels, self.team.rank),
            *(tf.TensorSpec(gradient.shape, tf.float32) for gradient in small),
        ]
        found = self.team.swap(outgoing, [expected] * self.team.n_workers)
        return self.team.sums(found)

    def _own_steps(
        self, kernels: list[Update], sums: list[tf.Tensor], rate: tf.Tensor
    ) -> list[tf.Tensor]:
        """The steps of this worker's matrices; their momenta are updated."""
        own = [
            (each.moments[0], ranges[self.team.rank])
            for each, ranges in zip(kernels, self.ranges, strict=True)
            if _some(ranges[self.team.rank])
        ]
        steps = []
        for (moment, (begin, end)), gradient in zip(own, sums[: len(own)], strict=True):
            before = _matrices(tf.convert_to_tensor(moment))[begin:end]
            now, step = self.direction(gradient, before, rate)
            if len(moment.shape) == 3:
                # To assign to a slice would take ten times as long.
                moment.value.scatter_update(tf.IndexedSlices(now, tf.range(begin, end)))
            else:  # One matrix, which this worker has as a whole.
                moment.assign(tf.reshape(now, moment.shape))
            steps.append(step)
        return steps

    def _all_steps(self, kernels: list[Update], own: list[tf.Tensor]) -> list[tf.Tensor]:
        """The step of each kernel, put together from those of all workers."""
        workers = range(self.team.n_workers)
        found = self.team.swap([own] * len(workers), [self._specs(kernels, w) for w in workers])
        steps = [iter(each) for each in found]
        return [
            tf.reshape(
                tf.concat([next(steps[w]) for w in workers if _some(ranges[w])], axis=0),
                each.variable.shape,
            )
            for each, ranges in zip(kernels, self.ranges, strict=True)
        ]

    def _specs(self, kernels: list[Update], worker: int) -> list[tf.TensorSpec]:
        """Shape and dtype of a worker's matrices in each kernel."""
        return [
            tf.TensorSpec((end - begin, *each.variable.shape[-2:]), self.compute_dtype)
            for each, ranges in zip(kernels, self.ranges, strict=True)
            for begin, end in [ranges[worker]]
            if begin < end
        ]

    def gather_moments(self) -> None:
        """Bring the momenta of all matrices to worker 0, which saves them."""
        pairs = zip(self._trainable_variables, self.moments, strict=True)
        momenta = [moments[0] for variable, moments in pairs if self.is_kernel(variable)]
        whole = [np.array(keras.ops.convert_to_numpy(momentum)) for momentum in momenta]
        parts = [
            [each.reshape(-1, *each.shape[-2:])[slice(*ranges[worker])]
             for each, ranges in zip(whole, self.ranges, strict=True)]
            for worker in range(self.team.n_workers)
        ]  # fmt: skip
        nothing: list[list[np.ndarray]] = [[] for _ in parts]
        if self.team.rank:
            self.team.exchange.swap([parts[self.team.rank], *nothing[1:]], nothing)
            return
        self.team.exchange.swap(nothing, [[], *parts[1:]])
        for momentum, values in zip(momenta, whole, strict=True):
            momentum.assign(values)


def divided(kernels: list[tuple[int, float]], n_workers: int) -> list[Ranges]:
    """Divide the matrices of kernels so that the busiest worker has as little to do as possible.

    The most expensive matrix comes first, and each goes to the worker with the least work so far.

    Args:
        kernels: Of each kernel, the number of its matrices and the cost of one of them.
        n_workers: Number of workers.

    Returns:
        For each kernel, the range of matrices of each worker.
    """
    work = [0.0] * n_workers
    counts = [[0] * n_workers for _ in kernels]
    for number in sorted(range(len(kernels)), key=lambda number: -kernels[number][1]):
        n_matrices, cost = kernels[number]
        for _ in range(n_matrices):
            worker = work.index(min(work))
            work[worker] += cost
            counts[number][worker] += 1
    found = []
    for each in counts:
        ends = np.cumsum(each).tolist()
        found.append(tuple(zip([0, *ends[:-1]], ends, strict=True)))
    return found


def _matrices(kernel: tf.Tensor) -> tf.Tensor:
    """A kernel as (matrices, inputs, outputs)."""
    return tf.reshape(kernel, (-1, *kernel.shape[-2:]))


def _some(matrices: tuple[int, int]) -> bool:
    return matrices[0] < matrices[1]
