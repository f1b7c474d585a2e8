"""Fully connected throughout, about a minute of fitting on two cores."""

from tenfold.core.recipe import Recipe, TiledNetwork

RECIPE = Recipe(
    name="dense-standard",
    summary="every layer dense, 20 epochs",
    network=TiledNetwork(
        widths=(512, 512, 512),
        normalise=False,
        residual=True,
    ),
    validation="10%",
    optimizer="muon",
    batch_size=1000,
    epochs=20,
    learning_rate=0.03,
    adam_ratio=0.07,
    weight_decay=0.1,
    label_smoothing=0.1,
    shift=2 / 32,
    flip=True,
    tuned_to=45_000,
)
