"""One fit of a search: in a worker, in a folder of its own, and from its last checkpoint."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tenfold.cluster.halving import goes_on
from tenfold.core.errors import RunFolderError, TenfoldError
from tenfold.core.history import Epoch
from tenfold.core.images import ImageSet
from tenfold.core.recipe import Recipe, recipe_from
from tenfold.core.splits import Splits
from tenfold.measure.tuning import Trial
from tenfold.runs.checkpoint import Checkpoints
from tenfold.runs.files import make_folder
from tenfold.runs.folder import Folder

RESULT, EPOCHS, STATES = "result.json", "epochs.json", "checkpoints"
REST_S = 1.0
"""Between two checkpoints, at least: short epochs would wait for the disk longer than they take."""
PATIENCE_S = 90.0
"""Time in which a worker of a killed search ends and leaves the folder of its fit."""


@dataclass(frozen=True)
class Shared:
    """What all fits of a search need.

    Attributes:
        images: Training and validation images together; test images are not among them.
        splits: By seed, which of the images are fitted and which validate.
    """

    images: ImageSet
    splits: Mapping[int, Splits]


class StoppedError(Exception):
    """The fit does not go on beyond this rung."""


class Rungs:
    """Listen to the epochs of a fit: keep them in the folder, and stop it at a rung.

    A fit that goes on after its worker was killed takes the decisions before its checkpoint again,
    from the figures that were kept. They come out the same.

    Args:
        folder: The folder of the fit.
        at: The rungs, in epochs.
        earlier: For each earlier trial that counts, its accuracy at the rungs that it has reached.

    Attributes:
        epochs: By number.
    """

    def __init__(
        self, folder: Folder, at: Sequence[int], earlier: Sequence[Mapping[int, float]]
    ) -> None:
        self.folder, self.at, self.earlier = folder, at, earlier
        self._kept_at = -math.inf
        kept = folder.read_json(EPOCHS)["epochs"] if folder.has(EPOCHS) else []
        self.epochs = {each["epoch"]: Epoch(**each) for each in kept}

    @property
    def reached(self) -> dict[int, float]:
        """The accuracy at each rung so far."""
        return {
            at: self.epochs[at].validation_accuracy or 0.0 for at in self.at if at in self.epochs
        }

    def decide_again(self) -> None:
        """Take the decisions at the rungs that were reached before.

        Raises:
            StoppedError: The fit ended at the last of them.
        """
        reached = self.reached
        for last in reached:
            so_far = {at: value for at, value in reached.items() if at <= last}
            if not goes_on(self.earlier, so_far, self.at):
                raise StoppedError

    def __call__(self, epoch: Epoch) -> None:
        """Keep an epoch; decide if it is a rung.

        Raises:
            StoppedError: The fit ends here.
        """
        if not all(map(math.isfinite, (epoch.loss, epoch.validation_loss or 0.0))):
            return  # The fit has diverged, and ends here by itself.
        self.epochs[epoch.epoch] = epoch
        if epoch.epoch in self.at or time.monotonic() - self._kept_at >= REST_S:
            kept = [asdict(self.epochs[number]) for number in sorted(self.epochs)]
            self.folder.write_json(EPOCHS, {"epochs": kept})
            self._kept_at = time.monotonic()
        if epoch.epoch in self.at and not goes_on(self.earlier, self.reached, self.at):
            raise StoppedError


def fit_trial(shared: Shared, job: Mapping[str, Any]) -> None:
    """Fit one recipe with one seed, and write its result; go on where an earlier worker stopped.

    Args:
        shared: What all fits need.
        job: `folder`, `number`, `settings`, `recipe`, `seed`, `rungs` and `earlier` of the fit.
    """
    path = Path(job["folder"])
    make_folder(path, parents=True)
    folder = Folder(path)
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            with folder.owned():
                if not folder.has(RESULT):
                    folder.write_json(RESULT, _fitted(shared, job, folder).to_dict())
                    Checkpoints(folder / STATES).clear()
            return
        except RunFolderError:  # A worker of a killed search may need seconds to end.
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def _fitted(shared: Shared, job: Mapping[str, Any], folder: Folder) -> Trial:
    earlier = [{int(at): value for at, value in each} for each in job["earlier"]]
    rungs = Rungs(folder, job["rungs"], earlier)
    trial = Trial(job["number"], dict(job["settings"]))
    try:
        rungs.decide_again()
        return _fit(recipe_from(job["recipe"]), shared, job["seed"], rungs, trial)
    except StoppedError:
        last = max(rungs.reached)
        spent = sum(each.wall_s for number, each in rungs.epochs.items() if number <= last)
        return _ended(trial, rungs, state="stopped", n_epochs=last, fit_s=spent)
    except TenfoldError as error:
        return _ended(trial, rungs, state="failed", reason=str(error))


def _fit(recipe: Recipe, shared: Shared, seed: int, rungs: Rungs, trial: Trial) -> Trial:
    from tenfold.learn.predict import predict
    from tenfold.learn.recipe import fit_recipe

    splits = shared.splits[seed]
    train, validation = shared.images.view(splits.train), shared.images.take(splits.validation)
    model, record = fit_recipe(
        recipe.for_images(len(train)),
        train,
        validation,
        seed=seed,
        listen=rungs,
        checkpoints=Checkpoints(rungs.folder / STATES, rest_s=REST_S),
        say=lambda _: None,
    )
    if record.train_accuracy is None:
        reason = f"It diverged in epoch {record.diverged_at}."
        return _ended(trial, rungs, state="failed", reason=reason, fit_s=record.wall_s)
    predictions = predict(model, validation, tuple(map(str, splits.validation)))
    return _ended(
        trial,
        rungs,
        state="finished",
        accuracy=float((predictions.predicted == predictions.truth).mean()),
        n_epochs=len(record.epochs),
        fit_s=record.wall_s,
    )


def _ended(trial: Trial, rungs: Rungs, **figures: Any) -> Trial:  # noqa: ANN401
    return Trial(trial.number, trial.settings, rungs=rungs.reached, **figures)
