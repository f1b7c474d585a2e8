"""Find the orientation of a picture in its metadata, which may be damaged."""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

UPRIGHT = 1
"""The EXIF orientation of an upright picture."""

_MAX_TEXT = 1 << 20  # The orientation is near the beginning; the rest is not read.
_MAX_ENTRIES = 65_535
_ORIENTATION = 0x0112
_WIDTHS = {1: 1, 3: 2, 4: 4}  # Bytes of a whole number, by the type of the value.
_IN_XMP = re.compile(rb"tiff:Orientation(?:=[\"']|>)([1-8])")


@dataclass(frozen=True)
class Entry:
    """One entry of a TIFF directory: its tag, type, count, and where it stands (start, end)."""

    tag: int
    kind: int
    count: int
    start: int
    end: int


@dataclass(frozen=True)
class Directory:
    """How the first directory of a TIFF block is laid out.

    Attributes:
        order: "<" for little endian, ">" for big endian.
        start: Where its number of entries stands, in bytes.
        counted: The bytes that this number takes.
        inline: The bytes that an entry has for its value, or for the place of its value.
        n_entries: How many entries it claims to have.
    """

    order: str
    start: int
    counted: int
    inline: int
    n_entries: int

    def entries(self, block: bytes) -> Iterator[Entry]:
        """The entries, as far as the block goes."""
        size = struct.calcsize(self.layout)
        first = self.start + self.counted
        end = min(first + min(self.n_entries, _MAX_ENTRIES) * size, len(block) - size + 1)
        for start in range(first, end, size):
            tag, kind, count = struct.unpack_from(self.layout[:-2], block, start)
            yield Entry(tag, kind, count, start, start + size)

    @property
    def layout(self) -> str:
        """The layout of one entry, as `struct` writes it: tag, type, count, value."""
        return f"{self.order}HH{'I' if self.inline == 4 else 'Q'}{self.inline}s"


def first_directory(block: bytes) -> Directory | None:
    """The first directory of a TIFF or BigTIFF block; None where there is none."""
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None or len(block) < 16:
        return None
    (version,) = struct.unpack_from(f"{order}H", block, 2)
    if version not in (42, 43):
        return None
    big = version == 43
    (start,) = struct.unpack_from(f"{order}Q" if big else f"{order}I", block, 8 if big else 4)
    counted = 8 if big else 2
    if start + counted > len(block):
        return None
    (n_entries,) = struct.unpack_from(f"{order}Q" if big else f"{order}H", block, start)
    return Directory(order, start, counted, 8 if big else 4, n_entries)


def of_exif(block: bytes) -> int:
    """The orientation 1-8 that a block of EXIF states; upright where it cannot be parsed.

    Only this entry is read, so no other one can do harm.
    """
    while block.startswith(b"Exif\0\0"):  # Some cameras write the header twice.
        block = block[6:]
    directory = first_directory(block[:_MAX_TEXT])
    if directory is None:
        return UPRIGHT
    for entry in directory.entries(block[:_MAX_TEXT]):
        if entry.tag == _ORIENTATION:
            width = _WIDTHS.get(entry.kind, 0) if entry.count == 1 else 0
            at = entry.end - directory.inline
            value = int.from_bytes(
                block[at : at + width], "little" if directory.order == "<" else "big"
            )
            return value if 1 <= value <= 8 else UPRIGHT
    return UPRIGHT


def of_notes(exif: bytes, xmp: bytes) -> int:
    """The orientation in EXIF, otherwise the one in XMP, otherwise upright."""
    turn = of_exif(exif)
    if turn == UPRIGHT and (found := _IN_XMP.search(xmp[:_MAX_TEXT])):
        return int(found[1])
    return turn


def note_of_png(kind: bytes, content: bytes) -> tuple[str, bytes] | None:
    """'exif' or 'xmp' and its bytes, where a chunk of a PNG file holds one of them."""
    if kind == b"eXIf":
        return "exif", content[:_MAX_TEXT]
    key, _, rest = content[:_MAX_TEXT].partition(b"\0")
    if kind == b"iTXt" and key == b"XML:com.adobe.xmp":
        text = rest[2:].split(b"\0", 2)[-1]
        return "xmp", _inflate(text) if rest[:1] == b"\1" else text
    if kind in (b"tEXt", b"zTXt") and key == b"Raw profile type exif":
        return "exif", _from_hex(rest if kind == b"tEXt" else _inflate(rest[1:]))
    return None


def _inflate(content: bytes) -> bytes:
    """Decompress no more than an orientation needs, whatever the size of the whole."""
    try:
        return zlib.decompressobj().decompress(content, _MAX_TEXT)
    except zlib.error:
        return b""


def _from_hex(text: bytes) -> bytes:
    """Bytes written as a name, their number and lines of hexadecimal digits."""
    digits = b"".join(text.split(b"\n")[3:])
    try:
        return bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii"))
    except ValueError:
        return b""
