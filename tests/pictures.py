"""Runs without drawing: how pictures look is tested elsewhere, and drawing takes half of a run."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tenfold.report import display

ONE_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


@contextmanager
def blank_pictures() -> Iterator[None]:
    """Draw no display, and write a picture of one pixel in the place of each figure."""

    def write(_: object, file: Path) -> None:
        file.write_bytes(ONE_PIXEL)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(display, "draw_display", lambda _: None)
        patched.setattr(display, "_write_png", write)
        yield
