"""Fully connected throughout, about 10 minutes of fitting on two cores.

Measured on CIFAR-10, JPEG 75 copy, 45,000 images to fit: test accuracy 77.26 %, standard
deviation 0.11 points over 3 seeds, after 591.1 s of fitting, scaled to two cores that multiply
large bfloat16 matrices at 780 GFLOP/s. Chosen on validation images.

    python benchmarks/frontier.py --recipes dense-strong --seeds 3 --test
"""

from tenfold.core.measured import Measured
from tenfold.core.networks import FullyConnectedNetwork
from tenfold.core.optimizers import MuonSettings
from tenfold.core.recipe import Recipe

RECIPE = Recipe(
    name="dense-strong",
    summary="every layer dense, wider and deeper, 130 epochs, mixup",
    network=FullyConnectedNetwork(
        widths=(1024, 1024, 1024, 1024),
        components=512,
        normalise=False,
        residual=True,
    ),
    validation="10%",
    optimizer=MuonSettings(learning_rate=0.03, adam_ratio=0.1, weight_decay=0.2),
    batch_size=2000,
    epochs=130,
    label_smoothing=0.1,
    shift=3 / 32,
    flip=True,
    mixup=0.5,
    view_shift=2 / 32,
    tuned_to=45_000,
)

MEASURED = Measured(accuracy=0.7726, sd=0.0011, n=3, fit_s=591.1)
