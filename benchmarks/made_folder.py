"""A folder of image files of several sizes, modes and formats, which looks the same each time.

Three classes of patterns: stripes across, stripes down, and squares, in random colours.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

PATTERNS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "across": lambda x, y: y + 0 * x,
    "down": lambda x, y: x + 0 * y,
    "squares": lambda x, y: x + y,
}
KINDS = (
    ("RGB", "png"), ("RGB", "jpg"), ("RGB", "webp"), ("L", "png"), ("L", "jpg"), ("RGBA", "png"),
    ("LA", "png"), ("P", "png"), ("P", "gif"), ("1", "png"), ("CMYK", "jpg"), ("I;16", "tif"),
)  # fmt: skip
"""Modes, as Pillow names them, and endings of files."""


def make_mixed_folder(folder: Path, n: int) -> Path:
    """Write `n` pictures of 20 to 120 pixels a side into a folder for each class."""
    random = np.random.default_rng(0)
    for name in PATTERNS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    for i in range(n):
        name = tuple(PATTERNS)[i % len(PATTERNS)]
        mode, ending = KINDS[i // len(PATTERNS) % len(KINDS)]
        _picture(name, mode, random).save(folder / name / f"{i:05}.{ending}")
    return folder


def _picture(name: str, mode: str, random: np.random.Generator) -> Image.Image:
    """A pattern with some noise."""
    width, height = random.integers(20, 121, 2)
    shift_x, shift_y, size = random.integers(4, 10, 3)
    x, y = np.arange(width) + shift_x, np.arange(height)[:, None] + shift_y
    is_first = PATTERNS[name](x // size, y // size) % 2 == 0
    colours = random.integers(0, 256, (2, 3))
    pixels = np.where(is_first[..., None], colours[0], colours[1])
    noise = random.integers(-30, 31, pixels.shape)
    picture = Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))
    if mode == "I;16":
        return Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
    if mode in ("RGBA", "LA"):
        picture.putalpha(Image.fromarray(random.integers(128, 256, (height, width), np.uint8)))
    return picture.convert(mode)
