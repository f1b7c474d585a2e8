"""Rows in numbered parts of equal size, and what a folder of parts was made with."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

from tenfold.core.errors import RunFolderError, argument

PART_ROWS = 4_096
"""Rows of a part: a second of work on a core, more or less, which is all that a kill can lose."""

PARTS = "parts"
"""The folder of the parts: all that a reader of Parquet needs."""
MANIFEST = "manifest.json"
LISTING = "listing"
MODEL = "model.onnx"
_FORMAT = 1


def part_name(number: int) -> str:
    """The file of a part.

    >>> part_name(17)
    'part-00017.parquet'
    """
    return f"part-{number:05}.parquet"


def count_parts(n_rows: int, part_rows: int) -> int:
    """Parts of `part_rows` rows each, but the last, which may have fewer.

    >>> count_parts(0, 10), count_parts(10, 10), count_parts(11, 10)
    (0, 1, 2)
    """
    return -(-n_rows // part_rows)


@dataclass(frozen=True)
class Manifest:
    """What the parts in a folder are made with.

    Attributes:
        source: The files, folders or addresses that were given.
        model_sha256: Of the ONNX export, in hexadecimal.
        part_rows: Rows of a part.
        n_rows: Rows that the source had when it was listed.
        listed_at: When that was: UTC, ISO 8601.
        format: The version of these files.
    """

    source: tuple[str, ...]
    model_sha256: str
    part_rows: int
    n_rows: int
    listed_at: str
    format: int = _FORMAT

    @property
    def n_parts(self) -> int:
        """How many parts there are in the end."""
        return count_parts(self.n_rows, self.part_rows)

    def missing(self, names: Iterable[str]) -> list[int]:
        """The parts that are not among the names of a folder's files: the work that is left."""
        there = set(names)
        return [number for number in range(self.n_parts) if part_name(number) not in there]

    def to_json(self) -> bytes:
        """The content of manifest.json."""
        return (json.dumps(asdict(self), indent=2) + "\n").encode()

    @classmethod
    def from_json(cls, content: bytes, where: str) -> "Manifest":
        """Read it back.

        Args:
            content: Of the file.
            where: The file, for errors.

        Raises:
            RunFolderError: It is damaged, or of another version of Tenfold.
        """
        try:
            found: dict[str, Any] = json.loads(content)
            if found["format"] != _FORMAT:
                raise ValueError(f"its format is {found['format']}, not {_FORMAT}")
            known = {each.name: found[each.name] for each in fields(cls)}
            return cls(**{**known, "source": tuple(known["source"])})
        except (ValueError, KeyError, TypeError) as error:
            raise RunFolderError(
                f"Cannot read {where}: {error}. Expected what this version of Tenfold writes. "
                f"Choose another folder with {argument('out')}."
            ) from error

    def refuse_other(
        self, *, source: tuple[str, ...], model_sha256: str, part_rows: int | None, where: str
    ) -> None:
        """Refuse to go on with parts that were made with something else.

        Args:
            source: What is given now.
            model_sha256: Of the export that is given now.
            part_rows: Rows of a part that are asked for now; None if it does not matter.
            where: The folder, for errors.

        Raises:
            RunFolderError: Something differs.
        """
        differs = []
        if source != self.source:
            differs.append(f"the images {' '.join(self.source)}, not {' '.join(source)}")
        if model_sha256 != self.model_sha256:
            differs.append(
                f"the network {self.model_sha256[:12]}, not {model_sha256[:12]} (SHA-256 of the "
                "ONNX export)"
            )
        if part_rows not in (None, self.part_rows):
            differs.append(f"parts of {self.part_rows:,} rows, not {part_rows:,}")
        if differs:
            raise RunFolderError(
                f"{where} holds predictions of {'; and of '.join(differs)}. Ask for the same again "
                f"to go on with them, or choose another folder with {argument('out')}."
            )
