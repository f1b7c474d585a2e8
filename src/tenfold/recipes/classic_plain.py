"""The classic notebook's plain network: no dropout and no early stopping, so it overfits.

Source: the notebook that the README describes.
"""

from tenfold.core.networks import ClassicNetwork
from tenfold.core.optimizers import AdamSettings
from tenfold.core.recipe import Recipe

RECIPE = Recipe(
    name="classic-plain",
    summary="the notebook's plain network: Dense 128-64-16, every epoch, no regularisation",
    network=ClassicNetwork(widths=(128, 64, 16)),
    optimizer=AdamSettings(learning_rate=1e-3),
    validation="first:20%",  # The first 10,000 of CIFAR-10's 50,000 training images.
    batch_size=1000,
    epochs=100,
)
