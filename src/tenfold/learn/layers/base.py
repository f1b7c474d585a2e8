"""The base classes of all layers of the fast networks."""

from typing import Any

import keras

from tenfold.learn.layers.form import CannotUnfoldError, Form


class SelfDescribingLayer(keras.layers.Layer):
    """A layer that knows its settings, its matrix products and its plain equivalent.

    A layer with a kernel must count its products; `unfold` is optional for every layer.
    """

    settings: tuple[str, ...] = ()
    """Names of the constructor's arguments, which are attributes too."""

    def get_config(self) -> dict[str, Any]:
        """The settings from which `from_config` makes this layer again."""
        return {**super().get_config(), **{name: getattr(self, name) for name in self.settings}}

    def describe(self) -> str:
        """What the layer does, in a few words."""
        return type(self).__name__

    def forward_products(self, n_images: float) -> float:  # noqa: ARG002
        """FLOP of the products of activations by kernels, for `n_images` images."""
        return 0.0

    def window_products(self, n_images: float) -> float:  # noqa: ARG002
        """FLOP of adding up the gradients of overlapping windows, for `n_images` images."""
        return 0.0

    def unfold(self, below: Form) -> Form:  # noqa: ARG002
        """Write in another form what this layer computes outside a fit.

        Args:
            below: The form of the layers below; for the first layer, of uint8 images.

        Raises:
            CannotUnfoldError: The form has nothing that computes the same.
        """
        raise CannotUnfoldError


class FeatureMajorLayer(SelfDescribingLayer):
    """A layer of feature-major activations that casts dtypes itself, as rarely as possible.

    Between `ImageTiles` and `Probabilities`, activations are feature-major: (tiles, features,
    batch). A layer is then one batched matrix product without a transpose, statistics use
    neighbouring numbers, and merging all tiles into one moves no data. No weight is shared by two
    tiles, so this is not a convolution.

    Weights are float32; outputs have the dtype of the inputs.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"autocast": False, **options})

    def add_weight(self, *args: Any, **options: Any) -> keras.Variable:
        """Make a weight that stays float32: a mixed policy would cast it to bfloat16."""
        return super().add_weight(*args, **{"autocast": False, **options})
