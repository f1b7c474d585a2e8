"""Remove the metadata from an image file, so that only damage to its pixels matters."""

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from tenfold.data.orientation import UPRIGHT, first_directory, note_of_png, of_exif, of_notes

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_JPEG = b"\xff\xd8\xff"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_SCAN, _END, _COMMENT = 0xDA, 0xD9, 0xFE
_JFIF, _EXIF, _ADOBE = 0xE0, 0xE1, 0xEE
_TABLES = 0xDB
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # The markers that state a size.
_BY_ITSELF = {0x00, 0x01, *range(0xD0, 0xD9)}  # Markers of JPEG that nothing follows.
_TIFF_PIXELS = {
    *(256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284),  # Size, samples, strips.
    *(292, 293, 317, 320, 322, 323, 324, 325, 332, 338, 339, 347),  # Coding, palette, tiles.
    *(512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532),  # JPEG inside TIFF.
}
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
_PPM = re.compile(rb"P[1-6]\s+(?:#[^\r\n]*[\r\n]\s*)*\d")


@dataclass(frozen=True)
class Bare:
    """An image file without its metadata.

    Attributes:
        format: Its format as Pillow names it; empty where it is none of those here.
        content: The file, its EXIF, profiles and texts left out where they can do harm.
        turn: The orientation of EXIF, 1-8; None where only the decoder learns it.
        jpeg: The head of a JPEG file; None where there is none.
    """

    format: str
    content: bytes | bytearray
    turn: int | None
    jpeg: "JpegHead | None" = None


@dataclass(frozen=True)
class JpegHead:
    """What the head of a JPEG file says of its pixels.

    Attributes:
        width: In pixels.
        height: In pixels; 0 where it comes later.
        n_channels: 1 for grey, 3 for colours, 4 for CMYK.
        bits: Of a number, nearly always 8.
        luminance: The 64 divisors of its first table, one byte each; empty if they are larger.
    """

    width: int
    height: int
    n_channels: int
    bits: int
    luminance: bytes


def take_bare(content: bytes) -> Bare:
    """Recognise a file by its first bytes and leave its metadata out."""
    name = _format_of(content)
    if name == "JPEG":
        return _jpeg(content)
    strip: Callable[[bytes], tuple[bytes | bytearray, int | None]]
    strip = {"PNG": _png, "TIFF": _tiff, "AVIF": _avif}.get(name, _as_it_is)
    return Bare(name, *strip(content))


def _format_of(content: bytes) -> str:
    for name, begins in (("PNG", _PNG), ("JPEG", _JPEG), ("GIF", b"GIF8"), ("BMP", b"BM")):
        if content.startswith(begins):
            return name
    if content[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "TIFF"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] == b"ftyp":
        size = min(int.from_bytes(content[:4], "big"), 256)
        brands = {content[at : at + 4] for at in range(8, size, 4)}
        if brands & _AVIF_BRANDS:
            return "AVIF"
        return "HEIF" if brands & _HEIC_BRANDS else ""
    return "PPM" if _PPM.match(content[:4096]) else ""


def _as_it_is(content: bytes) -> tuple[bytes, int | None]:
    return content, None


def _png(content: bytes) -> tuple[bytes | bytearray, int]:
    """Keep the chunks that make the pixels: no text, profile or time, and no animation."""
    kept, notes, at = bytearray(_PNG), dict[str, bytes](), len(_PNG)
    while at + 8 <= len(content):
        kind = content[at + 4 : at + 8]
        if not kind.isalpha():  # Damage: the decoder says so.
            kept += content[at:]
            break
        end = at + 12 + int.from_bytes(content[at : at + 4], "big")
        if kind in _PNG_PIXELS:
            kept += content[at:end]
        elif len(notes) < 2 and (note := note_of_png(kind, content[at + 8 : max(end - 4, 0)])):
            notes.setdefault(*note)
        at = end
    return kept, of_notes(notes.get("exif", b""), notes.get("xmp", b""))


def _jpeg(content: bytes) -> Bare:
    """Keep the segments before the first scan that the pixels need, and all that follows."""
    kept = [(0, 2)]  # From where to where; what lies between is dropped.
    at, exif, xmp, frame, luminance = 2, b"", b"", b"", b""
    while (at := content.find(b"\xff", at)) >= 0 and at + 4 <= len(content):
        marker = content[at + 1]
        if marker == 0xFF or marker in _BY_ITSELF:
            at += 1 if marker == 0xFF else 2
            continue
        length = content[at + 2] << 8 | content[at + 3]
        if marker in (_SCAN, _END) or length < 2:
            break
        start, end = at + 4, at + 2 + length
        if marker == _COMMENT or 0xE0 <= marker <= 0xEF:
            segment = content[start:end]
            if _makes_pixels(marker, segment):
                kept.append((at, end))
            elif marker == _EXIF and segment.startswith(b"Exif\0\0"):
                exif = exif or segment
            elif marker == _EXIF and segment.startswith(_XMP):
                xmp = xmp or segment
        else:
            kept.append((at, end))
            if marker in _FRAMES:
                frame = frame or content[start:end]
            elif marker == _TABLES and content[start : start + 1] == b"\0":  # Table 0, of bytes.
                luminance = luminance or content[start + 1 : start + 65]
        at = end
    if at >= 0:
        kept.append((at, len(content)))
    turn = of_notes(exif, xmp) if exif or xmp else UPRIGHT
    return Bare("JPEG", _parts(content, kept), turn, _head(frame, luminance))


def _head(frame: bytes, luminance: bytes) -> JpegHead | None:
    if len(frame) < 6:
        return None
    bits, height, width, n_channels = struct.unpack_from(">BHHB", frame)
    return JpegHead(width, height, n_channels, bits, luminance)


def _parts(content: bytes, kept: list[tuple[int, int]]) -> bytes:
    """Some parts of the content, in order; the content itself if they are all of it."""
    whole = all(end == start for (_, end), (start, _) in pairwise(kept))
    if whole and kept[-1][1] == len(content):
        return content
    return b"".join(content[start:end] for start, end in kept)


def _makes_pixels(marker: int, segment: bytes) -> bool:
    """Whether a segment of metadata of a JPEG file bears on its pixels: two name colours."""
    if marker == _JFIF:
        return segment.startswith(b"JFIF\0") and len(segment) >= 12
    return marker == _ADOBE and segment.startswith(b"Adobe") and len(segment) >= 12


def _tiff(content: bytes) -> tuple[bytes | bytearray, int | None]:
    """Keep the entries of the first directory that the pixels need, and no other page."""
    directory = first_directory(content)
    if directory is None:
        return content, UPRIGHT
    entries = [entry for entry in directory.entries(content) if entry.tag in _TIFF_PIXELS]
    kept = b"".join(content[entry.start : entry.end] for entry in entries)
    big = directory.counted == 8
    count = struct.pack(f"{directory.order}{'Q' if big else 'H'}", len(entries))
    changed = bytearray(content)
    at = directory.start
    # Dropping an entry leaves room for the end of the list; without one, its end stays.
    whole = count + kept + (bytes(directory.inline) if len(entries) < directory.n_entries else b"")
    changed[at : at + len(whole)] = whole
    return changed, of_exif(content)


def _avif(content: bytes) -> tuple[bytes, int | None]:
    """Hide the EXIF from the decoder: by the format's rules it does not turn the picture."""
    head = 1 << 20
    hidden = re.sub(rb"(infe.{8})Exif", rb"\1none", content[:head], flags=re.DOTALL)
    return (content if hidden == content[:head] else hidden + content[head:]), None
