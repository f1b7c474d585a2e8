"""One table of the files in a run's folder.

A new file needs one line here, and one where it is written. This list decides which files are
removed when a fit is repeated, what `tenfold verify` compares, and the table in the guide.
"""

from dataclasses import dataclass
from enum import Enum, IntEnum


class Stage(IntEnum):
    """The parts of a run, in order; each part writes files."""

    BEGIN = 0
    PREPARE = 1
    FOLDS = 2
    FIT = 3
    PREDICT = 4
    EVALUATE = 5

    @property
    def steps(self) -> str:
        """The names of its steps."""
        return {
            Stage.BEGIN: "begin",
            Stage.PREPARE: "explore, clean, split",
            Stage.FOLDS: "cross-validate",
            Stage.FIT: "define, compile, fit",
            Stage.PREDICT: "predict",
            Stage.EVALUATE: "evaluate",
        }[self]


class Same(Enum):
    """Which parts of a file must be the same in two runs of the same request."""

    BYTES = "every byte"
    VALUES = "the JSON values, but for seconds"
    WEIGHTS = "the weights of the model"
    NOTHING = "nothing: it holds seconds, or names this machine"


@dataclass(frozen=True)
class RunFile:
    """One file, or one folder (its name ends with a slash), of a run's folder.

    Attributes:
        name: Below the run's folder, with forward slashes.
        stage: The part of a run that writes it.
        holds: What is in it, in a few words.
        same: What `tenfold verify` compares.
        only: When the file exists; empty if every finished run has it.
        grows: Whether it only grows, so that it is never outdated.
    """

    name: str
    stage: Stage
    holds: str
    same: Same = Same.NOTHING
    only: str = ""
    grows: bool = False

    @property
    def basename(self) -> str:
        """Its name within its own folder."""
        return self.name.rstrip("/").rpartition("/")[2]


PLOTS = "plots"
"""The folder of the pictures."""

FILES: list[RunFile] = []


def _file(
    name: str,
    stage: Stage,
    holds: str,
    same: Same = Same.NOTHING,
    *,
    only: str = "",
    grows: bool = False,
) -> RunFile:
    FILES.append(RunFile(name, stage, holds, same, only, grows))
    return FILES[-1]


REQUEST = _file("request.json", Stage.BEGIN, "what the run was asked to do; the first file")
STATUS = _file(
    "status.json",
    Stage.BEGIN,
    "`state`: `running`, `finished`, `interrupted` or `failed`; `reason`. If it says `running` and "
    "no process holds `lock`, the process was killed",
)
LOCK = _file("lock", Stage.BEGIN, "held by the process that writes here")
CORRECTIONS = _file(
    "corrections.json",
    Stage.BEGIN,
    "which training images a person left out or gave another label, and by which files",
    only="with `--exclude` or `--relabel`",
)
ENVIRONMENT = _file(
    "environment.json",
    Stage.PREPARE,
    "Python, packages, system, processor, cores, instruction sets, memory, free disk",
)
EXAMPLES = _file(
    f"{PLOTS}/examples.png", Stage.PREPARE, "the first training images of each class", Same.BYTES
)
FIRST_IMAGES = _file(
    f"{PLOTS}/first-images.png", Stage.PREPARE, "the first training images", Same.BYTES
)
MEAN_IMAGES = _file(
    f"{PLOTS}/mean-images.png", Stage.PREPARE, "the mean training image of each class", Same.BYTES
)
BRIGHTNESS = _file(
    f"{PLOTS}/brightness.png", Stage.PREPARE, "how bright the images of each class are", Same.BYTES
)
COLOUR_AND_SHARPNESS = _file(
    f"{PLOTS}/colour-and-sharpness.png",
    Stage.PREPARE,
    "how strong the colours of each class are (not for grey images), and how sharp it is",
    Same.BYTES,
)
DATA = _file("data.json", Stage.PREPARE, "what was gathered, explored and cleaned", Same.VALUES)
AUDIT = _file(
    "audit/",
    Stage.PREPARE,
    "what `tenfold audit` found: `audit.json`, `quarantine.csv`, other tables, `report.html`",
    only="with `--audit`",
)
SPLITS = _file(
    "splits.npz",
    Stage.PREPARE,
    "`train` and `validation`: int64 positions in the training images, ascending",
    Same.BYTES,
)
RECIPE = _file("recipe.yaml", Stage.PREPARE, "every setting, and the seed", Same.BYTES)
WITH_FOLDS = "with `--folds`"
FOLDS_STATE = _file(
    "folds/",
    Stage.FOLDS,
    "the finished folds, and the last two states of the one that is being fitted",
    only="while folds are being fitted",
)
FOLD_PREDICTIONS = _file(
    "predictions-folds.csv",
    Stage.FOLDS,
    "each training image, predicted by the network of the fold that did not see it",
    Same.BYTES,
    only=WITH_FOLDS,
)
FOLDS = _file(
    "folds.json",
    Stage.FOLDS,
    "accuracy of each fold, their mean and spread, the pooled accuracy with its interval, seconds",
    Same.VALUES,
    only=WITH_FOLDS,
)
CHECKPOINTS = _file(
    "checkpoints/",
    Stage.FIT,
    "the last two states of a fit that has not ended",
    only="while the fit goes on",
)
TENSORBOARD = _file("tensorboard/", Stage.FIT, "TensorBoard's logs", only="with `--tensorboard`")
MODEL = _file(
    "model.keras",
    Stage.FIT,
    "the network with its weights; `import tenfold.learn`, then `keras.saving.load_model` reads it",
    Same.WEIGHTS,
)
MANIFEST = _file("manifest.json", Stage.FIT, "the SHA-256 of `model.keras`")
HISTORY = _file("history.csv", Stage.FIT, "a row for each epoch")
CURVES = _file(f"{PLOTS}/curves.png", Stage.FIT, "loss and accuracy, epoch by epoch", Same.BYTES)
FIRST_LAYER = _file(
    f"{PLOTS}/first-layer.png",
    Stage.FIT,
    "the weights of the first layer's strongest units, as pictures",
    Same.BYTES,
    only="if that layer is dense or local",
)
AS_SEEN = _file(
    f"{PLOTS}/as-seen.png",
    Stage.FIT,
    "a few training images, and how the network sees them epoch by epoch",
    Same.BYTES,
    only="if the recipe shifts, mirrors or mixes images",
)
NETWORK = _file(
    "network.json",
    Stage.FIT,
    "each layer of the network: what it does, the shape of its result, its parameters",
    Same.VALUES,
)
FIT = _file("fit.json", Stage.FIT, "how the fit went; the last file of a fit", Same.VALUES)
SETS = ("validation", "folds", "test")
"""The sets of images that are predicted, and the pictures of each."""
ONLY = {
    "validation": "if images are held out for validation",
    "folds": WITH_FOLDS,
    "test": "",
}
"""When a run has each set."""
PREDICTIONS = {
    "folds": FOLD_PREDICTIONS,
    **{
        name: _file(
            f"predictions-{name}.csv",
            Stage.PREDICT,
            f"each {name} image: actual, predicted, every probability",
            Same.BYTES,
            only=ONLY[name],
        )
        for name in ("validation", "test")
    },
}
TEST_LOOKS = _file(
    "test-looks.jsonl",
    Stage.PREDICT,
    "a line for each time that the test images were predicted or scored: `when` (UTC), `command`, "
    "`version`",
    grows=True,
)
FIRST_PREDICTIONS = _file(
    f"{PLOTS}/first-predictions.png",
    Stage.PREDICT,
    "the first ten validation images (without any, of the folds), actual against predicted class",
    Same.BYTES,
)
SHEET = _file(
    "test-images.jpg", Stage.PREDICT, "the test images side by side, for the page", Same.BYTES
)
SHEET_FACTS = _file(
    "test-images.json", Stage.PREDICT, "which images these are, and where each lies", Same.VALUES
)
CONTEXT = _file(
    "context.json",
    Stage.PREDICT,
    "what guessing, the nearest class mean and a linear classifier reach on the test images",
    Same.VALUES,
)
WITH_FEATURES = "if the network has layers before its last one"
MAP = _file(
    "map.csv",
    Stage.PREDICT,
    "up to 2,000 test images, evenly chosen, in two dimensions: the main directions of the "
    "network's features",
    Same.BYTES,
    only=WITH_FEATURES,
)
MAP_PLOT = _file(
    f"{PLOTS}/map.png",
    Stage.PREDICT,
    "test images as dots and as pictures, near each other if they are alike for the network",
    Same.BYTES,
    only=WITH_FEATURES,
)
OCCLUSION = _file(
    f"{PLOTS}/occlusion.png",
    Stage.PREDICT,
    "the most confident mistakes on test images, and which pixels mattered for them",
    Same.BYTES,
    only="if a test image is misclassified",
)
CONFUSIONS = {
    (name, kind): (
        _file(
            f"confusion-{name}-{kind}.csv",
            Stage.EVALUATE,
            f"{words}, {name}",
            Same.BYTES,
            only=ONLY[name],
        ),
        _file(
            f"{PLOTS}/confusion-{name}-{kind}.png",
            Stage.EVALUATE,
            "the same, drawn",
            Same.BYTES,
            only=ONLY[name],
        ),
    )
    for name in SETS
    for kind, words in (
        ("counts", "images of each actual and predicted class"),
        ("shares", "the same, each row divided by its sum"),
    )
}
CONFIDENCE = _file(
    f"{PLOTS}/confidence.png",
    Stage.EVALUATE,
    "test images: how often the network is right, by its confidence; and its accuracy if it "
    "answers only where it is confident",
    Same.BYTES,
)
BUDGET = _file(
    "budget.json",
    Stage.EVALUATE,
    "what was promised and what it took: `promised_s`, `took_s`, `kept`",
    only="with `--budget`",
)
WITH_ROBUSTNESS = "with `--robustness`"
ROBUSTNESS = _file(
    "robustness.json",
    Stage.EVALUATE,
    "accuracy on spoilt validation images: noise, blur, contrast, brightness, shift, JPEG",
    Same.VALUES,
    only=WITH_ROBUSTNESS,
)
ROBUSTNESS_PLOT = _file(
    f"{PLOTS}/robustness.png", Stage.EVALUATE, "the same, drawn", Same.BYTES, only=WITH_ROBUSTNESS
)
WITH_CONTEXT = "with `--context full`"
NOTEBOOK_STATE = _file(
    "context/",
    Stage.EVALUATE,
    "the last two states of the fit of the notebook's network",
    only="while that network is being fitted",
)
NOTEBOOK = _file(
    "context-notebook.json",
    Stage.EVALUATE,
    "what the notebook's network reaches on the test images, its epochs, parameters and seconds",
    Same.VALUES,
    only=WITH_CONTEXT,
)
METRICS = _file("metrics.json", Stage.EVALUATE, "every figure", Same.VALUES)
PAGE = _file("report.html", Stage.EVALUATE, "the run as a page for a browser, in one file")
CARD = _file(
    "model-card.md", Stage.EVALUATE, "what the network is for, its figures and limits, for others"
)
SUMMARY = _file("summary.txt", Stage.EVALUATE, "the run on one page")
EXPORTS = _file(
    "exports/",
    Stage.EVALUATE,
    "the network in formats for other programs; a JSON file beside each says what it holds",
    only="after `tenfold export`",
    grows=True,
)


def after(stage: Stage) -> list[RunFile]:
    """The files of later stages, which are outdated when this stage is repeated."""
    return [file for file in FILES if file.stage > stage and not file.grows]
