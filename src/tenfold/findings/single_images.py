"""Single images with a fault: blank, dark, bright, blurred, of an odd size, unlike all others."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import ClassVar

from tenfold.core.audit import Findings, Suspect
from tenfold.core.cleaning import SetName
from tenfold.core.each import Each, in_turn
from tenfold.core.images import Dataset
from tenfold.core.text import Say, counted
from tenfold.findings.kind import Kind
from tenfold.findings.one_image.checks import CHECKS
from tenfold.findings.one_image.seen import Seen, seen_in

BLANK = "blank"


@dataclass(frozen=True)
class SingleImages(Kind):
    """Images that a person should look at one by one.

    Attributes:
        each: Who looks at them.
    """

    each: Each = in_turn

    name: ClassVar[str] = "images"
    looks_for: ClassVar[str] = (
        "Images that are blank, too dark or too bright, blurred, nearly without content, of files "
        "of an odd size or shape, or far from all others."
    )

    def with_workers(self, each: Each) -> Kind:
        """The same kind, with workers that look."""
        return replace(self, each=each)

    def find(self, dataset: Dataset, *, say: Say) -> Findings:  # noqa: ARG002
        """Look at every image once, and check each."""
        train = seen_in(dataset.train, self.each)
        suspects = [*_suspects("train", train, train)]
        if len(dataset.test):
            suspects += _suspects("test", seen_in(dataset.test, self.each), train)
        suspects.sort(key=lambda each: (each.finding, each.split == "test", -each.score))
        counts = Counter(each.finding for each in suspects)
        n = len({(each.split, each.position) for each in suspects})
        named = ", ".join(f"{finding} {count:,}" for finding, count in counts.most_common())
        sentence = f"No image of {len(train) + len(dataset.test):,} stands out."
        if n:
            sentence = f"{counted(n, 'image')} to look at: {named}."
        return Findings(
            suspects=tuple(suspects),
            facts={"n_images": n, "n_by_finding": dict(counts.most_common())},
            thresholds={name: v for check in CHECKS for name, v in check.thresholds.items()},
            sentences=(sentence,),
        )


def _suspects(split: SetName, seen: Seen, train: Seen) -> list[Suspect]:
    """A blank image is reported as that alone."""
    suspects, blank = [], set[int]()
    for flag in (flag for check in CHECKS for flag in check.look(seen, train)):
        for position in flag.found.nonzero()[0].tolist():
            if flag.finding == BLANK:
                blank.add(position)
            elif position in blank:
                continue
            score = float(flag.score[position])
            keep = split == "test" or flag.finding != BLANK
            words = flag.words.format(score=score)
            suspects.append(Suspect(split, position, flag.finding, score, words, keep=keep))
    return suspects
