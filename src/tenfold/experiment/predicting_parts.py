"""Predict any number of images on many cores or machines, in parts that survive any kill."""

import hashlib
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from tenfold.cluster.answers import PartAnswers, PartFacts, read_facts
from tenfold.cluster.connect import HERE, check_ray, connected
from tenfold.cluster.listing import Row, read_part, write_listing
from tenfold.cluster.parts import (
    LISTING,
    MANIFEST,
    MODEL,
    PART_ROWS,
    PARTS,
    Manifest,
    part_name,
)
from tenfold.cluster.place import Place, is_address, place_of
from tenfold.cluster.sources import contents, rows_of
from tenfold.cluster.stream import stream
from tenfold.core.errors import DataError, ImageError, RunFolderError, argument
from tenfold.core.limits import LARGEST_COPY_BYTES
from tenfold.core.progress import in_single_lines, live
from tenfold.core.text import Say, counted
from tenfold.data.as_trained import bring_one
from tenfold.data.picture import load_picture
from tenfold.data.source import path_of
from tenfold.data.wanted import STDIN
from tenfold.deploy.classifier import Classifier
from tenfold.deploy.document import read_document
from tenfold.experiment.load import onnx_of
from tenfold.report.answers import counts_sentence
from tenfold.runs import layout
from tenfold.runs.files import is_leftover, make_folder
from tenfold.runs.lock import locked

BATCH = 64
"""Images that a worker predicts at once: as fast as 256, in a quarter of the memory."""
SAY_EVERY_S = 10.0
_AT_ONCE = 16


def predict_parts(
    path: str | Path,
    files: Sequence[str | Path] | str | Path,
    *,
    out: str | Path,
    cluster: str = HERE,
    part_rows: int | None = None,
    cores: int | None = None,
    say: Say = print,
) -> dict[str, Any]:
    """Predict images with a worker on each core, and write Parquet files.

    The images are listed once, in a fixed order, and cut into parts. A part is written when it is
    complete; asked again after a kill, the parts that are missing are made, and no others.

    Args:
        path: A run, or an ONNX export.
        files: Image files, folders, lists and patterns; Parquet files and folders of them; or
            addresses of an object store, such as `s3://bucket/folder`.
        out: Folder for the parts, on a disk or in an object store, that all workers can reach.
        cluster: Address of a Ray cluster, or `local` to start Ray on this machine.
        part_rows: Rows of a part; None for 4,096, or as before.
        cores: Cores of this machine to use, without a cluster; None for all.
        say: Called with each line of output.

    Returns:
        Values for JSON: numbers of images and parts, and how many are taken for each class.

    Raises:
        ClusterError: Ray is not installed, or nothing answers at the address.
        DataError: There is nothing to predict, or it cannot be listed.
        RunFolderError: The folder holds something else, or predictions of something else.
        ImageError: None of the images can be read.
    """
    check_ray()
    if part_rows is not None and part_rows < 1:
        raise DataError(f"Expected {argument('part_rows')} to be 1 or more; received {part_rows}.")
    tell = in_single_lines(say)
    names = [str(each) for each in ([files] if isinstance(files, str | Path) else files)]
    sources = tuple(map(_from_anywhere, names))
    folder = place_of(str(out))
    model = _model_of(path, say)
    with _owned(folder):
        manifest = _begun(folder, sources, model, part_rows, tell)
        missing = manifest.missing((folder / PARTS).names())
        kept = sorted(set(range(manifest.n_parts)) - set(missing))
        if kept:
            tell(f"{counted(len(kept), 'part')} of {manifest.n_parts:,} are there and are kept.")
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            of_kept = pool.map(lambda each: read_facts(folder / PARTS / part_name(each)), kept)
            total = _Total(manifest, tell)
            for each in of_kept:
                total.add(each)
        if missing:
            with connected(cluster, cores=cores) as n_cores:
                make = partial(PartPredictor, folder.shown if folder.is_local else str(out))
                for _, result in stream(missing, make, n_cores=n_cores):
                    total.add(PartFacts.from_json(result), shown=True)
    return total.answer(folder, n_kept=len(kept))


class PartPredictor:
    """Predicts parts, one after the other, on one core.

    Args:
        folder: Where the model, the listing and the parts are, as `place_of` takes it.
    """

    def __init__(self, folder: str) -> None:
        self._folder = place_of(folder)
        with tempfile.TemporaryDirectory() as copied:
            export = Path(copied) / MODEL
            export.write_bytes((self._folder / MODEL).read())
            self._classifier = Classifier.open(export, n_threads=1)
        height, width, _ = self._classifier.document.shape
        self._n_at_once = min(BATCH, max(1, LARGEST_COPY_BYTES // (3 * height * width)))

    def work(self, number: int) -> str:
        """Predict a part and write it, unless it is there; its `PartFacts`."""
        part = self._folder / PARTS / part_name(number)
        if part.exists():  # Of a worker that was killed between writing and answering.
            return read_facts(part).to_json()
        answers = PartAnswers(self._classifier.classes)
        rows = read_part(self._folder / LISTING, number)
        while some := list(islice(rows, self._n_at_once)):
            self._predict(some, answers)
        return answers.write(part).to_json()

    def _predict(self, rows: list[Row], answers: PartAnswers) -> None:
        document = self._classifier.document
        images, errors = [], []
        for content in contents(rows):
            try:
                if isinstance(content, ImageError):
                    raise content
                picture = load_picture(content).picture
                images.append(bring_one(picture, document.shape, document.rendering))
                errors.append("")
            except ImageError as reason:
                errors.append(str(reason))
        if not images:
            none = np.empty((0, len(answers.classes)), np.float32)
            answers.add(rows, errors, none, [])
            return
        probabilities, unfamiliarity = self._classifier.figures(np.stack(images))
        unfamiliar = [None] * len(images) if unfamiliarity is None else (unfamiliarity > 1).tolist()
        answers.add(rows, errors, probabilities, unfamiliar)


@dataclass
class _Total:
    """All parts together, and how far the work is."""

    manifest: Manifest
    say: Say
    n_errors: int = 0
    first_error: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    _said_at: float = field(default_factory=time.monotonic)

    def add(self, part: PartFacts, *, shown: bool = False) -> None:
        self.counts.update(part.predicted)
        self.n_errors += part.n_errors
        self.first_error = self.first_error or part.first_error
        if not shown:
            return
        done, n_rows = self.counts.total() + self.n_errors, self.manifest.n_rows
        words, now = f"predicted {done:,} of {n_rows:,} images", time.monotonic()
        if screen := live(self.say):
            screen.show(words, done, n_rows)
        elif now - self._said_at >= SAY_EVERY_S:
            self.say(f"{words.capitalize()} ...")
            self._said_at = now

    def answer(self, folder: Place, *, n_kept: int) -> dict[str, Any]:
        """Values for JSON; the same in words to the screen."""
        if self.n_errors:
            self.say(
                f"{counted(self.n_errors, 'image')} cannot be read; the column error says why. "
                f"The first: {self.first_error}"
            )
        if not self.counts:
            raise ImageError(
                f"Expected image files; none of the {self.n_errors:,} given can be read. "
                f"{self.first_error}"
            )
        self.say(counts_sentence(self.counts))
        self.say(f"The predictions are in {(folder / PARTS).shown}")
        return {
            "folder": (folder / PARTS).shown,
            "n": self.counts.total(),
            "n_errors": self.n_errors,
            "predicted": dict(self.counts.most_common()),
            "n_parts": self.manifest.n_parts,
            "n_parts_kept": n_kept,
            "part_rows": self.manifest.part_rows,
            "model_sha256": self.manifest.model_sha256,
        }


def _from_anywhere(source: str) -> str:
    """The same source for a process with another working folder."""
    return source if is_address(source) or source == STDIN else str(path_of(source))


def _model_of(path: str | Path, say: Say) -> bytes:
    """The content of the ONNX export of a run, made if there is none; or of an export."""
    export = onnx_of(path, say=say)
    channels = read_document(export).shape[2]
    if channels not in (1, 3):
        raise DataError(
            f"The images of {path} have {channels} channels; image files give 1 (grey) or 3 (RGB). "
            "Predict arrays with `tenfold.load(...).predict(images)` in Python."
        )
    return export.read_bytes()


@contextmanager
def _owned(folder: Place) -> Iterator[None]:
    """Be the only command that works in a folder; object stores have no locks."""
    with ExitStack() as stack:
        if folder.is_local:
            path = Path(folder.path)
            if path.exists() and not path.is_dir():
                raise RunFolderError(
                    f"Expected {argument('out')} to be a folder for the parts; {path} is a file."
                )
            make_folder(path, parents=True)
            stack.enter_context(locked(path / layout.LOCK.name))
            for left in filter(is_leftover, [*path.iterdir(), *path.glob("*/*")]):
                left.unlink(missing_ok=True)
        yield


def _begun(
    folder: Place, sources: tuple[str, ...], model: bytes, part_rows: int | None, say: Say
) -> Manifest:
    """The manifest of a folder: what was begun there before, or of a listing that is made now."""
    sha256 = hashlib.sha256(model).hexdigest()
    names = set(folder.names())
    if MANIFEST in names:
        found = Manifest.from_json((folder / MANIFEST).read(), (folder / MANIFEST).shown)
        found.refuse_other(
            source=sources, model_sha256=sha256, part_rows=part_rows, where=folder.shown
        )
        say(
            f"Going on with the {counted(found.n_rows, 'image')} that were listed at "
            f"{found.listed_at}; what was added since is not predicted."
        )
        return found
    if others := sorted(names - {LISTING, MODEL, layout.LOCK.name}):
        raise RunFolderError(
            f"{folder.shown} holds {others[0]}, and no predictions to go on with. Tenfold never "
            f"overwrites anything. Choose another folder with {argument('out')}."
        )
    # The manifest comes last: where it is, the others are complete.
    rows = part_rows or PART_ROWS
    listed_at = datetime.now(UTC).isoformat(timespec="seconds")
    (folder / MODEL).write(model)
    n_rows = write_listing(folder / LISTING, rows_of(sources), rows)
    begun = Manifest(sources, sha256, rows, n_rows, listed_at)
    (folder / MANIFEST).write(begun.to_json())
    say(f"Listed {counted(n_rows, 'image')}: {counted(begun.n_parts, 'part')} of up to {rows:,}.")
    return begun
