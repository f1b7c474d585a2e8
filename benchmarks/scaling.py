"""How the time to fit grows with images and with parameters.

    TENFOLD_CIFAR10=ARCHIVE python benchmarks/scaling.py [--recipe standard] [--epochs 3]

A few epochs of a recipe: on 10,000 to 50,000 images with its own layers, and on 45,000 images
with layers that are made wider or narrower until they hold 0.5 to 16 million parameters. 1,000
training images are scored after each epoch; the test images are not touched. Each fit runs in a new
process and writes one CSV row as soon as it is done. The first epoch, which includes TensorFlow's
tracing, is reported apart from the median of the others.
"""

import argparse
import statistics
from pathlib import Path
from typing import Any

import numpy as np

from measuring import append_row, in_fresh_process, machine, peak_memory_mb, product_rates
from tenfold.core.networks import FullyConnectedNetwork, LocalNetwork
from tenfold.core.recipe import Recipe
from tenfold.recipes import DEFAULT, find_recipe

IMAGES = (10_000, 20_000, 30_000, 40_000, 50_000)
PARAMETERS = (0.5e6, 1e6, 2e6, 4e6, 8e6, 16e6)
N_TRAIN = 45_000
N_VALIDATION = 1_000
Wide = LocalNetwork | FullyConnectedNetwork


def widened(network: Wide, factor: float) -> Wide:
    """The same network with `factor` times the units everywhere, in multiples of 8."""

    def scaled(units: int) -> int:
        return max(8, 8 * round(units * factor / 8))

    change: dict[str, Any] = {"widths": tuple(map(scaled, network.widths))}
    if isinstance(network, LocalNetwork):
        change["local"] = tuple(
            layer.model_copy(update={"units": scaled(layer.units)}) for layer in network.local
        )
    return network.model_copy(update=change)


def with_parameters(network: Wide, wanted: float) -> Wide:
    """Widen or narrow a network of CIFAR-10's images until it has about `wanted` parameters."""
    from tenfold.learn.define import define

    low, high = 1 / 64, 64.0
    for _ in range(12):  # Bisection of the factor's logarithm, to half a percent.
        factor = (low * high) ** 0.5
        n = define(widened(network, factor), (32, 32, 3), 10, seed=0).count_params()
        low, high = (factor, high) if n < wanted else (low, factor)
    return widened(network, low)


def measure(recipe: Recipe, varied: str, n_images: int, wanted: float | None) -> dict[str, Any]:
    """Fit a few epochs and measure their seconds."""
    from tenfold.data.cifar10 import gather_cifar10
    from tenfold.learn.recipe import fit_recipe

    if wanted is not None and isinstance(recipe.network, Wide):
        recipe = recipe.model_copy(update={"network": with_parameters(recipe.network, wanted)})
    images = gather_cifar10().train
    rates = product_rates()
    _, record = fit_recipe(
        recipe, images.take(np.arange(n_images)), images.take(np.arange(N_VALIDATION)), seed=0
    )
    epochs_s = [epoch.wall_s for epoch in record.epochs]
    return {
        "varied": varied,
        "recipe": recipe.name,
        "n_images": n_images,
        "parameters": record.n_parameters,
        "layers": recipe.network.describe(32),
        "epochs": len(epochs_s),
        "fit_s": record.wall_s,
        "first_epoch_s": epochs_s[0],
        "epoch_s": statistics.median(epochs_s[1:] or epochs_s),
        "peak_memory_mb": peak_memory_mb(),
        **{f"{dtype}_gflops": rate for dtype, rate in rates.items()},
        **machine(),
    }


def main() -> None:
    """Fit in turn and write a row for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", default=DEFAULT)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--images", type=int, nargs="*", default=IMAGES)
    parser.add_argument("--parameters", type=float, nargs="*", default=PARAMETERS)
    parser.add_argument("--out", type=Path, default=Path("scaling.csv"))
    asked = parser.parse_args()
    overrides = {"epochs": asked.epochs, "patience": None}
    recipe = find_recipe(asked.recipe).with_overrides(overrides)
    fits: list[tuple[str, int, float | None]] = [
        *(("images", n, None) for n in asked.images),
        *(("parameters", N_TRAIN, wanted) for wanted in asked.parameters),
    ]
    for varied, n_images, wanted in fits:
        row = in_fresh_process(measure, recipe, varied, n_images, wanted)
        append_row(asked.out, row)
        print(
            f"{n_images:,} images, {row['parameters']:,} parameters: {row['epoch_s']:.2f} s an "
            f"epoch, {row['peak_memory_mb']:.0f} MB",
            flush=True,
        )


if __name__ == "__main__":
    main()
