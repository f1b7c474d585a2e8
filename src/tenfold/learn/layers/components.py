"""The layer that writes images as a few principal components."""

from typing import Any

import numpy as np
import tensorflow as tf

from tenfold.learn.layers.base import FeatureMajorLayer
from tenfold.learn.layers.form import Form
from tenfold.learn.serialisable import serialisable

FLOOR = 3e-3
"""Share of the largest variance that is added to each: it bounds how much fine detail is amplified.
Chosen on validation images of CIFAR-10."""


@serialisable
class PrincipalComponents(FeatureMajorLayer):
    """(1, features, batch) -> (1, n, batch): the largest principal components of the images.

    Each component is brought to a variance of at most 1. `adapt` estimates the layer from training
    images before a fit; a fit does not change it.

    Args:
        n: Number of components.

    Source: Whitening, Bell and Sejnowski, Vision Research 37, 1997.
    """

    settings = ("n",)

    def __init__(self, n: int, **options: Any) -> None:
        super().__init__(**options)
        self.n = n

    def describe(self) -> str:
        """What the layer does, in a few words."""
        return "principal components of the training images"

    def build(self, shape: tuple[int, ...]) -> None:
        """Make kernel, float32 (1, features, n), and shift, float32 (1, n, 1), all zeros."""
        frozen = {"initializer": "zeros", "trainable": False}
        self.kernel = self.add_weight(shape=(1, shape[1], self.n), name="kernel", **frozen)
        self.shift = self.add_weight(shape=(1, self.n, 1), name="shift", **frozen)

    def adapt(self, pixels: np.ndarray) -> None:
        """Estimate the components, unless they are known already or all images are equal.

        Args:
            pixels: float32 (n, features), what the layer sees of some training images.
        """
        from sklearn.decomposition import PCA

        if np.any(self.kernel) or not np.ptp(pixels, axis=0).any():
            return
        most = min(self.n, *pixels.shape)
        found = PCA(most, svd_solver="randomized", iterated_power=1, random_state=0).fit(pixels)
        variance = found.explained_variance_
        bounded = variance + FLOOR * variance[0]
        # Few images have few components: the others stay at 0.
        seen = variance > 1e-6 * variance[0]
        scale = np.divide(1, np.sqrt(bounded), out=np.zeros_like(bounded), where=seen)
        kernel = np.zeros((pixels.shape[1], self.n), np.float32)
        kernel[:, :most] = found.components_.T * scale
        self.kernel.assign(kernel[None])
        self.shift.assign(-(found.mean_ @ kernel)[None, :, None])

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Multiply by the components, and centre."""
        product = tf.matmul(tf.cast(self.kernel, x.dtype), x, transpose_a=True)
        return product + tf.cast(self.shift, x.dtype)

    def forward_products(self, n_images: float) -> float:
        """The product of pixels and components."""
        return 2 * n_images * float(self.kernel.shape.num_elements())

    def unfold(self, below: Form) -> Form:
        """Unfold into a Dense layer without an activation."""
        kernel, shift = self.get_weights()
        return below.product(kernel, name=self.name).scaled_and_shifted(1.0, shift.ravel())
