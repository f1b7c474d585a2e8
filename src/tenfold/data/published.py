"""Files that are published with a checksum: found in a cache, or downloaded."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tenfold.core.errors import TenfoldError
from tenfold.core.text import Say
from tenfold.data.cache import NoCacheError, cache_folder, keras_folder
from tenfold.data.download import download
from tenfold.runs.files import sha256_of


@dataclass(frozen=True)
class Published:
    """A file at a public address.

    Attributes:
        url: The address.
        sha256: Its checksum in hexadecimal.
        n_bytes: Its size.
        folder: Its folder in Tenfold's cache.
        keras: Where Keras keeps it, below the folder that Keras downloads to.
    """

    url: str
    sha256: str
    n_bytes: int
    folder: str
    keras: tuple[str, ...]

    @property
    def name(self) -> str:
        """What it is called."""
        return Path(urlsplit(self.url).path).name

    @property
    def home(self) -> Path:
        """Where Tenfold downloads it to."""
        return cache_folder() / self.folder / self.name

    def places(self) -> Iterator[Path]:
        """The places where it may be: in Tenfold's cache, then in Keras's."""
        places = [keras_folder() / name for name in self.keras]
        with suppress(NoCacheError):
            places.insert(0, self.home)
        for path in places:
            if path.is_file():
                yield path

    def is_at(self, path: Path) -> bool:
        """Whether a file is this one, by its size and checksum."""
        try:
            return path.stat().st_size == self.n_bytes and sha256_of(path) == self.sha256
        except (OSError, TenfoldError):
            return False

    def found(self) -> Path | None:
        """The file in one of the caches; None where it is in neither."""
        return next((path for path in self.places() if self.is_at(path)), None)

    def download(self, say: Say) -> Path:
        """Fetch it into Tenfold's cache.

        Raises:
            DataError: It cannot be downloaded.
        """
        download(self.url, self.home, sha256=self.sha256, n_bytes=self.n_bytes, say=say)
        return self.home

    def judge(
        self, title: str, sha256: str | None, location: Path
    ) -> tuple[bool | None, tuple[str, ...]]:
        """Whether the data is official, None if unknown; and the note if it is not.

        Args:
            title: The data set's name.
            sha256: The checksum of the file that was read; None if it has none to compare.
            location: Where it was read.
        """
        if sha256 is None:
            return None, (without_checksum(title),)
        official = sha256 == self.sha256
        return official, () if official else (not_official(title, sha256, location),)


def not_official(title: str, sha256: str, location: Path) -> str:
    """Say that a file is not the published one."""
    return (
        f"This is not the official {title}: the file's SHA-256 is {sha256}, read from {location}. "
        "Figures measured on it are not figures of the official images."
    )


def without_checksum(title: str) -> str:
    """Say that there is no checksum to compare with."""
    return (
        "Files that were unpacked, or packed again, have no published checksum, so Tenfold does "
        f"not know whether these are the official {title} images."
    )
