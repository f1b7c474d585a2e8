"""The settings of each kind of network."""

import math
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tenfold.core.optimizers import Share

Widths = tuple[Annotated[int, Field(ge=1)], ...]
Precision = Literal["auto", "bfloat16", "float32"]


class ClassicNetwork(BaseModel):
    """The notebook's network: pixels scaled to [0, 1] and flattened, then Keras's Dense layers.

    Attributes:
        kind: The kind of network in `recipe.yaml`.
        widths: Units of each hidden layer, input side first.
        input_dropout: Share of pixel values dropped before the first layer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["classic"] = "classic"
    widths: Widths
    input_dropout: Share = 0.0

    @property
    def precision(self) -> Precision:
        """Always `float32`: these products are too small for another format to be faster."""
        return "float32"

    def describe(self, side_px: int) -> str:  # noqa: ARG002
        """Describe the layers in a few words."""
        return f"hidden layers {_listed(self.widths)}, input dropout {self.input_dropout:g}"


class LocalLayer(BaseModel):
    """One locally connected layer.

    Attributes:
        units: Number of units at each window.
        window: Tiles along a side of the square that a unit sees.
        stride: Tiles from one window to the next.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    units: Annotated[int, Field(ge=1)]
    window: Annotated[int, Field(ge=1)] = 1
    stride: Annotated[int, Field(ge=1)] = 1


class FullyConnectedNetwork(BaseModel):
    """Dense layers only, in a fast memory layout.

    Attributes:
        kind: The kind of network in `recipe.yaml`.
        widths: Units of each dense layer.
        components: Number of principal components of the training images that the first layer sees;
            None for the pixels themselves.
        normalise: Whether batch normalisation follows each layer; otherwise a bias does.
        residual: Whether a dense layer adds its input to its output, if both are equally wide.
        dropout: Share of activations dropped after each layer except the first.
        precision: Number format of matrix products while fitting: `bfloat16`, `float32`, or
            `auto` for the faster one on this processor.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["fully_connected"] = "fully_connected"
    widths: Annotated[Widths, Field(min_length=1)] = (512,)
    components: Annotated[int, Field(ge=1)] | None = None
    normalise: bool = False
    residual: bool = False
    dropout: Share = 0.0
    precision: Precision = "auto"

    def describe(self, side_px: int) -> str:  # noqa: ARG002
        """Describe the layers in a few words."""
        seen = f"{self.components} principal components, " if self.components else ""
        return f"{seen}dense layers {_listed(self.widths)}, dropout {self.dropout:g}"


class LocalNetwork(BaseModel):
    """Locally connected layers on a grid of tiles, then dense layers, in a fast memory layout.

    Each unit of a local layer sees a window of the layer below, and no weight is shared by two
    positions.

    Attributes:
        kind: The kind of network in `recipe.yaml`.
        grid: About how many tiles fit along a side of the image; each is a whole number of pixels.
            Small images have fewer tiles, and windows never exceed the grid.
        least_tile_px: The fewest pixels along a side of a tile.
        local: Locally connected layers, input side first.
        widths: Units of each dense layer after them.
        normalise: As for `FullyConnectedNetwork`.
        residual: As for `FullyConnectedNetwork`.
        dropout: As for `FullyConnectedNetwork`.
        precision: As for `FullyConnectedNetwork`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["local"] = "local"
    grid: Annotated[int, Field(ge=1)] = 8
    least_tile_px: Annotated[int, Field(ge=1)] = 1
    local: Annotated[tuple[LocalLayer, ...], Field(min_length=1)]
    widths: Widths = (512,)
    normalise: bool = False
    residual: bool = False
    dropout: Share = 0.0
    precision: Precision = "auto"

    def tile_px(self, side_px: int) -> int:
        """Pixels along a side of a tile, for images whose longer side has `side_px` pixels."""
        return max(self.least_tile_px, round(side_px / self.grid))

    def describe(self, side_px: int) -> str:
        """Describe the layers in a few words, for images whose longer side has `side_px` pixels."""
        tile_px = self.tile_px(side_px)
        grid, tiles = math.ceil(side_px / tile_px), "tiles of 1 pixel"
        if tile_px > 1:
            tiles = f"tiles of {tile_px} x {tile_px} pixels"
        local = ", ".join(
            f"{layer.units} units in windows of {layer.window} x {layer.window}"
            for layer in self.local
        )
        return (
            f"{grid} x {grid} {tiles}, {local}; then dense layers {_listed(self.widths)}, "
            f"dropout {self.dropout:g}"
        )


Build = Callable[[tuple[int, int, int], int], Any]
"""A user's function: it takes the shape (height, width, channels) and the number of classes, and
returns an uncompiled `keras.Model`, uint8 (n, *shape) -> probabilities (n, n_classes)."""


def function_name(build: Build) -> str:
    """The name of a function, or the class name of another callable."""
    return str(getattr(build, "__name__", type(build).__name__))


class OwnNetwork(BaseModel):
    """A network that a user's function builds.

    Attributes:
        kind: The kind of network in `recipe.yaml`.
        function: The name of the function.
        fingerprint: Digest of the layers and their settings; empty until the network is built.
        build: The function, which is not saved to any file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["own"] = "own"
    function: str
    fingerprint: str = ""
    build: Annotated[Build | None, Field(exclude=True, repr=False)] = None

    @property
    def precision(self) -> Precision:
        """Always `float32`, although the function itself may choose another format."""
        return "float32"

    def describe(self, side_px: int) -> str:  # noqa: ARG002
        """Describe the layers in a few words."""
        return f"a network of your own, {self.function}"


NETWORKS = (ClassicNetwork, LocalNetwork, FullyConnectedNetwork, OwnNetwork)
Network = Annotated[
    ClassicNetwork | LocalNetwork | FullyConnectedNetwork | OwnNetwork, Field(discriminator="kind")
]


def _listed(widths: tuple[int, ...]) -> str:
    return "-".join(map(str, widths)) or "none"
