"""A folder on a disk or in an object store, whose files appear only when they are complete."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from tenfold.core.errors import DataError, TenfoldError
from tenfold.data.source import path_of
from tenfold.data.tree import is_leftover
from tenfold.runs.files import make_folder, written_whole

if TYPE_CHECKING:
    from pyarrow.fs import FileInfo

_MOST_SAID = 200
_MOST_RETRIES_S = 30
"""After so long, Google's store is not asked once more; else it is a quarter of an hour."""
_ANONYMOUS = "anonymous@"
"""Before a bucket of Google's store: no credentials, for data that everyone may read."""
_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for s3://, or GOOGLE_APPLICATION_CREDENTIALS for "
    "gs://"
)


@dataclass(frozen=True)
class Place:
    """A file or folder, in any file system that pyarrow knows.

    Attributes:
        shown: The absolute path, or the address without its options.
        system: The `pyarrow.fs.FileSystem`.
        path: Where it is in that file system.
        is_local: Whether it is on a disk of this machine.
    """

    shown: str
    system: Any
    path: str
    is_local: bool

    def __truediv__(self, name: str) -> "Place":
        """A file or folder in it."""
        shown, path = (f"{each.rstrip('/')}/{name}" for each in (self.shown, self.path))
        return Place(shown, self.system, path, self.is_local)

    def exists(self) -> bool:
        """Whether there is a file or a folder."""
        return self._kind() != "NotFound"

    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self._kind() == "Directory"

    def _kind(self) -> str:
        with explained(self):
            return str(self.system.get_file_info(self.path).type.name)

    def names(self) -> list[str]:
        """The names in the folder; none where there is no folder."""
        return sorted({self.names_below(each)[0] for each in self._inside(allow_not_found=True)})

    def files_below(self) -> Iterator["FileInfo"]:
        """Every file in the folder, at any depth, ordered by the names on its path.

        What other programs leave in folders, and whatever begins with a dot, is not among them.

        Raises:
            DataError: The folder cannot be listed.
        """
        from pyarrow.fs import FileType

        for each in sorted(self._inside(), key=lambda each: each.path.split("/")):
            if not all(names := self.names_below(each)):  # pyarrow could not open it.
                raise DataError(
                    f"Expected names that a disk can have; received two slashes in a row below "
                    f"{self.path}. Rename what is there."
                )
            if any(map(is_leftover, names)):
                continue
            if each.type == FileType.File:
                yield each
            elif not self._hides_folders:
                yield from (self / each.base_name).files_below()

    def _inside(self, *, allow_not_found: bool = False) -> "list[FileInfo]":
        """What is in the folder; with all that is below it where folders in it do not show."""
        from pyarrow.fs import FileSelector

        with explained(self):
            found: list[FileInfo] = self.system.get_file_info(
                FileSelector(
                    self.path, allow_not_found=allow_not_found, recursive=self._hides_folders
                )
            )
        return found

    @property
    def _hides_folders(self) -> bool:
        """Whether pyarrow sees only folders with an object of their own, as in Google's store."""
        return bool(self.system.type_name == "gcs")

    def names_below(self, file: "FileInfo") -> list[str]:
        """The names on the path from this folder to what is in it; one empty name for itself."""
        path = str(file.path[len(self.path.rstrip("/")) + 1 :])
        return (path.rstrip("/") if self._hides_folders else path).split("/")

    def below(self, path: str) -> "Place":
        """A file in it at any depth, by its path in the file system."""
        shown = self.shown.rstrip("/") + path[len(self.path.rstrip("/")) :]
        return Place(shown, self.system, path, self.is_local)

    def opened(self) -> Any:  # noqa: ANN401
        """The file, open for reading: a `pyarrow.NativeFile`."""
        return self.system.open_input_file(self.path)

    def read(self) -> bytes:
        """The content of the file."""
        with explained(self), self.opened() as file:
            return bytes(file.read())

    def write(self, content: bytes) -> None:
        """Write the file, which appears when it is complete."""
        with self.writing() as file:
            file.write(content)

    @contextmanager
    def writing(self) -> Iterator[IO[bytes]]:
        """Write a file while the block runs.

        On a disk it appears when the block succeeds. In an object store it appears when it is
        closed, also if the block raises: only `write` is whole there whatever happens.
        """
        if not self.is_local:
            with explained(self), self.system.open_output_stream(self.path) as stream:
                yield stream
            return
        path = Path(self.path)
        make_folder(path.parent, parents=True)
        with written_whole(path) as part, part.open("wb") as file:
            yield file


def place_of(where: str) -> Place:
    """The place that a path or an address such as `s3://bucket/folder` names.

    Raises:
        DataError: pyarrow is missing, or does not know the address.
    """
    if is_address(where):
        return _in_store(where)
    path = str(path_of(where))
    with _installed():
        from pyarrow.fs import LocalFileSystem
    return Place(path, LocalFileSystem(), path, is_local=True)


@cache
def _in_store(address: str) -> Place:
    """The place of an address; one connection for all of its files."""
    with _installed():
        from pyarrow.fs import FileSystem
    scheme, _, rest = address.partition("://")
    shown, of_google = rest.partition("?")[0], scheme in ("gs", "gcs")
    if of_google:
        shown = shown.removeprefix(_ANONYMOUS)
    if "@" in shown.partition("/")[0]:  # It would be written to files and to the screen.
        raise DataError(
            f"Expected an address without a key; received one for {shown.rpartition('@')[2]}. "
            f"Set the credentials in the environment: {_CREDENTIALS}."
        )
    options = ""
    if of_google and "retry_limit_seconds" not in address:
        options = f"{'&' if '?' in address else '?'}retry_limit_seconds={_MOST_RETRIES_S}"
    try:
        system, path = FileSystem.from_uri(address + options)
    except Exception as error:
        raise DataError(
            f"Expected a path, or the address of an object store such as s3://bucket/folder or "
            f"gs://bucket/folder; received {address} ({_said(error)})."
        ) from error
    is_local = system.type_name == "local"
    return Place(path if is_local else f"{scheme}://{shown}", system, path, is_local)


@contextmanager
def _installed() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise DataError(
            "Object stores and Parquet files take pyarrow, which is not installed. Install it with "
            "`pip install 'tenfold[cluster]'`."
        ) from error


def is_address(where: str) -> bool:
    """Whether it is an address, such as of an object store, not a path."""
    return "://" in where


@contextmanager
def explained(place: Place) -> Iterator[None]:
    """Say in plain words that a place cannot be used, and what to do.

    Raises:
        TenfoldError: The block raises any error of a file system; libraries have different ones.
    """
    try:
        yield
    except (TenfoldError, MemoryError):
        raise
    except Exception as error:
        advice = (
            "Check the path and its permissions."
            if place.is_local
            else f"Check the address, the connection, and the credentials: {_CREDENTIALS}."
        )
        raise DataError(f"Cannot use {place.shown}: {_said(error)}. {advice}") from error


def _said(error: Exception) -> str:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(reason.split())[:_MOST_SAID].rstrip(".")
