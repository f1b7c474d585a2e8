"""Picture the most confident mistakes, and which pixels mattered for them."""

import numpy as np

from tenfold.core.images import ImageSet
from tenfold.core.predictions import Predict, Predictions
from tenfold.measure.occlusion import occlusion
from tenfold.runs import layout
from tenfold.runs.folder import RunFolder

N_MISTAKES = 6
_PATCHES = 4
"""Squares along the shorter side of an image; each overlaps the next by half."""


def picture_mistakes(
    folder: RunFolder, images: ImageSet, predictions: Predictions, predict: Predict
) -> None:
    """Picture the most confident mistakes with maps of what mattered; nothing without mistakes.

    Args:
        folder: Where the picture goes.
        images: The test images.
        predictions: Those of the same images, in the same order.
        predict: uint8 (n, height, width, channels) -> probabilities (n, n_classes).
    """
    from tenfold.report.display import save_display
    from tenfold.report.occlusion import OcclusionMaps

    wrong = np.flatnonzero(predictions.predicted != predictions.truth)
    worst = wrong[np.argsort(-predictions.confidence[wrong], kind="stable")][:N_MISTAKES]
    if not len(worst):
        folder.remove(layout.OCCLUSION)
        return
    patch_px = max(1, round(min(images.shape[:2]) / _PATCHES))
    shown = images.take(worst).images[:]
    maps = [
        occlusion(predict, image, int(label), patch_px=patch_px, stride_px=max(1, patch_px // 2))
        for image, label in zip(shown, predictions.predicted[worst], strict=True)
    ]
    display = OcclusionMaps(shown, np.stack(maps), predictions.take(worst))
    save_display(display, folder / layout.OCCLUSION)
