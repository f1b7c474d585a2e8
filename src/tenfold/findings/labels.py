"""Labels in doubt: images that networks which have not seen them take for another class."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

import numpy as np

from tenfold.core.audit import Findings, Suspect, Table
from tenfold.core.cleaning import SetName
from tenfold.core.images import Dataset
from tenfold.core.text import Say, counted, percent
from tenfold.core.unseen import PredictUnseen, Unseen
from tenfold.findings.kind import Kind
from tenfold.findings.neighbours import nearest, thumbnails
from tenfold.findings.wrong_labels.confident import Judged, judge, noise_of, usual_confidence
from tenfold.findings.wrong_labels.together import Together, find_together

IN_DOUBT = 0.97
"""An image is listed if its label has at most 3 % of the probability that is usual for images with
that label. Chosen on labels that were changed at random."""

NEXT_TO_IMPOSSIBLE = 0.995
"""Labels with at most 0.5 % of it count as wrong in the lower end of a class's noise."""

FEWEST = 10
"""A class with fewer training images is neither judged nor suggested."""

FEWEST_GROUPS = 3
"""Groups are not divided between the images that a network learns and those that it checks."""

N_NEIGHBOURS = 5

_SETS: tuple[SetName, ...] = ("train", "test")


@dataclass(frozen=True)
class Labels(Kind):
    """Labels that networks contradict, each image predicted by one that has not seen it.

    Attributes:
        predict: Fits the networks. Only `find` calls it, and only if there is enough to learn from.
    """

    predict: PredictUnseen | None = None

    name: ClassVar[str] = "labels"
    looks_for: ClassVar[str] = (
        "Labels in doubt: networks that have not seen the image take it for another class."
    )

    def with_networks(self, predict: PredictUnseen) -> Kind:
        """The same kind, with networks to ask."""
        return replace(self, predict=predict)

    def find(self, dataset: Dataset, *, say: Say) -> Findings:  # noqa: ARG002
        """Rank the images by how improbable their labels are."""
        if self.predict is None:
            raise ValueError("Expected a function that predicts; see Kind.with_networks.")
        counts = np.bincount(dataset.train.labels, minlength=len(dataset.classes))
        judgeable = counts >= FEWEST
        if reason := _why_unchecked(dataset, judgeable):
            return Findings(sentences=(f"The labels are not checked: {reason}.",))
        return _findings(dataset, self.predict(), judgeable)


def _why_unchecked(dataset: Dataset, judgeable: np.ndarray) -> str:
    """Why no network can check the labels; empty if they can be checked."""
    if judgeable.sum() < 2:
        return f"fewer than two classes have {FEWEST} training images to learn from"
    if dataset.groups is not None and len(np.unique(dataset.groups)) < FEWEST_GROUPS:
        return f"there are fewer than {FEWEST_GROUPS} groups of training images to divide"
    return ""


def _findings(dataset: Dataset, unseen: Unseen, judgeable: np.ndarray) -> Findings:
    sets = {"train": dataset.train, "test": dataset.test}
    probabilities = {"train": unseen.train, "test": unseen.test}
    usual = usual_confidence(unseen.train, dataset.train.labels)
    usual[~judgeable] = np.inf
    judged = {
        split: judge(probabilities[split], images.labels, usual) for split, images in sets.items()
    }
    predicted = {split: found.argmax(axis=1) for split, found in probabilities.items()}
    together = find_together(dataset, predicted, judgeable)
    suspects = _suspects(dataset, judged, together, judgeable)
    noise = _noise(dataset, judged)
    facts = {
        "recipe": unseen.recipe,
        "n_folds": unseen.n_folds,
        "temperature": unseen.temperature,
        **{
            f"agreement_{split}": float((predicted[split] == images.labels).mean())
            for split, images in sets.items()
            if len(images)
        },
        **{f"n_suspects_{split}": sum(each.split == split for each in suspects) for split in sets},
        "n_together": len(together),
        "classes_not_judged": [dataset.classes[at] for at in np.flatnonzero(~judgeable)],
        "noise": [dict(row) for row in noise],
    }
    return Findings(
        suspects=suspects,
        facts=facts,
        thresholds={
            "in_doubt": IN_DOUBT,
            "next_to_impossible": NEXT_TO_IMPOSSIBLE,
            "fewest_images_of_a_class": FEWEST,
        },
        sentences=_sentences(dataset, facts, together, noise),
        tables={"labels": _table(dataset, judged, suspects), "labels-noise": noise},
    )


def _suspects(
    dataset: Dataset,
    judged: Mapping[str, Judged],
    together: Sequence[Together],
    judgeable: np.ndarray,
) -> tuple[Suspect, ...]:
    """Images that are mislabelled together first, then the others, the most doubtful first."""
    found = []
    in_units: dict[SetName, list[int]] = {"train": [], "test": []}
    for group, unit in enumerate(together, start=1):
        doubt = judged[unit.split].doubt
        in_units[unit.split] += unit.positions.tolist()
        found += [
            _suspect(unit.split, at, float(doubt[at]), dataset.classes[unit.other], group)
            for at in unit.positions.tolist()
        ]
    for split in _SETS:
        images = dataset.train if split == "train" else dataset.test
        doubt, other = judged[split].doubt, judged[split].other
        listed = (doubt >= IN_DOUBT) & judgeable[images.labels]
        listed[in_units[split]] = False
        order = np.argsort(-doubt, kind="stable")
        found += [
            _suspect(split, at, float(doubt[at]), dataset.classes[other[at]])
            for at in order[listed[order]].tolist()
        ]
    return tuple(found)


def _suspect(
    split: SetName, position: int, doubt: float, suggestion: str, group: int | None = None
) -> Suspect:
    return Suspect(split, position, "label", doubt, suggestion, group)


def _noise(dataset: Dataset, judged: Mapping[str, Judged]) -> Table:
    """How noisy the labels of each class are in each set."""
    rows = []
    for split, images in (("train", dataset.train), ("test", dataset.test)):
        for label, name in enumerate(dataset.classes):
            noise = noise_of(judged[split], images.labels, label, sure=NEXT_TO_IMPOSSIBLE)
            rows.append({"split": split, "class": name, **asdict(noise)})
    return tuple(rows)


def _table(dataset: Dataset, judged: Mapping[str, Judged], suspects: Sequence[Suspect]) -> Table:
    """Each suspect with its label, what it looks like, and the images most like it."""
    known = thumbnails(dataset.train)
    near: dict[tuple[str, int], np.ndarray] = {}
    for split, images in (("train", dataset.train), ("test", dataset.test)):
        positions = np.array([s.position for s in suspects if s.split == split], dtype=np.int64)
        small = known[positions] if split == "train" else thumbnails(images.take(positions))
        itself = positions if split == "train" else np.full(len(positions), -1)
        found = nearest(small, known, N_NEIGHBOURS, itself)
        near |= {(split, int(at)): row for at, row in zip(positions, found, strict=True)}
    rows = []
    for suspect in suspects:
        images = dataset.train if suspect.split == "train" else dataset.test
        nearest_train = near[suspect.split, suspect.position]
        rows.append(
            {
                "split": suspect.split,
                "position": suspect.position,
                "file": images.files[suspect.position] if images.files else "",
                "group": "" if suspect.group is None else suspect.group,
                "label": dataset.classes[images.labels[suspect.position]],
                "looks_like": suspect.suggestion,
                "doubt": f"{judged[suspect.split].doubt[suspect.position]:.4f}",
                "nearest_train": " ".join(map(str, nearest_train)),
                "nearest_labels": ", ".join(
                    dataset.classes[at] for at in dataset.train.labels[nearest_train]
                ),
            }
        )
    return tuple(rows)


def _sentences(
    dataset: Dataset, facts: Mapping[str, Any], together: Sequence[Together], noise: Table
) -> tuple[str, ...]:
    lines = [
        f"{counted(facts['n_suspects_train'], 'training image')} of {len(dataset.train):,} and "
        f"{counted(facts['n_suspects_test'], 'test image')} of {len(dataset.test):,} have a label "
        f"in doubt. Networks of '{facts['recipe']}' that have not seen the image give its label at "
        f"most {percent(1 - IN_DOUBT, 0)} of the usual probability."
    ]
    lines += [
        f"{_place(unit)}: {unit.n_other:,} of {len(unit.positions):,} images look like "
        f"{dataset.classes[unit.other]}, and are labelled {dataset.classes[unit.label]}."
        for unit in together
    ]
    noisiest = max(
        (row for row in noise if row["split"] == "train"), key=lambda row: float(str(row["low"]))
    )
    if noisiest["n_sure"]:
        low, high = (percent(float(str(noisiest[end])), 1) for end in ("low", "high"))
        lines.append(
            f"The noisiest labels are those of {noisiest['class']}: {low} to {high} of them are "
            "wrong. The upper figure includes errors of the networks."
        )
    if facts["classes_not_judged"]:
        lines.append(
            f"Not judged, for want of {FEWEST} training images: "
            f"{', '.join(facts['classes_not_judged'])}."
        )
    return tuple(lines)


def _place(unit: Together) -> str:
    where = "training" if unit.split == "train" else "test"
    if unit.what == "class":
        return f"Class {unit.name} of the {where} images"
    return f"{unit.what.capitalize()} {unit.name} of the {where} images"
