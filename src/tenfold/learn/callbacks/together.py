"""Let the workers of a fit report, save and stop as one."""

from typing import Any

import keras
import numpy as np

from tenfold.learn.callbacks.checkpoint import SaveCheckpoints
from tenfold.learn.divided_muon import DividedMuon
from tenfold.learn.team import Team
from tenfold.runs.checkpoint import Checkpoint


class SaveTogether(SaveCheckpoints):
    """Save the state of all workers in the checkpoint of worker 0, and stop all at the same step.

    Args:
        *arguments: As for `SaveCheckpoints`; only worker 0 has files.
        team: The workers.
        **options: As for `SaveCheckpoints`.

    Attributes:
        all_means: Of each worker, the variables of loss and accuracy after the last steps: float32.
    """

    def __init__(self, *arguments: Any, team: Team, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.team = team
        self.all_means: list[np.ndarray] = []
        self._all_save = False

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Agree with the other workers whether to stop or to save, then do so."""
        mine = [float(self.model.stop_training), float(super().is_due)]
        means = [float(value) for value in super().running_means]
        found = self.team.gather(np.array([*mine, *means], np.float32))
        self.model.stop_training = any(each[0] for each in found)
        self._all_save = any(each[1] for each in found)
        self.all_means = [each[2:] for each in found]
        super().on_train_batch_end(batch, logs)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Save, and agree whether to stop."""
        super().on_epoch_end(epoch, logs)
        found = self.team.gather(np.array([self.model.stop_training], np.uint8))
        self.model.stop_training = any(each[0] for each in found)

    @property
    def is_due(self) -> bool:
        """Whether worker 0 wants to save."""
        return self._all_save

    @property
    def running_means(self) -> list[np.ndarray]:
        """The variables of loss and accuracy of all workers, one worker after the other."""
        return [np.asarray(value) for each in self.all_means for value in each]

    def save(self, *, within_epoch: bool) -> None:
        """Write a checkpoint with the state of all workers, if this is worker 0."""
        if isinstance(self.model.optimizer, DividedMuon):
            self.model.optimizer.gather_moments()
        super().save(within_epoch=within_epoch)

    def take_up(self, model: keras.Model, checkpoint: Checkpoint) -> None:
        """Restore the state of this worker."""
        super().take_up(model, checkpoint)
        begin, end = self.team.part(len(self._metrics))
        self._metrics = self._metrics[begin:end]


class MeanOfWorkers(keras.callbacks.Callback):
    """Replace a worker's loss and accuracy of an epoch by those of all workers.

    List this callback before those that read them.
    """

    def __init__(self, saver: SaveTogether) -> None:
        super().__init__()
        self.saver = saver

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Sum the variables of all workers. After validation, the model holds those of it."""
        if logs is None:
            return
        means = self.saver.all_means
        if "val_loss" in logs:
            own = [float(value) for value in self.model.metrics_variables]
            validating = self.saver.team.gather(np.array(own, np.float32))
            logs.update({f"val_{k}": v for k, v in self._results(validating).items()})
        logs.update(self._results(means))

    def _results(self, means: list[np.ndarray]) -> dict[str, float]:
        total: np.ndarray = np.add.reduce(means, dtype=np.float32)
        for variable, value in zip(self.model.metrics_variables, total, strict=True):
            variable.assign(value)
        return {name: float(value) for name, value in self.model.get_metrics_result().items()}
