"""The settings of each optimiser."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, lt=1)]


class AdamSettings(BaseModel):
    """Adam at a constant rate, as in the classic notebook.

    Attributes:
        kind: Tells the optimisers apart in `recipe.yaml`.
        learning_rate: The step size.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["adam"] = "adam"
    learning_rate: Annotated[float, Field(gt=0)] = 1e-3


class MuonSettings(BaseModel):
    """Muon for kernels and Adam for the rest, at a rate that rises, then falls to zero.

    Attributes:
        kind: Tells the optimisers apart in `recipe.yaml`.
        learning_rate: Muon's highest step size.
        adam_ratio: Adam's learning rate for everything that is not a kernel, as a share of Muon's.
        weight_decay: Decoupled decay of kernels, as a share of the learning rate.
        momentum: Share of Muon's last step that is kept in the next one (Nesterov's momentum).
        warm_up: The share of all steps in which the rate rises.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["muon"] = "muon"
    learning_rate: Annotated[float, Field(gt=0)] = 0.03
    adam_ratio: Annotated[float, Field(gt=0)] = 0.07
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    momentum: Share = 0.95
    warm_up: Annotated[float, Field(gt=0, lt=1)] = 0.1


OPTIMIZERS = (AdamSettings, MuonSettings)
Optimizer = Annotated[AdamSettings | MuonSettings, Field(discriminator="kind")]
