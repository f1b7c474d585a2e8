"""Near-duplicates: images of the same shot, within a set and across sets."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from tenfold.core.audit import Findings, Suspect
from tenfold.core.cleaning import SetName
from tenfold.core.each import Each, in_turn
from tenfold.core.images import Dataset
from tenfold.core.progress import live
from tenfold.core.text import Say, counted, percent
from tenfold.data.overlap import originals_of
from tenfold.findings.kind import Kind
from tenfold.findings.same_shot.changes import changes
from tenfold.findings.same_shot.grids import luminances
from tenfold.findings.same_shot.neighbours import N_NEIGHBOURS, is_indexed
from tenfold.findings.same_shot.pairs import SAME_SHOT, Pairs, find_pairs

SAME_PIXELS = "same pixels"
_PART = 1_000


@dataclass(frozen=True)
class _Pair:
    """Two images by their positions, which count on from training into test images."""

    first: int
    second: int
    score: float
    changed: tuple[str, ...]

    @property
    def kind(self) -> str:
        return SAME_PIXELS if self.changed == (SAME_PIXELS,) else "same shot"

    def described(self) -> str:
        changed = "" if self.kind == SAME_PIXELS else ", ".join(self.changed)
        return f"{self.kind}{changed and ': ' + changed}"


@dataclass(frozen=True)
class NearDuplicates(Kind):
    """Images of the same shot: identical, or changed in colour, place, size, or mirrored.

    Attributes:
        each: Who makes the small images that are compared.
    """

    each: Each = in_turn

    name: ClassVar[str] = "near-duplicates"
    looks_for: ClassVar[str] = (
        "Images of the same shot: identical, or changed in colour, place or size, or mirrored."
    )

    def with_workers(self, each: Each) -> Kind:
        """The same kind, with workers that make the small images."""
        return replace(self, each=each)

    def find(self, dataset: Dataset, *, say: Say) -> Findings:
        """Find pairs of the same shot, and put into groups what belongs together."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        shown = live(say)
        train, test = dataset.train, dataset.test
        n = len(train) + len(test)
        originals = originals_of(train, test)
        firsts = np.flatnonzero(originals == np.arange(n))
        planes = luminances(train, test, each=self.each)[firsts]
        found, least = find_pairs(planes, shown.show if shown else lambda _: None)
        copies = np.flatnonzero(originals != np.arange(n))
        pairs = [
            *(_Pair(int(originals[at]), int(at), 1.0, (SAME_PIXELS,)) for at in copies),
            *_described(dataset, found, firsts),
        ]
        ends = np.array([(pair.first, pair.second) for pair in pairs], dtype=np.int64).reshape(
            -1, 2
        )
        links = coo_array((np.ones(len(ends), dtype=bool), (ends[:, 0], ends[:, 1])), shape=(n, n))
        _, component = connected_components(links, directed=False)
        groups = _numbered(pairs, component)
        facts = {**_facts(dataset, pairs, groups), "by_index": is_indexed(len(firsts))}
        return Findings(
            suspects=_suspects(dataset, pairs, groups),
            facts={**facts, "n_pairs_by_change": dict(_by_change(pairs))},
            thresholds={
                "same_shot": least,
                "same_shot_usually": SAME_SHOT,
                "neighbours": N_NEIGHBOURS,
            },
            sentences=_sentences(facts, pairs, least, len(test)),
            tables={"near-duplicates": tuple(_row(dataset, pair, groups) for pair in pairs)},
        )


def _described(dataset: Dataset, found: Pairs, firsts: np.ndarray) -> list[_Pair]:
    """What changed in each pair, and where its images are in the dataset."""
    pairs = []
    for at in range(0, len(found), _PART):
        part = found.take(np.arange(at, min(at + _PART, len(found))))
        first, second = firsts[part.first], firsts[part.second]
        changed = changes(part, _images(dataset, first), _images(dataset, second))
        rows = zip(first.tolist(), second.tolist(), part.score.tolist(), changed, strict=True)
        pairs += [_Pair(*row) for row in rows]
    return pairs


def _images(dataset: Dataset, positions: np.ndarray) -> np.ndarray:
    """uint8 (n, height, width, channels), at positions that count on from training into test."""
    n_train = len(dataset.train)
    of_train = positions < n_train
    images = np.empty((len(positions), *dataset.shape), dtype=np.uint8)
    images[of_train] = dataset.train.images[positions[of_train]]
    images[~of_train] = dataset.test.images[positions[~of_train] - n_train]
    return images


def _numbered(pairs: list[_Pair], component: np.ndarray) -> dict[int, int]:
    """The group of each image in a pair, from 1; the pairs' order decides."""
    numbers: dict[int, int] = {}
    found = {}
    for pair in pairs:
        for at in (pair.first, pair.second):
            found[at] = numbers.setdefault(int(component[at]), len(numbers) + 1)
    return found


def _suspects(dataset: Dataset, pairs: list[_Pair], groups: dict[int, int]) -> tuple[Suspect, ...]:
    n_train = len(dataset.train)
    with_test = {group for at, group in groups.items() if at >= n_train}
    best: dict[int, tuple[tuple[bool, float], _Pair, int]] = {}
    for pair in pairs:
        for at, other in ((pair.first, pair.second), (pair.second, pair.first)):
            # For a training image, a test image matters more than a higher score.
            rank = (at < n_train <= other, pair.score)
            if at not in best or rank > best[at][0]:
                best[at] = (rank, pair, other)
    suspects = []
    for at in sorted(groups, key=lambda at: (groups[at], at)):
        _, pair, other = best[at]
        (split, position), (other_split, other_position) = (_place(p, n_train) for p in (at, other))
        is_copy = pair.kind == SAME_PIXELS
        leave_out = at < n_train and (groups[at] in with_test or (is_copy and pair.second == at))
        suspects.append(
            Suspect(
                split=split,
                position=position,
                finding="duplicate" if is_copy else "near-duplicate",
                score=pair.score,
                suggestion=f"{pair.described()}, as {other_split} {other_position}",
                group=groups[at],
                keep=not leave_out,
            )
        )
    return tuple(suspects)


def _facts(dataset: Dataset, pairs: list[_Pair], groups: dict[int, int]) -> dict[str, int]:
    n_train = len(dataset.train)
    labels = np.concatenate([dataset.train.labels, dataset.test.labels])
    classes: dict[int, set[int]] = {}
    for at, group in groups.items():
        classes.setdefault(group, set()).add(int(labels[at]))
    across = [pair for pair in pairs if pair.first < n_train <= pair.second]
    return {
        "n_images": len(labels),
        "n_pairs": len(pairs),
        "n_pairs_train_test": len(across),
        "n_groups": len(classes),
        "n_groups_with_several_classes": sum(len(found) > 1 for found in classes.values()),
        "n_train_images": sum(at < n_train for at in groups),
        "n_test_images": sum(at >= n_train for at in groups),
        "n_test_images_like_train": len({pair.second for pair in across}),
    }


def _by_change(pairs: list[_Pair]) -> Counter[str]:
    return Counter(change for pair in pairs for change in pair.changed or ("nothing else",))


def _sentences(
    facts: dict[str, int], pairs: list[_Pair], least: float, n_test: int
) -> tuple[str, ...]:
    lines = []
    if least > SAME_SHOT:
        lines.append(
            "All of these images are much alike, so only pairs that are nearly identical count "
            f"(score {least:.2f} or more, otherwise {SAME_SHOT:.2f})."
        )
    if not pairs:
        return (*lines, f"No two of {facts['n_images']:,} images show the same shot.")
    lines.append(
        f"{counted(len(pairs), 'pair')} of images of the same shot, in "
        f"{counted(facts['n_groups'], 'group')}."
    )
    counts = ", ".join(f"{change} {count:,}" for change, count in _by_change(pairs).most_common())
    lines.append(f"What differs between them (a pair may count several times): {counts}.")
    if leaked := facts["n_test_images_like_train"]:
        lines.append(
            f"{counted(leaked, 'test image')} of {n_test:,} ({percent(leaked / n_test)}) "
            f"{'shows' if leaked == 1 else 'show'} the same shot as a training image, so the "
            "network may have learnt the answer by heart."
        )
    if mixed := facts["n_groups_with_several_classes"]:
        lines.append(f"Different classes for the same shot: {mixed:,} of the groups.")
    return tuple(lines)


def _row(dataset: Dataset, pair: _Pair, groups: dict[int, int]) -> dict[str, object]:
    n_train = len(dataset.train)
    row: dict[str, object] = {"group": groups[pair.first]}
    for prefix, at in (("", pair.first), ("other_", pair.second)):
        split, position = _place(at, n_train)
        files = (dataset.train if split == "train" else dataset.test).files
        row |= {f"{prefix}split": split, f"{prefix}position": position}
        row[f"{prefix}file"] = files[position] if files else ""
    changed = "" if pair.kind == SAME_PIXELS else " ".join(pair.changed)
    return {**row, "kind": pair.kind, "changed": changed, "score": f"{pair.score:.4f}"}


def _place(at: int, n_train: int) -> tuple[SetName, int]:
    return ("train", at) if at < n_train else ("test", at - n_train)
