"""Whether the audit finds planted leaks, and none in clean data; and planted faults of images.

    python benchmarks/leaks.py

Clean data: digits, five parts of CIFAR-10 of 10,000 images, the same as JPEG files of one quality,
as files whose size, format and quality have nothing to do with the class, and made images. Leaks:
in all images of one class of ten, in half and in a quarter of them.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from tenfold.core.images import Dataset, ImageSet, Provenance
from tenfold.data.cifar10 import gather_cifar10
from tenfold.data.digits import gather_digits
from tenfold.data.folder import gather_folder
from tenfold.findings.leaks import Leaks
from tenfold.findings.single_images import SingleImages

Write = Callable[[Path, np.ndarray, int, np.random.Generator], None]
"""Writes an image, uint8 (32, 32, 3), of a class into a file whose name lacks an ending."""

LEAKY, SHARES = 3, (1.0, 0.5, 0.25)


def part(number: int, n: int = 10_000) -> Dataset:
    """A part of CIFAR-10's training images, from `number * n` on, with a few test images."""
    cifar = gather_cifar10()
    taken = cifar.train.take(np.arange(number * n, (number + 1) * n))
    test = cifar.test.take(np.arange(500))
    return Dataset(f"CIFAR-10 {number}", taken, test, cifar.provenance)


def in_files(folder: Path, write: Write, n: int = 4_000) -> Dataset:
    """CIFAR-10 images as files that `write` writes, gathered again as a folder."""
    images, rng = part(0, n).train, np.random.default_rng(0)
    for at, (image, label) in enumerate(zip(images.images[:], images.labels, strict=True)):
        place = folder / images.classes[label]
        place.mkdir(parents=True, exist_ok=True)
        write(place / f"{at:05}", image, int(label), rng)
    return gather_folder(folder)


def png(path: Path, image: np.ndarray, label: int, rng: np.random.Generator) -> None:  # noqa: ARG001
    """All files alike."""
    Image.fromarray(image).save(f"{path}.png")


def jpeg(path: Path, image: np.ndarray, label: int, rng: np.random.Generator) -> None:  # noqa: ARG001
    """All files of one quality."""
    Image.fromarray(image).save(f"{path}.jpg", quality=90)


def anyhow(path: Path, image: np.ndarray, label: int, rng: np.random.Generator) -> None:  # noqa: ARG001
    """Size, format and quality at random, whatever the class."""
    size = (int(rng.integers(32, 65)), int(rng.integers(32, 65)))
    picture = Image.fromarray(image).resize(size)
    if rng.random() < 0.5:
        picture.save(f"{path}.png")
    else:
        picture.save(f"{path}.jpg", quality=int(rng.integers(50, 96)))


def other_size(share: float) -> Write:
    """One class has larger files."""

    def write(path: Path, image: np.ndarray, label: int, rng: np.random.Generator) -> None:
        side = int(rng.integers(32, 40)) + 8 * (label == LEAKY and rng.random() < share)
        Image.fromarray(image).resize((side, side)).save(f"{path}.png")

    return write


def other_quality(share: float) -> Write:
    """One class was compressed more."""

    def write(path: Path, image: np.ndarray, label: int, rng: np.random.Generator) -> None:
        low = label == LEAKY and rng.random() < share
        quality = int(rng.integers(70, 80) if low else rng.integers(85, 95))
        Image.fromarray(image).save(f"{path}.jpg", quality=quality)

    return write


def other_format(share: float) -> Write:
    """One class is of PNG files."""

    def write(path: Path, image: np.ndarray, label: int, rng: np.random.Generator) -> None:
        is_png = label == LEAKY and rng.random() < share
        (png if is_png else jpeg)(path, image, label, rng)

    return write


def with_pixels(change: Callable[[np.ndarray], np.ndarray], share: float) -> Dataset:
    """CIFAR-10 images, those of one class changed."""
    dataset = part(0)
    labels, rng = dataset.train.labels, np.random.default_rng(0)
    chosen = (labels == LEAKY) & (rng.random(len(labels)) < share)
    images = np.array(dataset.train.images)
    images[chosen] = change(images[chosen])
    return replace(dataset, train=replace(dataset.train, images=images))


def framed(images: np.ndarray) -> np.ndarray:
    """A black frame, one pixel wide."""
    made = images.copy()
    made[:, [0, -1]] = made[:, :, [0, -1]] = 0
    return made


def barred(images: np.ndarray) -> np.ndarray:
    """A white bar of two pixels at the bottom."""
    made = images.copy()
    made[:, -2:] = 255
    return made


def marked(images: np.ndarray) -> np.ndarray:
    """A mark of 5 x 5 pixels and half opacity at the lower left."""
    mark = np.random.default_rng(0).integers(0, 2, (5, 5, 1)) * 255.0
    made = images.astype(np.float64)
    made[:, -7:-2, 2:7] = made[:, -7:-2, 2:7] / 2 + mark / 2
    return made.astype(np.uint8)


def made_clouds() -> Dataset:
    """Soft coloured clouds, brighter in one of two classes."""
    rng = np.random.default_rng(0)
    labels = np.arange(1_000, dtype=np.int64) % 2
    small = rng.integers(40, 190, (1_000, 4, 4, 3)) + 40 * labels[:, None, None, None]
    images = np.stack(
        [np.asarray(Image.fromarray(each.astype(np.uint8)).resize((32, 32))) for each in small]
    )
    train = ImageSet(images, labels, ("dark", "light"))
    return Dataset("made clouds", train, train.take(np.arange(100)), Provenance("made", "made"))


def made_strokes() -> Dataset:
    """White strokes on black, slanted one way or the other, as in drawings."""
    rng = np.random.default_rng(0)
    labels = np.arange(1_000, dtype=np.int64) % 2
    images = np.zeros((1_000, 32, 32, 3), np.uint8)
    for image, label in zip(images, labels, strict=True):
        at = np.arange(18)
        rows = int(rng.integers(1, 13)) + at
        columns = int(rng.integers(1, 12)) + (at if label else 17 - at)
        image[rows, columns] = image[rows, columns + 1] = 255
    train = ImageSet(images, labels, ("falling", "rising"))
    return Dataset("made strokes", train, train.take(np.arange(100)), Provenance("made", "made"))


def clean(folder: Path) -> Iterator[tuple[str, Dataset]]:
    """Ten data sets without a leak."""
    yield "digits", gather_digits()
    for number in range(4):
        yield f"CIFAR-10, part {number + 1}", part(number)
    yield "CIFAR-10 as PNG files", in_files(folder / "png", png)
    yield "CIFAR-10 as JPEG files of one quality", in_files(folder / "jpeg", jpeg)
    yield "CIFAR-10 as files of any size, format, quality", in_files(folder / "any", anyhow)
    yield "made clouds", made_clouds()
    yield "made strokes", made_strokes()


def leaky(folder: Path) -> Iterator[tuple[str, str, Dataset]]:
    """The trace that is planted, the share of the class that has it, and the data."""
    pixels = {"frame": framed, "frame, at one side": barred, "watermark": marked}
    files = {
        "original-size": other_size,
        "jpeg-quality": other_quality,
        "file-format": other_format,
    }
    for share in SHARES:
        for name, change in pixels.items():
            yield name, f"{share:.0%}", with_pixels(change, share)
        for name, written in files.items():
            yield name, f"{share:.0%}", in_files(folder / f"{name}-{share}", written(share))


def faults() -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Faults of single images."""
    rng = np.random.default_rng(0)

    def blur(radius: int) -> Callable[[np.ndarray], np.ndarray]:
        filtered = ImageFilter.GaussianBlur(radius)
        return lambda image: np.asarray(Image.fromarray(image).filter(filtered))

    def placeholder(image: np.ndarray) -> np.ndarray:
        made = np.full_like(image, 230)
        made[12:20, 12:20] = rng.integers(0, 255, (8, 8, 3))
        return made

    return {
        "blank": lambda image: np.full_like(image, rng.integers(0, 255)),
        "dark (15 %)": lambda image: (image * 0.15).astype(np.uint8),
        "bright (15 %)": lambda image: (255 - (255 - image) * 0.15).astype(np.uint8),
        "blurred (2 px)": blur(2),
        "blurred (3 px)": blur(3),
        "placeholder": placeholder,
        "noise": lambda image: rng.integers(0, 256, image.shape, dtype=np.uint8),
    }


def tell_faults() -> None:
    """Plant 100 of each fault among 10,000 images, and count what is found."""
    dataset = part(1)
    images, planted = np.array(dataset.train.images), {}
    for number, (name, change) in enumerate(faults().items()):
        for at in range(100 * number, 100 * number + 100):
            images[at], planted[at] = change(images[at]), name
    changed = replace(dataset, train=replace(dataset.train, images=images))
    found: Counter[str] = Counter()
    seen = {each.position for each in _suspects(changed)}
    for at in seen:
        found[planted.get(at, "not planted")] += 1
    print("\n| fault | planted | found |\n|---|---|---|")
    for name in faults():
        print(f"| {name} | 100 | {found[name]} |")
    print(f"| none | {len(images) - len(planted):,} | {found['not planted']} |")


def _suspects(dataset: Dataset) -> list:  # type: ignore[type-arg]
    return [s for s in SingleImages().find(dataset, say=print).suspects if s.split == "train"]


def main() -> int:
    """Print three tables; 1 if a leak is found in clean data."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        print("| clean data | leaks found | largest area of a trace |\n|---|---|---|")
        for name, dataset in clean(Path(folder)):
            facts = Leaks().find(dataset, say=print).facts
            areas = {each["trace"]: each["area"] for each in facts["traces"]}
            largest = max(areas, key=lambda each: areas[each], default="")
            words = f"{areas[largest]:.3f} ({largest})" if areas else "no trace"
            print(f"| {name} | {facts['n_leaks']} | {words} |", flush=True)
            wrong += facts["n_leaks"]
        print(
            "\n| leak | of the class | found | accuracy | area, 95 % interval |\n"
            + "|---" * 5
            + "|"
        )
        for name, share, dataset in leaky(Path(folder)):
            wanted = name.partition(",")[0]
            for each in Leaks().find(dataset, say=print).facts["traces"]:
                if each["trace"] == wanted:
                    low, high = each["area_interval_95"]
                    print(
                        f"| {name} | {share} | {'yes' if each['found'] else 'no'} | "
                        f"{each['accuracy']:.3f} | {each['area']:.3f} ({low:.3f} to {high:.3f}) |",
                        flush=True,
                    )
    tell_faults()
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
