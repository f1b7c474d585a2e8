"""Bring long rows of numbers to two dimensions: principal components, and UMAP."""

import warnings
from importlib.util import find_spec

import numpy as np

from tenfold.core.image_map import ImageMap
from tenfold.core.text import percent

_EXTRA, _ROUNDS = 8, 12
"""More directions than two, and rounds: with both, the first two are exact up to rounding unless
ten directions are next to equal."""
_NEIGHBOURS = 15
_FEWEST = 10
"""With fewer rows, UMAP's graph of neighbours has no shape."""


def principal_map(rows: np.ndarray, *, name: str, of: str) -> ImageMap:
    """Map rows by their first two principal components.

    Args:
        rows: float32 (n, d), n >= 1.
        name: As for `ImageMap`.
        of: As for `ImageMap`.
    """
    places, shares = principal(rows)
    first, second = (
        f"component {number} ({percent(share, 0)} of the variance)"
        for number, share in enumerate(shares.tolist(), 1)
    )
    return ImageMap(name, of, places, (first, second))


def principal(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates along the two directions in which rows differ most, and their shares.

    A direction and its opposite are the same; the one is taken in which the largest coordinate is
    positive.

    Args:
        rows: float32 (n, d).

    Returns:
        float64 (n, 2) with mean 0, and float64 (2,): which share of the variance each direction
        has, in 0..1. Where rows do not differ in a direction, both are 0.

    Source: subspace iteration, Halko, Martinsson and Tropp, arXiv:0909.4061.
    """
    centred = rows - rows.mean(axis=0, dtype=np.float64).astype(np.float32)
    k = min(2 + _EXTRA, *centred.shape)
    directions = np.random.default_rng(0).normal(size=(centred.shape[1], k)).astype(np.float32)
    for _ in range(_ROUNDS):
        directions = np.linalg.qr(centred.T @ (centred @ directions))[0]
    left, lengths, _ = np.linalg.svd((centred @ directions).astype(np.float64), full_matrices=False)
    places, variances = np.zeros((len(rows), 2)), np.zeros(2)
    kept = min(2, len(lengths))
    places[:, :kept] = left[:, :kept] * lengths[:kept]
    variances[:kept] = lengths[:kept] ** 2
    largest = places[np.abs(places).argmax(axis=0), range(2)]
    total = float((centred.astype(np.float64) ** 2).sum())
    return places * np.where(largest < 0, -1.0, 1.0), variances / total if total else variances


def has_umap() -> bool:
    """Whether umap-learn is installed."""
    return find_spec("umap") is not None


def umap_map(rows: np.ndarray, *, name: str, of: str) -> ImageMap | None:
    """Map rows with UMAP, the same each time; None for fewer than ten rows.

    Args:
        rows: float32 (n, d).
        name: As for `ImageMap`.
        of: As for `ImageMap`.

    Source: arXiv:1802.03426.
    """
    if len(rows) < _FEWEST:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of Numba and others, which nobody here can mend.
        import umap

        neighbours = min(_NEIGHBOURS, len(rows) - 1)
        found = umap.UMAP(n_neighbors=neighbours, random_state=0, n_jobs=1).fit_transform(rows)
    places = np.asarray(found, dtype=np.float64)
    return ImageMap(name, of, places, ("UMAP 1", "UMAP 2 (far apart says little)"))
