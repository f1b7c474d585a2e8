"""Give images of rare classes more weight in the loss."""

import numpy as np

from tenfold.core.recipe import Balance

BETA = 0.999
"""Each image of a class adds this share of what the previous image added to the effective number,
so a class has at most 1,000 effective images."""


def class_weights(labels: np.ndarray, n_classes: int, balance: Balance) -> tuple[float, ...] | None:
    """The weight of each class in the loss; None if all images count the same.

    The mean weight over the images is 1, so the learning rate keeps its meaning.

    Args:
        labels: int64 (n,), the classes of the images to fit, in 0..n_classes - 1; at least one.
        n_classes: Number of classes. A class without images is weighted as if it had one image.
        balance: `inverse` weights a class by 1 / n, so that all classes count the same;
            `effective` by (1 - BETA) / (1 - BETA ** n), which levels off for large classes.

    Source: effective number of images, arXiv:1901.05555.
    """
    if balance == "none":
        return None
    counts = np.bincount(labels, minlength=n_classes)
    n_images = np.maximum(counts, 1).astype(np.float64)
    effective = n_images if balance == "inverse" else (1 - BETA**n_images) / (1 - BETA)
    weights = len(labels) / (counts / effective).sum() / effective
    return tuple(weights.tolist())
