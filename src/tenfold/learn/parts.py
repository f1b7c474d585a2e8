"""Take a network that predicts apart: its views, the fitted network, its temperature."""

from dataclasses import dataclass, replace
from typing import Self, TypeVar

import keras

from tenfold.learn.layers.base import SelfDescribingLayer
from tenfold.learn.layers.blocks import Blocks
from tenfold.learn.layers.form import CannotUnfoldError, Form
from tenfold.learn.layers.temperature import Temperature, with_temperature
from tenfold.learn.layers.views import Views, with_views
from tenfold.learn.unfold import rewritten, unfold

Some = TypeVar("Some", bound=Form)


@dataclass(frozen=True)
class Parts:
    """The parts of a network that predicts, in the order in which an image passes them.

    Attributes:
        views: Makes the views of an image; None for a single look.
        network: Predicts each view: uint8 (n, height, width, channels) -> probabilities.
        temperature: Calibrates the mean over the views; None if nothing does.
    """

    views: Views | None
    network: keras.Model
    temperature: float | None

    @classmethod
    def of(cls, model: keras.Model) -> Self:
        """Take a network from `predictor` or `with_temperature` apart."""
        last, temperature, [output] = model.layers[-1], None, model.outputs
        if isinstance(last, Temperature):
            output, temperature = last.input, last.temperature
        views = [layer for layer in model.layers if isinstance(layer, Views)]
        if not views:
            [images] = model.inputs
            inside = model if temperature is None else keras.Model(images, output, name=model.name)
            return cls(None, inside, temperature)
        [network] = [layer for layer in model.layers if isinstance(layer, keras.Model)]
        return cls(views[0], network, temperature)

    @property
    def n_views(self) -> int:
        """The number of views of each image."""
        return self.views.n_views if self.views else 1

    def with_one_view(self) -> "Parts":
        """The same network and temperature, for the unchanged image alone."""
        return replace(self, views=None)

    def as_dense(self) -> "Parts":
        """The same with plain dense layers, in which zeros stand for what a unit does not see.

        A network of ordinary layers stays as it is.
        """
        if not any(isinstance(layer, SelfDescribingLayer) for layer in self.network.layers):
            return self
        return replace(self, network=unfold(self.network))

    def whole(self) -> keras.Model:
        """Put the parts together again; the weights are shared."""
        model = self.network
        if self.views:
            model = with_views(model, shift_px=self.views.shift_px, mirror=self.views.mirror)
        return model if self.temperature is None else with_temperature(model, self.temperature)

    def as_keras(self) -> keras.Model:
        """Build a model of Keras's own layers and operations, with the size of its weights.

        uint8 (n, height, width, channels) -> float32 probabilities (n, n_classes).

        Raises:
            TenfoldError: The network has a layer of the user's own.
        """
        images = keras.Input(self.network.input_shape[1:], dtype="uint8", name="images")
        found = self.rewritten(Blocks.of_images(images)).values
        return keras.Model(images, found, name=self.network.name)

    def rewritten(self, images: Some) -> Some:
        """Write all parts in another form, which begins with uint8 images.

        Raises:
            TenfoldError: The form has nothing that computes the same as a layer.
        """
        form = images if self.views is None else images.views(self.views.positions())
        try:
            form = form.like(self.network)
        except CannotUnfoldError:  # Layer by layer.
            form = rewritten(self.network, form)
        form = form if self.views is None else form.mean_of_views(self.n_views)
        return form if self.temperature is None else form.at_temperature(self.temperature)
