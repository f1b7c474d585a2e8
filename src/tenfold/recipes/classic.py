"""The classic notebook's network with its regularisation: input dropout and early stopping.

Source: the notebook that the README describes; its test accuracy is 48.91 %.
"""

from tenfold.core.networks import ClassicNetwork
from tenfold.core.optimizers import AdamSettings
from tenfold.core.recipe import Recipe

RECIPE = Recipe(
    name="classic",
    summary="the notebook's network: input dropout 0.2, Dense 128-64-15, early stopping",
    network=ClassicNetwork(widths=(128, 64, 15), input_dropout=0.2),
    optimizer=AdamSettings(learning_rate=1e-3),
    validation="first:20%",  # The first 10,000 of CIFAR-10's 50,000 training images.
    batch_size=1000,
    epochs=100,
    patience=10,
)
