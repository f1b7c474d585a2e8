"""Everything that decides how a network is built and fitted."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tenfold.core.errors import TenfoldError, nearest

Share = Annotated[float, Field(ge=0, lt=1)]


class DenseNetwork(BaseModel):
    """Fully connected layers: pixels to [0, 1], flattened, then one layer after another.

    Attributes:
        kind: Tells the networks apart in `recipe.yaml`.
        widths: Units of each hidden layer, input side first.
        input_dropout: Share of pixel values dropped before the first layer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["dense"] = "dense"
    widths: tuple[Annotated[int, Field(ge=1)], ...]
    input_dropout: Share = 0.0

    def describe(self) -> str:
        """Say the layers in a few words."""
        widths = "-".join(map(str, self.widths)) or "none"
        return f"hidden layers {widths}, input dropout {self.input_dropout:g}"


class TileLayer(BaseModel):
    """One layer of a tiled network.

    Attributes:
        units: Units at each window.
        window: Tiles along a side of the square that a unit sees.
        stride: Tiles from one window to the next.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    units: Annotated[int, Field(ge=1)]
    window: Annotated[int, Field(ge=1)] = 1
    stride: Annotated[int, Field(ge=1)] = 1


class TiledNetwork(BaseModel):
    """Layers on a grid of tiles, then dense layers, in a layout made for speed.

    With local layers, each unit sees a window of the layer below and no weight belongs to two
    positions. Without, every layer is fully connected.

    Attributes:
        kind: Tells the networks apart in `recipe.yaml`.
        grid: Tiles along a side of the image, about; a tile is a whole number of pixels. Small
            images have fewer tiles, and windows never exceed the grid.
        local: Locally connected layers, input side first.
        widths: Units of each dense layer after them.
        normalise: Whether batch normalisation follows each layer; a bias does otherwise.
        residual: Whether a dense layer as wide as the one below adds its input to its output.
        dropout: Share of activations dropped after each layer but the first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["tiled"] = "tiled"
    grid: Annotated[int, Field(ge=1)] = 8
    local: tuple[TileLayer, ...] = ()
    widths: tuple[Annotated[int, Field(ge=1)], ...] = (512,)
    normalise: bool = False
    residual: bool = False
    dropout: Share = 0.0

    @model_validator(mode="after")
    def _has_a_layer(self) -> Self:
        if not (self.local or self.widths):
            raise ValueError("a tiled network needs a local or a dense layer")
        return self

    def describe(self) -> str:
        """Say the layers in a few words."""
        local = ", ".join(
            f"{layer.units} units in windows of {layer.window} x {layer.window}"
            for layer in self.local
        )
        tiles = f"about {self.grid} x {self.grid} tiles, {local}; then " if self.local else ""
        widths = "-".join(map(str, self.widths)) or "none"
        return f"{tiles}dense layers {widths}, dropout {self.dropout:g}"


class Recipe(BaseModel):
    """A frozen, typed set of settings; overrides make a new one.

    Attributes:
        name: What it is called on the command line.
        summary: One line for `tenfold recipes`.
        network: The layers.
        validation: Which training images are held out: `first:10000` or `first:20%` for the
            first ones, `10%` for a seeded share with each class in proportion.
        train_size: Images kept for fitting, with each class in proportion; None for all.
        batch_size: Images in a step.
        epochs: The most passes over the training images.
        optimizer: `adam` at a constant rate, or `muon`, whose rate rises and then falls to zero.
        learning_rate: The optimiser's step size; Muon's highest.
        adam_ratio: With `muon`, the rate of what Muon leaves to Adam, as a share of Muon's.
        weight_decay: With `muon`, decoupled decay as a share of the learning rate.
        warm_up: With `muon`, the share of all steps in which the rate rises.
        label_smoothing: Share of the target probability spread over all classes.
        shift: Images are shifted each way by up to this share of their side while fitting.
        flip: Whether half of the images are mirrored while fitting, and predictions are the
            mean over each image and its mirror image. Not for letters or digits.
        mixup: While fitting, each image is blended with another one, and its label with the
            other's, in a share that is beta distributed with this parameter; 0 for no blending.
        view_shift: Predictions are the mean over each image and the image shifted up, down, left
            and right by this share of its side; 0 for the image alone.
        precision: Number format of matrix products: `bfloat16`, `float32`, or `auto` for the
            faster one on this processor. Networks of kind `dense` always use float32.
        patience: Epochs without a better validation loss after which fitting stops and the
            best weights are restored; None to run all epochs and keep the last weights.
        tuned_to: Images to fit that `batch_size` and `epochs` were chosen for: fewer images get
            smaller batches and more epochs. None to take both as they are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    summary: str
    network: Annotated[DenseNetwork | TiledNetwork, Field(discriminator="kind")]
    validation: Annotated[str, Field(pattern=r"^(first:)?\d+(\.\d+)?%$|^first:\d+$")] = "10%"
    train_size: Annotated[int, Field(ge=1)] | None = None
    batch_size: Annotated[int, Field(ge=1)] = 1000
    epochs: Annotated[int, Field(ge=1)] = 100
    optimizer: Literal["adam", "muon"] = "adam"
    learning_rate: Annotated[float, Field(gt=0)] = 1e-3
    adam_ratio: Annotated[float, Field(gt=0)] = 0.07
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    warm_up: Annotated[float, Field(gt=0, lt=1)] = 0.1
    label_smoothing: Share = 0.0
    shift: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    flip: bool = False
    mixup: Annotated[float, Field(ge=0)] = 0.0
    view_shift: Annotated[float, Field(ge=0, le=0.25)] = 0.0
    precision: Literal["auto", "bfloat16", "float32"] = "auto"
    patience: Annotated[int, Field(ge=1)] | None = None
    tuned_to: Annotated[int, Field(ge=1)] | None = None

    def for_images(self, n_images: int) -> "Recipe":
        """Return the recipe with the batches and epochs that `n_images` images need.

        As many steps as the recipe was tuned with, on batches of at least 32 images that show
        each image at most 20 times as often.
        """
        if self.tuned_to is None or n_images >= self.tuned_to:
            return self
        n_steps = self.epochs * self.tuned_to / self.batch_size
        batch_size = min(self.batch_size, max(32, 2 * self.batch_size * n_images // self.tuned_to))
        epochs = min(20 * self.epochs, round(n_steps * batch_size / n_images))
        changes = {
            "batch_size": batch_size,
            "epochs": max(self.epochs, epochs),
            "tuned_to": None,
        }
        return self.model_copy(update=changes)

    def with_overrides(self, overrides: dict[str, Any]) -> "Recipe":
        """Return a new recipe with some settings changed.

        Args:
            overrides: Setting to value. The network's settings are named like the others.

        Raises:
            TenfoldError: An unknown setting (names the nearest one) or a value that does not fit.
        """
        settings = self.model_dump()
        changeable = _changeable(settings)
        if {"epochs", "batch_size"} & set(overrides):
            settings["tuned_to"] = None  # What the user asks for is taken as it is.
        for key, value in overrides.items():
            if key not in changeable:
                raise TenfoldError(
                    f"Recipe '{self.name}' has no setting '{key}'.{nearest(key, changeable)} "
                    f"Its settings are: {', '.join(changeable)}."
                )
            (settings["network"] if key in settings["network"] else settings)[key] = value
        return recipe_from(settings)


def _changeable(settings: dict[str, Any]) -> tuple[str, ...]:
    fixed = {"name", "summary", "network", "kind"}
    return tuple(key for key in (*settings, *settings["network"]) if key not in fixed)


def recipe_from(settings: dict[str, Any]) -> Recipe:
    """Build a recipe from plain values, such as those of a run's `recipe.yaml`.

    Raises:
        TenfoldError: A setting is unknown, missing, or does not fit; every one is named.
    """
    try:
        return Recipe.model_validate(settings)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, e['loc']))}: {e['msg'].lower()}, received {e['input']!r}"
            for e in error.errors()
        )
        raise TenfoldError(
            f"Recipe '{settings.get('name', '?')}' has settings that do not fit. {problems}. "
            "See `tenfold recipes NAME` for each setting and its value."
        ) from error
