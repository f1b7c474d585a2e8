"""Read a truncated JPEG file, if only its last row of blocks is missing."""

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tenfold.core.errors import ImageError

if TYPE_CHECKING:
    from PIL.Image import Image

_END = b"\xff\xd9"
_SCAN = 0xDA
_N_FREQUENCIES = 64
_RESTART = re.compile(rb"\xff([\xd0-\xd7])")


def read_cut(content: bytes) -> "Image":
    """Decode what is there of a JPEG file without its end; the missing blocks become grey.

    The file is decoded with different continuations. The rows in which the results differ are those
    that the missing bytes decide.

    Args:
        content: The file, which ends too early.

    Raises:
        ImageError: More than the last row of blocks is missing, or a whole scan.
    """
    from PIL import ImageChops

    whole = _whole_segments(content)
    if whole is None:
        raise ImageError("damaged or unreadable: the file is truncated")
    picture, block_height, spill = _decode(whole + _END)
    reach = picture.height
    for guess in _guesses(whole):
        other = _decode(whole + guess + _END)[0]
        box = ImageChops.difference(picture, other).getbbox()
        reach = min(reach, box[1]) if box else reach
    last_row = (picture.height - 1) // block_height * block_height
    if reach < last_row - spill:
        raise ImageError(
            f"damaged or unreadable: the file is truncated after {reach:,} of "
            f"{picture.height:,} rows of pixels"
        )
    return picture


def _guesses(whole: bytes) -> Iterator[bytes]:
    """Unlike continuations of a file, also by way of the restart marker that is due next."""
    restarts = _RESTART.findall(whole, whole.rfind(bytes([0xFF, _SCAN])))
    due = 0xD0 + (restarts[-1][0] + 1) % 8 if restarts else 0xD0
    for coded in (b"\x55" * 2048, b"\x2a\xd3\x71\x0c" * 512):
        yield coded
        yield bytes([0xFF, due]) + coded


def _decode(content: bytes) -> tuple["Image", int, int]:
    """The picture, the height of its blocks, and the rows that a block shines into above it."""
    from PIL import Image

    with Image.open(io.BytesIO(content), formats=("JPEG",)) as opened:
        tallest = max((layer[2] for layer in getattr(opened, "layer", ())), default=1)
        opened.load()
        return opened, 8 * tallest, tallest


def _whole_segments(content: bytes) -> bytes | None:
    """The file up to its last whole segment; None where scans that the picture needs lack."""
    needed: set[tuple[int, int]] | None = None
    end = 0
    for marker, start, stop in _segments(content):
        body = content[start:stop]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC) and len(body) > 5:
            ids = body[6 : 6 + 3 * body[5] : 3]
            needed = {(i, frequency) for i in ids for frequency in range(_N_FREQUENCIES)}
        if marker == _SCAN and needed is not None:
            needed -= _completed(body)
        end = stop if marker != _SCAN else _scan_end(content, stop)
    return None if needed is None or needed else content[:end].rstrip(b"\xff")


def _segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Each whole segment: its marker, and where its content begins and ends."""
    at = 2
    while (at := content.find(b"\xff", at)) >= 0 and at + 4 <= len(content):
        marker = content[at + 1]
        if marker in (0x00, 0x01, 0xFF) or 0xD0 <= marker <= 0xD9:
            at += 1 if marker == 0xFF else 2
            continue
        stop = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        if stop > len(content) or stop < at + 4:
            return
        yield marker, at + 4, stop
        at = stop if marker != _SCAN else _scan_end(content, stop)


def _scan_end(content: bytes, at: int) -> int:
    """Where the coded data that follows the head of a scan ends: at a marker, or with the file."""
    while (at := content.find(b"\xff", at)) >= 0 and at + 1 < len(content):
        if content[at + 1] != 0 and not 0xD0 <= content[at + 1] <= 0xD7:
            return at
        at += 2
    return len(content)


def _completed(head: bytes) -> set[tuple[int, int]]:
    """The components and frequencies that a scan brings to their last bit."""
    n = head[0] if head else 0
    if len(head) < 4 + 2 * n or head[3 + 2 * n] & 15:  # Later scans refine it.
        return set()
    first, last = head[1 + 2 * n], min(head[2 + 2 * n], _N_FREQUENCIES - 1)
    return {(head[1 + 2 * i], f) for i in range(n) for f in range(first, last + 1)}
