"""Fully connected throughout, about 10 minutes of fitting on two cores."""

from tenfold.core.recipe import Recipe, TiledNetwork

RECIPE = Recipe(
    name="dense-strong",
    summary="every layer dense, wider and deeper, 64 epochs, dropout",
    network=TiledNetwork(
        widths=(768, 768, 768, 768),
        normalise=False,
        residual=True,
        dropout=0.15,
    ),
    validation="10%",
    optimizer="muon",
    batch_size=1000,
    epochs=64,
    learning_rate=0.02,
    adam_ratio=0.1,
    weight_decay=0.2,
    label_smoothing=0.1,
    shift=3 / 32,
    flip=True,
    tuned_to=45_000,
)
