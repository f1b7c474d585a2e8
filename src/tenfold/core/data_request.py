"""Which images are asked for."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypedDict

from tenfold.core.rendering import Fit

LabelFrom = Literal["folder", "path", "name"]
"""What names the class of an image file."""


@dataclass(frozen=True)
class DataRequest:
    """The images that are asked for.

    Attributes:
        data: A name that a source knows, or a path.
        archive: The archive to read, for a source that has one; None to look for it.
        side_px: Height and width in pixels that image files are resized to.
        fit: How a picture that is not square becomes square: `crop`, `pad` or `squash`.
        label_from: What names the class of a file: `folder`, the first folder; `path`, all folders
            around it; `name`, the beginning of its own name.
        groups: The column of a list whose equal values belong together, such as one person's
            images.
        follow_links: Whether links to outside the folder are followed.
        strict: Whether losing a class, or more than a tenth of the files, is an error.
        coarse: Whether to take the coarser of a source's two kinds of labels.
    """

    data: str = "cifar10"
    archive: str | None = None
    side_px: int | None = None
    fit: Fit | None = None
    label_from: LabelFrom | None = None
    groups: str | None = None
    follow_links: bool | None = None
    strict: bool | None = None
    coarse: bool | None = None


class ImageOptions(TypedDict, total=False):
    """The options that go with the place of the images; `DataRequest` explains each."""

    archive: str | Path | None
    side_px: int | None
    fit: Fit | None
    label_from: LabelFrom | None
    groups: str | None
    follow_links: bool | None
    strict: bool | None
    coarse: bool | None
