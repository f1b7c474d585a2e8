"""Read one image file that anyone may have made, and bring it to a model's shape."""

import importlib
import io
import stat
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tenfold.core.errors import ImageError
from tenfold.core.images import Shape
from tenfold.core.rendering import PLAIN, Scale
from tenfold.data.bare import Bare, take_bare
from tenfold.data.cut_jpeg import read_cut
from tenfold.data.depth import Depth, depth_of, to_8_bits
from tenfold.data.orientation import of_notes

if TYPE_CHECKING:
    from PIL.Image import Image

FORMAT_NAMES = "PNG, JPEG, WebP, BMP, GIF, TIFF, AVIF or PPM"
"""The formats that are always read, as messages name them; PPM stands for PGM and PBM too."""
MAX_PIXELS = 50_000_000
MAX_BYTES = 100_000_000

_PLAIN = (255, 255, 255)  # White: what most viewers show behind transparent pixels.


@dataclass(frozen=True)
class Pictures:
    """Images read from files.

    Attributes:
        images: uint8 (n, height, width, channels), 0-255.
        files: The file of each image.
        skipped: Files that could not be read, each with its reason.
    """

    images: np.ndarray
    files: tuple[Path, ...]
    skipped: tuple[tuple[str, str], ...]


def read_images(files: Sequence[Path], shape: Shape, *, depth: Scale = PLAIN) -> Pictures:
    """Read image files, leaving out those that cannot be read.

    Args:
        files: Files of the formats of `FORMAT_NAMES`, or HEIC.
        shape: Height and width in pixels, then channels: 3 for RGB, 1 for grey.
        depth: Which number is white, as for `read_image`.
    """
    images: list[np.ndarray] = []
    read: list[Path] = []
    skipped: list[tuple[str, str]] = []
    for file in files:
        try:
            images.append(read_image(file, shape, depth=depth))
            read.append(file)
        except ImageError as reason:
            skipped.append((str(file), str(reason)))
    stacked = np.stack(images) if images else np.empty((0, *shape), dtype=np.uint8)
    return Pictures(stacked, tuple(read), tuple(skipped))


def read_image(file: Path, shape: Shape, *, depth: Scale = PLAIN) -> np.ndarray:
    """Read an image file as `read_picture` reads its content.

    Args:
        file: A file of one of the formats of `FORMAT_NAMES`, or HEIC.
        shape: As for `read_picture`.
        depth: As for `read_picture`.

    Raises:
        ImageError: It is not such an image, damaged, or too large.
    """
    return read_picture(_content(file), shape, depth=depth)


def read_picture(content: bytes, shape: Shape, *, depth: Scale = PLAIN) -> np.ndarray:
    """Return uint8 `shape`, 0-255: the picture resized to fill it, the overhang cut off evenly.

    EXIF rotation is applied where it can be parsed, transparent pixels get a white background,
    and of an animation the first frame is taken. Other metadata is passed over. Deep and
    floating-point grey is brought to 8 bits as `depth` says. A JPEG file may lack its last row of
    blocks. Resizing is antialiased (Lanczos).

    Args:
        content: What a file of one of the formats of `FORMAT_NAMES`, or of HEIC, holds.
        shape: Height and width in pixels, then channels: 3 for RGB, 1 for grey.
        depth: Which number is white in deep images; by default 65535 in 16-bit grey, 1 in
            floating-point grey.

    Raises:
        ImageError: It is not such an image, damaged, or too large.
    """
    from PIL import Image, ImageOps

    height, width, channels = shape
    try:
        colour = _to_rgb(to_8_bits(_load(content), depth))
        fitted = ImageOps.fit(colour, (width, height), Image.Resampling.LANCZOS)
    except ImageError:
        raise
    except Exception as error:
        raise _explained(error) from error
    if channels == 1:
        return np.asarray(fitted.convert("L"))[..., np.newaxis]
    return np.asarray(fitted)


def deep_range(file: Path) -> Depth:
    """What numbers an image holds before they are brought to 8 bits.

    Raises:
        ImageError: It is not an image that `read_image` reads.
    """
    content = _content(file)
    try:
        return depth_of(_load(content))
    except ImageError:
        raise
    except Exception as error:
        raise _explained(error) from error


def _explained(error: Exception) -> ImageError:
    """Say why an image cannot be read; decoders raise almost anything on damaged bytes."""
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, UnidentifiedImageError):
        return ImageError(f"not a readable {FORMAT_NAMES} image")
    if isinstance(error, Image.DecompressionBombError):
        return ImageError(f"more than {MAX_PIXELS:,} pixels")
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return ImageError(f"damaged or unreadable: {reason}")


def _load(content: bytes) -> "Image":
    """Decode an image and turn it upright."""
    bare = take_bare(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow remarks on odd files that it still reads.
        if bare.format == "HEIF":
            return _decode_heif(bare.content)
        return _upright(_decode(bare), bare.turn)


def _content(file: Path) -> bytes:
    """Read a file whole; refuse what would block, such as a pipe, or is too large."""
    try:
        state = file.stat()
        if not stat.S_ISREG(state.st_mode):
            raise ImageError("not a file")
        if state.st_size > MAX_BYTES:
            raise ImageError(f"{state.st_size:,} bytes, more than {MAX_BYTES:,}")
        with file.open("rb") as opened:
            return opened.read(state.st_size)  # No more, should it grow meanwhile.
    except (OSError, ValueError) as error:  # The latter for a zero byte in the name.
        raise _explained(error) from error


def _decode(bare: Bare) -> "Image":
    from PIL import Image, features

    if not bare.format:
        raise ImageError(f"not a readable {FORMAT_NAMES} image")
    if bare.format == "AVIF" and not features.check("avif"):
        raise ImageError("an AVIF image, which the installed Pillow lacks; install a newer Pillow")
    if bare.format == "PPM":
        return _decode_ppm(bare.content)
    with Image.open(io.BytesIO(bare.content), formats=(bare.format,)) as opened:
        _check_size(opened.size)
        try:
            opened.load()
        except OSError as error:
            if bare.format == "JPEG" and "truncated" in str(error):
                return read_cut(bytes(bare.content))
            raise
        return opened


def _check_size(size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise ImageError(f"{width:,} x {height:,}, more than {MAX_PIXELS:,} pixels")


def _decode_ppm(content: bytes | bytearray) -> "Image":
    """Decode PPM, PGM or PBM; "stated" in its info says whether it names a white of its own."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=("PPM",)) as opened:
            _check_size(opened.size)
            coder, _, offset, settings = opened.tile[0]
            if coder == "ppm" and isinstance(settings, tuple):
                return _with_white(opened, content, offset, settings[1])
            opened.load()
            white = settings[1] if isinstance(settings, tuple) and coder == "ppm_plain" else 255
            opened.info["stated"] = white not in (255, 65535)
            return opened
    except ValueError as error:
        raise ImageError("damaged or unreadable: a wrong number, or too few of them") from error


def _with_white(opened: "Image", content: bytes | bytearray, offset: int, white: int) -> "Image":
    """Bring packed PPM or PGM numbers in 0..white to 8 or 16 bits, as Pillow does, but fast."""
    from PIL import Image

    deep, bands = opened.mode == "I", len(opened.getbands())
    count = opened.width * opened.height * bands
    numbers = np.frombuffer(content, ">u2" if white > 255 else "u1", count, offset)
    full = 65535 if deep else 255
    table = np.rint(np.arange(65536).clip(0, white) * (full / white))
    pixels = table.astype(np.int32 if deep else np.uint8)[numbers]
    shape = (opened.height, opened.width, bands)
    picture = Image.fromarray(pixels.reshape(shape[:2] if bands == 1 else shape))
    picture.info["stated"] = True
    return picture


def _decode_heif(content: bytes | bytearray) -> "Image":
    """Decode HEIC, which the decoder turns upright by itself."""
    try:
        heif = importlib.import_module("pillow_heif")
    except ImportError as error:
        raise ImageError("a HEIC image; to have these read: pip install 'tenfold[heic]'") from error
    opened = heif.open_heif(io.BytesIO(content))
    _check_size(opened.size)
    picture: Image = opened.to_pillow()
    return picture


def _upright(picture: "Image", turn: int | None) -> "Image":
    """Turn a picture as EXIF's orientation `turn` says; None looks for what its decoder found."""
    from PIL import Image

    if turn is None:
        exif, xmp = (picture.info.get(note) for note in ("exif", "xmp"))
        turn = of_notes(*(note if isinstance(note, bytes) else b"" for note in (exif, xmp)))
    ways = (
        Image.Transpose.FLIP_LEFT_RIGHT,
        Image.Transpose.ROTATE_180,
        Image.Transpose.FLIP_TOP_BOTTOM,
        Image.Transpose.TRANSPOSE,
        Image.Transpose.ROTATE_270,
        Image.Transpose.TRANSVERSE,
        Image.Transpose.ROTATE_90,
    )
    return picture if turn == 1 else picture.transpose(ways[turn - 2])


def _to_rgb(picture: "Image") -> "Image":
    from PIL import Image

    if picture.mode == "La":  # Grey that TIFF has multiplied by its transparency.
        picture = picture.convert("LA")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        plain = Image.new("RGB", picture.size, _PLAIN)
        plain.paste(picture, mask=picture.getchannel("A"))
        return plain
    return picture.convert("RGB")
