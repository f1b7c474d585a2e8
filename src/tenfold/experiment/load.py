"""Load a network for new images."""

from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.core.errors import ModelError
from tenfold.core.text import Say
from tenfold.deploy.classifier import Classifier
from tenfold.runs import layout
from tenfold.runs.files import expanded, sha256_of

if TYPE_CHECKING:
    from tenfold.runs.run import Run


def load(path: str | Path, *, say: Say = print) -> Classifier:
    """Load a network that classifies images of any size and mode.

    From an ONNX export, this needs neither TensorFlow nor Keras. A run is exported on first use;
    that takes a while, and needs the run's images.

    Args:
        path: An ONNX export, or a run's folder.
        say: Called with each line that an export of a run reports.

    Raises:
        ModelError: It is not an export, or the run cannot be exported here.
    """
    return Classifier.open(onnx_of(path, say=say))


def onnx_of(path: str | Path, *, say: Say = print) -> Path:
    """The ONNX export of a run, made if there is none of its present network; or an export itself.

    Raises:
        ModelError: It is not an export, or the run cannot be exported here.
    """
    given = expanded(path)
    if not given.is_dir():
        if given.suffix != ".onnx" or not given.is_file():
            raise ModelError(
                f"Expected an ONNX export (a file ending with .onnx) or a run's folder; received "
                f"{given}{'' if given.exists() else ', which does not exist'}. Export a run with "
                "`tenfold export RUN --to onnx`."
            )
        return given
    from tenfold.runs.run import Run

    run = Run.open(given)
    export = run.folder / layout.EXPORTS / "model.onnx"
    if not _is_current(export, run.folder / layout.MODEL):
        _export(run, say)
    return export


def _is_current(export: Path, model: Path) -> bool:
    if not export.is_file():
        return False
    try:
        document = Classifier.open(export).document
    except ModelError:
        return False
    return not model.is_file() or document.run_sha256 == sha256_of(model)


def _export(run: "Run", say: Say) -> None:
    from importlib.util import find_spec

    if find_spec("keras") is None:
        raise ModelError(
            f"{run.folder.path} has no ONNX export of its network, and to make one needs "
            "TensorFlow, which is not installed here. Run `tenfold export RUN --to onnx` where the "
            "run was made, and load that file."
        )
    from tenfold.experiment.export import export

    export(run, "onnx", say=say)
