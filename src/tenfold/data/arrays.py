"""Take images that are arrays in Python."""

from typing import Any

import numpy as np

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError, argument
from tenfold.core.images import Dataset, Provenance
from tenfold.core.text import Say
from tenfold.data.checked import checked_images, checked_labels
from tenfold.data.class_names import composed, in_natural_order, listed, quoted
from tenfold.data.labelled import Labelled, Parts, dataset_of
from tenfold.data.source import Mirroring, Source

ARRAYS = "arrays"
"""The name of this source in a request."""

_NAMES = {2: ("x", "y"), 4: ("x_train", "y_train", "x_test", "y_test")}
_EXPECTED = "(x_train, y_train, x_test, y_test), (x, y) or a Dataset"


class Arrays(Source):
    """Arrays in Python."""

    name = ARRAYS
    wanted = ""
    asked = "`data=(x, y)`, in Python"
    reads = (
        "arrays of images and labels, with or without those of a test set; or a `tenfold.Dataset`"
    )
    mirroring = Mirroring(
        allowed=False,
        note="Images from arrays are not mirrored, since they may be digits or letters. Set flip "
        "to true where left and right do not matter.",
    )

    def gather(self, request: DataRequest, *, say: Say) -> Dataset:  # noqa: ARG002
        """Refuse: a run does not keep the arrays that it was given."""
        raise DataError(
            f"Arrays are not kept in a run, so they must be given again: in Python, give the same "
            f"{_EXPECTED} as {argument('data')}, as to tenfold.resume(path, data=...). For a "
            "folder called arrays, write ./arrays."
        )


def dataset_of_arrays(data: object) -> Dataset:
    """Check arrays, and make a dataset of them; a dataset is taken as it is.

    Images are as in an .npz file; labels may be whole numbers or texts, in one column. Without
    test images, a fixed 20 % of each class is the test set.

    Args:
        data: `(x_train, y_train, x_test, y_test)`, `(x, y)`, Keras's
            `((x_train, y_train), (x_test, y_test))`, or a dataset.

    Raises:
        DataError: It is none of these, or an array is of another type or shape.
    """
    if isinstance(data, Dataset):
        for name, part in (("training", data.train), ("test", data.test)):
            if not len(part):
                raise DataError(
                    f"Expected {name} images in '{data.name}'; received none. Add images, or give "
                    "arrays (x, y) to have a part held out."
                )
        return data
    arrays = _named(data)
    notes: list[str] = []
    images = [checked_images(arrays[name], name, notes) for name in arrays if name[0] == "x"]
    labels = {name: arrays[name] for name in arrays if name[0] == "y"}
    numbers, classes = _numbered(labels)
    parts = [Labelled(x, y) for x, y in zip(images, numbers, strict=True)]
    provenance = Provenance(ARRAYS, "arrays in Python", notes=tuple(dict.fromkeys(notes)))
    return dataset_of(
        Parts(parts[0], test=parts[1] if len(parts) > 1 else None), provenance, classes
    )


def _named(data: object) -> dict[str, np.ndarray]:
    """The arrays by their names in the documentation."""
    parts: list[Any] = list(data) if isinstance(data, tuple | list) else []
    if len(parts) == 2 and all(_is_pair(part) for part in parts):
        parts = [array for pair in parts for array in pair]
    if len(parts) not in _NAMES:
        what = f"{len(parts)} parts" if parts else f"{type(data).__name__}"
        raise DataError(
            f"Expected {argument('data')} to be {_EXPECTED}, or the name of a source or the path "
            f"of files; received {what}."
        )
    return {name: _array(part, name) for name, part in zip(_NAMES[len(parts)], parts, strict=True)}


def _is_pair(part: object) -> bool:
    return (
        isinstance(part, tuple)
        and len(part) == 2
        and all(isinstance(each, np.ndarray) and each.ndim for each in part)
    )


def _array(part: Any, name: str) -> np.ndarray:  # noqa: ANN401
    try:
        array = np.asarray(part)
    except Exception as error:  # Other libraries' arrays raise what they like.
        raise DataError(
            f"Expected {name} to be one array; received {type(part).__name__}, of which NumPy "
            f"cannot make one: {str(error) or type(error).__name__}. Give images of one size, and "
            "one label for each."
        ) from error
    if array.dtype.kind == "O" and array.size and all(isinstance(e, str) for e in array.flat):
        array = array.astype(str)
    if array.dtype.kind == "O":
        kinds = listed(sorted({type(each).__name__ for each in array.flat}), 3)
        raise DataError(
            f"Expected {name} to hold numbers{' or texts' if name[0] == 'y' else ''}; received "
            f"objects: {kinds or 'none'}. Give an array with one type and shape, and no missing "
            "values."
        )
    return array


def _numbered(
    labels: dict[str, np.ndarray],
) -> tuple[list[np.ndarray], tuple[str, ...] | None]:
    """Labels as int64 (n,) each; the class names that they number if they are texts."""
    texts = {name: array.dtype.kind in "US" for name, array in labels.items()}
    if not any(texts.values()):
        return [checked_labels(array, name) for name, array in labels.items()], None
    if not all(texts.values()):
        raise DataError(
            f"Expected {' and '.join(labels)} to be alike; received texts and numbers. Give both "
            "as texts, or both as numbers."
        )
    columns = {name: _texts(array, name) for name, array in labels.items()}
    first, *_ = columns
    classes = in_natural_order(columns[first])
    number = {label: i for i, label in enumerate(classes)}
    for name, column in columns.items():
        if unknown := in_natural_order(set(column) - set(classes)):
            raise DataError(
                f"{name} has the label {listed(quoted(unknown), 5)}, which {first} has not. Add "
                "training images of that class, or remove its test images."
            )
    return [
        np.array([number[each] for each in c], dtype=np.int64) for c in columns.values()
    ], classes


def _texts(array: np.ndarray, name: str) -> list[str]:
    """One column of texts, composed."""
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8", "backslashreplace")
    if array.ndim != 1 and array.shape[1:] != (1,):
        raise DataError(
            f"Expected the labels {name} of shape (n,) or (n, 1); received {array.shape}. Give one "
            "text for each image."
        )
    return [composed(str(each)) for each in array.ravel()]
