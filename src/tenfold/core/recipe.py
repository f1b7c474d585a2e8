"""Recipes: all settings that decide how a network is built and fitted."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tenfold.core.errors import TenfoldError, nearest
from tenfold.core.networks import NETWORKS, Build, Network, OwnNetwork, function_name
from tenfold.core.optimizers import OPTIMIZERS, AdamSettings, Optimizer, Share

PARTS: dict[str, tuple[type[BaseModel], ...]] = {"network": NETWORKS, "optimizer": OPTIMIZERS}
"""The settings that are groups of settings, and the kinds of each group."""

Balance = Literal["none", "effective", "inverse"]
"""How the loss weights classes with different numbers of images."""

VALIDATION = r"^(first:)?\d+(\.\d+)?%$|^first:\d+$|^given$"
"""The values that `validation` may have."""

FIXED = {"name", "summary", "network", "kind", "function", "fingerprint", "build"}
"""Settings that `with_overrides` does not change."""

NAME = r"^[^/\\\x00-\x1f]+$"
"""The names that a recipe may have; the name is part of the names of run folders."""


class FewImages(BaseModel):
    """Settings that a recipe changes if there are few images to fit; None for no change.

    Attributes:
        below: The number of images below which the settings change.
        epochs: As in the recipe.
        mixup: As in the recipe, but only if images may be mirrored (`flip`): blending changes the
            meaning of digits and letters, as mirroring does.
        dropout: As in the network, if it has that setting; like `mixup`, only with `flip`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    below: Annotated[int, Field(ge=1)] = 10_000
    epochs: Annotated[int, Field(ge=1)] | None = None
    mixup: Annotated[float, Field(ge=0)] | None = None
    dropout: Share | None = None


class Recipe(BaseModel):
    """A frozen, typed set of settings; overrides make a new one.

    Attributes:
        name: The recipe's name on the command line.
        summary: One line for `tenfold recipes`.
        network: The layers.
        optimizer: The method that updates the weights, with its settings.
        validation: Which training images are held out: `first:10000` or `first:20%` for the
            first images, `10%` for a seeded share with each class in proportion, `given` for the
            images that the data itself holds out.
        train_size: Images kept for fitting, with each class in proportion; None for all.
        batch_size: Number of images in a step.
        epochs: The most passes over the training images.
        label_smoothing: Share of the target probability that is spread over all classes.
        balance: How much more the loss weights images of rare classes: by the `effective` number of
            images of a class, by the `inverse` of their number, or `none` for equal weights.
        shift: Images are shifted each way by up to this share of their side while fitting.
        flip: Whether half of the images are mirrored while fitting, and predictions are the
            mean over each image and its mirror image. Not suitable for letters or digits.
        mixup: While fitting, each image is blended with another image, and their labels in the
            same share, which is beta distributed with this parameter; 0 for no blending.
        cutmix: The share of steps in which a rectangle of another image is pasted into each image,
            and their labels are mixed in the shares of the area; these steps blend no images.
        view_shift: Predictions are the mean over each image and the image shifted up, down, left
            and right by this share of its side; 0 for the unshifted image alone.
        patience: Epochs without a better validation loss after which fitting stops and the
            best weights are restored; None to run all epochs and keep the last weights.
        tuned_to: The number of images to fit for which `batch_size` was chosen. A quarter of that
            number gets half the batch size. None for a batch size that does not change.
        few_images: Other settings that change if there are few images; None for no change.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=NAME)]
    summary: str
    network: Network
    optimizer: Optimizer = AdamSettings()
    validation: Annotated[str, Field(pattern=VALIDATION)] = "10%"
    train_size: Annotated[int, Field(ge=1)] | None = None
    batch_size: Annotated[int, Field(ge=1)] = 1000
    epochs: Annotated[int, Field(ge=1)] = 100
    label_smoothing: Share = 0.0
    balance: Balance = "none"
    shift: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    flip: bool = False
    mixup: Annotated[float, Field(ge=0)] = 0.0
    cutmix: Annotated[float, Field(ge=0, le=1)] = 0.0
    view_shift: Annotated[float, Field(ge=0, le=0.25)] = 0.0
    patience: Annotated[int, Field(ge=1)] | None = None
    tuned_to: Annotated[int, Field(ge=1)] | None = None
    few_images: FewImages | None = None

    @property
    def changes_images(self) -> bool:
        """Whether images are shifted, mirrored or mixed while fitting."""
        return bool(self.shift or self.flip or self.mixes_images)

    @property
    def mixes_images(self) -> bool:
        """Whether images are mixed while fitting, so that targets are shares of classes."""
        return bool(self.mixup or self.cutmix)

    def for_images(self, n_images: int) -> "Recipe":
        """Return the recipe with the settings that suit `n_images` images to fit.

        The batch size is proportional to the square root of the number of images. Epochs do not
        change, so each image is seen as often as before, unless `few_images` changes more.
        """
        changes: dict[str, Any] = {"tuned_to": None, "few_images": None}
        if self.tuned_to is not None and n_images < self.tuned_to:
            share = n_images / self.tuned_to
            changes["batch_size"] = max(1, round(self.batch_size * share**0.5))
        few = self.few_images
        if few is not None and n_images < few.below:
            if few.epochs is not None:
                changes["epochs"] = few.epochs
            if few.mixup is not None and self.flip:
                changes["mixup"] = few.mixup
            if few.dropout is not None and self.flip:
                changes["network"] = self._network_with("dropout", few.dropout)
        return self.model_copy(update=changes)

    def changes_to(self, settled: "Recipe") -> str:
        """Say which settings `for_images` changed in `settled`; empty if none."""
        names = ("batch_size", "epochs", "mixup")
        pairs = [(name, getattr(self, name), getattr(settled, name)) for name in names]
        if settled.network != self.network:
            old, new = (getattr(each.network, "dropout", None) for each in (self, settled))
            pairs.append(("dropout", old, new))
        return ", ".join(f"{name} {new} instead of {old}" for name, old, new in pairs if new != old)

    def settings(self) -> dict[str, Any]:
        """Every setting that `with_overrides` changes, with its value; `optimizer` is its kind."""
        owners = _owners(self.model_dump(mode="json"))
        found = {key: held[key] for key, held in owners.items()}
        return {**found, "optimizer": self.optimizer.kind}

    def _network_with(self, setting: str, value: object) -> Network:
        """The network with one setting changed, if it has that setting."""
        has_it = setting in type(self.network).model_fields
        return self.network.model_copy(update={setting: value}) if has_it else self.network

    def at_precision(self, precision: Literal["bfloat16", "float32"]) -> "Recipe":
        """Return the recipe with a fixed number format of its matrix products.

        A network without that setting keeps its only format.
        """
        return self.model_copy(update={"network": self._network_with("precision", precision)})

    def with_network(self, build: Build, function: str = "") -> "Recipe":
        """Return the recipe with a network that `build` builds.

        Args:
            build: The function.
            function: The function's name; by default, its name in Python.
        """
        name = function or function_name(build)
        known = self.network.fingerprint if isinstance(self.network, OwnNetwork) else ""
        network = OwnNetwork(function=name, fingerprint=known, build=build)
        return self.model_copy(update={"network": network})

    def with_overrides(self, overrides: dict[str, Any]) -> "Recipe":
        """Return a new recipe with some settings changed.

        Args:
            overrides: From setting to value. Settings of the network and of the optimiser are named
                like other settings. `optimizer` names the optimiser; a different optimiser starts
                with its defaults.

        Raises:
            TenfoldError: The recipe does not have a setting (the error names the nearest one), or
                a value does not fit.
        """
        settings = self.model_dump()
        if overrides.get("optimizer", self.optimizer.kind) != self.optimizer.kind:
            settings["optimizer"] = {"kind": overrides["optimizer"]}
            settings = recipe_from(settings).model_dump()
        # The user's values do not change, however few images there are.
        if "batch_size" in overrides:
            settings["tuned_to"] = None
        if settings["few_images"]:
            asked = FewImages.model_fields.keys() & overrides.keys()
            settings["few_images"] |= dict.fromkeys(asked)
        owners = _owners(settings)
        for key, value in overrides.items():
            if key == "optimizer":
                continue
            if key not in owners:
                raise TenfoldError(
                    f"Recipe '{self.name}' has no setting '{key}'."
                    f"{_elsewhere(key, settings) or nearest(key, tuple(owners), cutoff=0.6)} "
                    f"Its settings are: {', '.join(owners)}."
                )
            owners[key][key] = value
        changed = recipe_from(settings)
        if isinstance(self.network, OwnNetwork):  # The settings do not hold its function.
            changed = changed.model_copy(update={"network": self.network})
        return changed


def _owners(settings: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return, for each setting that may be changed, the dictionary that holds it."""
    parts = [settings[part] for part in PARTS]
    return {key: held for held in (settings, *parts) for key in held if key not in FIXED}


def _elsewhere(key: str, settings: dict[str, Any]) -> str:
    """Say which other network or optimiser has the setting, and name the nearest one here."""
    for part, kinds in PARTS.items():
        having = [kind.model_fields["kind"].default for kind in kinds if key in kind.model_fields]
        if having and key != "kind":
            own = tuple(name for name in settings[part] if name not in FIXED)
            return (
                f" It belongs to the {part} {' or '.join(having)}; this recipe's {part} is "
                f"{settings[part]['kind']}.{nearest(key, own, cutoff=0)}"
            )
    return ""


def recipe_from(settings: dict[str, Any]) -> Recipe:
    """Build a recipe from plain values, such as those of a run's `recipe.yaml`.

    Raises:
        TenfoldError: Settings are unknown, missing, or do not fit; the error names each of them.
    """
    try:
        return Recipe.model_validate(settings)
    except ValidationError as error:
        raise TenfoldError(
            f"Recipe '{settings.get('name', '?')}' cannot be used: "
            f"{' '.join(map(_problem, error.errors()))} `tenfold recipes standard` shows every "
            "setting with a value that fits."
        ) from error


def _problem(error: Mapping[str, Any]) -> str:
    """Say which setting does not fit, what was expected, and what was received."""
    names = [str(part) for part in error["loc"]]
    if names[0] in PARTS and len(names) > 2:
        del names[:2]  # The part, and its kind.
    name = ".".join(names)
    match error["type"]:
        case "missing":
            return (
                f"The setting '{name}' is missing; `based_on: standard` takes it from that recipe."
            )
        case "extra_forbidden":
            models = (Recipe, *NETWORKS, *OPTIMIZERS)
            known = dict.fromkeys(name for model in models for name in model.model_fields)
            return f"There is no setting '{name}'.{nearest(names[-1], tuple(known))}"
    received = error["input"]
    if error["type"] == "union_tag_invalid":
        received = error["ctx"]["tag"]
    return f"Expected {name} to be {_expected(error)}; received {received!r}."


def _expected(error: Mapping[str, Any]) -> str:
    """Describe in a few words the values that a setting may have."""
    limits = {key: f"{value:g}" for key, value in error.get("ctx", {}).items() if key in _LIMITS}
    for key, limit in limits.items():
        return _LIMITS[key].format(limit)
    match error["type"]:
        case "string_pattern_mismatch" if error["loc"][-1] == "validation":
            return "a share such as 10% or first:20%, a number such as first:10000, or given"
        case "string_pattern_mismatch":
            return "a name without slashes"
        case "int_parsing" | "int_type" | "int_from_float":
            return "a whole number"
        case "float_parsing" | "float_type":
            return "a number"
        case "bool_parsing" | "bool_type":
            return "true or false"
        case "tuple_type":
            return "a list, such as [256, 128]"
        case "too_short":
            return "a list of at least one value"
        case "literal_error":
            return str(error["ctx"]["expected"])
        case "union_tag_invalid":
            return f"one of {error['ctx']['expected_tags']}"
    return str(error["msg"]).removeprefix("Input should be ").lower()


_LIMITS = {"ge": "{} or more", "gt": "more than {}", "le": "{} or less", "lt": "less than {}"}
"""Pydantic's names for the limits of a number, in words."""
