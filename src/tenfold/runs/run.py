"""A run's results, read from its folder when they are needed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tenfold.core.appearance import Appearance
from tenfold.core.budget import BudgetVerdict
from tenfold.core.evaluation import Evaluation
from tenfold.core.folds import CrossValidation
from tenfold.core.history import FitRecord
from tenfold.core.html import html_table
from tenfold.core.images import DatasetFacts, Provenance
from tenfold.core.networks import Build, OwnNetwork
from tenfold.core.predictions import Predictions
from tenfold.core.recipe import Recipe
from tenfold.core.splits import Splits
from tenfold.core.text import percent
from tenfold.runs import layout
from tenfold.runs.files import expanded
from tenfold.runs.folder import RunFolder, readable
from tenfold.runs.layout import RunFile
from tenfold.runs.tables import read_predictions

if TYPE_CHECKING:
    import keras

Content = TypeVar("Content")

_N_CONFUSED = 3
"""Pairs of classes that a notebook names as most often confused."""


@dataclass(frozen=True)
class Run:
    """One experiment: its request and its results.

    Properties are read from the files when they are needed. A file that has not changed is not read
    twice.

    Attributes:
        folder: The run's files.
        trust: Whether to load a model that the run's manifest does not list.
        network: The function that builds the network, for layers of the user's own.
    """

    folder: RunFolder
    trust: bool = False
    network: Build | None = None
    _known: dict[str, tuple[object, Any]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    def open(cls, path: str | Path, *, trust: bool = False, network: Build | None = None) -> "Run":
        """Open the folder of an earlier run.

        Args:
            path: The folder.
            trust: Whether to load a model that the run's manifest does not list.
            network: The function that builds the run's network; only a network with layers of the
                user's own needs it.

        Raises:
            RunFolderError: The folder is not a run's folder.
        """
        return cls(RunFolder.open(expanded(path)), trust, network)

    @classmethod
    def reopen(cls, path: str | Path, *, network: Build | None = None) -> "Run":
        """Open the folder of a run that was started, whether or not it was finished.

        Raises:
            RunFolderError: No run was started there.
        """
        return cls(RunFolder.reopen(expanded(path)), network=network)

    @property
    def is_prepared(self) -> bool:
        """Whether everything before the fit has been done."""
        return self.folder.has(layout.RECIPE)

    @property
    def is_fitted(self) -> bool:
        """Whether the fit has ended without a signal."""
        return self.folder.has(layout.FIT) and self.record.interrupted_by is None

    @property
    def recipe(self) -> Recipe:
        """The whole resolved recipe."""
        return self._read(layout.RECIPE, self.folder.read_recipe)[0]

    @property
    def seed(self) -> int:
        """The seed of weights, orders, dropout and splits."""
        return self._read(layout.RECIPE, self.folder.read_recipe)[1]

    @property
    def data(self) -> DatasetFacts:
        """What was gathered, without the images."""
        return self._read(layout.DATA, self._read_facts)

    @property
    def appearance(self) -> Appearance | None:
        """The training images as a whole; None if an earlier version did not record it."""
        content = self.folder.read_json(layout.DATA).get("appearance")
        with readable(self.folder / layout.DATA):
            return None if content is None else Appearance(**content)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names, in the order of their labels."""
        return self.data.classes

    @property
    def splits(self) -> Splits:
        """Positions of the fitted and the validation images in the training images."""
        return self._read(layout.SPLITS, self.folder.read_splits)

    @property
    def record(self) -> FitRecord:
        """The record of the fit."""
        return self._read(layout.FIT, self._read_record)

    @property
    def model(self) -> "keras.Model":
        """The fitted network: uint8 (n, height, width, channels) -> probabilities.

        Raises:
            ModelError: The model is missing, was not written by this run, or may run code.
        """
        return self._read(layout.MODEL, self._read_model)

    @property
    def sets(self) -> tuple[str, ...]:
        """The sets of images that this run predicts, of `validation`, `folds` and `test`."""
        validation = ("validation",) if len(self.splits.validation) else ()
        folds = ("folds",) if self.folder.has(layout.FOLDS) else ()
        return (*validation, *folds, "test")

    @property
    def _to_validate(self) -> str:
        """The set used for validation; never the test images."""
        return "validation" if len(self.splits.validation) else "folds"

    @property
    def validation_predictions(self) -> Predictions:
        """Probabilities of every validation image.

        If a run has no validation images, these are the images of the folds, each predicted by a
        network that did not see it.
        """
        return self._predictions(self._to_validate)

    @property
    def fold_predictions(self) -> Predictions:
        """Probabilities of every image of a cross-validation, by a network that did not see it.

        Raises:
            RunFolderError: The run has no folds.
        """
        return self._predictions("folds")

    @property
    def predictions(self) -> Predictions:
        """Probabilities of every test image."""
        return self._predictions("test")

    @property
    def validation_evaluation(self) -> Evaluation:
        """Figures on the validation images; if there are none, on the images of the folds."""
        return self._evaluation(self._to_validate)

    @property
    def evaluation(self) -> Evaluation:
        """Figures on the test images."""
        return self._evaluation("test")

    @property
    def evaluations(self) -> dict[str, Evaluation]:
        """Figures on each set of `sets`."""
        return {name: self._evaluation(name) for name in self.sets}

    @property
    def evaluations_before(self) -> dict[str, Evaluation]:
        """The same before calibration; no sets if the network was not calibrated."""
        from tenfold.measure.evaluate import evaluate
        from tenfold.measure.temperature import at_temperature

        found = {}
        for name in self.sets:
            temperature = self._temperature(name)
            if temperature is not None:
                after = self._predictions(name)
                rows = at_temperature(after.probabilities, 1 / temperature)
                found[name] = evaluate(replace(after, probabilities=rows))
        return found

    def _temperature(self, name: str) -> float | None:
        """At which the predictions of a set were calibrated; None if they were not."""
        if name != "folds":
            return self.record.temperature
        return self.folds.temperature if self.folds else None

    @property
    def context(self) -> dict[str, Any]:
        """What simple rules reach, and the notebook's network if it was fitted.

        It is the content of context.json, with that of context-notebook.json as a further rule;
        empty if an earlier version predicted.
        """
        if not self.folder.has(layout.CONTEXT):
            return {}
        content = self.folder.read_json(layout.CONTEXT)
        if self.folder.has(layout.NOTEBOOK):
            content["rules"].append(self.folder.read_json(layout.NOTEBOOK))
        return content

    @property
    def folds(self) -> CrossValidation | None:
        """Figures of the cross-validation, fold by fold; None if there was no cross-validation."""
        if not self.folder.has(layout.FOLDS):
            return None
        with readable(self.folder / layout.FOLDS):
            return CrossValidation.from_dict(self.folder.read_json(layout.FOLDS))

    @property
    def budget(self) -> BudgetVerdict | None:
        """The promised time and the time taken; None without a budget."""
        if not self.folder.has(layout.BUDGET):
            return None
        with readable(self.folder / layout.BUDGET):
            content = self.folder.read_json(layout.BUDGET)
            return BudgetVerdict(float(content["promised_s"]), float(content["took_s"]))

    @property
    def metrics(self) -> dict[str, Any]:
        """The content of metrics.json."""
        return self.folder.read_json(layout.METRICS)

    @property
    def robustness(self) -> dict[str, Any] | None:
        """The content of robustness.json; None if robustness was not measured."""
        if not self.folder.has(layout.ROBUSTNESS):
            return None
        return self.folder.read_json(layout.ROBUSTNESS)

    @property
    def answer(self) -> dict[str, Any]:
        """The metrics, and with them the robustness if it was measured."""
        found = self.robustness
        return {**self.metrics, **({"robustness": found} if found else {})}

    def _read(self, file: RunFile, read: Callable[[], Content], of: str = "") -> Content:
        """The result of `read` for a file, kept until the file changes."""
        try:
            state = (self.folder / file).stat()
        except OSError:
            return read()  # `read` raises an error in plain words.
        # Files are replaced as a whole, so changed content means a new file.
        now = (state.st_ino, state.st_mtime_ns, state.st_size)
        before, content = self._known.get(of + file.name, (None, None))
        if before != now:
            content = read()
            self._known[of + file.name] = (now, content)
        found: Content = content
        return found

    def _read_facts(self) -> DatasetFacts:
        content = self.folder.read_json(layout.DATA)
        with readable(self.folder / layout.DATA):
            shape = content["shape"]
            return DatasetFacts(
                name=str(content["name"]),
                classes=tuple(map(str, content["classes"])),
                shape=(shape["height_px"], shape["width_px"], shape["channels"]),
                n_train=content["train"]["n"],
                n_test=content["test"]["n"],
                provenance=Provenance.from_dict(content["provenance"]),
            )

    def _read_record(self) -> FitRecord:
        with readable(self.folder / layout.FIT):
            return FitRecord.from_dict(self.folder.read_json(layout.FIT))

    def _read_model(self) -> "keras.Model":
        from tenfold.learn.storage import load_model, load_own

        expected, path = self.folder.manifest().get(layout.MODEL.name), self.folder / layout.MODEL
        recipe = self.recipe
        if not isinstance(recipe.network, OwnNetwork):
            return load_model(path, expected, trust=self.trust)
        if self.network is not None:
            recipe = recipe.with_network(self.network, recipe.network.function)
        facts = self.data
        return load_own(
            path,
            expected,
            recipe,
            facts.shape,
            len(facts.classes),
            self.seed,
            self.record.temperature,
            trust=self.trust,
        )

    def _predictions(self, name: str) -> Predictions:
        file = layout.PREDICTIONS[name]
        return self._read(file, lambda: read_predictions(self.folder / file))

    def _evaluation(self, name: str) -> Evaluation:
        from tenfold.measure.evaluate import evaluate

        predictions = self._predictions(name)
        return self._read(layout.PREDICTIONS[name], lambda: evaluate(predictions), of="figures of ")

    def _repr_html_(self) -> str:
        from tenfold.measure.confusion import most_confused
        from tenfold.runs.notebook import short_form

        evaluated = self.folder.has(layout.METRICS) and self.folder.has(layout.PREDICTIONS["test"])
        if not evaluated or "diagnosis" not in self.metrics:  # Earlier versions had no diagnosis.
            return html_table(("run", ""), self._rows())
        pairs = most_confused(self.evaluation.confusion, self.classes, _N_CONFUSED)
        return short_form(
            self, [(each.actual, each.predicted, each.n, each.share) for each in pairs]
        )

    def _rows(self) -> list[tuple[str, str]]:
        """What there is of a run that has not been evaluated."""
        state, reason = self.folder.read_status()
        rows = [("folder", str(self.folder.path)), ("state", f"{state} {reason}".strip())]
        if self.is_prepared:
            rows.append(("recipe", f"{self.recipe.name}, seed {self.seed}"))
            rows.append(("data", f"{self.data.name}, {len(self.classes)} classes"))
        if self.folder.has(layout.FIT):
            rows.append(("fit", f"{len(self.record.epochs)} epochs, {self.record.wall_s:.1f} s"))
        for name, file in layout.PREDICTIONS.items():
            if self.folder.has(file):
                found = self._evaluation(name)
                low, high = percent(found.accuracy_low), percent(found.accuracy_high)
                words = f"{percent(found.accuracy)} (95 % interval {low} to {high})"
                rows.append((f"{name} accuracy", words))
        return rows
