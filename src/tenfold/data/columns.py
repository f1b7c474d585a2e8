"""Choose the columns of images and labels of a Parquet file, and find what its classes are called.

Source: huggingface.co/docs/datasets/about_dataset_features, huggingface.co/docs/hub/datasets-cards.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tenfold.core.errors import DataError
from tenfold.data.class_names import composed

if TYPE_CHECKING:
    import pyarrow

_IMAGE_NAMES = ("image", "img", "images", "picture")
_LABEL_NAMES = ("label", "labels", "fine_label", "class", "cls", "target", "category")
_LARGEST_CARD = 1_000_000  # Bytes of a README; cards that name 20,000 classes are smaller.
_ODD = (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, yaml.YAMLError)
"""Metadata in an unexpected form gives no names instead of an error."""


def choose_columns(schema: "pyarrow.Schema", where: Path) -> tuple[str, str]:
    """The columns of images and of labels, by what they hold, their names and their metadata.

    Args:
        schema: Of the file.
        where: The file, for messages.

    Raises:
        DataError: There are none, or it is not clear which ones are meant.
    """
    both = "two columns, image and label"
    image = image_column(schema, where, needed=both)
    labels = [field.name for field in schema if _is_label(field.type)]
    label = _meant(labels, _LABEL_NAMES, set(_class_labels(schema)))
    if label is None:
        raise _unclear(schema, where, "labels", "whole numbers or texts", _LABEL_NAMES, both)
    return image, label


def image_column(
    schema: "pyarrow.Schema", where: Path, *, needed: str = "one column, image"
) -> str:
    """The column of images, by what it holds and its name.

    Args:
        schema: Of the file.
        where: The file, for messages.
        needed: The columns of a file that is read for sure, for messages.

    Raises:
        DataError: There is none, or it is not clear which one is meant.
    """
    images = [field.name for field in schema if _is_image(field.type)]
    image = _meant(images, _IMAGE_NAMES, set())
    if image is None:
        kind = "bytes, or a struct of bytes and path"
        raise _unclear(schema, where, "images", kind, _IMAGE_NAMES, needed)
    return image


def class_names(schema: "pyarrow.Schema", label: str) -> tuple[str, ...] | None:
    """The file's names of the labels 0, 1, 2 and so on; None if it has none."""
    return _class_labels(schema).get(label)


def class_names_of_card(folders: tuple[Path, ...], label: str) -> tuple[str, ...] | None:
    """What the README.md in one of these folders calls the labels of a column.

    None where none says it, or where one has several versions of it.
    """
    for folder in folders:
        with suppress(*_ODD):
            card = folder / "README.md"
            if card.stat().st_size > _LARGEST_CARD:
                continue
            before, head, _ = card.read_text(encoding="utf-8-sig").split("---\n", 2)
            stated = {} if before else yaml.safe_load(head)["dataset_info"]
            names = set(_stated_names(stated if isinstance(stated, list) else [stated], label))
            if len(names) == 1:
                return names.pop()
    return None


def _unclear(
    schema: "pyarrow.Schema", where: Path, what: str, kind: str, usual: tuple[str, ...], needed: str
) -> DataError:
    found = "; ".join(f"{field.name} ({field.type})" for field in schema)
    return DataError(
        f"It is not clear which column of {where} holds the {what}. Expected a single column of "
        f"{kind}, or a single one of these that is called {', '.join(usual[:-1])} or {usual[-1]}. "
        f"Received {found or 'no column'}. Write the file anew with {needed}."
    )


def _meant(names: list[str], usual: tuple[str, ...], declared: set[str]) -> str | None:
    """The only column, the only one of a usual name, or the only one of these so declared."""
    among = [name for name in names if name.casefold() in usual] or names
    for fitting in (among, [name for name in among if name in declared]):
        if len(fitting) == 1:
            return fitting[0]
    return None


def _is_image(kind: Any) -> bool:  # noqa: ANN401
    from pyarrow import types

    if types.is_struct(kind):
        at = kind.get_field_index("bytes")
        return at >= 0 and _is_bytes(kind.field(at).type)
    return _is_bytes(kind)


def _is_bytes(kind: Any) -> bool:  # noqa: ANN401
    from pyarrow import types

    return bool(types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind))


def _is_label(kind: Any) -> bool:  # noqa: ANN401
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    texts = (types.is_string, types.is_large_string, types.is_string_view)
    return any(check(kind) for check in (types.is_integer, types.is_boolean, *texts))


def _class_labels(schema: "pyarrow.Schema") -> dict[str, tuple[str, ...]]:
    """The names of each column that the hub's metadata declare to be of labels."""
    with suppress(*_ODD):
        features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
        return {
            column: _names(feature["names"])
            for column, feature in features.items()
            if feature["_type"] == "ClassLabel"
        }
    return {}


def _stated_names(configs: list[Any], label: str) -> Iterator[tuple[str, ...]]:
    """The names that each version of a data set gives to a column, as its card states them."""
    for config in configs:
        for feature in config["features"]:
            if feature["name"] == label:
                stated = feature["dtype"]["class_label"]["names"]
                if isinstance(stated, dict):
                    stated = [stated[key] for key in sorted(stated, key=int)]
                yield _names(stated)


def _names(stated: list[str]) -> tuple[str, ...]:
    return tuple(composed(str(name)) for name in stated)
