"""Facts about many image files, in little memory."""

import json
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np

from tenfold.core.originals import Originals
from tenfold.data.decoding import Part
from tenfold.data.depth import Depth, Kind
from tenfold.data.picture import Original

UNKNOWN, READ, UNREADABLE, MEASURED = range(4)
"""The stage of a file: not read yet, with pixels, without pixels, or waiting for the scale of
the set."""

_KINDS = tuple(Kind)
_NO_DEPTH = -1
_FACTS = np.dtype(
    [
        ("size", np.int64),
        ("changed", np.int64),
        ("stage", np.uint8),
        ("reason", np.int32),
        ("width", np.int32),
        ("height", np.int32),
        ("mode", np.int32),
        ("format", np.int32),
        ("quality", np.uint8),
        ("depth_kind", np.int8),
        ("lowest", np.float64),
        ("highest", np.float64),
    ]
)


class FileTable:
    """A row for each file: its state on the disk, what it holds, and whether it can be read.

    Attributes:
        names: The files, below the data's root.
        facts: A row for each, with `size` (bytes), `changed` (a time in ns or a checksum), `stage`
            (how far it is, as above), `width` and `height` (pixels), `quality` (of a JPEG file).
    """

    def __init__(self, names: Sequence[str], facts: np.ndarray, words: list[str]) -> None:
        self.names, self.facts, self._words = list(names), facts, words
        self._numbers = {word: number for number, word in enumerate(words)}

    @classmethod
    def of(cls, names: Sequence[str], states: np.ndarray) -> "FileTable":
        """Begin a table of files that were not read yet.

        Args:
            names: The files.
            states: int64 (n, 2), the size and the time of each, or the like.
        """
        facts = np.zeros(len(names), _FACTS)
        facts["size"], facts["changed"] = states[:, 0], states[:, 1]
        facts["depth_kind"] = _NO_DEPTH
        return cls(names, facts, [""])

    def __len__(self) -> int:
        return len(self.names)

    def note(self, rows: np.ndarray, part: Part) -> None:
        """Record the outcome of files.

        Args:
            rows: int64 (n,), their rows.
            part: Their outcomes.
        """
        outcomes, number = part.outcomes, self._number
        failed = np.array([bool(each.reason) for each in outcomes], dtype=bool)
        facts = np.zeros(len(rows), _FACTS)
        for column in ("size", "changed", "lowest", "highest", "depth_kind"):
            facts[column] = self.facts[column][rows]
        facts["stage"] = np.where(part.read, READ, np.where(failed, UNREADABLE, MEASURED))
        facts["reason"] = [number(each.reason) for each in outcomes]
        nothing = Original(0, 0, "", "")
        originals = [each.original or nothing for each in outcomes]
        facts["width"] = [each.width for each in originals]
        facts["height"] = [each.height for each in originals]
        facts["mode"] = [number(each.mode) for each in originals]
        facts["format"] = [number(each.format) for each in originals]
        facts["quality"] = [each.quality for each in originals]
        for at, outcome in enumerate(outcomes):
            if (depth := outcome.depth) is not None:
                facts["depth_kind"][at] = _KINDS.index(depth.kind)
                facts["lowest"][at], facts["highest"][at] = depth.lowest, depth.highest
        self.facts[rows] = facts

    def rows_at(self, stage: int) -> np.ndarray:
        """int64 (m,): the rows that are at a stage, ascending."""
        return np.flatnonzero(self.facts["stage"] == stage)

    def rows_with_depth(self) -> np.ndarray:
        """int64 (m,): the rows of pictures that depend on the scale of the set, ascending."""
        return np.flatnonzero(self.facts["depth_kind"] != _NO_DEPTH)

    def reason(self, row: int) -> str:
        """Why a file cannot be read."""
        return self._words[int(self.facts["reason"][row])]

    def original(self, row: int) -> Original:
        """The facts about a readable file."""
        fact = self.facts[row]
        mode, name = self._words[fact["mode"]], self._words[fact["format"]]
        return Original(int(fact["width"]), int(fact["height"]), mode, name, int(fact["quality"]))

    def originals(self, rows: np.ndarray) -> Originals:
        """The facts about readable files, in the order of `rows`, int64 (n,)."""
        facts = self.facts[rows]
        return Originals(
            width=facts["width"],
            height=facts["height"],
            quality=facts["quality"],
            mode=self._texts(facts["mode"]),
            format=self._texts(facts["format"]),
        )

    def _texts(self, numbers: np.ndarray) -> np.ndarray:
        """Words by their numbers; as short texts, which long reasons are not among."""
        used, at = np.unique(numbers, return_inverse=True)
        return np.array([self._words[number] for number in used], dtype=np.str_)[at]

    def depths(self) -> list[Depth]:
        """The depth of each picture that depends on the scale of the set."""
        facts = self.facts[self.rows_with_depth()]
        return [
            Depth(
                _KINDS[fact["depth_kind"]],
                self._words[fact["mode"]],
                float(fact["lowest"]),
                float(fact["highest"]),
            )
            for fact in facts
        ]

    def take_from(self, other: "FileTable") -> tuple[np.ndarray, np.ndarray]:
        """Take over the rows of another table for files that have not changed since.

        Returns:
            int64 (m,) and int64 (m,): the rows here, ascending, and those in the other table.
        """
        if self.names == other.names:  # As nearly always.
            there = np.arange(len(self.names))
        else:
            place = {name: row for row, name in enumerate(other.names)}
            there = np.array([place.get(name, -1) for name in self.names], dtype=np.int64)
        here = np.flatnonzero(there >= 0)
        there = there[here]
        same = np.ones(len(here), dtype=bool)
        for column in ("size", "changed"):
            same &= self.facts[column][here] == other.facts[column][there]
        here, there = here[same], there[same]
        self.facts[here] = other.facts[there]
        self._words, self._numbers = other._words, other._numbers
        return here, there

    def save(self, file: BinaryIO, about: dict[str, Any]) -> None:
        """Write the table, and what it is about, as an .npz file."""
        np.savez(
            file,
            about=_bytes_of(json.dumps(about)),
            names=_bytes_of("\0".join(self.names)),
            words=_bytes_of(json.dumps(self._words)),
            facts=self.facts,
        )

    @classmethod
    def load(cls, content: "np.lib.npyio.NpzFile") -> "FileTable":
        """Rebuild a table from the file that `save` wrote.

        Raises:
            ValueError: It is something else.
        """
        text = _text_of(content["names"])
        names = text.split("\0") if text else []
        facts, words = content["facts"], json.loads(_text_of(content["words"]))
        if facts.dtype != _FACTS or len(facts) != len(names):
            raise ValueError("not a table of files")
        return cls(names, facts, words)

    def _number(self, word: str) -> int:
        number = self._numbers.get(word)
        if number is None:
            number = self._numbers[word] = len(self._words)
            self._words.append(word)
        return number


def about(content: "np.lib.npyio.NpzFile") -> dict[str, Any]:
    """The description in a saved table."""
    found: dict[str, Any] = json.loads(_text_of(content["about"]))
    return found


def _bytes_of(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)


def _text_of(content: np.ndarray) -> str:
    return content.tobytes().decode("utf-8", "surrogatepass")
