"""Fit the classic network with bare Keras code and with Tenfold, in turn, on the same images.

    TENFOLD_CIFAR10=ARCHIVE python benchmarks/classic.py [--epochs 100] [--rounds 3]

Both fit the same 40,000 images for the same number of epochs, with the first 10,000 training
images for validation and without early stopping. Bare Keras gets arrays, once as the notebook
makes them (float64, pixels / 255) and once as float32, which is faster. Prints a CSV row for each
fit, then medians and the ratio to Tenfold, round by round.
"""

import argparse
import statistics
import time

import keras
import numpy as np

from tenfold.core.images import Dataset, ImageSet
from tenfold.core.recipe import Recipe
from tenfold.data.cifar10 import gather_cifar10
from tenfold.learn.compile import compile_model
from tenfold.learn.define import define
from tenfold.learn.fit import fit
from tenfold.learn.predict import accuracy
from tenfold.recipes import find_recipe

N_VALIDATION = 10_000


def bare_network(n_pixels: int) -> keras.Model:
    """The classic notebook's network, compiled: pixels / 255 (n, n_pixels) -> probabilities."""
    model = keras.Sequential([keras.Input((n_pixels,))])
    model.add(keras.layers.Dropout(0.2))
    for units in (128, 64, 15):
        model.add(keras.layers.Dense(units, activation="relu"))
    model.add(keras.layers.Dense(10, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def fit_bare(dataset: Dataset, recipe: Recipe, dtype: str) -> tuple[float, float]:
    """Return the seconds that bare Keras takes to fit, and its test accuracy."""
    pixels = (dataset.train.images[:].reshape(len(dataset.train), -1) / 255).astype(dtype)
    labels = dataset.train.labels
    model = bare_network(pixels.shape[1])
    began_at = time.perf_counter()
    model.fit(
        pixels[N_VALIDATION:],
        labels[N_VALIDATION:],
        batch_size=1000,
        epochs=recipe.epochs,
        validation_data=(pixels[:N_VALIDATION], labels[:N_VALIDATION]),
        verbose=0,
    )
    wall_s = time.perf_counter() - began_at
    test = (dataset.test.images[:].reshape(len(dataset.test), -1) / 255).astype(dtype)
    predicted = model.predict(test, verbose=0).argmax(axis=1)
    return wall_s, float((predicted == dataset.test.labels).mean())


def fit_tenfold(dataset: Dataset, recipe: Recipe, seed: int) -> tuple[float, float]:
    """Return the seconds that Tenfold takes to fit, and its test accuracy."""
    train: ImageSet = dataset.train.take(np.arange(N_VALIDATION, len(dataset.train)))
    validation = dataset.train.take(np.arange(N_VALIDATION))
    model = define(recipe.network, dataset.shape, len(dataset.classes), seed=seed)
    compile_model(model, recipe, n_images=len(train))
    record = fit(model, train, validation, recipe, seed=seed)
    return record.wall_s, accuracy(model, dataset.test)


def main() -> None:
    """Fit in turn and print the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    recipe = find_recipe("classic").with_overrides({"epochs": asked.epochs, "patience": None})
    dataset = gather_cifar10()
    seconds: dict[str, list[float]] = {}
    print("fit,round,wall_s,test_accuracy")
    for number in range(asked.rounds):
        for name in ("bare-float64", "bare-float32", "tenfold"):
            if name == "tenfold":
                wall_s, share = fit_tenfold(dataset, recipe, number)
            else:
                wall_s, share = fit_bare(dataset, recipe, name.removeprefix("bare-"))
            seconds.setdefault(name, []).append(wall_s)
            print(f"{name},{number},{wall_s:.2f},{share:.4f}", flush=True)
    for name, each in seconds.items():
        ratios = [a / b for a, b in zip(each, seconds["tenfold"], strict=True)]
        print(
            f"{name}: median {statistics.median(each):.1f} s (n {len(each)}, {min(each):.1f} to "
            f"{max(each):.1f}), median ratio to tenfold {statistics.median(ratios):.2f}"
        )


if __name__ == "__main__":
    main()
