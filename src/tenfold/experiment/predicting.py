"""Predict any number of unlabelled image files."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from tenfold.core.appearance import Appearance
from tenfold.core.errors import DataError, ImageError, argument
from tenfold.core.images import Shape
from tenfold.core.limits import LARGEST_COPY_BYTES
from tenfold.core.progress import live
from tenfold.core.text import Say, counted, printable
from tenfold.data.as_trained import bring
from tenfold.data.wanted import Wanted, find_wanted
from tenfold.experiment.starting import show_start
from tenfold.measure.likeness import unlikenesses
from tenfold.report.answers import answer_line, counts_sentence
from tenfold.report.likeness import unlikeness_sentence
from tenfold.runs.answers import Answers, answers_in, answers_path, as_dict
from tenfold.runs.run import Run

BATCH = 400
"""The most images that are read and predicted at a time."""
SAY_EVERY_S = 10.0
_SKIPS_SAID = 3


def predict_files(
    run: Run,
    files: Sequence[str | Path] | str | Path,
    *,
    top: int | None = None,
    invert: bool = False,
    out: str | Path | None = None,
    collect: bool = True,
    stdin: BinaryIO | None = None,
    say: Say = print,
) -> dict[str, Any]:
    """Predict the user's image files with a run's network, a few hundred at a time.

    Args:
        run: The run.
        files: Image files, folders, lists and patterns, as `find_wanted` takes them.
        top: How many of the most probable classes to give; None for each class's probability.
        invert: Whether to predict the negatives of the images.
        out: New file for the predictions, .csv or .jsonl; then the answer only counts them.
        collect: Whether the answer holds the predictions if there is no `out`; each one takes
            memory.
        stdin: The stream from which `-` reads paths.
        say: Called with each line of output.

    Returns:
        Values for JSON: `predictions` and `skipped` by file, or with `out` their numbers;
        `remarks` on images that look unlike the training images.

    Raises:
        ImageError: None of the files can be read.
        DataError: A list cannot be read, or the network does not take pictures.
    """
    if top is not None and top < 1:
        raise DataError(f"Expected {argument('top')} to be 1 or more; received {top}.")
    names = [str(each) for each in ([files] if isinstance(files, str | Path) else files)]
    path = None if out is None else answers_path(out)
    show_start(say)
    shape = _shape(run)
    told = _Told(run, shape, invert, say)
    with ExitStack() as stack:
        file = None if path is None else stack.enter_context(answers_in(path, run.classes, top))
        answer = _Answer(run.classes, top, file, collect=collect, say=say)
        for batch in _batches(find_wanted(names, stdin), _batch_size(shape)):
            _predict(run, batch, shape, answer, told)
        if not answer.counts:
            raise ImageError(_nothing(names, answer))
    if answer.n_skipped > _SKIPS_SAID:
        say(f"Skipped {answer.n_skipped:,} files in all.")
    if answer.counts.total() > 1:
        say(counts_sentence(answer.counts))
    told.remark()
    if path is not None:
        say(f"The predictions are in {path}")
    return {**answer.content(path), "remarks": told.remarks}


def _predict(
    run: Run, batch: Sequence[Wanted], shape: Shape, answer: "_Answer", told: "_Told"
) -> None:
    """Read and predict some files, and pass on the answers in order."""
    from tenfold.learn.predict import probabilities

    paths = [wanted.path for wanted in batch if not wanted.reason]
    brought = bring(paths, shape, run.data.provenance.rendering, invert=told.invert)
    rows, reasons = iter(probabilities(run.model, brought.images)), iter(brought.reasons)
    for wanted in batch:
        if reason := wanted.reason or next(reasons):
            answer.skip(wanted.name, reason)
        else:
            answer.give(wanted.name, next(rows))
    told.add(brought.appearance, answer)


@dataclass
class _Answer:
    """The answers: written to a file, or collected in a dictionary and printed."""

    classes: tuple[str, ...]
    top: int | None
    file: Answers | None
    collect: bool
    say: Say
    counts: Counter[str] = field(default_factory=Counter)
    n_skipped: int = 0
    first_skipped: tuple[str, str] | None = None
    predictions: dict[str, dict[str, object]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)

    def give(self, name: str, row: np.ndarray) -> None:
        self.counts[self.classes[int(row.argmax())]] += 1
        if self.file is not None:
            self.file.predicted(name, row)
            return
        self.say(answer_line(name, row, self.classes, self.top or 1))
        if self.collect:
            self.predictions[name] = as_dict(row, self.classes, self.top)

    def skip(self, name: str, reason: str) -> None:
        self.n_skipped += 1
        self.first_skipped = self.first_skipped or (name, reason)
        if self.n_skipped <= _SKIPS_SAID:
            self.say(printable(f"Skipped {name}: {reason}"))
        if self.file is not None:
            self.file.skipped(name, reason)
        elif self.collect:
            self.skipped[name] = reason

    def content(self, path: Path | None) -> dict[str, Any]:
        """The answer, as values for JSON."""
        if path is None:
            return {"predictions": self.predictions, "skipped": self.skipped}
        counts = dict(self.counts.most_common())
        n = self.counts.total()
        return {"file": str(path), "n": n, "n_skipped": self.n_skipped, "predicted": counts}


class _Told:
    """Reports during prediction: the number of files, and images unlike the training images."""

    def __init__(self, run: Run, shape: Shape, invert: bool, say: Say) -> None:
        self.invert, self.remarks = invert, list[str]()
        self._say, self._said_at = say, time.monotonic()
        self._usual, self._rendering = run.appearance, run.data.provenance.rendering
        self._side_px, self._given = min(shape[:2]), Appearance()
        self._kinds: set[str] = set()

    def add(self, given: Appearance, answer: _Answer) -> None:
        """Add the appearance of a batch; report unlike images after the first, and progress."""
        is_first, self._given = not self._given.n, self._given + given
        if (
            is_first and answer.file is not None
        ):  # The user should know it before hours have passed.
            self.remark()
        if answer.file is None:
            return
        now, words = time.monotonic(), f"Predicted {counted(answer.counts.total(), 'image')} ..."
        if shown := live(self._say):
            shown.show(words)
        elif now - self._said_at >= SAY_EVERY_S:
            self._say(words)
            self._said_at = now

    def remark(self) -> None:
        """Report how the images so far differ from the training images, each difference once."""
        if self._usual is None:
            return
        native_px = None if self._rendering else self._side_px
        fit = self._rendering.fit if self._rendering else "crop"
        for found in unlikenesses(self._given, self._usual, native_px):
            if found.kind not in self._kinds:
                self._kinds.add(found.kind)
                self.remarks.append(
                    unlikeness_sentence(found, side_px=self._side_px, fit=fit, inverted=self.invert)
                )
                self._say(self.remarks[-1])


def _shape(run: Run) -> Shape:
    height, width, channels = run.model.input_shape[1:]
    if channels not in (1, 3):
        raise DataError(
            f"This run's images have {channels} channels; image files give 1 (grey) or 3 (RGB). "
            "Predict arrays with `Run.open(...).model.predict(images)` in Python."
        )
    return height, width, channels


def _batch_size(shape: Shape) -> int:
    height, width, _ = shape
    return min(BATCH, max(1, LARGEST_COPY_BYTES // (3 * height * width)))


def _batches(wanted: Iterator[Wanted], size: int) -> Iterator[list[Wanted]]:
    while batch := list(islice(wanted, size)):
        yield batch


def _nothing(names: Sequence[str], answer: _Answer) -> str:
    """Why nothing could be predicted."""
    if answer.first_skipped is None:
        return f"Expected image files; {', '.join(names) or 'the list of files'} names none."
    name, reason = answer.first_skipped
    return printable(
        f"Expected image files; none of the {answer.n_skipped:,} given can be read. "
        f"{name}: {reason}"
    )
