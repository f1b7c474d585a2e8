"""A run's results, read from its folder when they are asked for."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenfold.core.evaluation import Evaluation
from tenfold.core.history import FitRecord
from tenfold.core.predictions import Predictions
from tenfold.core.recipe import Recipe
from tenfold.core.run_folder import RunFolder, readable
from tenfold.core.splits import Splits

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Run:
    """One experiment: what it was told to do, and what came out.

    Attributes:
        folder: The run's files.
        trust: Whether to load a model that the run's manifest does not list.
    """

    folder: RunFolder
    trust: bool = False

    @classmethod
    def open(cls, path: str | Path, *, trust: bool = False) -> "Run":
        """Open the folder of an earlier run.

        Args:
            path: The folder.
            trust: Whether to load a model that the run's manifest does not list.

        Raises:
            TenfoldError: It is not a run's folder.
        """
        return cls(RunFolder.open(Path(path)), trust)

    @classmethod
    def reopen(cls, path: str | Path) -> "Run":
        """Open the folder of a run that was begun, however far it came.

        Raises:
            TenfoldError: No run was begun there.
        """
        return cls(RunFolder.reopen(Path(path)))

    @property
    def is_fitted(self) -> bool:
        """Whether the fit has ended, other than by a signal."""
        if not (self.folder / "fit.json").exists():
            return False
        return not self.folder.read_json("fit.json").get("interrupted_by")

    @cached_property
    def recipe(self) -> Recipe:
        """The whole resolved recipe."""
        return self.folder.read_recipe()[0]

    @cached_property
    def seed(self) -> int:
        """What weights, orders, dropout and splits were drawn with."""
        return self.folder.read_recipe()[1]

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Class names, in the order of their labels."""
        with readable(self.folder / "data.json"):
            return tuple(map(str, self.folder.read_json("data.json")["classes"]))

    @cached_property
    def splits(self) -> Splits:
        """Positions of the fitted and the validation images in the training images."""
        return self.folder.read_splits()

    @cached_property
    def record(self) -> FitRecord:
        """How the fit went."""
        with readable(self.folder / "fit.json"):
            return FitRecord.from_dict(self.folder.read_json("fit.json"))

    @cached_property
    def model(self) -> "keras.Model":
        """The fitted network: uint8 (n, height, width, channels) -> probabilities.

        Raises:
            TenfoldError: There is none, it is not the one that this run wrote, or it holds code.
        """
        from tenfold.learn.storage import load_model

        path = self.folder / "model.keras"
        return load_model(path, self.folder.manifest().get(path.name), trust=self.trust)

    @cached_property
    def validation_predictions(self) -> Predictions:
        """Probabilities of every validation image."""
        return self._predictions("validation")

    @cached_property
    def predictions(self) -> Predictions:
        """Probabilities of every test image."""
        return self._predictions("test")

    @cached_property
    def validation_evaluation(self) -> Evaluation:
        """Figures on the validation images."""
        from tenfold.measure.evaluate import evaluate

        return evaluate(self.validation_predictions)

    @cached_property
    def evaluation(self) -> Evaluation:
        """Figures on the test images."""
        from tenfold.measure.evaluate import evaluate

        return evaluate(self.predictions)

    @property
    def metrics(self) -> dict[str, Any]:
        """The content of metrics.json."""
        return self.folder.read_json("metrics.json")

    def _predictions(self, name: str) -> Predictions:
        from tenfold.report.tables import read_predictions

        return read_predictions(self.folder / f"predictions-{name}.csv")
