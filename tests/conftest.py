"""Small made data that every test may use."""

import gc
import os
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

if "PYTEST_XDIST_WORKER" in os.environ:  # Tests run side by side: one thread each is enough.
    for each in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(each, "1")
    # In some tests, two workers in one process wait for each other, each on one of these threads.
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "2")

# As `tenfold.learn` does: a test that imports Keras first would compute a little differently.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

# As Tenfold does: a test that imports ONNX Runtime first would report to its makers.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import numpy as np
import pytest

from tenfold.core.images import Dataset, ImageSet, Provenance
from tenfold.core.rendering import Rendering
from tenfold.core.rows import Rows

# TensorFlow alone makes a million objects; with the defaults, a tenth of the time goes into looking
# through them again and again.
gc.set_threshold(100_000, 20, 20)


@pytest.fixture(autouse=True, scope="session")
def _no_looks_at_home(tmp_path_factory):
    """Keep fixtures of whole modules, which are made before those of a test, away from it too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TENFOLD_CACHE", str(tmp_path_factory.mktemp("session") / "cache"))
        yield


_NUMBERS = count()


@pytest.fixture(autouse=True)
def _at_home_nowhere(tmp_path_factory, monkeypatch):
    """Keep every test away from the user's caches and archives."""
    # `mktemp` would look through all earlier folders.
    home = tmp_path_factory.getbasetemp() / "homes" / str(next(_NUMBERS))
    monkeypatch.setenv("TENFOLD_CACHE", str(home / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(home / "keras"))


@pytest.fixture(scope="session")
def cifar10_archive() -> Path:
    """The archive that TENFOLD_CIFAR10 names; skips the test where it names none."""
    named = _ARCHIVES.get("TENFOLD_CIFAR10")
    if not named:
        pytest.skip("TENFOLD_CIFAR10 names no archive")
    return Path(named)


@pytest.fixture(scope="session")
def cifar10_binary_archive() -> Path:
    """The binary archive that TENFOLD_CIFAR10_BINARY names; skips where it names none."""
    named = _ARCHIVES.get("TENFOLD_CIFAR10_BINARY")
    if not named:
        pytest.skip("TENFOLD_CIFAR10_BINARY names no archive")
    return Path(named)


_ARCHIVES = {name: os.environ.get(name) for name in ("TENFOLD_CIFAR10", "TENFOLD_CIFAR10_BINARY")}


def bright_and_dark(n: int, *, seed: int) -> ImageSet:
    """Noisy 4x4 grey images that are dark (class 0) or bright (class 1): easy to learn."""
    random = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    images = random.integers(0, 80, (n, 4, 4, 1)) + 150 * labels[:, None, None, None]
    return ImageSet(images.astype(np.uint8), labels, ("dark", "bright"))


def some_kilobytes(n: int) -> ImageSet:
    """Images of noise that take 3,072 bytes each, of three classes."""
    random = np.random.default_rng(5)
    images = random.integers(0, 256, (n, 32, 32, 3), dtype=np.uint8)
    return ImageSet(images, np.arange(n) % 3, ("a", "b", "c"))


def most_bytes(action: Callable[[], object]) -> int:
    """The peak memory that Python and NumPy use for an action."""
    action()  # The first time, it may import modules.
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture
def train() -> ImageSet:
    """60 images to fit."""
    return bright_and_dark(60, seed=1)


@pytest.fixture
def validation() -> ImageSet:
    """20 images to validate."""
    return bright_and_dark(20, seed=2)


@pytest.fixture
def dataset() -> Dataset:
    """80 images to train, 20 to test."""
    return Dataset(
        "made",
        bright_and_dark(80, seed=3),
        bright_and_dark(20, seed=4),
        Provenance("folder", "made for a test", rendering=Rendering(4)),
    )


@pytest.fixture
def on_disk(monkeypatch, tmp_path_factory) -> Callable[[ImageSet], ImageSet]:
    """Make the same images stay on the disk, in a file that holds them in another order."""
    monkeypatch.setattr("tenfold.core.images.LARGEST_COPY_BYTES", 0)

    def moved(images: ImageSet) -> ImageSet:
        order = np.random.default_rng(0).permutation(len(images))
        path = tmp_path_factory.mktemp("mapped") / "images.npy"
        np.save(path, images.images[order])
        return replace(images, images=Rows(np.load(path, mmap_mode="r"), np.argsort(order)))

    return moved


@pytest.fixture
def reads(monkeypatch) -> list[int]:
    """How many images each read from the disk brought into memory."""
    found: list[int] = []
    read = Rows.__getitem__

    def noted(self: Rows, key: slice | np.ndarray | int) -> np.ndarray:
        images = read(self, key)
        found.append(len(images) if images.ndim == self.ndim else 1)
        return images

    monkeypatch.setattr(Rows, "__getitem__", noted)
    return found
