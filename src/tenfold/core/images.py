"""Labelled images, and where they came from."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from tenfold.core.corrections import Corrections
from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError
from tenfold.core.html import html_table
from tenfold.core.limits import LARGEST_COPY_BYTES, PART_BYTES
from tenfold.core.originals import Originals
from tenfold.core.rendering import Rendering
from tenfold.core.rows import Rows
from tenfold.core.text import counted

Shape = tuple[int, int, int]
"""Height in pixels, width in pixels, channels."""


@dataclass(frozen=True)
class ImageSet:
    """Labelled images of one size.

    Attributes:
        images: uint8 (n, height, width, channels), 0-255; may be memory-mapped, or `Rows` that
            stay on the disk. In all cases `images[:]` is an array; for `Rows` it is read into
            memory.
        labels: int64 (n,), indices into `classes`.
        classes: Class names, in the order of their labels.
        files: The file of each image, relative to the data's root; empty if there are none.
        originals: Facts about these files; None if they are not known.

    Raises:
        DataError: A shape, dtype or label is not as above.
    """

    images: np.ndarray | Rows
    labels: np.ndarray
    classes: tuple[str, ...]
    files: tuple[str, ...] = ()
    originals: Originals | None = None

    def __post_init__(self) -> None:
        if self.images.dtype != np.uint8 or self.images.ndim != 4:
            raise DataError(
                "Expected images as uint8 (n, height, width, channels); "
                f"received {self.images.dtype} {self.images.shape}. Convert them to 0-255 first."
            )
        if self.labels.dtype != np.int64 or self.labels.shape != self.images.shape[:1]:
            raise DataError(
                f"Expected {len(self.images)} labels as int64 ({len(self.images)},); "
                f"received {self.labels.dtype} {self.labels.shape}."
            )
        if self.files and len(self.files) != len(self.images):
            raise DataError(
                f"Expected a file name for each of {len(self.images)} images; "
                f"received {len(self.files)}."
            )
        n_classes = len(self.classes)
        if len(self) and not 0 <= self.labels.min() <= self.labels.max() < n_classes:
            raise DataError(
                f"Expected labels in 0..{n_classes - 1}, one for each class; "
                f"received {self.labels.min()}..{self.labels.max()}."
            )

    def __len__(self) -> int:
        return len(self.images)

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: NumPy would copy a memory-mapped array; plain ones can be shared."""
        images = self.images if isinstance(self.images, Rows) else np.asarray(self.images)
        return {**self.__dict__, "images": images}

    @property
    def shape(self) -> Shape:
        """Height and width in pixels, then channels."""
        height, width, channels = self.images.shape[1:]
        return height, width, channels

    def digest(self) -> str:
        """A checksum of images, labels and files, in hexadecimal."""
        found = blake2b(digest_size=16)
        for part in chain(self.parts(), (self.labels,)):
            found.update(np.ascontiguousarray(part).data)
        found.update("\0".join(self.files).encode("utf-8", "surrogateescape"))
        return found.hexdigest()

    def parts(self) -> Iterator[np.ndarray]:
        """The images, a few megabytes at a time: uint8 (m, height, width, channels), m >= 1."""
        n_images = max(1, PART_BYTES // max(1, math.prod(self.shape)))
        for at in range(0, len(self), n_images):
            yield np.asarray(self.images[at : at + n_images])  # No memmap: its rows are slow.

    def take(self, index: np.ndarray) -> "ImageSet":
        """The images at `index` (integer (m,)), in that order.

        They are copied into memory, unless they are many rows on the disk.
        """
        images = self.images
        if isinstance(images, Rows) and len(index) * images.row_bytes > LARGEST_COPY_BYTES:
            images = images.take(index)
        else:
            images = images[index]
        return self._of(index, images)

    def view(self, index: np.ndarray) -> "ImageSet":
        """The images at `index` (integer (m,)), in that order; copied only when they are read."""
        images = self.images
        rows = images.take(index) if isinstance(images, Rows) else Rows(images, index)
        return self._of(index, rows)

    def _of(self, index: np.ndarray, images: np.ndarray | Rows) -> "ImageSet":
        return replace(
            self,
            images=images,
            labels=self.labels[index],
            files=tuple(self.files[i] for i in index) if self.files else (),
            originals=self.originals and self.originals.take(index),
        )


@dataclass(frozen=True)
class Provenance:
    """Where a dataset came from: a run reports it, and uses it to gather the images again.

    Attributes:
        source: Name of the data source, such as `cifar10`, `digits` or `folder`.
        location: The archive, cache or folder that was read; a name for bundled data.
        sha256: Checksum of the archive in hexadecimal; None where there is no archive.
        official: Whether `sha256` is the published one; None where nothing is published.
        asked: The request for it; None for data that was made in Python.
        rendering: How picture files were brought to one shape; None where there were none.
        notes: Plain sentences that the user should read.
        skipped: Files that could not be read, each with its reason.
        lost_classes: Classes, or their folders, none of whose files could be read.
        batch_sizes: Images in each training batch, in order; empty if not in batches.
    """

    source: str
    location: str
    sha256: str | None = None
    official: bool | None = None
    asked: DataRequest | None = None
    rendering: Rendering | None = None
    notes: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    lost_classes: tuple[str, ...] = ()
    batch_sizes: tuple[int, ...] = ()

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "Provenance":
        """Rebuild it from its JSON form, also from one that an earlier version wrote."""
        content = dict(content)
        side_px = content.pop("side_px", None)  # All that earlier versions kept of a rendering.
        asked, found = content.get("asked"), content.get("rendering")
        rebuilt = {
            "asked": asked and DataRequest(**asked),
            "rendering": Rendering(side_px) if side_px else found and Rendering.from_dict(found),
            "notes": tuple(content["notes"]),
            "skipped": tuple((file, reason) for file, reason in content["skipped"]),
            "lost_classes": tuple(content.get("lost_classes", ())),
            "batch_sizes": tuple(content["batch_sizes"]),
        }
        return cls(**{**content, **rebuilt})

    @property
    def request(self) -> DataRequest:
        """The request that gathers the same dataset again."""
        side_px = self.rendering.side_px if self.rendering else None
        return self.asked or DataRequest(self.location, side_px=side_px)


@dataclass(frozen=True)
class DatasetFacts:
    """The facts about a dataset, without its images.

    Attributes:
        name: The dataset's name.
        classes: Class names, in the order of their labels.
        shape: Height and width in pixels, then channels.
        n_train: Number of training images.
        n_test: Number of test images.
        provenance: Where it came from.
    """

    name: str
    classes: tuple[str, ...]
    shape: Shape
    n_train: int
    n_test: int
    provenance: Provenance

    def _repr_html_(self) -> str:
        height, width, channels = self.shape
        rows = [
            ("classes", f"{len(self.classes)}: {', '.join(self.classes)}"),
            ("training images", f"{self.n_train:,}"),
            ("test images", f"{self.n_test:,}"),
            ("pixels", f"{height} x {width}, {counted(channels, 'channel')}"),
            ("from", self.provenance.location),
        ]
        return html_table((self.name, ""), rows)


@dataclass(frozen=True)
class Dataset:
    """A training set and a test set with the same classes and image shape.

    Attributes:
        name: What it is called in a run.
        train: Images to fit and to validate.
        test: Images to test once at the end.
        provenance: Where they came from.
        given_validation: int64 (m,), ascending positions in `train` that the data itself holds out
            for validation; None where it leaves that to the recipe.
        groups: int64 (n_train,), a group number for each training image; no split divides a group.
            None if there are no groups.
        corrections: What a person decided about training images; None for nothing.
        gathered_labels: int64 (n_train,), the labels of `train` before these decisions; None if
            there were none.
    """

    name: str
    train: ImageSet
    test: ImageSet
    provenance: Provenance
    given_validation: np.ndarray | None = None
    groups: np.ndarray | None = None
    corrections: Corrections | None = None
    gathered_labels: np.ndarray | None = None

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names, in the order of their labels."""
        return self.train.classes

    @property
    def shape(self) -> Shape:
        """Height and width in pixels, then channels."""
        return self.train.shape

    @property
    def facts(self) -> DatasetFacts:
        """Everything but the images."""
        return DatasetFacts(
            self.name, self.classes, self.shape, len(self.train), len(self.test), self.provenance
        )

    def digests(self) -> dict[str, str]:
        """A checksum of the training and of the test images, labels and files, as gathered."""
        train = self.train
        if self.gathered_labels is not None:
            train = replace(train, labels=self.gathered_labels)
        return {"train": train.digest(), "test": self.test.digest()}

    def corrected(self, corrections: Corrections) -> "Dataset":
        """The same images with a person's decisions; those to leave out are left out by cleaning.

        Args:
            corrections: Positions within the training images, labels within the classes.
        """
        labels = self.train.labels.copy()
        labels[corrections.relabelled] = corrections.labels
        return replace(
            self,
            train=replace(self.train, labels=labels),
            corrections=corrections,
            gathered_labels=self.train.labels,
        )

    def _repr_html_(self) -> str:
        return self.facts._repr_html_()


Data = str | Path | Dataset | Sequence[Any]
"""Images as they may be given in Python: the name of a source, the path of a folder or file, a
dataset, or arrays `(x_train, y_train, x_test, y_test)` or `(x, y)`."""
