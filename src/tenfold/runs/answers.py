"""Predictions of unlabelled files, written to a file while they are made."""

import csv
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import numpy as np

from tenfold.core.errors import RunFolderError, argument
from tenfold.core.predictions import ranked
from tenfold.runs.files import expanded, written_whole


class Answers(ABC):
    """A file to which predictions are written one after the other.

    Args:
        file: The file, open for writing.
        classes: The names of the classes, in the order of the probabilities.
        top: How many of the most probable classes to write; None for all.
    """

    def __init__(self, file: TextIO, classes: Sequence[str], top: int | None) -> None:
        self._file, self._classes, self._top = file, classes, top

    @abstractmethod
    def predicted(self, name: str, probabilities: np.ndarray) -> None:
        """Write the prediction of a file: float32 (n_classes,)."""

    @abstractmethod
    def skipped(self, name: str, reason: str) -> None:
        """Write that a file was skipped, and why."""


class CsvAnswers(Answers):
    """A table: file, predicted, probability, then each class or the next most probable, skipped."""

    def __init__(self, file: TextIO, classes: Sequence[str], top: int | None) -> None:
        super().__init__(file, classes, top)
        self._writer = csv.writer(file, lineterminator="\n")
        if top is None:
            more = [f"probability_{name}" for name in classes]
        else:
            numbers = range(2, min(top, len(classes)) + 1)
            more = [f"{each}_{i}" for i in numbers for each in ("predicted", "probability")]
        self._n_more = len(more)
        self._writer.writerow(["file", "predicted", "probability", *more, "skipped"])

    def predicted(self, name: str, probabilities: np.ndarray) -> None:
        """Write a row; probabilities have enough digits to read the same float32 back."""
        best = ranked(probabilities, self._top or 1)
        digits = probabilities.astype(str).tolist()
        cells = [cell for label in best for cell in (self._classes[label], digits[label])]
        more = digits if self._top is None else []
        self._writer.writerow([name, *cells, *more, ""])

    def skipped(self, name: str, reason: str) -> None:
        """Write a row with only the file's name and the reason."""
        self._writer.writerow([name, "", "", *[""] * self._n_more, reason])


class JsonLines(Answers):
    """One JSON object per line: file, predicted, probabilities (highest first); or skipped."""

    def predicted(self, name: str, probabilities: np.ndarray) -> None:
        """Write a line."""
        self._write({"file": name, **as_dict(probabilities, self._classes, self._top)})

    def skipped(self, name: str, reason: str) -> None:
        """Write a line."""
        self._write({"file": name, "skipped": reason})

    def _write(self, content: dict[str, object]) -> None:
        self._file.write(json.dumps(content) + "\n")


FORMATS: dict[str, Callable[[TextIO, Sequence[str], int | None], Answers]] = {
    ".csv": CsvAnswers,
    ".jsonl": JsonLines,
}
"""The suffix of a file, and its format."""


def as_dict(
    probabilities: np.ndarray, classes: Sequence[str], top: int | None
) -> dict[str, object]:
    """The most probable class, and the probabilities of all or of the `top` classes."""
    best = ranked(probabilities, top or 1)
    labels = range(len(classes)) if top is None else best
    return {
        "predicted": classes[best[0]],
        "probabilities": {classes[label]: float(probabilities[label]) for label in labels},
    }


def answers_path(out: str | Path) -> Path:
    """The path of a new file for answers.

    Raises:
        RunFolderError: The file's suffix is not known, or the file exists.
    """
    path = expanded(out)
    if path.suffix.lower() not in FORMATS:
        raise RunFolderError(
            f"Expected {argument('out')} to end with {' or '.join(FORMATS)}; received {path}."
        )
    if path.exists():
        raise RunFolderError(
            f"{path} exists already, and Tenfold never overwrites anything. Choose another file "
            f"with {argument('out')}."
        )
    return path


@contextmanager
def answers_in(path: Path, classes: Sequence[str], top: int | None) -> Iterator[Answers]:
    """Write answers to a file that appears under its name when the block succeeds.

    Raises:
        TenfoldError: The file cannot be written.
    """
    # A file's name may hold bytes that are not UTF-8; surrogateescape writes them back unchanged.
    with (
        written_whole(path, in_new_folder=True) as part,
        part.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file,
    ):
        yield FORMATS[path.suffix.lower()](file, classes, top)
