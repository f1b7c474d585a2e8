"""Find the pairs of images that show the same shot."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tenfold.findings.same_shot import shifts
from tenfold.findings.same_shot.alignment import align
from tenfold.findings.same_shot.blocks import in_blocks
from tenfold.findings.same_shot.neighbours import N_NEIGHBOURS, Neighbours, glances, mirrored
from tenfold.findings.same_shot.scoring import score

SAME_SHOT = 0.76
"""Least score of a pair that shows the same shot. See decision 34."""

HIGHEST = 0.95
"""The same for images that are all much alike, such as digits."""
_N_ASKED, _ABOVE_USUAL = 1_000, 0.3
"""Images that are asked how alike all are, and how much more than that the same shot scores."""

_BLOCK = 500
"""Pairs that are looked at at a time: their arrays stay in the cache."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of images, the earlier position first.

    Attributes:
        first: int64 (n,), positions.
        second: Likewise, each greater than that of `first`.
        mirrored: bool (n,), whether the second is the mirror image of the first.
        score: float32 (n,), how much of the texture is the same; 1 at most.
        stretch: float32 (n, 2), down and right: pixels of the second to one of the first, less 1.
        shift: float32 (n, 2), down and right: where the centre of the first is in the second, in
            pixels of a grid of 32 x 32.
    """

    first: np.ndarray
    second: np.ndarray
    mirrored: np.ndarray
    score: np.ndarray
    stretch: np.ndarray
    shift: np.ndarray

    def __len__(self) -> int:
        return len(self.first)

    def take(self, index: np.ndarray) -> "Pairs":
        """The pairs at `index`, in that order."""
        return Pairs(*(getattr(self, name)[index] for name in self.__dataclass_fields__))


def find_pairs(luminances: np.ndarray, show: Callable[[str], None]) -> tuple[Pairs, float]:
    """Find the pairs that show the same shot, each once, best first; and the least score for that.

    Args:
        luminances: uint8 (n, 32, 32), 0-255. Of identical images, only one should be among them.
        show: Called with the current work, in a few words.
    """
    show("Comparing images at a glance")
    candidates = _Candidates(luminances)
    least = _least_score(luminances, candidates)
    raised = least - SAME_SHOT  # Where the same shot scores more, earlier looks ask for more too.
    both = [candidates.alike(raised, mirror=mirror) for mirror in (False, True)]
    first, second, flipped = (np.concatenate(parts) for parts in zip(*both, strict=True))
    show("Comparing alike images")

    def look(rows: slice) -> Pairs:
        return _looked_at(luminances, first[rows], second[rows], flipped[rows], least)

    parts = list(in_blocks(look, len(first), _BLOCK))
    found = Pairs(
        *(np.concatenate([getattr(p, name) for p in parts]) for name in Pairs.__dataclass_fields__)
    )
    return _each_once(found), least


class _Candidates:
    """Pairs that are alike at a glance and, coarsely, at the best shift."""

    def __init__(self, luminances: np.ndarray) -> None:
        self._seen = glances(luminances)
        self._detail = shifts.coarse_detail(luminances)
        self._neighbours = Neighbours(self._seen)

    def alike(self, raised: float, *, mirror: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Find the pairs, each once.

        Args:
            raised: How much more than usual their likeness must be.
            mirror: Whether to compare with mirror images.

        Returns:
            Positions of both images, int64 (m,), and `mirror` for each, bool (m,).
        """
        n = len(self._seen)

        def look(rows: slice) -> np.ndarray:
            asked, detail = self._seen[rows], self._detail[rows]
            if mirror:
                asked, detail = mirrored(asked), detail[:, :, ::-1]
            others = self._neighbours.of(asked)
            likeness = shifts.coarse_likeness(detail, self._detail, others)
            here = np.arange(rows.start, rows.stop)[:, None]
            row, column = np.nonzero((likeness >= shifts.COARSE_ALIKE + raised) & (others != here))
            one, other = row + rows.start, others[row, column]
            found: np.ndarray = np.minimum(one, other) * n + np.maximum(one, other)
            return found

        keys = np.unique(np.concatenate(list(in_blocks(look, n, self._neighbours.rows))))
        return keys // n, keys % n, np.full(len(keys), mirror)

    def unlikeliest(self, at: np.ndarray) -> np.ndarray:
        """Of the neighbours of each image at `at`, the one that is least alike: int64 (n,)."""

        def look(rows: slice) -> np.ndarray:
            here = at[rows]
            others = self._neighbours.of(self._seen[here])
            likeness = shifts.coarse_likeness(self._detail[here], self._detail, others)
            likeness[others == here[:, None]] = np.inf
            found: np.ndarray = others[np.arange(len(others)), likeness.argmin(axis=1)]
            return found

        return np.concatenate(list(in_blocks(look, len(at), self._neighbours.rows)))


def _least_score(luminances: np.ndarray, candidates: _Candidates) -> float:
    """The score from which a pair is the same shot: higher where all images are much alike.

    They are if even the least alike of an image's neighbours scores high. Real duplicates do not
    change this, unless most images have more than fifteen.
    """
    n = len(luminances)
    if n <= 2 * N_NEIGHBOURS:  # Too few images to know what is usual.
        return SAME_SHOT
    asked = np.unique(np.linspace(0, n - 1, min(n, _N_ASKED)).astype(np.int64))
    other = candidates.unlikeliest(asked)
    straight = np.zeros(len(asked), dtype=bool)
    pairs = _looked_at(luminances, asked, other, straight, least=-np.inf)
    return min(max(SAME_SHOT, float(np.median(pairs.score)) + _ABOVE_USUAL), HIGHEST)


def _looked_at(
    luminances: np.ndarray, first: np.ndarray, second: np.ndarray, flipped: np.ndarray, least: float
) -> Pairs:
    """Of these pairs, those with the least score or more."""
    # Blocks are in the order of the first image, so many pairs share theirs.
    unique, places = np.unique(np.stack([first, second]), return_inverse=True)
    a, b = shifts.fine_detail(luminances[unique])[places.reshape(2, -1)]
    alike, shift = shifts.likeness(a, _turned(b, flipped))
    at = np.flatnonzero(alike >= shifts.ALIKE + least - SAME_SHOT)
    a, b = (luminances[each[at]].astype(np.float32) for each in (first, second))
    b = _turned(b, flipped[at])
    place = align(a, b, shift[at])
    scores = score(a, *place.apply(b))
    pairs = Pairs(first[at], second[at], flipped[at], scores, place.stretch, place.shift)
    return pairs.take(np.flatnonzero(scores >= least))


def _turned(images: np.ndarray, flipped: np.ndarray) -> np.ndarray:
    """The mirror image of those that are `flipped`, bool (n,): float32 (n, side, side)."""
    return np.where(flipped[:, None, None], images[:, :, ::-1], images)


def _each_once(pairs: Pairs) -> Pairs:
    """The better of a pair that is found both mirrored and not; best pairs first."""
    pairs = pairs.take(np.lexsort((pairs.second, pairs.first, pairs.mirrored, -pairs.score)))
    keys = np.stack([pairs.first, pairs.second], axis=1)
    _, index = np.unique(keys, axis=0, return_index=True)
    return pairs.take(np.sort(index))
