"""Made images with texture of their own, and copies of them."""

import numpy as np
from PIL import Image

from tenfold.core.images import Dataset, ImageSet, Provenance

CLASSES = ("ant", "bee")


def textures(n: int, *, seed: int = 0) -> np.ndarray:
    """Coloured clouds, each unlike the others: uint8 (n, 32, 32, 3)."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(n):
        cloud = Image.fromarray(rng.integers(40, 216, (12, 12, 3), dtype=np.uint8))
        made.append(np.asarray(cloud.resize((32, 32), Image.Resampling.BICUBIC)))
    return np.stack(made)


def dataset(
    train: np.ndarray,
    test: np.ndarray,
    *,
    train_labels: list[int] | None = None,
    files: bool = False,
) -> Dataset:
    """A data set of these images; all are ants unless labels are given."""
    sets = []
    for name, images in (("train", train), ("test", test)):
        labels = np.zeros(len(images), dtype=np.int64)
        if name == "train" and train_labels is not None:
            labels = np.array(train_labels, dtype=np.int64)
        named = tuple(f"{name}/{at}.png" for at in range(len(images))) if files else ()
        sets.append(ImageSet(images, labels, CLASSES, named))
    return Dataset("made", sets[0], sets[1], Provenance("folder", "made"))
