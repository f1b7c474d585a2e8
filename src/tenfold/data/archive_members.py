"""The members of zip and tar files, read where they lie: nothing is unpacked to the disk."""

import bz2
import gzip
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol, cast

from tenfold.core.errors import DataError, ImageError
from tenfold.data.kinds import BZIP2, EMPTY_ZIP, GZIP, TAR, XZ, ZIP, kind_of
from tenfold.data.picture import MAX_BYTES

KINDS = frozenset({ZIP, EMPTY_ZIP, TAR, GZIP, BZIP2, XZ})
"""The kinds of files, as `kind_of` names them, that may be archives."""

MAX_MEMBERS = 2_000_000
_BOMB_BYTES, _BOMB_RATIO = 10_000_000, 1_000  # Images do not shrink to a thousandth.
_MAX_HEADER = 2**20  # Bytes of a long name or a comment in a tar file.
_OPENERS: dict[str, Callable[[Path], Any]] = {
    TAR: lambda path: path.open("rb"),
    GZIP: gzip.open,
    BZIP2: bz2.open,
    XZ: lzma.open,
}
_DAMAGE = (
    *(OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, tarfile.TarError),
    *(zipfile.BadZipFile, NotImplementedError, RuntimeError),  # The latter two of zipfile.
)


class Member(NamedTuple):
    """A file or folder in an archive.

    Attributes:
        name: As the archive spells it.
        size: Its bytes, as the archive states them.
        number: Changes when its content does.
        at: Members are read fastest in this order.
        is_folder: Whether it is a folder.
        refusal: Why it is not a file to read, such as a link; empty if it may be.
    """

    name: str
    size: int
    number: int
    at: int
    is_folder: bool = False
    refusal: str = ""


class Archive(Protocol):
    """An archive that is open."""

    def members(self) -> Iterator[Member]:
        """What it holds, in its own order."""

    def contents(self, members: Sequence[Member]) -> Iterator[bytes | ImageError]:
        """The content of each member, in the order of `at`; or the reason why there is none."""


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open a zip or tar file.

    Raises:
        DataError: It is not there, is something else, is cut short, or is damaged.
    """
    if not path.is_file():
        raise DataError(f"There is no file {path}. Expected a zip or tar file. Check the name.")
    try:
        kind = kind_of(path)
    except OSError as error:
        raise unreadable(path, error.strerror or str(error)) from error
    if kind not in KINDS:
        raise unreadable(path, f"it is {kind}")
    if kind not in (ZIP, EMPTY_ZIP):
        yield _Tar(path, kind)
        return
    try:
        archive = zipfile.ZipFile(path)
    except _DAMAGE as error:  # The list of members is at the end, so a truncated file has none.
        raise unreadable(path, f"it is cut short or damaged ({error})") from error
    with archive:
        yield _Zip(path, archive)


def unreadable(path: Path, reason: str) -> DataError:
    """The error for a file that is not a whole archive."""
    return DataError(
        f"Cannot read {path}: {reason}. Expected a whole zip or tar file. Download it again, or "
        "pack it again."
    )


def _refuse_bomb(path: Path, n_members: int, n_bytes: int) -> None:
    """Refuse an archive with too many members, or with impossible sizes."""
    if n_members > MAX_MEMBERS:
        raise DataError(
            f"{path} has more than {MAX_MEMBERS:,} members. Unpack it and give the folder, or pack "
            "less into it."
        )
    if n_bytes > max(_BOMB_BYTES, _BOMB_RATIO * path.stat().st_size):
        raise DataError(
            f"{path} expands to more than {_BOMB_RATIO:,} times its size, as no archive of images "
            "does, so it is not read. If it is what you expect, unpack it and give the folder."
        )


def _too_large(size: int) -> str:
    return f"{size:,} bytes, more than {MAX_BYTES:,}" if size > MAX_BYTES else ""


class _Zip:
    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path, self._archive = path, archive

    def members(self) -> Iterator[Member]:
        n_bytes = 0
        for at, info in enumerate(self._archive.infolist()):
            n_bytes += 0 if _reason_not_to_inflate(info) else info.file_size
            _refuse_bomb(self._path, at + 1, n_bytes)
            name = _name_in_zip(info)
            folder = name.endswith(("/", "\\"))
            yield Member(name, info.file_size, info.CRC, at, folder, _refusal_in_zip(info))

    def contents(self, members: Sequence[Member]) -> Iterator[bytes | ImageError]:
        infos = self._archive.infolist()
        for member in members:
            yield self._content(infos[member.at])

    def _content(self, info: zipfile.ZipInfo) -> bytes | ImageError:
        if reason := _reason_not_to_inflate(info):
            return ImageError(reason)
        try:
            with self._archive.open(info) as file:
                content = file.read(info.file_size + 1)
        except _DAMAGE as error:
            return ImageError(f"damaged in the archive: {error}")
        if len(content) != info.file_size:
            return ImageError("damaged in the archive: not as many bytes as it states")
        return content


def _reason_not_to_inflate(info: zipfile.ZipInfo) -> str:
    if info.file_size > max(_BOMB_BYTES, _BOMB_RATIO * info.compress_size):
        return f"expands to more than {_BOMB_RATIO:,} times its size, as no image does"
    return _too_large(info.file_size)


def _refusal_in_zip(info: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "a link in an archive"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "not a file"
    return "encrypted" if info.flag_bits & 1 else ""


def _name_in_zip(info: zipfile.ZipInfo) -> str:
    """The name; macOS writes UTF-8 without saying so."""
    if info.flag_bits & 0x800 or info.filename.isascii():
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


class _Tar:
    def __init__(self, path: Path, kind: str) -> None:
        self._path, self._kind = path, kind

    def members(self) -> Iterator[Member]:
        time_ns = self._path.stat().st_mtime_ns
        with self._explained(), self._stream() as raw:
            stream = _Watched(raw)
            try:
                archive = tarfile.open(fileobj=cast(IO[bytes], stream), mode="r:")  # noqa: SIM115
            except tarfile.ReadError as error:
                if self._kind == TAR:
                    raise
                reason = f"it is {self._kind}, but not a tar archive ({error})"
                raise unreadable(self._path, reason) from error
            n_members, before = 0, -1
            while (info := archive.next()) is not None:
                archive.members = []  # type: ignore[attr-defined]  # It would keep them all.
                n_members += 1
                if archive.offset <= before:  # A negative size would cause an endless loop.
                    raise tarfile.ReadError("a wrong size")
                before = archive.offset
                # `offset` is where the next one begins: all before it is about to be decompressed.
                _refuse_bomb(self._path, n_members, archive.offset)
                yield Member(
                    info.name, info.size, time_ns, info.offset_data, info.isdir(), _refusal(info)
                )
            # For tarfile, whatever is not a header ends an archive; by POSIX, zeros do.
            if not stream.last:
                raise EOFError
            if stream.last.strip(b"\0"):
                raise unreadable(self._path, "it is damaged or cut short")
            raw.read(_MAX_HEADER)  # At the end of the stream, gzip and xz compare checksums.

    def contents(self, members: Sequence[Member]) -> Iterator[bytes | ImageError]:
        with self._explained(), self._stream() as stream:
            for member in members:
                if reason := _too_large(member.size):
                    yield ImageError(reason)
                    continue
                stream.seek(member.at)
                content = stream.read(member.size)
                if len(content) != member.size:
                    raise EOFError
                yield content

    def _stream(self) -> Any:  # noqa: ANN401 - Each compression has a class of its own.
        return _OPENERS[self._kind](self._path)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except EOFError as error:
            raise unreadable(self._path, "it is cut short") from error
        except _DAMAGE as error:
            cut = "unexpected end" in str(error)
            reason = "cut short" if cut else f"damaged ({str(error) or type(error).__name__})"
            raise unreadable(self._path, f"it is {reason}") from error


def _refusal(info: tarfile.TarInfo) -> str:
    if info.issym() or info.islnk():
        return "a link in an archive"
    if info.issparse():
        return "a sparse file"
    return "" if info.isfile() or info.isdir() else "not a file"


class _Watched:
    """A stream that remembers what was last read, and refuses headers of any size."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.last = b""

    def read(self, n: int) -> bytes:
        if n > _MAX_HEADER:
            raise tarfile.ReadError(f"a header of {n:,} bytes")
        self.last = self._stream.read(n)
        return self.last

    def seek(self, at: int) -> int:
        return self._stream.seek(at)

    def tell(self) -> int:
        return self._stream.tell()
