"""Gather images from Parquet files, as hubs of data sets publish them."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError, ImageError
from tenfold.core.images import Dataset, Provenance
from tenfold.core.rendering import Rendering
from tenfold.core.text import Say
from tenfold.data.assembly import STANDARD, note_on_rendering, rendering_for
from tenfold.data.class_names import listed, quoted
from tenfold.data.labelled import Labelled, Parts, dataset_of, refuse_more_than_memory
from tenfold.data.listing import Skipped
from tenfold.data.parquet_labels import Labels, read_labels
from tenfold.data.parquet_rows import head_of, values_of
from tenfold.data.picture import read_picture
from tenfold.data.shards import Shards, find_shards, holds_parquet, is_parquet
from tenfold.data.source import Mirroring, PathSource, path_of
from tenfold.data.tree import name_below

_SEED = 20091225  # Fixed: the order of the images is the same in every run.
_SAY_EVERY = 5_000


class ParquetFiles(PathSource):
    """Encoded images and their labels, in columns of one Parquet file or of many."""

    name = "parquet"
    wanted = "Parquet files"
    asked = "`FOLDER`, `train.parquet`"
    reads = "encoded images and labels in columns, as image hubs publish them"
    options = ("side_px", "fit", "strict")
    mirroring = Mirroring(
        note="The recipe learns from mirrored images too. Where left and right matter, as in "
        "letters and digits, set flip to false."
    )

    def recognises(self, data: str) -> bool:
        """Whether it is the name of such a file, there or not, or a folder that holds some."""
        path = path_of(data)
        return holds_parquet(path) if path.is_dir() else is_parquet(path)

    def gather(self, request: DataRequest, *, say: Say) -> Dataset:
        """As `gather_parquet`."""
        return gather_parquet(Path(request.data), rendering_for(request), say=say)


def gather_parquet(
    path: Path, rendering: Rendering = STANDARD, *, say: Say = lambda _: None
) -> Dataset:
    """Return the images of Parquet files as RGB squares.

    They become uint8 (n, side_px, side_px, 3), 0-255, as `read_picture` says. Those of each set
    come shuffled, in the same order each time; images for validation follow the training images.
    The names of files and folders say which set they are. Where there is no test set, the
    validation set is the test set; without either, a fixed 20 % of each class is. A row without a
    readable image or a label is listed in `provenance.skipped`, by its number from 0.

    Args:
        path: A file, or a folder of them.
        rendering: How each image is brought to one shape.
        say: Where to report, in short sentences, how far the reading is.

    Raises:
        DataError: There is no such file, one is damaged, it is not clear which column is meant,
            the sets do not fit together, or pyarrow is not installed.
    """
    path = path_of(path)
    shards = find_shards(path)
    n_rows = sum(head_of(file)[1] for file in chain(*shards.files.values()))
    refuse_more_than_memory(n_rows * rendering.side_px**2 * 3, path)
    labels = read_labels(shards)
    skipped = list(shards.skipped)
    parts = {kind: _read(shards, kind, labels, rendering, skipped, say) for kind in labels.numbers}
    fitted = np.concatenate([part.labels for kind, part in parts.items() if kind != "test"])
    notes = (
        note_on_rendering(rendering),
        *shards.notes,
        *labels.notes,
        *_notes_on_lost(labels.names or (), fitted),
    )
    provenance = Provenance(
        "parquet",
        str(path.resolve()),
        rendering=rendering,
        notes=notes,
        skipped=tuple(skipped),
    )
    # A name for each label, as far as labels go: those above have no image.
    names = labels.names and labels.names[: fitted.max() + 1]
    found = Parts(parts["train"], parts.get("validation"), parts.get("test"))
    return dataset_of(found, provenance, names)


def _read(
    shards: Shards,
    kind: str,
    labels: Labels,
    rendering: Rendering,
    skipped: list[Skipped],
    say: Say,
) -> Labelled:
    """Read the images of a set's rows that have a label, and shuffle them."""
    numbers = labels.numbers[kind]
    shape = (rendering.side_px, rendering.side_px, 3)
    images = np.empty((sum(number is not None for number in numbers), *shape), np.uint8)
    kept: list[int] = []
    files: list[str] = []
    lost: list[Skipped] = []
    for number, (row, value) in zip(numbers, _rows(shards, kind, labels.image), strict=True):
        try:
            if number is None:
                raise ImageError("a row without a label")
            content, name = content_in(value)
            images[len(kept)] = read_picture(content, shape, fit=rendering.fit)
        except ImageError as reason:
            lost.append((row, str(reason)))
            continue
        kept.append(number)
        files.append(name or row)
        if len(kept) % _SAY_EVERY == 0:
            say(f"Read {len(kept):,} images of the {kind} set of {shards.root} ...")
    skipped += lost
    if not kept:
        reasons = "; ".join(f"{row}: {reason}" for row, reason in lost[:3])
        raise DataError(
            f"No image of the {kind} set of {shards.root} can be read ({reasons}). Expected "
            f"encoded images, such as PNG or JPEG, in the column {labels.image}. Replace these "
            "files, or leave them out."
        )
    order = np.random.default_rng(_SEED).permutation(len(kept))
    return Labelled(
        images[order], np.array(kept, dtype=np.int64)[order], tuple(files[i] for i in order)
    )


def _rows(shards: Shards, kind: str, column: str) -> Iterator[tuple[str, Any]]:
    """What a message calls each row of a set, and the row's value."""
    for file in shards.files[kind]:
        name = name_below(file, shards.root)
        for i, value in enumerate(values_of(file, column)):
            yield f"{name} row {i}", value


def content_in(value: Any) -> tuple[bytes, str | None]:  # noqa: ANN401
    """An encoded image and the name of its file, from bytes or a struct of bytes and path.

    Raises:
        ImageError: There is no image.
    """
    content, name = (
        (value.get("bytes"), value.get("path")) if isinstance(value, dict) else (value, None)
    )
    if content is not None:
        return content, name if isinstance(name, str) else None
    raise ImageError("only the path of an image, not the image itself" if name else "no image")


def _notes_on_lost(names: tuple[str, ...], fitted: np.ndarray) -> list[str]:
    """Name the classes that no training image has."""
    present = set(fitted.tolist())
    lost = [name for number, name in enumerate(names) if number not in present]
    return [f"There is no training image of {listed(quoted(lost))}."] if lost else []
