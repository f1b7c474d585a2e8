"""Fit Tenfold's recipes: accuracy, seconds, share of the machine's product rate, memory.

    TENFOLD_CIFAR10=ARCHIVE python benchmarks/frontier.py --recipes quick standard --seeds 3

Each fit runs in a new process and begins cold, as `tenfold run` does. The rate of large matrix
products is measured in that process right before and after the fit. Fitted images and validation
images are those of `tenfold run` with the same seed. The test images are used only with `--test`:
once, after the fit. Without `--recipes`, all recipes except `marathon`, which takes an hour, are
fitted. With `--all`, recipes are fitted to all 50,000 images, as published networks are; accuracy
on validation images would say nothing then, and is left out. Each fit writes one CSV row as soon as
it is done.

    scaled_s        fit_s * (rate of bfloat16 products, mean of before and after) / 780 GFLOP/s
    share_of_rate   products that the fit executed / fit_s / rate at the fit's precision
    share_exact     the same without products with 0 and 1 (gradients of overlapping windows)
"""

import argparse
import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measuring import (
    Images,
    append_row,
    gather_images,
    in_fresh_process,
    machine,
    peak_memory_mb,
    product_rates,
)
from tenfold.core.measured import REFERENCE_RATE
from tenfold.core.recipe import Recipe
from tenfold.recipes import NAMES, find_recipe

if TYPE_CHECKING:
    from tenfold.learn.products import Products


def measure(recipe: Recipe, seed: int, with_test: bool, fit_all: bool) -> dict[str, Any]:
    """Fit once and return all facts about the fit."""
    from tenfold.learn.precision import choose_precision
    from tenfold.learn.predict import accuracy
    from tenfold.learn.recipe import fit_recipe

    images = gather_images(recipe.validation, seed, fit_all=fit_all)
    precision = choose_precision(recipe.network)
    recipe = recipe.at_precision(precision)
    before = product_rates()
    model, record = fit_recipe(recipe, images.train, images.validation, seed=seed)
    fit_memory_mb = peak_memory_mb()
    after = product_rates()
    rates = {name: (before[name] + after[name]) / 2 for name in before}
    products = count_products(recipe, images, len(record.epochs))
    possible = rates[precision] * 1e9 * record.wall_s
    epochs_s = [epoch.wall_s for epoch in record.epochs]
    return {
        "recipe": recipe.name,
        "seed": seed,
        "track": "local" if recipe.network.kind == "local" else "dense",
        "precision": precision,
        "n_train": len(images.train),
        "parameters": record.n_parameters,
        "epochs": len(record.epochs),
        "fit_s": record.wall_s,
        "scaled_s": record.wall_s * rates["bfloat16"] / REFERENCE_RATE,
        "first_epoch_s": epochs_s[0],
        "epoch_s": statistics.median(epochs_s),
        "validation_accuracy": "" if fit_all else accuracy(model, images.validation),
        "test_accuracy": accuracy(model, images.test) if with_test else "",
        "train_accuracy": record.train_accuracy,
        "products_tflop": products.total / 1e12,
        "share_of_rate": products.total / possible,
        "share_exact": (products.total - products.windows) / possible,
        **{f"{name}_gflops_before": rate for name, rate in before.items()},
        **{f"{name}_gflops_after": rate for name, rate in after.items()},
        "peak_memory_mb": fit_memory_mb,
        **machine(),
    }


def count_products(recipe: Recipe, images: Images, n_epochs: int) -> "Products":
    """Count the matrix products of a fit, on a network of the same layers."""
    from tenfold.learn.compile import compile_model
    from tenfold.learn.define import define
    from tenfold.learn.products import products_per_fit

    n_train, n_classes = len(images.train), len(images.train.classes)
    model = define(recipe.network, images.train.shape, n_classes, seed=0)
    compile_model(model, recipe, n_images=n_train)
    return products_per_fit(
        model, recipe, n_train=n_train, n_validation=len(images.validation), n_epochs=n_epochs
    )


def main() -> None:
    """Fit in turn, seed by seed, and write a row for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    within_minutes = [name for name in NAMES if name != "marathon"]
    parser.add_argument("--recipes", nargs="+", default=within_minutes, metavar="NAME")
    parser.add_argument("--seeds", type=int, default=3, help="fits of each recipe")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, help="instead of the recipe's own, to try things out")
    parser.add_argument("--test", action="store_true", help="score the test images, once a fit")
    parser.add_argument("--all", action="store_true", help="fit the validation images, too")
    parser.add_argument("--out", type=Path, default=Path("frontier.csv"))
    asked = parser.parse_args()
    recipes = [find_recipe(name) for name in asked.recipes]
    if asked.epochs:
        recipes = [recipe.with_overrides({"epochs": asked.epochs}) for recipe in recipes]
    for seed in range(
        asked.first_seed, asked.first_seed + asked.seeds
    ):  # The outer loop is over seeds, so slow phases of the machine affect all recipes.
        for recipe in recipes:
            row = in_fresh_process(measure, recipe, seed, asked.test, asked.all)
            append_row(asked.out, row)
            found = "" if asked.all else f"validation {row['validation_accuracy']:.2%} "
            print(
                f"{recipe.name} seed {seed}: {found}after {row['fit_s']:.1f} s "
                f"({row['scaled_s']:.1f} s scaled), "
                f"{row['share_of_rate']:.0%} of the product rate, {row['peak_memory_mb']:.0f} MB",
                flush=True,
            )


if __name__ == "__main__":
    main()
