"""Check arrays of images and of labels from files and users."""

import math

import numpy as np

from tenfold.core.errors import DataError

_CHANNELS = (1, 3, 4)
_LARGEST_WHOLE = 2**53  # From there on a float64 skips whole numbers.


def checked_images(array: np.ndarray, where: str, notes: list[str]) -> np.ndarray:
    """Return images as uint8 (n, height, width, 1 or 3), 0-255.

    Args:
        array: uint8 (n, height, width), (n, height, width, 1, 3 or 4) or (n, 3, height, width).
        where: What to call it in an error.
        notes: A list to which notes on changes are added.

    Raises:
        DataError: It is of another type or shape; the error says how to convert it.
    """
    if array.dtype != np.uint8:
        raise DataError(
            f"Expected the images {where} as uint8, 0-255; received {array.dtype}{_range(array)}. "
            f"{_way_to_uint8(array)}"
        )
    if array.ndim == 3:
        return array[..., np.newaxis]
    last = array.ndim == 4 and array.shape[3] in _CHANNELS
    first = array.ndim == 4 and array.shape[1] in (1, 3)
    if last and not (first and array.shape[1] == 3):
        if array.shape[3] == 4:
            notes.append("The images have a fourth channel, taken as opacity; it is left out.")
            return np.ascontiguousarray(array[..., :3])
        return array
    if first and not last:
        notes.append("The images come with their channels first; they are put last.")
        return np.ascontiguousarray(array.transpose(0, 2, 3, 1))
    raise DataError(
        f"Expected the images {where} of shape (n, height, width), (n, height, width, 1, 3 or 4) "
        f"or (n, 3, height, width); received {array.shape}{_way_to_shape(array)}"
    )


def _range(array: np.ndarray) -> str:
    if array.dtype.kind not in "fiu" or not array.size:
        return ""
    return f" with values {array.min():g}..{array.max():g}"


def _way_to_uint8(array: np.ndarray) -> str:
    if array.dtype.kind == "b":
        return "Convert them with x.astype(np.uint8) * 255."
    if array.dtype.kind not in "fiu" or not array.size:
        return "Give them as numbers in 0-255."
    low, high = array.min(), array.max()
    if array.dtype.kind == "f" and low >= 0 and high <= 1:
        return "Convert them with np.rint(x * 255).astype(np.uint8)."
    if low >= 0 and high <= 255:
        return "Convert them with np.rint(x).astype(np.uint8)."
    return (
        "Scale them by the range that they were recorded in, alike in every part: "
        "np.rint((x - low) / (high - low) * 255).astype(np.uint8)."
    )


def _way_to_shape(array: np.ndarray) -> str:
    if array.ndim == 4 and array.shape[1] == 3 and array.shape[3] in _CHANNELS:
        return (
            ", which may have its channels in the second or in the last place. Use images larger "
            "than 4 pixels."
        )
    if array.ndim == 2:
        side = math.isqrt(array.shape[1])
        if side * side == array.shape[1]:
            return f". If each row is an image, reshape them with x.reshape(-1, {side}, {side})."
    return ". Reshape them."


def checked_labels(array: np.ndarray, where: str) -> np.ndarray:
    """Return labels as int64 (n,).

    Args:
        array: Whole numbers of any type, (n,) or (n, 1).
        where: What to call it in an error.

    Raises:
        DataError: It is of another type or shape; the error says how to convert it.
    """
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        advice = (
            "If each row has a single 1, use x.argmax(axis=1); images with several labels are not "
            "read."
            if array.ndim == 2
            else "Give one number for each image."
        )
        raise DataError(
            f"Expected the labels {where} of shape (n,) or (n, 1); received {array.shape}. {advice}"
        )
    if array.dtype.kind in "US":
        raise DataError(
            f"Expected the labels {where} as whole numbers; received texts. Save "
            "`classes, labels = np.unique(texts, return_inverse=True)`: both are read."
        )
    whole = array.dtype.kind in "biuf" and bool(
        np.all(np.isfinite(array) & (np.abs(array.astype(np.float64)) < _LARGEST_WHOLE))
        and np.all(array == np.rint(array.astype(np.float64)))
    )
    if not whole:
        raise DataError(
            f"Expected the labels {where} as whole numbers; received {array.dtype}{_range(array)}. "
            "Use a number for each class, 0, 1, 2 and so on."
        )
    return array.astype(np.int64)
