"""For each image, the images that are most alike at a glance."""

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np

from tenfold.findings.same_shot.blocks import in_blocks
from tenfold.findings.same_shot.grids import on_grid, smooth
from tenfold.findings.same_shot.shifts import fine_detail

COARSE = 6
"""Height and width in pixels of the glance at what is where."""

HIGHEST_FREQUENCY = 4
"""Of the glance at what is there, wherever: cycles in the width or height of the image."""

_SPECTRUM = 1.4
"""How much longer that part is than the other: chosen on shifted copies and on known duplicates."""

N_NEIGHBOURS = 15
"""Neighbours of each image that are looked at again, and as many of its mirror image."""

_ROWS, _ROWS_INDEXED = 64, 128
"""Images whose neighbours are asked for at a time, so that what is computed stays in the cache."""

EXACT_UP_TO = 20_000
"""With more images than this, an approximate index is asked, if there is one."""

_LEAST = 0.5
"""A length below this is rounding; a coarse image of one grey level more or less is longer."""
_FREQUENCIES = np.r_[0 : HIGHEST_FREQUENCY + 1, -HIGHEST_FREQUENCY:0]
"""Up and down, in the order of a Fourier transform; left and right are 0 to the highest."""
_STRIDES = 16
_PER_LIST, _LISTS_ASKED = 64, 48
"""Of the index: images in a list on average; lists that are asked."""
_LINKS = 16
"""Links of a list to others in the graph of lists."""
_CODED, _CODE_BITS, _COMPARED_AGAIN = 2, 4, 4
"""Numbers that share a code of so many bits; images compared again for each that is wanted."""
_REGISTER, _SCANNED = 8, 32
"""Rows are padded to a multiple of so many numbers; codes that faiss compares at a time."""
_AT_A_TIME = 10_000
"""Images that codes are fitted to, and images that are added at a time."""


def glances(luminances: np.ndarray) -> np.ndarray:
    """What is compared at a glance: float32 (n, d), of length 1.

    First a coarse image: half of the local mean is subtracted, so that a bright sky above a dark
    ground does not make all landscapes alike. Then the strengths of the low frequencies, which
    remain the same when the image is shifted.

    Args:
        luminances: uint8 (n, side, side), 0-255.
    """
    import scipy.fft

    def glance(rows: slice) -> np.ndarray:
        planes = luminances[rows].astype(np.float32)
        small = on_grid(planes, COARSE)
        coarse = _unit(small - 0.5 * smooth(small, 1.2))
        spectrum = np.abs(scipy.fft.rfft2(fine_detail(planes)))
        strengths = np.sqrt(spectrum[:, _FREQUENCIES, : HIGHEST_FREQUENCY + 1])
        return _unit(np.concatenate([coarse, _SPECTRUM * _unit(strengths)], axis=1), centred=False)

    return np.concatenate(list(in_blocks(glance, len(luminances), 500)))


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

    Attributes:
        rows: Images whose neighbours are best asked for at a time.

    Args:
        glances: float32 (n, d), of length 1.
        k: Number of neighbours.
    """

    def __init__(self, glances: np.ndarray, k: int = N_NEIGHBOURS) -> None:
        n_found = min(k + 1, max(len(glances), 1))
        indexed = is_indexed(len(glances))
        self.rows = _ROWS_INDEXED if indexed else _ROWS
        self._search = (_index_of if indexed else _products_with)(glances, n_found)

    def of(self, asked: np.ndarray) -> np.ndarray:
        """The neighbours of each row, in no particular order: int64 (m, min(k + 1, n)).

        The image itself is usually among them.

        Args:
            asked: float32 (m, d), such as the glances of some images or of their mirror images.
        """
        return self._search(asked)


Search = Callable[[np.ndarray], np.ndarray]
"""Find the k nearest images of each row: float32 (m, d) to int64 (m, k)."""


def _products_with(glances: np.ndarray, k: int) -> Search:
    """All products, and the k largest of each row: exact, and in NumPy alone.

    The k largest of a row are in the k groups with the largest maxima, which is much faster to find
    than to sort a whole row.
    """
    n = len(glances)
    n_groups = max(-(-n // _STRIDES), k)
    columns = np.zeros((glances.shape[1], n_groups * _STRIDES), dtype=np.float32)
    columns[:, :n] = glances.T

    def search(asked: np.ndarray) -> np.ndarray:
        products = asked @ columns
        products[:, n:] = -np.inf
        maxima = products.reshape(-1, _STRIDES, n_groups).max(axis=1)
        groups = np.argpartition(maxima, -k, axis=1)[:, -k:]
        places = (groups[:, :, None] + np.arange(_STRIDES) * n_groups).reshape(len(groups), -1)
        largest = np.argpartition(np.take_along_axis(products, places, axis=1), -k, axis=1)[:, -k:]
        found: np.ndarray = np.take_along_axis(places, largest, axis=1)
        return found

    return search


def _index_of(glances: np.ndarray, k: int) -> Search:
    """Lists of images in faiss, each around an image that is drawn; near lists are asked.

    A graph finds the near lists. More images make more lists, not longer ones, so an answer takes
    hardly longer. Short codes are compared first, then the best of them in 16 bits. Sources: Sivic
    and Zisserman, doi:10.1109/ICCV.2003.1238663 (the lists); Malkov and Yashunin, arXiv:1603.09320
    (the graph); Andre et al., doi:10.1109/TPAMI.2019.2952606 (the codes).
    """
    import faiss
    from threadpoolctl import threadpool_limits

    def padded(rows: np.ndarray) -> np.ndarray:
        return np.pad(rows, ((0, 0), (0, -rows.shape[1] % _REGISTER)))

    n, product = len(glances), faiss.METRIC_INNER_PRODUCT
    drawn = np.random.default_rng(0).choice(n, -(-n // _PER_LIST), replace=False)
    around = padded(glances[np.sort(drawn)])
    d = around.shape[1]
    graph = faiss.IndexHNSWFlat(d, _LINKS, product)
    graph.hnsw.efSearch = _LISTS_ASKED
    coded = d // _CODED, _CODE_BITS, product, _SCANNED
    with threadpool_limits(1):  # With several threads, chance decides what is linked first.
        graph.add(around)
        lists = faiss.IndexIVFPQFastScan(graph, d, len(around), *coded)
        lists.by_residual, lists.nprobe = False, _LISTS_ASKED
        in_16_bits = faiss.IndexScalarQuantizer(d, faiss.ScalarQuantizer.QT_fp16, product)
        index = faiss.IndexRefine(lists, in_16_bits)
        index.k_factor = _COMPARED_AGAIN
        index.train(padded(glances[:: -(-n // _AT_A_TIME)]))
    for at in range(0, n, _AT_A_TIME):
        index.add(padded(glances[at : at + _AT_A_TIME]))

    def search(asked: np.ndarray) -> np.ndarray:
        found: np.ndarray = index.search(padded(asked), k)[1]
        # Where it found fewer, -1 follows; where it found none, any image does.
        return np.maximum(np.where(found < 0, found[:, :1], found), 0)

    return search
