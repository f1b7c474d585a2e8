"""Folders of image files that a test writes itself."""

from pathlib import Path

import numpy as np
from PIL import Image


def dark_and_light(folder: Path, names: tuple[str, str]) -> None:
    """Write twenty noisy 8 x 8 images of each of two classes: the first dark, the second light."""
    random = np.random.default_rng(0)
    for label, name in enumerate(names):
        (folder / name).mkdir(parents=True)
        for i in range(20):
            pixels = random.integers(0, 80, (8, 8, 3)) + 150 * label
            Image.fromarray(pixels.astype(np.uint8)).save(folder / name / f"{i}.png")
