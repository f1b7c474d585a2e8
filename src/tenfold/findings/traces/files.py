"""Traces in image files: their size, format and compression."""

from typing import ClassVar

import numpy as np

from tenfold.core.images import ImageSet
from tenfold.findings.traces.trace import Trace


class OriginalSize(Trace):
    """Width and height of the files before they were brought to one shape."""

    name: ClassVar[str] = "original-size"
    words: ClassVar[str] = "The size of the files in pixels"

    def features(self, images: ImageSet) -> np.ndarray | None:
        """Width, height and their ratio."""
        files = images.originals
        if files is None:
            return None
        return _varied(files.width, files.height, files.width / np.maximum(files.height, 1))


class FileFormat(Trace):
    """Format and number of channels of the files."""

    name: ClassVar[str] = "file-format"
    words: ClassVar[str] = "The format of the files"

    def features(self, images: ImageSet) -> np.ndarray | None:
        """A column for each format and each mode."""
        files = images.originals
        if files is None:
            return None
        columns = [
            texts == text for texts in (files.format, files.mode) for text in np.unique(texts)
        ]
        return _varied(*columns)


class JpegQuality(Trace):
    """Quality of the JPEG files, as their tables say."""

    name: ClassVar[str] = "jpeg-quality"
    words: ClassVar[str] = "The quality of the JPEG files"

    def features(self, images: ImageSet) -> np.ndarray | None:
        """The quality, 1-100; 0 for other files."""
        return None if images.originals is None else _varied(images.originals.quality)


def _varied(*columns: np.ndarray) -> np.ndarray | None:
    """The columns side by side; None if all rows are alike."""
    table = np.stack([column.astype(np.float32) for column in columns], axis=1)
    return table if np.ptp(table, axis=0).any() else None
