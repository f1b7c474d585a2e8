"""What a layer needs from another form of its network, to be written in that form."""

from abc import ABC, abstractmethod
from typing import Self

import keras
import numpy as np


class CannotUnfoldError(Exception):
    """A form has nothing that computes the same as a layer."""


class Form(ABC):
    """The output of some layers, written in another form: Keras's own layers, or an ONNX graph.

    A layer's `unfold` takes the form of the layers below and returns its own. Each form offers
    these few operations, so that a layer is described once for all forms. Nothing changes a form;
    each operation gives a new one.
    """

    @abstractmethod
    def tiles(self, places: np.ndarray, centre: int) -> Self:
        """Cut uint8 images into tiles, and subtract `centre`.

        Args:
            places: int64 (tiles, features): the position in a flattened image of each feature of
                each tile; -1 for a pixel of a black border.
            centre: The number that becomes 0.
        """

    @abstractmethod
    def merged(self) -> Self:
        """Make one tile of all tiles."""

    @abstractmethod
    def product(
        self,
        kernel: np.ndarray,
        positions: np.ndarray | None = None,
        *,
        name: str,
        activation: str | None = None,
    ) -> Self:
        """Multiply each window of tiles by its own kernel.

        Args:
            kernel: float32 (windows, inputs of a unit, units).
            positions: Integer (windows, tiles in a window), the tiles that each window sees; None
                if each window is one tile.
            name: Name of the layer.
            activation: `softmax`, or None.
        """

    @abstractmethod
    def scaled_and_shifted(self, scale: np.ndarray | float, shift: np.ndarray) -> Self:
        """Scale and shift what `product` gave, before its activation.

        Args:
            scale: A factor for all units, or float32 (windows * units,).
            shift: A summand for all units, float32 (1,), or one for each, (windows * units,).

        Raises:
            CannotUnfoldError: This is not what `product` gave.
        """

    @abstractmethod
    def relu(self, *, name: str) -> Self:
        """Set negative values to zero."""

    @abstractmethod
    def plus(self, *others: Self, name: str) -> Self:
        """Add values of the same shape."""

    def views(self, positions: np.ndarray) -> Self:  # noqa: ARG002
        """Make several views of uint8 images.

        Args:
            positions: int64 (n_views, height * width * channels): which number of a flattened
                image is at each place of a view.

        Raises:
            CannotUnfoldError: This form computes one view.
        """
        raise CannotUnfoldError

    def mean_of_views(self, n_views: int) -> Self:  # noqa: ARG002
        """Average the probabilities of each image's views.

        Raises:
            CannotUnfoldError: This form computes one view.
        """
        raise CannotUnfoldError

    def at_temperature(self, temperature: float) -> Self:  # noqa: ARG002
        """Divide the logarithms of probabilities by a temperature, and make rows sum to 1 again.

        Raises:
            CannotUnfoldError: This form has nothing that does so.
        """
        raise CannotUnfoldError

    def like(self, layer: keras.layers.Layer) -> Self:  # noqa: ARG002
        """Write one of Keras's own layers, other than Add.

        Raises:
            CannotUnfoldError: This form has no equivalent of the layer.
        """
        raise CannotUnfoldError

    def refusal(self, layer: keras.layers.Layer) -> str:
        """Why a layer cannot be written in this form, and what to do."""
        return (
            f"Cannot unfold layer '{layer.name}' ({type(layer).__name__}). Expected a local or "
            "fully connected network, as `define` builds it. If it averages several views, unfold "
            "the network inside: `unfold(model.get_layer('local'))`."
        )


def tiled(pixels: np.ndarray | None, places: np.ndarray) -> np.ndarray:
    """Which number of an image each feature of each tile of each view is.

    Args:
        pixels: int64 (1, views, numbers of an image): which number is at each place of each view.
        places: int64 (tiles, features), as for `Form.tiles`.

    Returns:
        int64 (tiles, views, features); -1 for a pixel of a black border.

    Raises:
        CannotUnfoldError: These are not whole images any more.
    """
    if pixels is None:
        raise CannotUnfoldError
    with_border = np.pad(pixels[0], ((0, 0), (0, 1)), constant_values=-1)
    return with_border[:, places].transpose(1, 0, 2)
