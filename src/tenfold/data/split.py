"""Split: hold validation images out of the training images, and keep a small set if asked."""

from fractions import Fraction

import numpy as np

from tenfold.core.errors import DataError
from tenfold.core.splits import Splits


def split(
    labels: np.ndarray,
    kept: np.ndarray,
    *,
    classes: tuple[str, ...],
    validation: str,
    train_size: int | None,
    seed: int,
) -> Splits:
    """Divide the kept training images into those to fit and those that choose when to stop.

    Args:
        labels: int64 (n,), the labels of all training images, in the gathered order.
        kept: int64 (n_kept,), ascending positions that cleaning kept.
        classes: Class names, in label order.
        validation: `first:10000` or `first:20%` for those of the first 10,000 or 20 % of all
            images that were kept; `10%` for a seeded share of the kept ones, class by class.
        train_size: Images to fit, with each class in proportion; None for all that are left.
        seed: Decides the draw; 0 or more. The validation images do not depend on `train_size`.

    Raises:
        DataError: A set would be empty, lack a class, or be larger than what there is.
    """
    if seed < 0:
        raise DataError(f"Expected a seed of 0 or more; received {seed}.")
    _refuse_a_missing_class(
        labels[kept], classes, f"There are {len(kept):,} training images", "Add some of each class."
    )
    held_out = _validation(labels, kept, validation, seed)
    rest = np.setdiff1d(kept, held_out, assume_unique=True)
    if not len(rest):
        raise DataError(
            f"Validation '{validation}' takes all {len(kept):,} training images and leaves none "
            "to fit. Choose a smaller share, such as '10%'."
        )
    _refuse_a_missing_class(
        labels[held_out],
        classes,
        f"Validation '{validation}' holds out {len(held_out):,} images",
        "Use a share with each class in proportion, such as '10%', a larger one, or add images.",
    )
    if train_size is None:
        fitted, way_out = rest, "Hold out fewer, or use a share such as '10%'."
    else:
        fitted = _draw(labels, rest, _checked_size(train_size, len(rest)), (seed, 1))
        way_out = f"Ask for more than {train_size:,}, at least one image for each class."
    _refuse_a_missing_class(
        labels[fitted], classes, f"Splitting leaves {len(fitted):,} images to fit", way_out
    )
    return Splits(train=fitted, validation=held_out)


def _validation(labels: np.ndarray, kept: np.ndarray, spec: str, seed: int) -> np.ndarray:
    size = spec.removeprefix("first:")
    if spec.startswith("first:"):
        return kept[kept < _n_images(size, len(labels))]
    return _draw(labels, kept, min(_n_images(size, len(kept)), len(kept)), (seed, 0))


def _n_images(size: str, n: int) -> int:
    """Read `10000` or `20%`; a fraction keeps '10%' of 30 from becoming 2.999."""
    if size.endswith("%"):
        return round(Fraction(size.removesuffix("%")) * n / 100)
    return int(size)


def _checked_size(train_size: int, n: int) -> int:
    if not 1 <= train_size <= n:
        raise DataError(
            f"Expected a train_size of 1..{n:,}, the images that validation leaves to fit; "
            f"received {train_size:,}. Choose a smaller one, or hold out fewer images."
        )
    return train_size


def _draw(
    labels: np.ndarray, positions: np.ndarray, size: int, seeds: tuple[int, int]
) -> np.ndarray:
    """Draw `size` of `positions` at random, every class in proportion; ascending."""
    random = np.random.default_rng(seeds)
    drawn = []
    for label, share in enumerate(_shares(np.bincount(labels[positions]), size)):
        members = positions[labels[positions] == label]
        drawn.append(random.permutation(members)[:share])
    return np.sort(np.concatenate(drawn))


def _shares(counts: np.ndarray, size: int) -> np.ndarray:
    """Divide `size` in proportion to `counts`, int64 (n_classes,), by largest remainder.

    Of equal remainders, the lower label's goes first.

    Source: Hamilton's method of apportionment.
    """
    whole, remainder = np.divmod(counts * size, counts.sum())
    largest_first = np.argsort(-remainder, kind="stable")
    whole[largest_first[: size - whole.sum()]] += 1
    return whole


def _refuse_a_missing_class(
    labels: np.ndarray, classes: tuple[str, ...], what: str, way_out: str
) -> None:
    counts = np.bincount(labels, minlength=len(classes))
    missing = [name for name, count in zip(classes, counts, strict=True) if not count]
    if missing:
        names = ", ".join(f"'{name}'" for name in missing[:5]) + ", ..." * (len(missing) > 5)
        raise DataError(f"{what}, but none of {names}. {way_out}")
