"""What a run was asked to do."""

from dataclasses import asdict, dataclass, field
from typing import Any

CHECKPOINT_EVERY_S = 30.0


@dataclass(frozen=True)
class Request:
    """Everything that a run was told, so that it can be taken up where it was cut.

    Attributes:
        recipe: A recipe's name; None for the default, or for what a budget's plan chooses.
        data: `cifar10`, `digits`, or a folder of images.
        archive: CIFAR-10's archive, where it is not to be looked for or downloaded.
        side_px: Height and width in pixels that images of a folder are brought to.
        seed: Decides splits, initial weights, dropout and order: 0 or more.
        overrides: Settings of the recipe to change.
        tensorboard: Whether to write TensorBoard's logs into the run's folder.
        budget_s: Seconds in which everything after gathering shall be done; None for no limit.
        checkpoint_every_s: Seconds from one checkpoint to the next within an epoch.
        fit_only: Whether predicting and evaluating are left out.
    """

    recipe: str | None = None
    data: str = "cifar10"
    archive: str | None = None
    side_px: int = 32
    seed: int = 0
    overrides: dict[str, Any] = field(default_factory=dict)
    tensorboard: bool = False
    budget_s: float | None = None
    checkpoint_every_s: float = CHECKPOINT_EVERY_S
    fit_only: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)
