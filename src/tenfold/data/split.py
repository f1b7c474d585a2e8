"""Split: hold validation images out of the training images, and keep a small set if asked."""

import math
from fractions import Fraction

import numpy as np

from tenfold.core.errors import DataError, setting
from tenfold.core.splits import Splits
from tenfold.core.text import counted
from tenfold.data.groups import count_groups, draw_groups
from tenfold.data.holdout import FEWEST

GIVEN = "given"
"""The validation images that the data itself holds out."""

EXPECTED_TO_SEE = 3.0
"""If the first images lack a class of which this many are expected, their order is not random."""

_A_TENTH = setting("validation", "10%")


def split(
    labels: np.ndarray,
    kept: np.ndarray,
    *,
    classes: tuple[str, ...],
    validation: str,
    train_size: int | None,
    seed: int,
    given: np.ndarray | None = None,
    test_labels: np.ndarray | None = None,
    groups: np.ndarray | None = None,
) -> Splits:
    """Divide the kept training images into those to fit and those for validation.

    Each class with three images or more, the test set's included, gives at least one to validation
    and keeps at least one to fit, if it has two to give.

    Args:
        labels: int64 (n,), the labels of all training images, in the gathered order.
        kept: int64 (n_kept,), ascending positions that cleaning kept.
        classes: Class names, in label order.
        validation: `first:10000` or `first:20%` for those of the first 10,000 or 20 % of all
            images that were kept; `10%` for a seeded share of the kept ones, class by class;
            `given` for those of `given` that were kept.
        train_size: Images to fit, with each class in proportion, drawn one by one even where there
            are groups; None for all that are left.
        seed: Decides the draw; 0 or more. The validation images do not depend on `train_size`.
        given: int64 (m,), ascending positions that the data itself holds out.
        test_labels: int64 (n_test,), the labels of the test images; None for none.
        groups: int64 (n,), group numbers, such as one for each person: whole groups are drawn for
            validation. None if there are no groups.

    Raises:
        DataError: A set would be empty, lack a class, or be larger than what there is.
    """
    if seed < 0:
        raise DataError(f"Expected a seed of 0 or more; received {seed}.")
    _refuse_a_missing_class(
        labels[kept], classes, f"There are {len(kept):,} training images", "Add some of each class."
    )
    counts = _counts(labels[kept], groups if groups is None else groups[kept], len(classes))
    tests = np.bincount(labels[:0] if test_labels is None else test_labels, minlength=len(classes))
    able = (counts >= 2) & (counts + tests >= FEWEST)
    held_out = _validation(labels, kept, validation, seed, able=able, given=given, groups=groups)
    rest = np.setdiff1d(kept, held_out, assume_unique=True)
    _refuse_an_empty_set(held_out, rest, validation, able)
    way_out = f"Hold out a share of each class: {_A_TENTH}."
    _refuse_a_missing_class(labels[rest], classes, _left_to_fit(rest), way_out)
    if train_size is None:
        return Splits(train=rest, validation=held_out)
    counts = np.bincount(labels[rest], minlength=len(classes))
    shares = _shares(counts, _checked_size(train_size, len(rest)))
    fitted = _draw(labels, rest, shares, (seed, 1))
    enough = math.ceil(len(rest) / counts.min())  # In proportion, the rarest class then has one.
    way_out = f"Fit at least {enough:,}: {setting('train_size', str(enough))}."
    _refuse_a_missing_class(labels[fitted], classes, _left_to_fit(fitted), way_out)
    return Splits(train=fitted, validation=held_out)


def _left_to_fit(positions: np.ndarray) -> str:
    return f"Splitting leaves {counted(len(positions), 'image')} to fit"


def _validation(
    labels: np.ndarray,
    kept: np.ndarray,
    spec: str,
    seed: int,
    *,
    able: np.ndarray,
    given: np.ndarray | None,
    groups: np.ndarray | None,
) -> np.ndarray:
    """The positions that are held out; `able` says of each class whether it can give one."""
    if spec == GIVEN:
        if given is None:
            raise DataError(
                "Validation 'given' takes the validation images that the data itself holds out; "
                f"this data holds out none. Hold out a share: {_A_TENTH}."
            )
        return np.intersect1d(kept, given, assume_unique=True)
    if spec.startswith("first:"):
        if groups is not None:
            raise DataError(
                f"Validation '{spec}' takes the first images, which may divide a group. Hold out "
                f"a share of whole groups: {_A_TENTH}."
            )
        n_first = _n_images(spec.removeprefix("first:"), len(labels))
        return _first(labels, kept, n_first, able) if n_first else kept[:0]
    share = Fraction(spec.removesuffix("%"))
    if share == 0 or share >= 100:
        return kept if share else kept[:0]
    size = _n_images(spec, len(kept))
    counts = np.bincount(labels[kept], minlength=len(able))
    shares = np.clip(_shares(counts, size), able.astype(np.int64), np.maximum(counts - 1, 0))
    if groups is not None:
        random = np.random.default_rng((seed, 0))
        return kept.compress(draw_groups(labels[kept], groups[kept], shares, able, random))
    return _draw(labels, kept, shares, (seed, 0))


def _counts(labels: np.ndarray, groups: np.ndarray | None, n_classes: int) -> np.ndarray:
    """How many images each class has, or groups where these are not divided."""
    if groups is None:
        return np.bincount(labels, minlength=n_classes)
    return count_groups(labels, groups, n_classes)


def _first(labels: np.ndarray, kept: np.ndarray, n_first: int, able: np.ndarray) -> np.ndarray:
    """The kept ones of the first images, and the first image of each rare class they lack.

    Raises:
        DataError: They lack a class that is too common for that to be chance.
    """
    held_out = kept[kept < n_first]
    lacking = np.setdiff1d(np.flatnonzero(able), labels[held_out])
    for label in lacking:
        expected = np.count_nonzero(labels[kept] == label) * n_first / len(labels)
        if expected >= EXPECTED_TO_SEE:
            raise DataError(
                f"The first {n_first:,} images are not a fair sample: one class has none among "
                f"them, where about {expected:.0f} would be expected. Hold out a share of each "
                f"class: {_A_TENTH}."
            )
    more = [kept[labels[kept] == label][0] for label in lacking]
    return np.union1d(held_out, np.array(more, dtype=np.int64))


def _refuse_an_empty_set(
    held_out: np.ndarray, rest: np.ndarray, validation: str, able: np.ndarray
) -> None:
    n = len(held_out) + len(rest)
    if not len(rest):
        raise DataError(
            f"Validation '{validation}' takes all {n:,} training images and leaves none "
            f"to fit. Hold out a smaller share: {_A_TENTH}."
        )
    if not len(held_out) and not able.any():
        raise DataError(
            "No class has enough images for validation: that takes two training images (or "
            f"groups), and {FEWEST} with those of the test set. Add images."
        )
    if not len(held_out):
        raise DataError(
            f"Validation '{validation}' holds out none of {n:,} training images. Hold out a "
            f"larger share: {_A_TENTH}."
        )


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
    labels: np.ndarray, positions: np.ndarray, shares: np.ndarray, seeds: tuple[int, int]
) -> np.ndarray:
    """Draw some of `positions` at random, `shares` of each class; ascending."""
    random = np.random.default_rng(seeds)
    drawn = []
    for label, share in enumerate(shares):
        members = positions[labels[positions] == label]
        drawn.append(random.permutation(members)[:share])
    return np.sort(np.concatenate(drawn))


def _shares(counts: np.ndarray, size: int) -> np.ndarray:
    """Divide `size` in proportion to `counts`, int64 (n_classes,), by largest remainder.

    In a tie of remainders, the lower label comes first.

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
