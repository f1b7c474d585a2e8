"""Which pixels of an image matter for a class: those whose covering costs it probability."""

from itertools import product

import numpy as np

from tenfold.core.predictions import Predict


def occlusion(
    predict: Predict,
    image: np.ndarray,
    label: int,
    *,
    patch_px: int,
    stride_px: int,
) -> np.ndarray:
    """Cover one square after another, and see how much probability the class loses.

    The image with each of its squares covered by its mean colour is predicted, all of them at once.
    A pixel's value is the mean drop over all squares that cover it.

    Args:
        predict: uint8 (n, height, width, channels) -> probabilities (n, n_classes).
        image: uint8 (height, width, channels).
        label: The class.
        patch_px: Side of a square; at most that of the image.
        stride_px: Pixels from one square to the next, at most `patch_px`. The last square ends at
            the edge of the image, so that every pixel is covered.

    Returns:
        float32 (height, width): the drop of the class's probability, in -1..1. Above 0, the pixel
        speaks for the class; below 0, against it.

    Raises:
        ValueError: The squares do not fit into the image, or would leave pixels out.

    Source: arXiv:1311.2901.
    """
    height, width = image.shape[:2]
    if not 1 <= stride_px <= patch_px <= min(height, width):
        raise ValueError(
            f"Expected 1 <= stride_px <= patch_px <= {min(height, width)}; received squares of "
            f"{patch_px} every {stride_px}."
        )
    squares = [
        np.s_[top : top + patch_px, left : left + patch_px]
        for top, left in product(
            _starts(height, patch_px, stride_px), _starts(width, patch_px, stride_px)
        )
    ]
    seen = np.repeat(image[None], 1 + len(squares), axis=0)  # The first one stays uncovered.
    mean = np.rint(image.mean(axis=(0, 1))).astype(np.uint8)
    for covered, square in zip(seen[1:], squares, strict=True):
        covered[square] = mean
    probability = predict(seen)[:, label]
    drops, counts = np.zeros((height, width)), np.zeros((height, width))
    for drop, square in zip(probability[0] - probability[1:], squares, strict=True):
        drops[square] += drop
        counts[square] += 1
    return (drops / counts).astype(np.float32)


def _starts(side: int, patch: int, stride: int) -> list[int]:
    """Where squares begin along a side; the last one ends at the edge."""
    return [*range(0, side - patch, stride), side - patch]
