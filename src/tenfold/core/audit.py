"""What an audit of images found: nothing is deleted, and a person decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tenfold.core.cleaning import SetName

Table = tuple[Mapping[str, object], ...]
"""Rows with the same columns, in their order."""


@dataclass(frozen=True)
class Suspect:
    """One image, and why a person should look at it.

    Attributes:
        split: The set that the image is in.
        position: Its position in that set.
        finding: What was found, such as `near-duplicate`.
        score: How sure the finding is; higher is surer. Each kind of finding has its own scale.
        suggestion: What a person should know to decide, in a few words.
        group: Number of the images that belong together, from 1; None if it is about one image.
        keep: Whether the image should stay. Always True for test images.
    """

    split: SetName
    position: int
    finding: str
    score: float
    suggestion: str = ""
    group: int | None = None
    keep: bool = True


@dataclass(frozen=True)
class Findings:
    """What one kind of finding found.

    Attributes:
        suspects: A row for each image and finding, in the order in which to look at them.
        facts: Figures, as values that JSON can hold.
        thresholds: The numbers that decided, by name.
        sentences: The result in plain sentences, for the screen.
        tables: Other tables, by the name of their file without `.csv`.
        of_all: Whether something is wrong with the data as a whole, such as a leak.
    """

    suspects: tuple[Suspect, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    sentences: tuple[str, ...] = ()
    tables: Mapping[str, Table] = field(default_factory=dict)
    of_all: bool = False

    @property
    def found(self) -> bool:
        """Whether there is anything that a person should look at."""
        return self.of_all or bool(self.suspects)
