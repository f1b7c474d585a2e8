"""Locally connected layers, about 10 s of fitting on two cores."""

from tenfold.core.measured import Measured
from tenfold.core.recipe import Recipe, TiledNetwork, TileLayer

RECIPE = Recipe(
    name="quick",
    summary="local layers, 3 epochs: a first answer within seconds",
    network=TiledNetwork(
        local=(TileLayer(units=48, window=3), TileLayer(units=128, window=4, stride=2)),
        widths=(256,),
        normalise=False,
    ),
    validation="10%",
    optimizer="muon",
    batch_size=500,
    epochs=3,
    learning_rate=0.04,
    adam_ratio=0.05,
    weight_decay=0.1,
    shift=2 / 32,
    flip=True,
    tuned_to=45_000,
)

MEASURED = Measured(accuracy=0.63, sd=0.002, n=2, fit_s=10.0)
