"""The base classes of sources of images."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from tenfold.core.data_request import DataRequest
from tenfold.core.images import Dataset, Provenance
from tenfold.core.text import Say
from tenfold.data.listing import ListedFile
from tenfold.runs.files import expanded


@dataclass(frozen=True)
class Mirroring:
    """Whether a source's images mean the same when left and right are swapped.

    Attributes:
        allowed: Whether recipes that mirror may do so.
        note: A note for recipes that mirror; empty for none.
    """

    allowed: bool = True
    note: str = ""


def path_of(text: str | Path) -> Path:
    """The absolute path of a user's input."""
    return expanded(text).absolute()


class Source(ABC):
    """A place where images come from. `tenfold.data.sources` lists them all.

    Attributes:
        name: In a run's provenance.
        wanted: How to ask for it, in messages; empty if that is not text.
        asked: The same with an example, for the guide.
        reads: What it reads, for the guide.
        options: Fields of `DataRequest` that it uses, besides `data`.
        mirroring: Whether its images may be mirrored.
    """

    name: ClassVar[str]
    wanted: ClassVar[str]
    asked: ClassVar[str]
    reads: ClassVar[str]
    options: ClassVar[tuple[str, ...]] = ()
    mirroring: ClassVar[Mirroring] = Mirroring()

    def recognises(self, data: str) -> bool:
        """Whether `data` asks for this source."""
        return data == self.name

    def from_anywhere(self, request: DataRequest) -> DataRequest:
        """The same request, with paths that are valid in any working folder."""
        return request

    @abstractmethod
    def gather(self, request: DataRequest, *, say: Say) -> Dataset:
        """Find the images, check them, and say where they came from.

        Args:
            request: What was asked for; fields that are not in `options` are None.
            say: Called with a line about slow steps.

        Raises:
            DataError: They are not there, or not what was expected.
        """

    def files(self, request: DataRequest) -> tuple[str, list[ListedFile]] | None:  # noqa: ARG002
        """The place by which the cache knows its image files, and those that `gather` would read.

        None where images are not in files of their own, which workers could read.

        Raises:
            DataError: They are not there, or not what was expected.
        """
        return None

    def gather_again(self, provenance: Provenance, *, say: Say) -> Dataset:
        """Gather the images of an earlier run again, from the same place.

        Args:
            provenance: What the earlier run kept.
            say: Where to report what takes long.

        Raises:
            DataError: It is no longer there.
        """
        return self.gather(provenance.request, say=say)


class ArchiveSource(Source):
    """A source whose archive is named, or found, or downloaded."""

    options: ClassVar[tuple[str, ...]] = ("archive",)

    def from_anywhere(self, request: DataRequest) -> DataRequest:
        """With the whole path of the archive."""
        if request.archive is None:
            return request
        return replace(request, archive=str(path_of(request.archive)))

    @abstractmethod
    def find(self) -> str | None:
        """Say where it would be read from if no archive is named; None where it is downloaded."""

    def gather_again(self, provenance: Provenance, *, say: Say) -> Dataset:
        """From the same archive, or from the one that is found if it has moved."""
        archive = provenance.location if Path(provenance.location).exists() else None
        request = replace(provenance.request, data=self.name, archive=archive)
        return self.gather(request, say=say)


class PathSource(Source):
    """A source that is asked for by the path of a file or folder."""

    def from_anywhere(self, request: DataRequest) -> DataRequest:
        """With the whole path."""
        return replace(request, data=str(path_of(request.data)))
