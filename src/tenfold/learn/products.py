"""Count the matrix products that a fit executes."""

from dataclasses import dataclass

import keras

from tenfold.core.recipe import Recipe
from tenfold.learn.batches import steps_per_epoch
from tenfold.learn.layers.base import SelfDescribingLayer


@dataclass(frozen=True)
class Products:
    """FLOP of matrix products: a multiplication and an addition count as two.

    Attributes:
        forward: Activations by kernels.
        backward: Gradients of kernels, and of all activations except the network's input.
        windows: Sums of the gradients of overlapping windows, as products with a matrix of 0 and 1.
        orthogonalisation: Muon's Newton-Schulz iterations.
    """

    forward: float = 0.0
    backward: float = 0.0
    windows: float = 0.0
    orthogonalisation: float = 0.0

    @property
    def total(self) -> float:
        """The FLOP of all products."""
        return self.forward + self.backward + self.windows + self.orthogonalisation


def products_per_step(model: keras.Model, batch_size: float) -> Products:
    """Count the products of one step of fitting.

    Args:
        model: A compiled network from `define`.
        batch_size: Images in the step; the mean over steps if they differ.

    Raises:
        ValueError: A layer has a kernel, but does not count its products.
    """
    layers = [layer for layer in model.layers if _forward(layer, batch_size)]
    fitted = [layer for layer in layers if layer.trainable_weights]
    backward = [_forward(layer, batch_size) for layer in fitted]
    return Products(
        forward=sum(_forward(layer, batch_size) for layer in layers),
        backward=sum(backward) + sum(backward[1:]),  # What the first one sees needs no gradient.
        windows=sum(_windows(layer, batch_size) for layer in fitted[1:]),
        orthogonalisation=_orthogonalisation(model),
    )


def products_per_fit(
    model: keras.Model, recipe: Recipe, *, n_train: int, n_validation: int, n_epochs: int
) -> Products:
    """Count the products of a fit, including the validation after each epoch.

    Args:
        model: A network that `define` and `compile_model` made from `recipe`.
        recipe: The settings.
        n_train: Number of images fitted in an epoch.
        n_validation: Number of images scored after each epoch.
        n_epochs: Number of epochs that ran.
    """
    n_steps = steps_per_epoch(n_train, recipe.batch_size)
    step = products_per_step(model, n_train / n_steps)
    validation = sum(_forward(layer, n_validation) for layer in model.layers)
    return Products(
        forward=n_epochs * (n_steps * step.forward + validation),
        backward=n_epochs * n_steps * step.backward,
        windows=n_epochs * n_steps * step.windows,
        orthogonalisation=n_epochs * n_steps * step.orthogonalisation,
    )


def _forward(layer: keras.layers.Layer, n_images: float) -> float:
    if isinstance(layer, keras.layers.Dense):
        return 2 * n_images * float(layer.kernel.shape.num_elements())
    flop = layer.forward_products(n_images) if isinstance(layer, SelfDescribingLayer) else 0.0
    if not flop and n_images and any(weight.name == "kernel" for weight in layer.weights):
        raise ValueError(
            f"Expected layers that count their products; received {type(layer).__name__} "
            f"'{layer.name}', which has a kernel but counts no products."
        )
    return flop


def _windows(layer: keras.layers.Layer, n_images: float) -> float:
    return layer.window_products(n_images) if isinstance(layer, SelfDescribingLayer) else 0.0


def _orthogonalisation(model: keras.Model) -> float:
    counted = getattr(model.optimizer, "step_products", None)  # Keras's optimisers have none.
    return float(counted(model.trainable_variables)) if counted else 0.0
