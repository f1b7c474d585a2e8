"""The differences between the images of a run and the images that exist now."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from tenfold.core.images import Dataset
from tenfold.core.text import counted

_MOST_NAMED = 5


def what_changed(then: Mapping[str, Any], dataset: Dataset) -> str:
    """Say in one sentence what differs, by set and class.

    Args:
        then: The content of the run's `data.json`.
        dataset: The images that exist now; their checksums differ from those in `then`.
    """
    found = []
    digests = dataset.digests()
    for name, images in (("train", dataset.train), ("test", dataset.test)):
        if digests[name] == then["digests"][name]:
            continue
        words = "training images" if name == "train" else "test images"
        labels = np.bincount(images.labels, minlength=len(images.classes))
        now = dict(zip(images.classes, labels.tolist(), strict=True))
        before: dict[str, int] = then[name]["per_class"]
        differing = [each for each in {**before, **now} if before.get(each) != now.get(each)]
        if not differing:
            found.append(f"as many {words} of each class, but not the same images or file names")
            continue
        counts = [
            f"{each} ({before.get(each, 0):,} then, {now.get(each, 0):,} now)"
            for each in differing[:_MOST_NAMED]
        ]
        if more := len(differing) - len(counts):
            counts.append(counted(more, "other class", "other classes"))
        found.append(f"{words} of {', '.join(counts)}")
    return f"What differs: {'; '.join(found)}."
