"""Find the files that a list names: as it writes them, beside it, or with their usual endings."""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path, PurePath

from tenfold.data.class_names import composed
from tenfold.data.layouts import set_named
from tenfold.data.listing import is_named_as_image
from tenfold.data.tree import is_leftover

_IMAGE_FOLDERS = ("images", "image", "imgs", "img", "pictures", "photos", "data")


def _folders_in(folder: Path) -> list[Path]:
    with suppress(OSError):
        return [e for e in sorted(folder.iterdir()) if e.is_dir() and not is_leftover(e.name)]
    return []


class Finder:
    """Finds the files of one list, and remembers the folders that it has read.

    Args:
        folder: The folder of the list.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[str, list[str]] = {}
        self._by_name: dict[str, dict[str, list[str]]] = {}

    def base(self, texts: Sequence[str], kind: str) -> Path:
        """The folder to which most paths of a set are relative; the list's own in a tie.

        Args:
            texts: Paths as the list writes them.
            kind: The set that they belong to: `train`, `validation` or `test`.
        """
        best, n_best = self._folder, -1
        for base in self._bases(kind):
            n_found = sum(bool(self.find(base, text)) for text in texts)
            if n_found > n_best:
                best, n_best = base, n_found
            if n_found == len(texts):
                break
        return best

    def find(self, base: Path, text: str) -> list[str]:
        """The paths that `text` may mean: none, one, or several that differ in their endings."""
        for spelling in dict.fromkeys((text, text.replace("\\", "/"))):  # As Windows writes paths.
            path = os.path.join(base, spelling)  # noqa: PTH118  # Lists have many rows.
            if os.path.isfile(path):  # noqa: PTH113
                return [path]
        folder, name = os.path.split(path)
        return [os.path.join(folder, each) for each in self._spelt(folder).get(composed(name), ())]  # noqa: PTH118

    def unlisted(self, found: Iterable[str]) -> list[str]:
        """The images in the folders of the files found that are not among these."""
        known: dict[str, set[str]] = {}
        for path in found:
            folder, name = os.path.split(path)
            known.setdefault(os.path.normpath(folder), set()).add(name)
        return [
            os.path.join(folder, name)  # noqa: PTH118
            for folder, names in known.items()
            for name in self._images(folder)
            if name not in names
        ]

    def _bases(self, kind: str) -> list[Path]:
        """Where to look; not in the folder of another set, whose files may have the same names."""
        beside = _folders_in(self._folder)
        of_set = [each for each in beside if set_named(each.name) == kind]
        usual = [each for each in beside if each.name.casefold() in _IMAGE_FOLDERS]
        others = [each for each in beside if set_named(each.name) is None]
        train = [each for each in beside if set_named(each.name) == "train"]
        return list(
            dict.fromkeys(
                (
                    self._folder,
                    *of_set,
                    *usual,
                    *(others if len(others) == 1 else ()),
                    *(() if of_set else train),
                    self._folder.parent,
                )
            )
        )

    def _images(self, folder: str) -> list[str]:
        if folder not in self._names:
            try:
                entries = sorted(os.listdir(folder))  # noqa: PTH208
            except OSError:
                entries = []
            self._names[folder] = [
                name for name in entries if is_named_as_image(name) and not is_leftover(name)
            ]
        return self._names[folder]

    def _spelt(self, folder: str) -> dict[str, list[str]]:
        """The images in a folder by their names in composed Unicode, with and without endings."""
        if folder not in self._by_name:
            found: dict[str, list[str]] = {}
            for name in self._images(folder):
                for spelling in (composed(name), composed(PurePath(name).stem)):
                    found.setdefault(spelling, []).append(name)
            self._by_name[folder] = found
        return self._by_name[folder]
