"""Find out which columns of a list are read: the files, their classes, sets and groups."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tenfold.core.errors import DataError, argument, nearest
from tenfold.data.class_names import listed, quoted

_FILES = (
    ("path", "filepath", "imagepath", "imgpath", "relativepath"),
    ("file", "filename", "imagefile", "imagefilename", "imagename", "imgname"),
    ("image", "img", "picture", "photo"),
    ("imageid", "imgid", "id"),
)
_CLASSES = (
    ("classname", "labelname", "categoryname"),
    ("label", "class", "category", "target", "y"),
)
_SETS = (("split", "set", "subset", "partition", "dataset", "fold"),)
_EXPECTED = (
    "Expected one column of files, called path, file, filename, image or id, and one of classes, "
    "called label, class, category or target"
)

Tiers = tuple[tuple[str, ...], ...]
"""Column names in lower case, without spaces or underscores; earlier ones are preferred."""


@dataclass(frozen=True)
class Columns:
    """Where in a row to look.

    Attributes:
        names: The header; empty where there is none.
        file: Column of the files.
        label: Of the classes.
        split: Of the sets; None where there is none.
        group: Of the groups; None without `groups`.
    """

    names: tuple[str, ...]
    file: int
    label: int
    split: int | None = None
    group: int | None = None


def is_header(fields: Sequence[str]) -> bool:
    """Whether a first row names a column of files or of classes."""
    return any(_matches(field, tiers) for tiers in (_FILES, _CLASSES) for field in fields)


def columns_of(header: tuple[str, ...], path: Path, groups: str | None) -> Columns:
    """Choose the columns by their names.

    If only one column is left beside the files, it holds the classes, and the reverse.

    Args:
        header: The names.
        path: The list, for messages.
        groups: The name of the column of groups; None without groups.

    Raises:
        DataError: It is not clear which column is which, or there is none of groups.
    """
    group = None if groups is None else _named(groups, header, path)
    split = _chosen(header, _SETS, path, "sets", but=(group,))
    file = _chosen(header, _FILES, path, "files", but=(group, split))
    label = _chosen(header, _CLASSES, path, "classes", but=(group, split, file))
    left = [i for i, name in enumerate(header) if name and i not in (file, label, split, group)]
    if file is None and label is not None and len(left) == 1:
        file = left[0]
    elif label is None and file is not None and len(left) == 1:
        label = left[0]
    if file is None or label is None:
        raise _unclear(header, path, "")
    return Columns(header, file, label, split, group)


def columns_without_header(
    fields: tuple[str, ...], path: Path, groups: str | None, *, with_sets: bool
) -> Columns:
    """The columns of a list without a header: file, class and, if `with_sets`, the set.

    Raises:
        DataError: There is only one column, or one of groups is asked for.
    """
    if groups is not None:
        raise DataError(
            f"{path} has no header, so that no column is called '{groups}'. Write the names of the "
            f"columns in its first line, such as path,label,{groups}, or leave out "
            f"{argument('groups')}."
        )
    if len(fields) < 2:
        raise _unclear((), path, f"Its rows have one column, such as '{fields[0]}'. ")
    return Columns((), 0, 1, 2 if with_sets else None)


def refuse_without_header(fields: tuple[str, ...], path: Path) -> DataError:
    """The error for a first row that is neither a header nor names a file that is there."""
    return _unclear(
        fields, path, f"Or, if that line is no header: there is no file '{fields[0]}'. "
    )


def _matches(name: str, tiers: Tiers) -> int | None:
    """The tier that a name belongs to, from 1; None where it belongs to none."""
    plain = re.sub(r"[\W_]", "", name.casefold())
    for tier, names in enumerate(tiers, start=1):
        if plain in names or plain.removesuffix("s") in names:
            return tier
    return None


def _chosen(
    header: tuple[str, ...], tiers: Tiers, path: Path, what: str, *, but: tuple[int | None, ...]
) -> int | None:
    found = {
        i: tier
        for i, name in enumerate(header)
        if i not in but and (tier := _matches(name, tiers)) is not None
    }
    best = [i for i, tier in found.items() if tier == min(found.values())]
    if len(best) > 1:
        names = listed(quoted(header[i] for i in best))
        raise _unclear(header, path, f"{names} may each be the column of {what}. ")
    return best[0] if best else None


def _named(groups: str, header: tuple[str, ...], path: Path) -> int:
    for same in (str, str.casefold):
        for i, name in enumerate(header):
            if same(name) == same(groups.strip()):
                return i
    names = tuple(name for name in header if name)
    raise DataError(
        f"Expected {argument('groups')} to name a column of {path}: {listed(quoted(names))}; "
        f"received '{groups}'.{nearest(groups, names)}"
    )


def _unclear(header: tuple[str, ...], path: Path, why: str) -> DataError:
    has = f"Its first line is {listed(quoted(header))}. " if header else ""
    return DataError(
        f"It is not clear which columns of {path} to read. {has}{why}{_EXPECTED}. Use these names "
        "in the first line, and rename other columns with such names."
    )
