"""Tables as CSV files: UTF-8, commas, a header, one line break (LF) after each row."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import TextIO

import numpy as np

from tenfold.core.errors import RunFolderError
from tenfold.core.history import Epoch, FitRecord
from tenfold.core.predictions import Predictions
from tenfold.runs.files import written_whole

_COLUMNS = ["name", "actual", "predicted"]
_FOLD = "fold"
_PROBABILITY = "probability_"


def write_confusion(matrix: np.ndarray, classes: Sequence[str], path: Path) -> Path:
    """Write a confusion matrix, a row for each actual class, and return `path`.

    Args:
        matrix: (n_classes, n_classes), int64 counts or float64 row shares in 0..1.
        classes: The names of the classes, in label order.
        path: The file.

    Raises:
        TenfoldError: The file cannot be written.
    """
    number = "{:.6f}" if np.issubdtype(matrix.dtype, np.floating) else "{:d}"
    rows = (
        [name, *map(number.format, row)] for name, row in zip(classes, matrix.tolist(), strict=True)
    )
    return write_table(["actual", *classes], rows, path)


def write_predictions(
    predictions: Predictions, path: Path, *, fold_of: np.ndarray | None = None
) -> Path:
    """Write name, actual and predicted class and each probability, and return `path`.

    Probabilities have enough digits to read the same float32 back.

    Args:
        predictions: What to write.
        path: The file.
        fold_of: int64 (n,), the fold of each image, from 0. The column of the file counts from 1.
            None for no such column.

    Raises:
        TenfoldError: The file cannot be written.
    """
    classes = predictions.classes
    folds = [[]] * len(predictions) if fold_of is None else (fold_of[:, None] + 1).tolist()
    header = [*_COLUMNS, *([] if fold_of is None else [_FOLD])]
    header += [_PROBABILITY + name for name in classes]
    rows = (
        [name, classes[actual], classes[predicted], *fold, *probabilities]
        for name, actual, predicted, fold, probabilities in zip(
            predictions.names,
            predictions.truth.tolist(),
            predictions.predicted.tolist(),
            folds,
            predictions.probabilities.astype(str).tolist(),
            strict=True,
        )
    )
    return write_table(header, rows, path)


def read_predictions(path: Path) -> Predictions:
    """Read a table from `write_predictions`; probabilities are exactly the same float32.

    Raises:
        RunFolderError: The file is missing, or is not such a table.
    """
    try:
        with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            header, *rows = csv.reader(file)
        if header[:3] != _COLUMNS:
            raise ValueError(f"its columns begin with {header[:3]}, not name, actual, predicted")
        first = 4 if header[3:4] == [_FOLD] else 3
        classes = tuple(name.removeprefix(_PROBABILITY) for name in header[first:])
        label_of = {name: label for label, name in enumerate(classes)}
        probabilities = np.array([row[first:] for row in rows], dtype=np.float32)
        return Predictions(
            truth=np.array([label_of[row[1]] for row in rows], dtype=np.int64),
            probabilities=probabilities.reshape(len(rows), len(classes)),
            classes=classes,
            names=tuple(row[0] for row in rows),
        )
    except (OSError, ValueError, LookupError, csv.Error) as error:
        raise RunFolderError(
            f"There are no readable predictions at {path} ({error}). Write them first with "
            f"`tenfold predict {path.parent}`."
        ) from error


def write_history(fit: FitRecord, path: Path) -> Path:
    """Write a row for each epoch, a column for each field of `Epoch`, and return `path`.

    Raises:
        TenfoldError: The file cannot be written.
    """
    return write_table([field.name for field in fields(Epoch)], map(astuple, fit.epochs), path)


class _Lines:
    """End rows with LF alone. If `csv` itself did so, it would not quote names with a CR."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, row: str) -> None:
        self._file.write(row.removesuffix("\r\n") + "\n")


def write_table(header: Sequence[str], rows: Iterable[Sequence[object]], path: Path) -> Path:
    """Write a table of any columns, and return `path`.

    Raises:
        TenfoldError: The file cannot be written.
    """
    # A file's name may hold bytes that are not UTF-8; surrogateescape writes them back unchanged.
    with (
        written_whole(path) as part,
        part.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file,
    ):
        writer = csv.writer(_Lines(file))
        writer.writerow(header)
        writer.writerows(rows)
    return path
