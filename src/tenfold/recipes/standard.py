"""Locally connected layers, about a minute of fitting on two cores."""

from tenfold.core.measured import Measured
from tenfold.core.recipe import Recipe, TiledNetwork, TileLayer

RECIPE = Recipe(
    name="standard",
    summary="local layers, 12 epochs: the default",
    network=TiledNetwork(
        local=(TileLayer(units=64, window=3), TileLayer(units=256, window=4, stride=2)),
        widths=(256,),
        normalise=False,
    ),
    validation="10%",
    optimizer="muon",
    batch_size=500,
    epochs=12,
    learning_rate=0.03,
    adam_ratio=0.07,
    weight_decay=0.1,
    label_smoothing=0.1,
    shift=2 / 32,
    flip=True,
    tuned_to=45_000,
)

MEASURED = Measured(accuracy=0.737, sd=0.003, n=2, fit_s=60.0)
