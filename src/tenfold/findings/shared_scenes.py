"""The same person, scene or burst in both sets, as far as names and times in names say."""

import re
from collections import defaultdict
from datetime import datetime
from typing import ClassVar

import numpy as np

from tenfold.core.audit import Findings, Suspect
from tenfold.core.images import Dataset
from tenfold.core.text import Say, counted, percent
from tenfold.findings.kind import Kind

BURST_S = 10
"""Photographs with at most this many seconds between one and the next are of one burst."""
LARGEST = 0.05
"""A name that more than this share of the images carry is that of a class or a collection."""
LEAST_NAMED = 0.5
"""The share of the images that must be in a group, for the names to mean something."""

_TIME = re.compile(r"(?<!\d)((?:19|20)\d{6})[-_T ]?(\d{6})(?:\d{3})?(?!\d)")
_LAST_NUMBER = re.compile(r"^(.*\d.*?)[^0-9A-Za-z]*\d+\D*$")


class SharedScenes(Kind):
    """Groups of images, by their names, that are in both sets."""

    name: ClassVar[str] = "shared-scenes"
    looks_for: ClassVar[str] = (
        "The same person, scene or burst in both sets, as far as the names of files say."
    )

    def find(self, dataset: Dataset, *, say: Say) -> Findings:  # noqa: ARG002
        """Group the files by their names and by times in these."""
        thresholds = {"burst_s": BURST_S, "largest": LARGEST, "least_named": LEAST_NAMED}
        files = (*dataset.train.files, *dataset.test.files)
        n_train, n_test = len(dataset.train), len(dataset.test)
        if len(files) < n_train + n_test:
            return Findings(thresholds=thresholds, sentences=("The images have no file names.",))
        shared = [group for group in _groups(files) if group[0] < n_train <= group[-1]]
        leaked = sum(at >= n_train for group in shared for at in group)
        sentence = "No names of files say that a scene is in both sets."
        if shared:
            example = files[shared[0][0]], files[shared[0][-1]]
            sentence = (
                f"By their names, {counted(leaked, 'test image')} of {n_test:,} "
                f"({percent(leaked / n_test)}) {'shares' if leaked == 1 else 'share'} a person, "
                f"scene or burst with training images, such as {example[1]} with {example[0]}. If "
                "so, give a list of the files with a column of groups (`--groups`), which are "
                "never divided."
            )
        return Findings(
            suspects=tuple(_suspects(shared, files, n_train)),
            facts={"n_groups": len(shared), "n_test_images": leaked},
            thresholds=thresholds,
            sentences=(sentence,),
        )


def _suspects(shared: list[list[int]], files: tuple[str, ...], n_train: int) -> list[Suspect]:
    suspects = []
    for number, group in enumerate(shared, 1):
        for at in group:
            of_train = at < n_train
            other = files[group[-1] if of_train else group[0]]
            suspects.append(
                Suspect(
                    "train" if of_train else "test",
                    at if of_train else at - n_train,
                    "shared-scene",
                    1.0,
                    f"named like {other}",
                    number,
                )
            )
    return suspects


def _groups(files: tuple[str, ...]) -> list[list[int]]:
    """Positions of the files of each group, ascending; bursts if the names hold times."""
    times = [(_time(name), at) for at, name in enumerate(files)]
    known = sorted((time, at) for time, at in times if time is not None)
    if len(known) >= LEAST_NAMED * len(files):
        return _bursts(known)
    by_name = defaultdict(list)
    for at, name in enumerate(files):
        if (found := _LAST_NUMBER.match(name.rpartition("/")[2].rpartition(".")[0])) is not None:
            by_name[found[1]].append(at)
    groups = [group for group in by_name.values() if len(group) > 1]
    n_named = sum(map(len, groups))
    small = max(map(len, groups), default=0) <= max(2.0, LARGEST * len(files))
    return groups if small and n_named >= LEAST_NAMED * len(files) else []


def _bursts(known: list[tuple[float, int]]) -> list[list[int]]:
    moments = np.array([time for time, _ in known])
    ends = np.flatnonzero(np.diff(moments) > BURST_S) + 1
    parts = np.split(np.array([at for _, at in known]), ends)
    return [sorted(part.tolist()) for part in parts if len(part) > 1]


def _time(name: str) -> float | None:
    """The time that a camera wrote into a name, in seconds; None if there is none."""
    found = _TIME.search(name.rpartition("/")[2])
    if found is None:
        return None
    try:
        return datetime.strptime(found[1] + found[2], "%Y%m%d%H%M%S").timestamp()
    except (ValueError, OverflowError):
        return None
