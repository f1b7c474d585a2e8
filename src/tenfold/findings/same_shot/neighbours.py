"""For each image, the images that are most alike at a glance."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np

from tenfold.findings.same_shot.blocks import in_blocks
from tenfold.findings.same_shot.grids import local_detail, on_grid, smooth

COARSE = 6
"""Height and width in pixels of the glance at what is where."""

HIGHEST_FREQUENCY = 4
"""Of the glance at what is there, wherever: cycles in the width or height of the image."""

_SPECTRUM = 1.4
"""How much longer that part is than the other: chosen on shifted copies and on known duplicates."""

N_NEIGHBOURS = 15
"""Neighbours of each image that are looked at again, and as many of its mirror image."""

EXACT_UP_TO = 100_000
"""With more images than this, an approximate index is asked, if there is one."""

_LEAST = 0.5
"""A length below this is rounding; a coarse image of one grey level more or less is longer."""
_FREQUENCIES = np.r_[0 : HIGHEST_FREQUENCY + 1, -HIGHEST_FREQUENCY:0]
"""Up and down, in the order of a Fourier transform; left and right are 0 to the highest."""
_ROWS = 64
"""Images that are compared with all others at a time: their products stay in the cache."""
_STRIDES = 16
_LINKS, _WIDTH_BUILT, _WIDTH_ASKED = 16, 80, 64
"""Of the index: links of an image; images that are considered for them, and for an answer."""


def glances(luminances: np.ndarray) -> np.ndarray:
    """What is compared at a glance: float32 (n, d), of length 1.

    First a coarse image: half of the local mean is subtracted, so that a bright sky above a dark
    ground does not make all landscapes alike. Then the strengths of the low frequencies, which
    remain the same when the image is shifted.

    Args:
        luminances: uint8 (n, side, side), 0-255.
    """

    def glance(rows: slice) -> np.ndarray:
        planes = luminances[rows].astype(np.float32)
        small = on_grid(planes, COARSE)
        coarse = _unit(small - 0.5 * smooth(small, 1.2))
        spectrum = np.abs(np.fft.rfft2(local_detail(smooth(planes, 0.7), wide_px=3)))
        strengths = np.sqrt(spectrum[:, _FREQUENCIES, : HIGHEST_FREQUENCY + 1])
        return _unit(np.concatenate([coarse, _SPECTRUM * _unit(strengths)], axis=1), centred=False)

    return np.concatenate(list(in_blocks(glance, len(luminances), 2_000)))


def mirrored(glances: np.ndarray) -> np.ndarray:
    """The glances of the mirror images, in the same form."""
    coarse, strengths = np.split(glances, [COARSE * COARSE], axis=1)
    coarse = coarse.reshape(-1, COARSE, COARSE)[:, :, ::-1]
    strengths = strengths.reshape(-1, len(_FREQUENCIES), HIGHEST_FREQUENCY + 1)
    # Left and right swapped is up and down swapped, as far as strengths go.
    strengths = strengths[:, -np.arange(len(_FREQUENCIES))]
    flat = [part.reshape(len(glances), -1) for part in (coarse, strengths)]
    return np.concatenate(flat, axis=1)


def _unit(values: np.ndarray, *, centred: bool = True) -> np.ndarray:
    """As rows of length 1, less their mean or not; rows that are next to nothing become 0."""
    flat = values.reshape(len(values), int(np.prod(values.shape[1:]))).astype(np.float32)
    if centred:
        flat = flat - flat.mean(axis=1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    found: np.ndarray = np.divide(flat, length, out=np.zeros_like(flat), where=length > _LEAST)
    return found


def is_indexed(n: int) -> bool:
    """Whether the neighbours of `n` images are found with an approximate index."""
    return n > EXACT_UP_TO and find_spec("faiss") is not None


class Neighbours:
    """The nearest images by the cosine of their glances.

    Args:
        glances: float32 (n, d), of length 1.
        k: Number of neighbours.
    """

    def __init__(self, glances: np.ndarray, k: int = N_NEIGHBOURS) -> None:
        self._glances = glances
        self.k = min(k, max(len(glances) - 1, 0))
        self._index = _index_of(glances) if is_indexed(len(glances)) else None

    def of(self, asked: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """The neighbours of each row of `asked`, some rows at a time: int64 (rows, k).

        They are in no particular order, and may include the image itself.

        Args:
            asked: float32 (n, d), such as the glances or their mirror images.
        """
        if self._index is not None:
            for at in range(0, len(asked), 10_000):
                rows = slice(at, min(at + 10_000, len(asked)))
                found = self._index.search(asked[rows], self.k + 1)[1]
                yield rows, np.where(found < 0, found[:, :1], found)  # -1 where it found fewer.
            return
        yield from _by_products(self._glances, asked, self.k + 1)


def _by_products(
    glances: np.ndarray, asked: np.ndarray, k: int
) -> Iterator[tuple[slice, np.ndarray]]:
    """All products, and the k largest of each row.

    The k largest of a row are in the k groups with the largest maxima, which is much faster to find
    than to sort a whole row.
    """
    n_groups = max(-(-len(glances) // _STRIDES), k)
    columns = np.zeros((glances.shape[1], n_groups * _STRIDES), dtype=np.float32)
    columns[:, : len(glances)] = glances.T

    def nearest(rows: slice) -> tuple[slice, np.ndarray]:
        products = asked[rows] @ columns
        products[:, len(glances) :] = -np.inf
        maxima = products.reshape(-1, _STRIDES, n_groups).max(axis=1)
        groups = np.argpartition(maxima, -k, axis=1)[:, -k:]
        places = (groups[:, :, None] + np.arange(_STRIDES) * n_groups).reshape(len(groups), -1)
        largest = np.argpartition(np.take_along_axis(products, places, axis=1), -k, axis=1)[:, -k:]
        return rows, np.take_along_axis(places, largest, axis=1)

    return in_blocks(nearest, len(asked), _ROWS)


def _index_of(glances: np.ndarray) -> Any:  # noqa: ANN401
    """A graph of neighbours in faiss. Source: Malkov and Yashunin, arXiv:1603.09320."""
    import faiss

    index = faiss.IndexHNSWFlat(glances.shape[1], _LINKS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction, index.hnsw.efSearch = _WIDTH_BUILT, _WIDTH_ASKED
    index.add(glances)
    return index
