"""Read an image file from any source, and bring it to a model's shape."""

import importlib
import io
import os
import stat
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tenfold.core.errors import ImageError
from tenfold.core.images import Shape
from tenfold.core.rendering import PLAIN, Fit, Scale
from tenfold.data.bare import Bare, JpegHead, take_bare
from tenfold.data.cut_jpeg import read_cut
from tenfold.data.depth import to_8_bits
from tenfold.data.orientation import of_notes

if TYPE_CHECKING:
    from PIL.Image import Image

FORMAT_NAMES = "PNG, JPEG, WebP, BMP, GIF, TIFF, AVIF or PPM"
"""The formats that are always read, as messages name them; PPM stands for PGM and PBM too."""
MAX_PIXELS = 50_000_000
MAX_BYTES = 100_000_000

# Opening a pipe must not block; Windows must not read it as text.
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_SUM_OF_STANDARD_TABLE = 3688  # Of the 64 divisors for luminance in Annex K.
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


class Original(NamedTuple):
    """The facts about an image file before it is brought to a model's shape.

    Attributes:
        width: In pixels, as it is stored.
        height: In pixels.
        mode: How Pillow names its numbers and channels, such as "L", "RGB" or "I;16".
        format: Such as "JPEG".
        quality: Of a JPEG file, 1-100, as its tables say; 0 for all others.
    """

    width: int
    height: int
    mode: str
    format: str
    quality: int = 0


@dataclass(frozen=True)
class Loaded:
    """A decoded picture, upright, with all its pixels, and what its file held."""

    picture: "Image"
    original: Original


def read_images(
    files: Sequence[Path], shape: Shape, *, scale: Scale = PLAIN, fit: Fit = "crop"
) -> Pictures:
    """Read image files, leaving out those that cannot be read.

    Args:
        files: Files of the formats of `FORMAT_NAMES`, or HEIC.
        shape: Height and width in pixels, then channels: 3 for RGB, 1 for grey.
        scale: As for `read_picture`.
        fit: As for `read_picture`.
    """
    images: list[np.ndarray] = []
    read: list[Path] = []
    skipped: list[tuple[str, str]] = []
    for file in files:
        try:
            images.append(read_image(file, shape, scale=scale, fit=fit))
            read.append(file)
        except ImageError as reason:
            skipped.append((str(file), str(reason)))
    stacked = np.stack(images) if images else np.empty((0, *shape), dtype=np.uint8)
    return Pictures(stacked, tuple(read), tuple(skipped))


def read_image(file: Path, shape: Shape, *, scale: Scale = PLAIN, fit: Fit = "crop") -> np.ndarray:
    """As `read_picture`, for a file.

    Raises:
        ImageError: It is not such an image, damaged, or too large.
    """
    return read_picture(content_of(file), shape, scale=scale, fit=fit)


def read_picture(
    content: bytes, shape: Shape, *, scale: Scale = PLAIN, fit: Fit = "crop"
) -> np.ndarray:
    """Return uint8 `shape`, 0-255: the picture resized to that shape.

    EXIF rotation is applied where it can be parsed, transparent pixels get a white background,
    and of an animation the first frame is taken. Other metadata is ignored. Deep and floating-point
    grey is scaled to 8 bits by `scale`. A JPEG file may lack its last row of blocks. Resizing is
    antialiased (Lanczos).

    Args:
        content: The bytes of a file of one of the formats of `FORMAT_NAMES`, or HEIC.
        shape: Height and width in pixels, then channels: 3 for RGB, 1 for grey.
        scale: Which number is white in deep images; by default 65535 in 16-bit grey, 1 in
            floating-point grey.
        fit: `crop` fills the shape and cuts the overhang off evenly, `pad` puts the whole picture
            on white, `squash` stretches it.

    Raises:
        ImageError: It is not such an image, damaged, or too large.
    """
    return render(load_picture(content).picture, shape, scale=scale, fit=fit)


def load_picture(content: bytes) -> Loaded:
    """Decode an image and turn it upright.

    Raises:
        ImageError: It is not an image that `read_picture` reads.
    """
    try:
        bare = take_bare(content)
        if bare.jpeg and (plain := _decode_plain_jpeg(bare.content, bare.jpeg)):
            return _loaded(plain, bare)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns about odd files that it still reads.
            if bare.format == "HEIF":
                return _loaded(_decode_heif(bare.content), bare)
            return _loaded(_decode(bare), bare)
    except ImageError:
        raise
    except Exception as error:
        raise _explained(error) from error


def upright(picture: "Image") -> "Image":
    """Turn an open picture as its EXIF note says, and check its size.

    Raises:
        ImageError: It is damaged or too large.
    """
    with _explained_errors():
        _check_size(picture.size)
        return _upright(picture, None)


def render(picture: "Image", shape: Shape, *, scale: Scale, fit: Fit) -> np.ndarray:
    """Bring a decoded picture to a shape. Arguments and errors as for `read_picture`."""
    height, width, channels = shape
    with _explained_errors():
        fitted = _fitted(_to_rgb(to_8_bits(picture, scale)), (width, height), fit)
        if channels == 1:
            return np.asarray(fitted.convert("L"))[..., np.newaxis]
        return np.asarray(fitted)


def content_of(file: str | Path) -> bytes:
    """Read a whole file; refuse one that would block, such as a pipe, or that is too large.

    Raises:
        ImageError: It cannot be read.
    """
    try:
        handle = os.open(file, _OPEN)  # A third of the time that a file object takes.
    except (OSError, ValueError) as error:  # The latter for a zero byte in the name.
        raise _explained(error) from error
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            raise ImageError("not a file")
        if state.st_size > MAX_BYTES:
            raise ImageError(f"{state.st_size:,} bytes, more than {MAX_BYTES:,}")
        content = os.read(handle, state.st_size)  # No more, should it grow meanwhile.
        while len(content) < state.st_size and (more := os.read(handle, state.st_size)):
            content += more
        return content[: state.st_size]
    except OSError as error:
        raise _explained(error) from error
    finally:
        os.close(handle)


def _loaded(stored: "Image", bare: Bare) -> Loaded:
    """Turn a decoded picture upright, unless its decoder did, and add the facts about its file."""
    quality = jpeg_quality(bare.jpeg.luminance) if bare.jpeg and bare.jpeg.luminance else 0
    original = Original(stored.width, stored.height, stored.mode, bare.format, quality)
    return Loaded(stored if bare.format == "HEIF" else _upright(stored, bare.turn), original)


def jpeg_quality(luminance: bytes) -> int:
    """The quality 1-100 with which libjpeg would have made a table of 64 divisors.

    Source: the scaling of the tables of Annex K of ITU-T T.81, as in libjpeg's jcparam.c.
    """
    if max(luminance) == 1:
        return 100
    percent = sum(luminance) * 100 / _SUM_OF_STANDARD_TABLE
    quality = (200 - percent) / 2 if percent <= 100 else 5000 / percent
    return min(max(round(quality), 1), 100)


def _fitted(colour: "Image", size: tuple[int, int], fit: Fit) -> "Image":
    from PIL import Image, ImageOps

    if colour.size == size:
        return colour
    if fit == "squash":
        return colour.resize(size, Image.Resampling.LANCZOS)
    if fit == "pad":
        return ImageOps.pad(colour, size, Image.Resampling.LANCZOS, color=_PLAIN)
    return ImageOps.fit(colour, size, Image.Resampling.LANCZOS)


@contextmanager
def _explained_errors() -> Iterator[None]:
    """Turn any exception of a decoder into an error that gives the reason."""
    try:
        yield
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


def _decode_plain_jpeg(content: bytes | bytearray, head: JpegHead) -> "Image | None":
    """Decode a plain JPEG file with one or three channels; None if it needs the slow way.

    Pillow's `open` parses the head in Python, which takes longer than to decode a small picture.
    Its decoder needs no more than the size and the mode.
    """
    from PIL import Image

    mode = {1: "L", 3: "RGB"}.get(head.n_channels)
    if mode is None or head.bits != 8 or not 0 < head.width * head.height <= MAX_PIXELS:
        return None
    try:
        return Image.frombytes(mode, (head.width, head.height), content, "jpeg", mode, "")
    except (ValueError, OSError):  # Truncated or damaged: the slow way gives the reason.
        return None


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

    if picture.mode == "RGB" and "transparency" not in picture.info:
        return picture
    if picture.mode == "La":  # Grey that TIFF has multiplied by its transparency.
        picture = picture.convert("LA")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        plain = Image.new("RGB", picture.size, _PLAIN)
        plain.paste(picture, mask=picture.getchannel("A"))
        return plain
    return picture.convert("RGB")
