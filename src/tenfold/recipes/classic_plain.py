"""The classic notebook's plain network: no dropout, no early stopping, so that it overfits.

Source: the notebook kind described in the README.
"""

from tenfold.core.recipe import DenseNetwork, Recipe

RECIPE = Recipe(
    name="classic-plain",
    summary="the notebook's plain network: Dense 128-64-16, every epoch, no regularisation",
    network=DenseNetwork(widths=(128, 64, 16)),
    validation="first:20%",  # The first 10,000 of CIFAR-10's 50,000 training images.
    batch_size=1000,
    epochs=100,
    learning_rate=1e-3,
)
