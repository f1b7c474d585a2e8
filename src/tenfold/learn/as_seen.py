"""Training images as they enter the network, epoch by epoch."""

from dataclasses import replace

import numpy as np

from tenfold.core.images import ImageSet
from tenfold.core.recipe import Recipe
from tenfold.learn.batches import recipe_batches

N_IMAGES, N_EPOCHS = 8, 4


def first_as_seen(images: ImageSet, recipe: Recipe, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Take a few images, of as many classes as possible, and show them to `as_seen`.

    Returns:
        The images, uint8 (n, height, width, channels), and what the network sees of them in the
        first epochs, uint8 (n_epochs, n, height, width, channels).
    """
    _, first_of_class = np.unique(images.labels, return_index=True)
    others = np.setdiff1d(np.arange(min(len(images), 2 * N_IMAGES)), first_of_class)
    some = images.take(np.concatenate([first_of_class, others])[:N_IMAGES])
    return some.images[:], as_seen(some, recipe, seed=seed, n_epochs=N_EPOCHS)


def as_seen(images: ImageSet, recipe: Recipe, *, seed: int, n_epochs: int) -> np.ndarray:
    """Shift, mirror and mix images as a fit does: uint8 (n_epochs, n, height, width, channels).

    They pass through the same code as in a fit, in one batch of their own.

    Args:
        images: A few images.
        recipe: How they are changed.
        seed: Decides the changes.
        n_epochs: How many times each image is shown.
    """
    n = len(images)
    # Each image is a class of its own, so that it is known again after shuffling. The order is the
    # same without mixing, which may leave less of an image than it adds.
    numbered = replace(images, labels=np.arange(n), classes=tuple(map(str, range(n))))
    one_batch = recipe.model_copy(update={"batch_size": n})
    unmixed = one_batch.model_copy(update={"mixup": 0.0, "cutmix": 0.0})
    changed, order = (
        recipe_batches(numbered, each, seed=seed).take(n_epochs) for each in (one_batch, unmixed)
    )
    found = np.zeros((n_epochs, n, *images.shape), np.uint8)
    for epoch, ((pixels, _), (_, numbers)) in enumerate(zip(changed, order, strict=True)):
        found[epoch, np.asarray(numbers)] = np.asarray(pixels)
    return found
