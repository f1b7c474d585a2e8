"""Export a run's network to a file that other programs can use."""

import tempfile
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tenfold.core.errors import ModelError, TenfoldError, argument
from tenfold.core.images import Data, Dataset, ImageSet
from tenfold.core.progress import live
from tenfold.core.text import Say, counted, in_points, percent
from tenfold.deploy.checking import MOST_OFF, Agreement, run_in_own_runtime
from tenfold.deploy.classifier import BATCH
from tenfold.deploy.document import KEY, Document, figures_path, open_onnx
from tenfold.deploy.familiarity import FEWEST_IMAGES, MOST_IMAGES, Familiarity
from tenfold.deploy.formats import Format, find_format
from tenfold.experiment.gather import gather_again
from tenfold.experiment.looks import look_at_test
from tenfold.experiment.starting import show_start
from tenfold.measure.comparison import Paired, paired
from tenfold.measure.intervals import wilson_interval
from tenfold.runs import layout
from tenfold.runs.environment import environment
from tenfold.runs.files import expanded, folder_written_whole, sha256_of, written_whole
from tenfold.runs.folder import Folder
from tenfold.runs.run import Run

if TYPE_CHECKING:
    import keras

    from tenfold.learn.parts import Parts

N_CALIBRATION = 500
"""Training images that decide the ranges of 8-bit numbers."""


def export(
    run: Run,
    to: str,
    *,
    views: int | None = None,
    dense: bool = False,
    int8: bool = False,
    out: str | Path | None = None,
    data: Data | None = None,
    say: Say = print,
) -> dict[str, Any]:
    """Write a run's network to one file (or folder) that needs nothing of Tenfold.

    The export is run in its own runtime, in a process that cannot import Tenfold, on all test
    images. It is kept if no probability differs by 1e-5 or more from the run's own, and each image
    gets the same class; 8-bit exports are scored instead. Beside it is a JSON file with what the
    export holds and what was measured.

    Args:
        run: The run.
        to: The format: `keras`, `onnx`, `litert` or `savedmodel`.
        views: 1 for a single look at each image, which is faster; None for the recipe's views.
        dense: Whether to write local layers as dense ones, with zeros for what a unit does not see.
        int8: Whether to write 8-bit numbers; for `onnx` and `litert`.
        out: The new file; None for one under `exports/` in the run's folder, which is replaced.
        data: Where the run's images are now, if they have moved; or its arrays again.
        say: Called with each line of output.

    Returns:
        The content of the JSON file, and under `file` the path of the export.

    Raises:
        TenfoldError: The format cannot hold the network, or the export disagrees with the run.
    """
    wanted = _Wanted.checked(run, to, views=views, dense=dense, int8=int8, out=out)
    show_start(say)
    with run.folder.owned():
        dataset = gather_again(run, data, say=say)
        look_at_test(run, "export", say=say)
        return _Export(run, wanted, dataset, say).written()


@dataclass(frozen=True)
class _Wanted:
    """What to write, and where."""

    format: Format
    path: Path
    one_view: bool
    dense: bool
    int8: bool

    @classmethod
    def checked(
        cls,
        run: Run,
        to: str,
        *,
        views: int | None,
        dense: bool,
        int8: bool,
        out: str | Path | None,
    ) -> "_Wanted":
        form = find_format(to)
        if int8 and form.write_int8 is None:
            raise TenfoldError(
                f"{argument('int8')} is for onnx and litert; received {to}. Leave "
                f"{argument('int8')} out, or choose one of them."
            )
        if views not in (None, 1):
            raise TenfoldError(
                f"Expected {argument('views')} to be 1, for a single look at each image; received "
                f"{views}. Leave it out for all views of the recipe."
            )
        one_view = views == 1
        if out is None:
            name = form.default_name(one_view=one_view, dense=dense, int8=int8)
            return cls(form, run.folder / layout.EXPORTS / name, one_view, dense, int8)
        path = expanded(out)
        if path.suffix != form.ending:
            raise TenfoldError(
                f"Expected {argument('out')} to end with '{form.ending}'; received {path}."
                if form.ending
                else f"Expected {argument('out')} to be a new folder without an ending; received "
                f"{path}."
            )
        if path.exists() or figures_path(path).exists():
            raise TenfoldError(
                f"{path} exists, and Tenfold never overwrites anything. Choose another name with "
                f"{argument('out')}."
            )
        return cls(form, path, one_view, dense, int8)


@dataclass(frozen=True)
class _Export:
    """One export, from the run's model to the checked file."""

    run: Run
    wanted: _Wanted
    dataset: Dataset
    say: Say

    def written(self) -> dict[str, Any]:
        """Write it, check it, and keep it if it is good."""
        from tenfold.learn.parts import Parts
        from tenfold.learn.predict import probabilities

        wanted, test = self.wanted, self.dataset.test
        fitted = Parts.of(self.run.model)
        parts = fitted.with_one_view() if wanted.one_view else fitted
        model = parts.whole() if wanted.one_view else self.run.model
        expected = probabilities(model, test.images, say=self.say)
        document = self._document(parts, expected)
        if wanted.dense:
            parts = parts.as_dense()
        with tempfile.TemporaryDirectory() as scratch, self._new() as part:
            self._show("writing the export ...")
            if wanted.int8:
                document = self._write_int8(parts, part, model, document, Path(scratch))
            else:
                wanted.format.write(parts, part, document)
            self._show("running the export on all test images ...")
            found, measured = self._run(part, test, Path(scratch))
            agreement = Agreement.of(found, expected)
            if wanted.int8:
                document = replace(document, accuracy=_accuracy(found, test))
            elif not agreement.is_good:
                raise ModelError(_disagreement(wanted.format, agreement))
            if wanted.format.describe:
                document = replace(document, familiarity=self._familiarity(part))
                wanted.format.describe(part, document)
            size = _size(part)
        weights = 4 * fitted.network.count_params()
        figures: dict[str, Any] = {
            KEY: document.to_dict(),
            "to": wanted.format.name,
            "size_bytes": size,
            "weights_bytes": weights,
            "size_to_weights": size / weights,
            "n_images_checked": agreement.n,
            "largest_difference": agreement.largest_difference,
            "n_other_class": agreement.n_other_class,
            **measured,
            "machine": _machine(self.run),
        }
        self._tell(figures)
        if wanted.one_view and fitted.views:
            figures["one_view"] = self._cost_of_one_view(model).to_dict()
        Folder(wanted.path.parent).write_json(figures_path(wanted.path).name, figures)
        self.say(f"The export is {wanted.path}")
        return {"file": str(wanted.path), **figures}

    def _write_int8(
        self,
        parts: "Parts",
        part: Path,
        model: "keras.Model",
        document: Document,
        scratch: Path,
    ) -> Document:
        """Write 8-bit numbers, and measure what they cost on images that are not the test's."""
        from tenfold.learn.predict import probabilities

        write = self.wanted.format.write_int8
        if write is None:
            raise ValueError(f"{self.wanted.format.name} has no 8-bit numbers.")
        positions = self.run.splits.train
        if len(positions) > N_CALIBRATION:
            random = np.random.default_rng(self.run.seed)
            positions = np.sort(random.choice(positions, N_CALIBRATION, replace=False))
        calibration = self.dataset.train.take(positions)
        write(parts, part, calibration.images[:])
        images, name = self._to_compare()
        self._show(f"running the export on the {name} images ...")
        found, _ = self._run(part, images, scratch)
        right = [
            each.argmax(axis=1) == images.labels
            for each in (probabilities(model, images.images), found)
        ]
        cost = paired(*right)
        self.say(
            f"8-bit numbers instead of float32: {_points(cost)} on {_counted(cost.n, name)}; "
            f"their ranges come from {_counted(len(positions), 'training')}"
        )
        names = calibration.files or tuple(f"train/{each}" for each in positions.tolist())
        int8 = {"cost": {"images": name, **cost.to_dict()}, "calibration_images": list(names)}
        return replace(document, int8=int8)

    def _new(self) -> AbstractContextManager[Path]:
        if self.wanted.format.ending:
            return written_whole(self.wanted.path, in_new_folder=True)
        return folder_written_whole(self.wanted.path)

    def _document(self, parts: "Parts", expected: np.ndarray) -> Document:
        run, facts = self.run, self.run.data
        rendering, channels = facts.provenance.rendering, facts.shape[2]
        return Document(
            tenfold=version("tenfold"),
            recipe=run.recipe.model_dump(mode="json"),
            data=facts.name,
            classes=facts.classes,
            shape=facts.shape,
            mode={1: "L", 3: "RGB"}.get(channels),
            fit=rendering.fit if rendering else "crop",
            rendering=rendering,
            temperature=parts.temperature,
            n_views=parts.n_views,
            dense=self.wanted.dense,
            int8=None,
            accuracy=_accuracy(expected, self.dataset.test),
            run_sha256=sha256_of(run.folder / layout.MODEL),
            date=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    def _run(
        self, part: Path, images: ImageSet, scratch: Path
    ) -> tuple[np.ndarray, dict[str, Any]]:
        path = scratch / "images.npy"
        _save_images(images, path)
        return run_in_own_runtime(self.wanted.format.name, part, path, scratch)

    def _cost_of_one_view(self, one: "keras.Model") -> Paired:
        from tenfold.learn.predict import probabilities

        images, name = self._to_compare()
        all_views, one_view = (
            probabilities(each, images.images).argmax(axis=1) == images.labels
            for each in (self.run.model, one)
        )
        found = paired(all_views, one_view)
        self.say(
            f"A single look instead of all views: {_points(found)} on {_counted(found.n, name)}"
        )
        return found

    def _familiarity(self, part: Path) -> Familiarity | None:
        """What is usual for the network's images; None without features, or images."""
        session = open_onnx(part)
        if "features" not in {each.name for each in session.get_outputs()}:
            return None
        images, name = self._to_compare()
        if len(images) < FEWEST_IMAGES:
            return None
        if len(images) > MOST_IMAGES:
            random = np.random.default_rng(self.run.seed)
            images = images.take(np.sort(random.choice(len(images), MOST_IMAGES, replace=False)))
        self._show(f"measuring what is usual for {name} images ...")
        pixels = np.concatenate(list(images.parts()))
        features = [
            session.run(["features"], {"images": np.ascontiguousarray(pixels[at : at + BATCH])})[0]
            for at in range(0, len(pixels), BATCH)
        ]
        n_classes = len(self.run.data.classes)
        return Familiarity.of(pixels, np.concatenate(features), n_classes, name)

    def _to_compare(self) -> tuple[ImageSet, str]:
        """Images on which the cost of a simpler export is measured; never the test images."""
        positions, name = self.run.splits.validation, "validation"
        if not len(positions):
            positions, name = self.run.splits.train, "training"
        return self.dataset.train.take(positions), name

    def _show(self, words: str) -> None:
        if shown := live(self.say):
            shown.show(words)

    def _tell(self, figures: dict[str, Any]) -> None:
        say, accuracy = self.say, figures[KEY]["accuracy"]
        low, high = (percent(each) for each in accuracy["interval_95"])
        say(
            f"{self.wanted.format.name}: {figures['size_bytes'] / 1e6:.2f} MB, "
            f"{figures['size_to_weights']:.2f} times the weights; accuracy on "
            f"{counted(accuracy['n'], 'test image')} {percent(accuracy['accuracy'])} "
            f"(95 % interval {low} to {high})"
        )
        say(
            f"Run with {figures['runtime']}: the largest difference of a probability from the "
            f"run's is {figures['largest_difference']:.1e}"
        )
        say(
            f"On this machine {figures['latency_ms']:.2f} ms for one image, and "
            f"{figures['images_per_s']:,.0f} images/s in batches of 256"
        )


def _disagreement(form: Format, found: Agreement) -> str:
    return (
        f"The {form.name} export disagrees with the run on {found.n:,} test images: a probability "
        f"differs by {found.largest_difference:.1e} (expected less than {MOST_OFF:.0e}), and "
        f"{counted(found.n_other_class, 'image')} would get another class. Nothing was kept. "
        "Please report this as a bug, with the run's recipe.yaml; another format may work."
    )


def _accuracy(probabilities: np.ndarray, images: ImageSet) -> dict[str, Any]:
    n_right, n = int((probabilities.argmax(axis=1) == images.labels).sum()), len(images)
    interval = list(wilson_interval(n_right, n))
    return {"images": "test", "n": n, "accuracy": n_right / n, "interval_95": interval}


def _save_images(images: ImageSet, path: Path) -> None:
    """Write images to a `.npy` file, a few megabytes at a time."""
    shape = (len(images), *images.shape)
    file = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
    at = 0
    for part in images.parts():
        file[at : at + len(part)] = part
        at += len(part)
    file.flush()


def _counted(n: int, name: str) -> str:
    return counted(n, f"{name} image")


def _points(found: Paired) -> str:
    words = f"{100 * found.difference:+.2f} points of accuracy"
    interval = f" (95 % interval {in_points(found.interval)})" if found.interval else ""
    return words + interval


def _size(path: Path) -> int:
    files = [path] if path.is_file() else path.rglob("*")
    return sum(each.stat().st_size for each in files if each.is_file())


def _machine(run: Run) -> dict[str, Any]:
    found = environment(run.folder.path)
    return {name: found[name] for name in ("processor", "cores", "system")}
