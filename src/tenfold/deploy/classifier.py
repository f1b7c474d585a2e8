"""Classify new images with an ONNX export, without TensorFlow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from tenfold.core.errors import ImageError, TenfoldError, argument
from tenfold.core.html import html_table
from tenfold.core.images import Shape
from tenfold.data.as_trained import bring_one
from tenfold.data.picture import content_of, load_picture, upright
from tenfold.deploy.document import Document, document_in, open_onnx
from tenfold.runs.files import expanded

if TYPE_CHECKING:
    from PIL.Image import Image

    Picture = str | Path | bytes | np.ndarray | Image

BATCH = 256
"""Images that are predicted at a time."""


@dataclass(frozen=True)
class Answer:
    """What a network says about one image.

    Attributes:
        label: The most probable class.
        probability: Of that class, calibrated on validation images, in 0..1.
        probabilities: Of each class, in the order of the network's classes.
        unfamiliarity: How unlike the network's own images this one is, 0 or more, as `Familiarity`
            measures it; None if the export does not hold what that needs.
        unfamiliar: Whether that is above 1, as it is for 5 % of the validation images. Then the
            probabilities mean little.
    """

    label: str
    probability: float
    probabilities: dict[str, float]
    unfamiliarity: float | None
    unfamiliar: bool | None

    def top(self, k: int) -> tuple[tuple[str, float], ...]:
        """The `k` most probable classes with their probabilities, most probable first."""
        ranked = sorted(self.probabilities.items(), key=lambda each: -each[1])
        return tuple(ranked[:k])


@dataclass(frozen=True)
class Classifier:
    """A network from an export, ready for images of any size and mode.

    Attributes:
        document: What the export says about itself.
        session: The open model.
    """

    document: Document
    session: Any

    @classmethod
    def open(cls, path: str | Path, *, n_threads: int | None = None) -> Self:
        """Open an ONNX export.

        Args:
            path: The file.
            n_threads: Threads that it computes with; None for one for each usable core.

        Raises:
            ModelError: It is missing, damaged, or not an export of Tenfold.
        """
        file = expanded(path)
        session = open_onnx(file, n_threads=n_threads)
        return cls(document_in(session, file), session)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names, in the order of the probabilities."""
        return self.document.classes

    def predict(self, images: "Picture | Sequence[Picture]") -> list[Answer]:
        """Classify one image or many.

        Args:
            images: A path, the bytes of an image file, a Pillow image, or a uint8 array: grey
                (height, width), or with 1 to 4 channels (height, width, channels); or several of
                them, also as one array (n, height, width, channels). Any size.

        Returns:
            An answer for each image, also if there is only one.

        Raises:
            ImageError: An image cannot be read.
        """
        shape, rendering = self.document.shape, self.document.rendering
        ready = [as_image(name, each, shape, rendering) for name, each in _named(images)]
        if not ready:
            return []
        return self.answers(np.stack(ready))

    def answers(self, images: np.ndarray) -> list[Answer]:
        """Answer for images that have the network's shape: uint8 (n, height, width, channels)."""
        found: list[Answer] = []
        for at in range(0, len(images), BATCH):
            found += self._batch(np.ascontiguousarray(images[at : at + BATCH]))
        return found

    def _batch(self, images: np.ndarray) -> list[Answer]:
        probabilities, unfamiliarity = self.figures(images)
        scores = [None] * len(images) if unfamiliarity is None else unfamiliarity.tolist()
        return [
            _answer(self.classes, row, score)
            for row, score in zip(probabilities.tolist(), scores, strict=True)
        ]

    def figures(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """The figures of some images, which are predicted at once.

        Args:
            images: uint8 (n, height, width, channels), 0-255, of the network's shape.

        Returns:
            The probabilities, float32 (n, n_classes), and `Answer.unfamiliarity`, float64 (n,).
        """
        known = self.document.familiarity
        names = ["probabilities", *(["features"] if known else [])]
        probabilities, *features = self.session.run(names, {"images": images})
        return probabilities, known.unfamiliarity(images, features[0]) if known else None

    def _repr_html_(self) -> str:
        return html_table(("network", ""), list(self.document.facts().items()))


def _answer(classes: Sequence[str], row: list[float], score: float | None) -> Answer:
    best = max(range(len(row)), key=row.__getitem__)
    probabilities = dict(zip(classes, row, strict=True))
    unfamiliar = None if score is None else score > 1
    return Answer(classes[best], row[best], probabilities, score, unfamiliar)


def _named(images: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
    """Each image with a name for errors."""
    many: Iterable[Any]
    if isinstance(images, np.ndarray):
        many = images if images.ndim == 4 or _is_grey_stack(images) else [images]
    elif isinstance(images, str | Path | bytes | bytearray | memoryview) or _is_pillow(images):
        many = [images]
    elif isinstance(images, Iterable):
        many = images
    else:
        many = [images]
    return [
        (str(each) if isinstance(each, str | Path) else f"image {number}", each)
        for number, each in enumerate(many, start=1)
    ]


def _is_grey_stack(images: np.ndarray) -> bool:
    """Whether a three-dimensional array is (n, height, width), not (height, width, channels)."""
    return images.ndim == 3 and images.shape[2] > 4


def _is_pillow(image: Any) -> bool:  # noqa: ANN401
    return hasattr(image, "getbands")


def as_image(name: str, image: Any, shape: Shape, rendering: Any) -> np.ndarray:  # noqa: ANN401
    """Bring an image of any kind to a network's shape: uint8 `shape`, 0-255.

    Args:
        name: For errors.
        image: As for `Classifier.predict`.
        shape: Height and width in pixels, then channels.
        rendering: How the training images' files were read; None where there were none.

    Raises:
        ImageError: It cannot be read.
    """
    if isinstance(image, np.ndarray):
        if image.dtype == np.uint8 and image.shape == shape:
            return image
        image = _pillow(name, image)
    if shape[2] not in (1, 3):
        raise ImageError(
            f"{name}: this network's images have {shape[2]} channels; pictures give 1 (grey) or 3 "
            f"(RGB). Give {argument('images')} as uint8 arrays of shape {shape}."
        )
    try:
        if isinstance(image, str | Path):
            image = load_picture(content_of(expanded(image))).picture
        elif isinstance(image, bytes | bytearray | memoryview):
            image = load_picture(bytes(image)).picture
        elif _is_pillow(image):
            image = upright(image)
        else:
            raise TenfoldError(
                "Expected images as paths, bytes of image files, Pillow images or uint8 arrays; "
                f"received {type(image).__name__}."
            )
        return bring_one(image, shape, rendering)
    except ImageError as reason:
        raise ImageError(f"{name}: {reason}") from reason


def _pillow(name: str, image: np.ndarray) -> "Image":
    """Make a Pillow image of an array."""
    from PIL import Image

    is_picture = image.ndim == 2 or (image.ndim == 3 and 1 <= image.shape[2] <= 4)
    if image.dtype != np.uint8 or not is_picture or 0 in image.shape:
        raise ImageError(
            f"{name}: expected uint8 numbers, 0-255, of shape (height, width) or (height, width, "
            f"1 to 4 channels); received {image.dtype} of shape {image.shape}. Bring numbers in "
            "0..1 to that range with `(255 * array).round().astype('uint8')`."
        )
    return Image.fromarray(image[..., 0] if image.ndim == 3 and image.shape[2] == 1 else image)
