"""Load a network for new images."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.core.errors import ModelError
from tenfold.core.text import Say
from tenfold.deploy.classifier import Classifier
from tenfold.deploy.document import read_document
from tenfold.deploy.formats import find_format
from tenfold.runs import layout
from tenfold.runs.files import expanded, sha256_of

if TYPE_CHECKING:
    from tenfold.core.images import Data
    from tenfold.runs.run import Run


def load(path: "str | Path | Run", *, say: Say = print) -> Classifier:
    """Load a network that classifies images of any size and mode.

    From an ONNX export, this needs neither TensorFlow nor Keras. A run is exported on first use;
    that takes a while, and needs the run's images.

    Args:
        path: An ONNX export, or a run or its folder.
        say: Called with each line that an export of a run reports.

    Raises:
        ModelError: It is not an export, or the run cannot be exported here.
    """
    return Classifier.open(onnx_of(path, say=say))


def onnx_of(path: "str | Path | Run", *, say: Say = print) -> Path:
    """The ONNX export of a run, made if there is none of its present network; or an export itself.

    Raises:
        ModelError: It is not an export, or the run cannot be exported here.
    """
    given = expanded(path if isinstance(path, str | Path) else path.folder.path)
    if not given.is_dir():
        if given.suffix != ".onnx" or not given.is_file():
            raise ModelError(
                f"Expected an ONNX export (a file ending with .onnx) or a run's folder; received "
                f"{given}{'' if given.exists() else ', which does not exist'}. Export a run with "
                "`tenfold export RUN --to onnx`."
            )
        return given
    from tenfold.runs.run import Run

    return exported(Run.open(given), say=say)


def exported(
    run: "Run", *, views: int | None = None, data: "Data | None" = None, say: Say = print
) -> Path:
    """The run's ONNX export, written now if there is none of this very network.

    Args:
        run: The run.
        views: As for `export`.
        data: As for `export`.
        say: Called with each line of output.

    Raises:
        ModelError: It cannot be written here.
    """
    name = find_format("onnx").default_name(one_view=views == 1, dense=False, int8=False)
    path = run.folder / layout.EXPORTS / name
    if _is_current(path, run.folder / layout.MODEL):
        return path
    if find_spec("keras") is None:
        raise ModelError(
            f"{run.folder.path} has no ONNX export of its network, and to write one needs "
            "TensorFlow, which is not installed here. Run `tenfold export RUN --to onnx` where the "
            "run was made, and use that file."
        )
    from tenfold.experiment.export import export

    export(run, "onnx", views=views, data=data, say=say)
    return path


def _is_current(export: Path, model: Path) -> bool:
    """Whether an export is there and of this model, as far as that can be known."""
    try:
        document = read_document(export)
    except ModelError:  # There is none, or it is of another version and is written again.
        return False
    return not model.is_file() or document.run_sha256 == sha256_of(model)
