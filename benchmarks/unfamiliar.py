"""How many images of other kinds does a run's export call unfamiliar?

    python benchmarks/unfamiliar.py RUN [--data WHERE]

The limit comes from validation images, of which 5 % are above it. The run's test images show how
many false alarms there really are. The other images are made here, or come with scikit-learn.
"""

import argparse
import string
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from sklearn.datasets import load_digits, load_sample_images

import tenfold
from tenfold.experiment.gather import gather_again
from tenfold.measure.intervals import wilson_interval

SHARP = Image.Resampling.LANCZOS
MOST = 2_000


def kinds(test: np.ndarray) -> Iterator[tuple[str, list[np.ndarray]]]:
    """Each kind of images with its name, as uint8 arrays of any size."""
    random = np.random.default_rng(0)
    n, (height, width, channels) = 1_000, test.shape[1:]
    shape = (n, height, width, channels)
    yield "test images", list(test)
    yield "noise, every value as likely", list(random.integers(0, 256, shape, dtype=np.uint8))
    grey = random.normal(128, 40, shape).clip(0, 255).astype(np.uint8)
    yield "noise, normally distributed", list(grey)
    flat = random.integers(0, 256, (n, 1, 1, channels), dtype=np.uint8)
    yield "one flat colour", list(np.broadcast_to(flat, shape))
    yield "text, black on white", [text(seed) for seed in range(500)]
    yield "test images, inverted", list(255 - test)
    yield "handwritten digits", [upscaled(digit) for digit in load_digits().images]
    yield "pieces of two photographs", list(pieces())


def text(seed: int) -> np.ndarray:
    """Four lines of random letters."""
    random, picture = np.random.default_rng(seed), Image.new("RGB", (128, 128), "white")
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(size=28)
    for line in range(4):
        words = "".join(random.choice(list(string.ascii_letters + " "), 8))
        draw.text((4, 4 + 30 * line), words, fill="black", font=font)
    return np.asarray(picture)


def upscaled(digit: np.ndarray) -> np.ndarray:
    """A digit of 8 x 8 pixels in 32 x 32."""
    picture = Image.fromarray((digit * 255 / 16).astype(np.uint8))
    return np.asarray(picture.resize((32, 32), SHARP))


def pieces() -> Iterator[np.ndarray]:
    """Squares of 96 pixels from a temple and a flower."""
    for photograph in load_sample_images().images:
        height, width, _ = photograph.shape
        for y in range(0, height - 95, 48):
            for x in range(0, width - 95, 48):
                yield photograph[y : y + 96, x : x + 96]


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run")
    parser.add_argument("--data")
    given = parser.parse_args()
    run, model = tenfold.Run.open(given.run), tenfold.load(given.run)
    test = gather_again(run, given.data, say=lambda _: None).test.images[:]
    chosen = np.random.default_rng(0).permutation(len(test))[:MOST]
    print("| images | n | called unfamiliar | 95 % interval |\n|---|---|---|---|")
    for name, images in kinds(test[np.sort(chosen)]):
        n_noticed = sum(bool(each.unfamiliar) for each in model.predict(images))
        low, high = wilson_interval(n_noticed, len(images))
        shares = f"{n_noticed / len(images):.1%} | {low:.1%} to {high:.1%}"
        print(f"| {name} | {len(images):,} | {shares} |", flush=True)


if __name__ == "__main__":
    main()
