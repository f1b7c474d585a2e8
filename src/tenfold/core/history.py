"""What happened during a fit."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Epoch:
    """One pass over the training images; losses in nats, accuracies in 0..1.

    `loss` and `accuracy` are running means over the epoch, with dropout and augmentation on. The
    validation figures are None where a fit has no validation images.
    """

    epoch: int
    loss: float
    accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    learning_rate: float
    wall_s: float


@dataclass(frozen=True)
class FitRecord:
    """How a fit went.

    Attributes:
        epochs: Every finished epoch, in order.
        best_epoch: The epoch (from 1) whose weights the model holds; 0 if none was finished.
        wall_s: Seconds from the call of fit to its return.
        n_parameters: Trainable numbers in the network.
        stopped_early: Whether early stopping ended the fit.
        interrupted_by: Name of the signal that ended the fit, such as `SIGINT`; else None.
        diverged_at: The epoch (from 1) after which the loss or a weight was not finite; else None.
        out_of_time: Whether a time budget ended the fit before its last epoch.
        train_accuracy: Share of the training images that the fitted model gets right, without
            dropout or augmentation, in 0..1; None if it was not measured.
        n_train_scored: Training images that this was measured on.
        temperature: By which the model divides its logits, so that its probabilities say how often
            it is right; None if there were no images to fit it to.
    """

    epochs: tuple[Epoch, ...]
    best_epoch: int
    wall_s: float
    n_parameters: int
    stopped_early: bool
    interrupted_by: str | None = None
    diverged_at: int | None = None
    out_of_time: bool = False
    train_accuracy: float | None = None
    n_train_scored: int = 0
    temperature: float | None = None

    def summary(self) -> dict[str, Any]:
        """The figures that `metrics.json` holds."""
        return {
            "wall_s": self.wall_s,
            "epochs": len(self.epochs),
            "best_epoch": self.best_epoch,
            "n_parameters": self.n_parameters,
            "stopped_early": self.stopped_early,
            "interrupted_by": self.interrupted_by,
            "out_of_time": self.out_of_time,
            "temperature": self.temperature,
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "FitRecord":
        """Rebuild a record from what `dataclasses.asdict` made of it."""
        epochs = tuple(Epoch(**epoch) for epoch in content["epochs"])
        return cls(**{**content, "epochs": epochs})
