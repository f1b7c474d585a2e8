"""Fit other programs' networks on the same images and cores: accuracy against seconds of fitting.

    TENFOLD_CIFAR10=ARCHIVE python benchmarks/peers.py [--peers notebook torch] [--cap-s 600]

Other programs have sensible settings of their own. They are scored on the test images at every
point of their curve. This favours them, since their best point is then chosen by test accuracy;
Tenfold's recipes are not chosen so. Preparing arrays, building the network and scoring do not count
as fitting. Each point is one CSV row; each program runs in a new process.

    notebook    the classic notebook's network in bare Keras, float32 arrays (its own are float64)
    sklearn     MLPClassifier, standardised pixels, half of the images mirrored anew each epoch
    torch       a good MLP in plain PyTorch, once for each of --budgets-s
    convolution a small convolutional network in plain Keras, once for each of --budgets-s
    autokeras   AutoKeras's search among MLPs: two trials, which --cap-s does not end
"""

import argparse
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from curve import Curve
from measuring import gather_images, in_fresh_process, machine, product_rates
from tenfold.core.images import ImageSet

Fit = Callable[[ImageSet, Curve], None]


def fit_notebook(train: ImageSet, curve: Curve) -> None:
    """The classic notebook: batch 1,000, at most 100 epochs, validation after each."""
    import keras

    from classic import N_VALIDATION, bare_network

    def flat(images: np.ndarray) -> np.ndarray:
        return (images.reshape(len(images), -1) / 255).astype("float32")

    class Score(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
            curve.point(
                epoch + 1,
                lambda images: self.model.predict(flat(images), verbose=0).argmax(axis=1),
            )
            self.model.stop_training = curve.is_over()

    keras.utils.set_random_seed(curve.seed)
    pixels, labels = flat(train.images[:]), train.labels
    model = bare_network(pixels.shape[1])
    curve.start()
    model.fit(
        pixels[N_VALIDATION:],
        labels[N_VALIDATION:],
        batch_size=1000,
        epochs=100,
        validation_data=(pixels[:N_VALIDATION], labels[:N_VALIDATION]),
        callbacks=[Score()],
        verbose=0,
    )


def fit_sklearn(train: ImageSet, curve: Curve) -> None:
    """scikit-learn's MLPClassifier: 512-256, Adam, batch 256, a call of partial_fit an epoch."""
    from sklearn.neural_network import MLPClassifier
    from sklearn.preprocessing import StandardScaler

    def flat(images: np.ndarray) -> np.ndarray:
        return images.reshape(len(images), -1).astype("float32")

    random = np.random.default_rng(curve.seed)
    scaler = StandardScaler().fit(flat(train.images[:]))
    plain = scaler.transform(flat(train.images[:]))
    mirrored = scaler.transform(flat(train.images[:][:, :, ::-1]))
    model = MLPClassifier((512, 256), batch_size=256, alpha=1e-3, random_state=curve.seed)
    classes, epoch = np.arange(len(train.classes)), 0
    curve.start()
    while not curve.is_over():
        flip = random.random(len(train)) < 0.5
        model.partial_fit(np.where(flip[:, None], mirrored, plain), train.labels, classes=classes)
        epoch += 1
        curve.point(epoch, lambda images: model.predict(scaler.transform(flat(images))))


def fit_torch(train: ImageSet, curve: Curve) -> None:
    """PyTorch, planned for `curve.cap_s`: see `torch_mlp`."""
    from torch_mlp import fit_torch_mlp

    fit_torch_mlp(train, curve)


def fit_convolution(train: ImageSet, curve: Curve) -> None:
    """Keras, planned for `curve.cap_s`: see `convolutional`."""
    from tenfold.learn.backend import start_tensorflow

    start_tensorflow()  # Without its messages.
    from convolutional import fit_convolutional_network

    fit_convolutional_network(train, curve)


def fit_autokeras(train: ImageSet, curve: Curve) -> None:
    """AutoKeras: two trials of its dense block on normalised pixels, at most 30 epochs each."""
    import autokeras

    pixels = autokeras.ImageInput()
    dense = autokeras.DenseBlock()(autokeras.Normalization()(pixels))
    output = autokeras.ClassificationHead()(dense)
    with tempfile.TemporaryDirectory() as folder:
        model = autokeras.AutoModel(pixels, output, max_trials=2, directory=folder, seed=curve.seed)
        curve.start()
        try:
            model.fit(train.images[:], train.labels, epochs=30, verbose=0)
        except ValueError as error:
            reason = str(error).splitlines()[0]
            print(
                f"autokeras: skipped. AutoKeras {version('autokeras')} imports, but cannot build "
                f"a network with Keras {version('keras')}: {reason}"
            )
            return
        curve.point(30, lambda images: model.predict(images, verbose=0).ravel().astype(int))


PLANNED = ("torch", "convolution")
"""Peers that are fitted once for each of --budgets-s."""

PEERS: dict[str, Fit] = {
    "notebook": fit_notebook,
    "sklearn": fit_sklearn,
    "torch": fit_torch,
    "convolution": fit_convolution,
    "autokeras": fit_autokeras,
}


def fit_peer(name: str, curve_settings: dict[str, Any]) -> None:
    """Fit one peer to the images that `tenfold run` would fit (the notebook: its own 40,000)."""
    images = gather_images("10%", curve_settings["seed"])
    train = images.train
    if name == "notebook":
        from tenfold.data.cifar10 import gather_cifar10
        from tenfold.learn.backend import start_tensorflow

        start_tensorflow()  # Without its messages.
        train = gather_cifar10().train
    PEERS[name](train, Curve(test=images.test, **curve_settings))


def main() -> None:
    """Fit the peers in turn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--seeds", type=int, default=1, help="fits of each peer")
    parser.add_argument("--cap-s", type=float, default=600, help="most seconds of a fit")
    parser.add_argument(
        "--budgets-s", type=float, nargs="+", default=[10, 60, 600], help="of planned fits"
    )
    parser.add_argument("--out", type=Path, default=Path("peers.csv"))
    asked = parser.parse_args()
    # From 1: with seed 0, the notebook's 15 ReLU units all start dead and it learns nothing.
    for seed in range(1, asked.seeds + 1):
        for name in asked.peers:
            if name in {"torch", "autokeras"} and find_spec(name) is None:
                print(f"{name}: skipped, it is not installed. Try `pip install {name}`.")
                continue
            rates = in_fresh_process(product_rates)
            facts = {**{f"{dtype}_gflops": rate for dtype, rate in rates.items()}, **machine()}
            for cap_s in asked.budgets_s if name in PLANNED else [asked.cap_s]:
                peer = f"{name}-{cap_s:g}s" if name in PLANNED else name
                settings = {"peer": peer, "seed": seed, "cap_s": cap_s, "path": asked.out}
                in_fresh_process(fit_peer, name, {**settings, "facts": facts})


if __name__ == "__main__":
    main()
