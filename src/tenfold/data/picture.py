"""Read one image file that anyone may have made, and bring it to a model's shape."""

import stat
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tenfold.core.errors import ImageError
from tenfold.core.images import Shape

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
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


def read_images(files: Sequence[Path], shape: Shape) -> Pictures:
    """Read image files, leaving out those that cannot be read.

    Args:
        files: PNG, JPEG, WebP, BMP or GIF files.
        shape: Height and width in pixels, then channels: 3 for RGB, 1 for grey.
    """
    images: list[np.ndarray] = []
    read: list[Path] = []
    skipped: list[tuple[str, str]] = []
    for file in files:
        try:
            images.append(read_image(file, shape))
            read.append(file)
        except ImageError as reason:
            skipped.append((str(file), str(reason)))
    stacked = np.stack(images) if images else np.empty((0, *shape), dtype=np.uint8)
    return Pictures(stacked, tuple(read), tuple(skipped))


def read_image(file: Path, shape: Shape) -> np.ndarray:
    """Return uint8 `shape`, 0-255: the picture resized to fill it, the overhang cut off evenly.

    EXIF rotation is applied, transparent pixels get a white background, 16-bit grey is brought
    to 8 bits, and of an animation the first frame is taken. Resizing is antialiased (Lanczos).

    Raises:
        ImageError: It is not such an image, damaged, or too large.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        _check_file(file)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow remarks on odd files that it still reads.
            with Image.open(file, formats=FORMATS) as opened:
                return _to_array(opened, shape)
    except ImageError:
        raise
    except UnidentifiedImageError as error:
        raise ImageError("not a readable PNG, JPEG, WebP, BMP or GIF image") from error
    except Image.DecompressionBombError as error:
        raise ImageError(f"more than {MAX_PIXELS:,} pixels") from error
    except Exception as error:  # Decoders raise almost anything on damaged bytes.
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise ImageError(f"damaged or unreadable: {reason}") from error


def _check_file(file: Path) -> None:
    """Refuse what would block, such as a pipe, and files too large to be a picture."""
    state = file.stat()
    if not stat.S_ISREG(state.st_mode):
        raise ImageError("not a file")
    if state.st_size > MAX_BYTES:
        raise ImageError(f"{state.st_size:,} bytes, more than {MAX_BYTES:,}")


def _to_array(opened: "Image", shape: Shape) -> np.ndarray:
    from PIL import Image, ImageOps

    height, width, channels = shape
    if opened.width * opened.height > MAX_PIXELS:
        raise ImageError(f"{opened.width:,} x {opened.height:,}, more than {MAX_PIXELS:,} pixels")
    colour = _to_rgb(ImageOps.exif_transpose(opened))
    fitted = ImageOps.fit(colour, (width, height), Image.Resampling.LANCZOS)
    if channels == 1:
        return np.asarray(fitted.convert("L"))[..., np.newaxis]
    return np.asarray(fitted)


def _to_rgb(picture: "Image") -> "Image":
    from PIL import Image

    if picture.mode.startswith("I"):  # 16-bit grey; Pillow itself would cut it off at 255.
        grey = np.rint(np.asarray(picture).clip(0, 65535) / 257).astype(np.uint8)
        return Image.fromarray(grey).convert("RGB")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        plain = Image.new("RGB", picture.size, _PLAIN)
        plain.paste(picture, mask=picture.getchannel("A"))
        return plain
    return picture.convert("RGB")
