"""The formats of exports: one list, in which each knows all about itself."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.core.errors import TenfoldError, argument, nearest
from tenfold.deploy.document import KEY, Document

if TYPE_CHECKING:
    import numpy as np

    from tenfold.learn.parts import Parts

Write = Callable[["Parts", Path, Document], None]
"""Writes a network to a new path."""
WriteInt8 = Callable[["Parts", Path, "np.ndarray"], None]
"""Writes it in 8-bit numbers, whose ranges come from some training images, uint8 (n, height,
width, channels)."""


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        name: On the command line, and of its runtime in `own_runtime`.
        ending: Of its file's name; empty for a folder.
        write: Writes float32 numbers.
        write_int8: Writes 8-bit numbers; None if this format is float32 alone.
        describe: Puts a new document into a written file; None if it is only beside it.
    """

    name: str
    ending: str
    write: Write
    write_int8: WriteInt8 | None = None
    describe: Callable[[Path, Document], None] | None = None

    def default_name(self, *, one_view: bool, dense: bool, int8: bool) -> str:
        """The name of an export among a run's exports; each variant has its own."""
        chosen = {"1-view": one_view, "dense": dense, "int8": int8}
        stem = "-".join(["model", *(name for name, wanted in chosen.items() if wanted)])
        return f"{stem}{self.ending}" if self.ending else f"{stem}-{self.name}"


def _write_onnx(parts: "Parts", path: Path, document: Document) -> None:
    from tenfold.deploy.onnx_form import onnx_model

    path.write_bytes(onnx_model(parts, {KEY: document.to_json()}).SerializeToString())


def _write_onnx_int8(parts: "Parts", path: Path, calibration: "np.ndarray") -> None:
    from tenfold.deploy.onnx_form import onnx_model
    from tenfold.deploy.onnx_int8 import quantise

    quantise(onnx_model(parts, {}), path, calibration)


def _describe_onnx(path: Path, document: Document) -> None:
    from tenfold.deploy.onnx_int8 import describe

    describe(path, {KEY: document.to_json()})


def _write_keras(parts: "Parts", path: Path, document: Document) -> None:  # noqa: ARG001
    parts.as_keras().save(path)


def _write_litert(parts: "Parts", path: Path, document: Document) -> None:  # noqa: ARG001
    from tenfold.learn.saved_model import write_litert

    write_litert(parts.as_keras(), path)


def _write_litert_int8(parts: "Parts", path: Path, calibration: "np.ndarray") -> None:
    from tenfold.learn.saved_model import write_litert

    write_litert(parts.as_keras(), path, calibration)


def _write_saved_model(parts: "Parts", path: Path, document: Document) -> None:  # noqa: ARG001
    from tenfold.learn.saved_model import write_saved_model

    write_saved_model(parts.as_keras(), path)


FORMATS = (
    Format("keras", ".keras", _write_keras),
    Format("onnx", ".onnx", _write_onnx, _write_onnx_int8, _describe_onnx),
    Format("litert", ".tflite", _write_litert, _write_litert_int8),
    Format("savedmodel", "", _write_saved_model),
)


def find_format(name: str) -> Format:
    """Find a format by its name.

    Raises:
        TenfoldError: There is none of that name.
    """
    names = tuple(each.name for each in FORMATS)
    for each in FORMATS:
        if each.name == name:
            return each
    raise TenfoldError(
        f"Expected {argument('to')} to be one of {', '.join(names)}; received '{name}'."
        f"{nearest(name, names)}"
    )
