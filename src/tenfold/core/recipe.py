"""Everything that decides how a network is built and fitted."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

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
        learning_rate: Adam's step size.
        patience: Epochs without a better validation loss after which fitting stops and the
            best weights are restored; None to run all epochs and keep the last weights.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    summary: str
    network: DenseNetwork
    validation: Annotated[str, Field(pattern=r"^(first:)?\d+(\.\d+)?%$|^first:\d+$")] = "10%"
    train_size: Annotated[int, Field(ge=1)] | None = None
    batch_size: Annotated[int, Field(ge=1)] = 1000
    epochs: Annotated[int, Field(ge=1)] = 100
    learning_rate: Annotated[float, Field(gt=0)] = 1e-3
    patience: Annotated[int, Field(ge=1)] | None = None

    def with_overrides(self, overrides: dict[str, Any]) -> "Recipe":
        """Return a new recipe with some settings changed.

        Args:
            overrides: Setting to value. The network's settings are named like the others.

        Raises:
            TenfoldError: An unknown setting (names the nearest one) or a value that does not fit.
        """
        settings = self.model_dump()
        changeable = _changeable(settings)
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
