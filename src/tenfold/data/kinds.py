"""What a file is, by its first bytes."""

import tarfile
from pathlib import Path

GZIP, BZIP2, XZ = "compressed by gzip", "compressed by bzip2", "compressed by xz"
ZIP, EMPTY_ZIP, TAR, PARQUET = "a zip file", "an empty zip file", "a tar archive", "a Parquet file"
LFS_POINTER = "a pointer of Git LFS without the file's content"
_N_BYTES = 512

_SIGNATURES = (
    (b"\x1f\x8b", GZIP),
    (b"PK\5\6", EMPTY_ZIP),
    (b"PK", ZIP),
    (b"\x93NUMPY", "a single NumPy array (.npy)"),
    (b"MATLAB 5.0", "a MATLAB file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"PAR1", PARQUET),
    (b"BZh", BZIP2),
    (b"\xfd7zXZ", XZ),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"version https://git-lfs", LFS_POINTER),
)


def kind_of(path: Path) -> str:
    """Say what a file is, such as `a web page`; `not known to Tenfold` if that is unclear.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(_N_BYTES)
    if not start:
        return "empty"
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        return "a web page"
    for signature, kind in _SIGNATURES:
        if start.startswith(signature):
            return kind
    return TAR if _starts_a_tar(start) else "not known to Tenfold"


def _starts_a_tar(start: bytes) -> bool:
    try:
        tarfile.TarInfo.frombuf(start, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True
