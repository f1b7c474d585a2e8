"""The rows of a finished part: what a network says about each image, as a Parquet file."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tenfold.cluster.listing import Row
from tenfold.cluster.place import Place, explained

if TYPE_CHECKING:
    import pyarrow

_KEY = b"tenfold"


@dataclass(frozen=True)
class PartFacts:
    """What a part holds, in a few numbers, which its file keeps too.

    Attributes:
        n: Images that are predicted.
        n_errors: Images that cannot be read.
        predicted: How many images are taken for each class.
        first_error: The first file that cannot be read, and why; empty if there is none.
    """

    n: int
    n_errors: int
    predicted: dict[str, int] = field(default_factory=dict)
    first_error: str = ""

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> "PartFacts":
        """Read back what `to_json` wrote."""
        return cls(**json.loads(text))


@dataclass
class PartAnswers:
    """The answers of a part while it is made.

    Attributes:
        classes: Class names, in the order of the probabilities.
    """

    classes: tuple[str, ...]
    _rows: list[Row] = field(default_factory=list)
    _errors: list[str | None] = field(default_factory=list)
    _probabilities: list[np.ndarray] = field(default_factory=list)
    _unfamiliar: list[bool | None] = field(default_factory=list)

    def add(
        self,
        rows: Sequence[Row],
        errors: Sequence[str],
        probabilities: np.ndarray,
        unfamiliar: Sequence[bool | None],
    ) -> None:
        """Add some rows.

        Args:
            rows: The images.
            errors: Why an image cannot be read; empty where it can.
            probabilities: float32 (m, n_classes), of the images that can be read.
            unfamiliar: Whether each of these m images is unlike those of the training; None if
                the export cannot say it.
        """
        self._rows += rows
        self._errors += [error or None for error in errors]
        self._probabilities.append(probabilities)
        self._unfamiliar += unfamiliar

    def facts(self) -> PartFacts:
        """What the part holds so far."""
        labels = np.concatenate([each.argmax(axis=1) for each in self._probabilities])
        counts = Counter(self.classes[label] for label in labels.tolist())
        bad = [(row, error) for row, error in zip(self._rows, self._errors, strict=True) if error]
        first = f"{_text(bad[0][0].name)}: {bad[0][1]}" if bad else ""
        return PartFacts(len(labels), len(bad), dict(counts), first)

    def table(self) -> "pyarrow.Table":
        """The columns: `file`, `row`, `class`, `probability`, `probability_<class>`, and so on."""
        import pyarrow as pa

        # The readable rows take their values in order; the others are empty.
        readable = np.array([error is None for error in self._errors], dtype=bool)
        at = pa.array(np.where(readable, np.cumsum(readable) - 1, 0), mask=~readable)
        found = np.concatenate(self._probabilities).astype(np.float32)
        best = found.argmax(axis=1)

        def column(values: "pyarrow.Array") -> "pyarrow.Array":
            return values.take(at) if len(values) else pa.nulls(len(at), values.type)

        columns = {
            "file": pa.array([_text(row.name) for row in self._rows]),
            "row": pa.array([row.row for row in self._rows], pa.int64()),
            "class": column(pa.array([self.classes[label] for label in best], pa.string())),
            "probability": column(pa.array(found.max(axis=1, initial=0))),
            **{
                f"probability_{name}": column(pa.array(np.ascontiguousarray(found[:, label])))
                for label, name in enumerate(self.classes)
            },
            "unfamiliar": column(pa.array(self._unfamiliar, pa.bool_())),
            "error": pa.array(self._errors, pa.string()),
        }
        return pa.table(columns).replace_schema_metadata({_KEY: self.facts().to_json()})

    def write(self, place: Place) -> PartFacts:
        """Write the part, which appears when it is complete, and return its facts."""
        from pyarrow import BufferOutputStream
        from pyarrow.parquet import write_table

        whole = BufferOutputStream()
        write_table(self.table(), whole)
        place.write(whole.getvalue())
        return self.facts()


def read_facts(place: Place) -> PartFacts:
    """What a finished part holds."""
    from pyarrow.parquet import read_schema

    with explained(place), place.opened() as file:
        return PartFacts.from_json(read_schema(file).metadata[_KEY])


def _text(name: str) -> str:
    """A file's name as text; bytes that are not UTF-8 are written as escapes."""
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")
