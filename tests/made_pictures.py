"""Picture files of every mode and orientation, whose upright pixels are known.

What is left out does not exist: GIF and BMP have no place for EXIF (one GIF, upright, is here); PNG
has no CMYK; JPEG has no transparency, palette, 16 bits, 1 bit or animation; WebP holds 8-bit
colours only; TIFF has no transparent palette. The pages of TIFF and the pictures of MPO, a JPEG
file, count as frames.
"""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

SIDE_PX = 16
"""Of the square that a network takes from the middle of each picture, which is not square."""
TURNS = range(1, 9)
"""EXIF's orientations."""

_BLOCK = 8  # Pixels: in blocks of one colour, JPEG keeps grey and CMYK as they are.
_ORIENTATION = 0x0112
_SUFFIXES = {"PNG": "png", "JPEG": "jpg", "MPO": "jpg", "TIFF": "tif", "WEBP": "webp", "GIF": "gif"}
_GREY = np.array([[0, 40, 90], [130, 200, 255]], np.uint8)
_ALPHA = np.array([[255, 128, 0], [60, 255, 200]], np.uint8)
_DEEP = np.array([[0, 9_000, 30_000], [30_100, 50_000, 65_535]], np.uint16)
_BITS = np.array([[True, False, True], [True, True, False]])
_COLOURS = np.array(
    [[[250, 0, 0], [0, 240, 10], [9, 8, 200]], [[90, 90, 0], [0, 120, 130], [200, 190, 255]]],
    np.uint8,
)
_INKS = np.array(
    [[[0, 255, 255, 0], [200, 0, 90, 30], [0, 0, 0, 255]], [[7, 70, 0, 150], [0] * 4, [90] * 4]],
    np.uint8,
)


@dataclass(frozen=True)
class Made:
    """A picture file.

    Attributes:
        mode: What is special about it.
        form: Its format, as Pillow names it.
        turn: EXIF's orientation, 1-8.
        content: Its bytes.
        upright: uint8 (SIDE_PX, SIDE_PX, 3): the middle of the picture, the right way up.
    """

    mode: str
    form: str
    turn: int
    content: bytes
    upright: np.ndarray

    @property
    def name(self) -> str:
        """A file name, in a folder for each mode."""
        return f"{self.mode}/{self.form.lower()}-{self.turn}.{_SUFFIXES[self.form]}"


def made_pictures() -> list[Made]:
    """Every mode in every format that holds it with EXIF, in all eight orientations; and GIF."""
    return [
        Made(mode, form, turn, _encoded(stored(pixels, turn), mode, form, turn), _middle(seen))
        for mode, (forms, pixels, seen) in _modes().items()
        for form in forms
        for turn in (TURNS if form != "GIF" else TURNS[:1])
    ]


def stored(upright: np.ndarray, turn: int) -> np.ndarray:
    """The rows that a camera which was turned so stores of a picture.

    Source: where EXIF 2.3, "Orientation", has the 0th row and the 0th column.
    """
    turned = upright.swapaxes(0, 1) if turn >= 5 else upright
    rows = -1 if turn in (3, 4, 6, 7) else 1
    columns = -1 if turn in (2, 3, 7, 8) else 1
    return np.ascontiguousarray(turned[::rows, ::columns])


def _modes() -> dict[str, tuple[tuple[str, ...], np.ndarray, np.ndarray]]:
    """For each mode the formats that hold it, a picture, and what is seen of it on white."""
    grey, deep = _GREY[..., None], np.rint(_DEEP / 257)[..., None]
    indices = np.arange(6, dtype=np.uint8).reshape(2, 3)
    inks, black = _INKS[..., :3].astype(float), _INKS[..., 3:].astype(float)
    return {
        "grey": (("PNG", "JPEG", "TIFF"), _GREY, grey),
        "grey and alpha": (("PNG", "TIFF"), np.dstack([_GREY, _ALPHA]), _on_white(grey)),
        "clear palette": (("PNG",), indices, _on_white(_COLOURS)),
        "alpha": (("PNG", "TIFF", "WEBP"), np.dstack([_COLOURS, _ALPHA]), _on_white(_COLOURS)),
        "CMYK": (("JPEG", "TIFF"), _INKS, (255 - inks) * (255 - black) / 255),
        "16 bits": (("PNG", "TIFF"), _DEEP, deep),
        "1 bit": (("PNG", "TIFF"), _BITS, 255 * _BITS[..., None]),
        "frames": (("PNG", "WEBP", "TIFF", "MPO", "GIF"), _GREY, grey),
    }


def _on_white(colours: np.ndarray) -> np.ndarray:
    alpha = _ALPHA[..., None].astype(float)
    return (colours * alpha + 255 * (255 - alpha)) / 255


def _middle(seen: np.ndarray) -> np.ndarray:
    """The middle of a picture of 24 x 16 pixels, uint8 (SIDE_PX, SIDE_PX, 3)."""
    colours = np.broadcast_to(np.rint(seen), (*seen.shape[:2], 3)).astype(np.uint8)
    large = colours.repeat(_BLOCK, axis=0).repeat(_BLOCK, axis=1)
    cut = (large.shape[1] - SIDE_PX) // 2
    return large[:, cut : cut + SIDE_PX]


def _encoded(blocks: np.ndarray, mode: str, form: str, turn: int) -> bytes:
    pixels = blocks.repeat(_BLOCK, axis=0).repeat(_BLOCK, axis=1)
    exif = Image.Exif()
    exif[_ORIENTATION] = turn
    options: dict[str, Any] = {"exif": exif}
    picture = Image.fromarray(pixels, "CMYK" if mode == "CMYK" else None)
    if mode == "clear palette":
        picture.putpalette(_COLOURS.tobytes())
        options["transparency"] = _ALPHA.tobytes()
    if mode == "frames":
        options |= {"save_all": True, "append_images": [Image.fromarray(255 - pixels)]}
    if form == "WEBP":
        options["lossless"] = True
    elif form in ("JPEG", "MPO"):
        options["quality"] = 100
    content = io.BytesIO()
    picture.save(content, form, **options)
    return content.getvalue()
