"""What an export says about itself, and how to read it back without TensorFlow."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tenfold.core.errors import ModelError
from tenfold.core.images import Shape
from tenfold.core.rendering import Fit, Rendering
from tenfold.core.text import counted, percent
from tenfold.deploy.familiarity import Familiarity
from tenfold.deploy.silence import silent_onnxruntime
from tenfold.runs.environment import usable_cores

KEY = "tenfold"
"""The name of the document in the metadata of an ONNX model."""
FORMAT = 2
"""Raised when the document changes so that an earlier reader would misunderstand it."""


@dataclass(frozen=True)
class Document:
    """All that a program needs to give an export a new image, and to judge its answer.

    Attributes:
        tenfold: The version of Tenfold that wrote the export.
        recipe: Every setting of the run's recipe, and its name.
        data: The name of the run's data.
        classes: Class names, in the order of the probabilities.
        shape: Height and width in pixels, then channels, of an image: uint8, 0-255.
        mode: `RGB` or `L` (grey), as Pillow calls them; None for another number of channels.
        fit: How a picture that is not square becomes square.
        rendering: How picture files were read for the training; None where there were none.
        temperature: At which the probabilities are calibrated, inside the export; None if they are
            not.
        n_views: Views of each image that are averaged, inside the export.
        dense: Whether local layers are written as dense ones.
        int8: How the weights and activations became 8-bit numbers; None if they are float32.
        accuracy: Of this export on the run's test images: `n`, `accuracy`, `interval_95`.
        run_sha256: SHA-256 of the run's model file, in hexadecimal.
        date: When it was exported: UTC, ISO 8601.
        familiarity: When an image counts as unfamiliar; None if the export does not say.
        format: The version of this document.
    """

    tenfold: str
    recipe: dict[str, Any]
    data: str
    classes: tuple[str, ...]
    shape: Shape
    mode: str | None
    fit: Fit
    rendering: Rendering | None
    temperature: float | None
    n_views: int
    dense: bool
    int8: dict[str, Any] | None
    accuracy: dict[str, Any]
    run_sha256: str
    date: str
    familiarity: Familiarity | None = None
    format: int = field(default=FORMAT)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    def facts(self) -> dict[str, str]:
        """What a reader wants to know first, by name."""
        n, (height, width, channels) = self.accuracy["n"], self.shape
        return {
            "recipe": str(self.recipe["name"]),
            "data": self.data,
            "classes": ", ".join(self.classes[:12]) + (", ..." if self.classes[12:] else ""),
            "images": f"{height} x {width} pixels, {counted(channels, 'channel')}",
            "accuracy": f"{percent(self.accuracy['accuracy'])} of {n:,} test images",
        }

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "Document":
        """Rebuild it from what `to_dict` and JSON made of it.

        Raises:
            ModelError: It is of a later version, or damaged.
        """
        found = content.get("format")
        if found != FORMAT:
            raise ModelError(
                f"Expected a description of version {FORMAT} in the export; found {found!r}. "
                "Export the run again with this version of Tenfold, or read it with the version "
                "that wrote it."
            )
        try:
            names = cls.__dataclass_fields__
            known = {name: value for name, value in content.items() if name in names}
            rendering = known["rendering"] and Rendering.from_dict(known["rendering"])
            familiarity = known.get("familiarity") and Familiarity.from_dict(known["familiarity"])
            classes, (height, width, channels) = tuple(known["classes"]), known["shape"]
            return cls(
                **{
                    **known,
                    "rendering": rendering,
                    "familiarity": familiarity,
                    "classes": classes,
                    "shape": (height, width, channels),
                }
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"The description in the export is damaged: {error}. Export the run again."
            ) from error


def read_document(path: Path) -> Document:
    """Read what an export says about itself.

    Args:
        path: An ONNX export, which holds its document; or another one, whose document is beside it.

    Raises:
        ModelError: It is not an export of Tenfold, or cannot be read.
    """
    if path.suffix == ".onnx":
        return document_in(open_onnx(path), path)
    beside = figures_path(path)
    try:
        content = json.loads(beside.read_text(encoding="utf-8"))
        return Document.from_dict(content[KEY])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"Cannot read {beside}, which describes {path.name}: {error}. Keep both together."
        ) from error


def open_onnx(path: Path, *, n_threads: int | None = None) -> Any:  # noqa: ANN401
    """Open an ONNX model: an `onnxruntime.InferenceSession` on this processor.

    Args:
        path: The file.
        n_threads: Threads that it computes with; None for one for each usable core.

    Raises:
        ModelError: The file is missing, or is not an ONNX model.
    """
    onnxruntime = silent_onnxruntime()
    if not path.is_file():
        raise ModelError(f"Expected an ONNX model at {path}; there is none.")
    options = onnxruntime.SessionOptions()
    # ONNX Runtime itself counts all cores of the machine, and threads that wait keep them busy.
    options.intra_op_num_threads = options.inter_op_num_threads = n_threads or usable_cores()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime has error classes of its own.
        reason = " ".join(str(error).split())
        raise ModelError(f"{path} is not an ONNX model that can be run: {reason}") from error


def document_in(session: Any, path: Path) -> Document:  # noqa: ANN401
    """Read the document of an open ONNX model.

    Args:
        session: From `open_onnx`.
        path: Its file, for the error.

    Raises:
        ModelError: The model was not exported by Tenfold.
    """
    text = session.get_modelmeta().custom_metadata_map.get(KEY)
    if text is None:
        raise ModelError(
            f"{path} was not exported by Tenfold: it does not say what its classes are and how an "
            "image is prepared. Export a run with `tenfold export RUN --to onnx`."
        )
    try:
        content = json.loads(text)
    except ValueError as error:
        raise ModelError(f"The description in {path} is damaged: {error}.") from error
    return Document.from_dict(content)


def figures_path(path: Path) -> Path:
    """The JSON file beside an export: its document and what was measured."""
    return path.with_name(f"{path.name}.json")
