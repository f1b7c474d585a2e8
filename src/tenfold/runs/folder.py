"""The folder of a run: files that people can read and programs can use."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from tenfold.core.errors import RunFolderError, TenfoldError, argument
from tenfold.core.recipe import Recipe, recipe_from
from tenfold.core.splits import Splits
from tenfold.runs import layout
from tenfold.runs.earlier import updated
from tenfold.runs.files import cannot_write, is_leftover, make_folder, sha256_of, written_whole
from tenfold.runs.layout import RunFile
from tenfold.runs.lock import is_locked, locked
from tenfold.runs.request import Request


@dataclass(frozen=True)
class Folder:
    """A folder of results; each file appears only when it is complete.

    Attributes:
        path: The folder.
    """

    path: Path

    way_out: ClassVar[str] = f"Choose another folder with {argument('out')}."
    """Advice if the folder is not empty."""

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make a new folder for results, and the folders above it.

        A folder that holds only the lock of a process that was killed at once is accepted.

        Raises:
            RunFolderError: The folder exists and holds something.
            TenfoldError: The folder cannot be made.
        """
        try:
            make_folder(path, parents=True)
            if any(not _is_empty_beginning(inside) for inside in path.iterdir()):
                raise RunFolderError(
                    f"{path} is not empty, and Tenfold never overwrites anything. {cls.way_out}"
                )
        except OSError as error:
            raise cannot_write(path, error) from error
        return cls(path)

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Be the only process that writes here while the block runs.

        Raises:
            RunFolderError: Another process writes here.
        """
        with locked(self / layout.LOCK):
            yield

    def __truediv__(self, file: str | RunFile) -> Path:
        return self.path / (file.name if isinstance(file, RunFile) else file)

    def has(self, file: str | RunFile) -> bool:
        """Whether the file exists."""
        return (self / file).exists()

    def write_text(self, file: str | RunFile, text: str) -> None:
        """Write a text file (UTF-8) that ends with a line break."""
        with written_whole(self / file) as part:
            # A path may hold bytes that are not UTF-8; JSON can read their escapes back.
            part.write_text(text.rstrip("\n") + "\n", encoding="utf-8", errors="backslashreplace")

    def write_json(self, file: str | RunFile, content: Mapping[str, Any]) -> None:
        """Write a JSON file, indented so that a person can read it.

        Raises:
            ValueError: A number is not finite, which JSON cannot hold; use None for no figure.
        """
        self.write_text(file, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))

    def read_json(self, file: str | RunFile) -> dict[str, Any]:
        """Read a JSON file.

        Raises:
            RunFolderError: The file is missing or damaged.
        """
        with readable(self / file):
            content = json.loads((self / file).read_text(encoding="utf-8"))
            if not isinstance(content, dict):
                raise TypeError("it is not an object with names and values")
        return content

    def write_splits(self, splits: Splits) -> None:
        """Write the positions of both sets to splits.npz."""
        with written_whole(self / layout.SPLITS) as part:
            np.savez_compressed(part, train=splits.train, validation=splits.validation)


class RunFolder(Folder):
    """The folder of a run: `tenfold.runs.layout` lists its files."""

    way_out = f"{Folder.way_out} To continue an interrupted run, use `tenfold resume`."

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the folder of an earlier run.

        Raises:
            RunFolderError: The folder is not a run's folder.
        """
        return cls._with(
            path, layout.RECIPE, "`tenfold run` and `tenfold train` print the folder they write to."
        )

    @classmethod
    def reopen(cls, path: Path) -> Self:
        """Open the folder of a run that was started, whether or not it was finished.

        Raises:
            RunFolderError: No run was started there.
        """
        return cls._with(
            path,
            layout.REQUEST,
            "If the run was stopped before it wrote anything, start it again.",
        )

    @classmethod
    def _with(cls, path: Path, file: RunFile, otherwise: str) -> Self:
        if not (path / file.name).is_file():
            raise RunFolderError(
                f"Expected the folder of a run, with a {file.name} in it; received {path}. "
                f"{otherwise}"
            )
        _refuse_links(path)
        return cls(path)

    def remove_leftovers(self) -> None:
        """Delete temporary files of a killed process. Only the folder's owner may call this."""
        folders = {(self / file).parent for file in layout.FILES}
        for folder in folders | {self / layout.CHECKPOINTS, self / layout.FOLDS_STATE}:
            with suppress(OSError):
                for left in filter(is_leftover, folder.iterdir()):
                    left.unlink()

    def remove(self, *files: RunFile) -> None:
        """Delete outdated files, if they exist.

        Raises:
            TenfoldError: A file cannot be deleted.
        """
        for file in files:
            try:
                (self / file).unlink(missing_ok=True)
            except OSError as error:
                raise cannot_write(self / file, error) from error

    def write_status(self, state: str, reason: str = "") -> None:
        """Write the run's state to status.json: running, finished, interrupted or failed."""
        self.write_json(layout.STATUS, {"state": state, "reason": reason})

    def read_status(self) -> tuple[str, str]:
        """State and reason, from status.json; `killed` if that says `running` and no process is.

        Raises:
            RunFolderError: status.json is damaged.
        """
        if not self.has(layout.STATUS):
            return "killed", "its process ended before it wrote a status"
        status = self.read_json(layout.STATUS)
        state, reason = str(status.get("state")), str(status.get("reason"))
        if state == "running" and not is_locked(self / layout.LOCK):
            return "killed", "its process ended without writing why"
        return state, reason

    def write_request(self, request: Request) -> None:
        """Write the run's request to request.json, its first file."""
        self.write_json(layout.REQUEST, request.to_dict())

    def read_request(self) -> Request:
        """Read the run's request.

        Raises:
            RunFolderError: request.json is missing, damaged, or of another version of Tenfold.
        """
        with readable(self / layout.REQUEST):
            return Request.from_dict(self.read_json(layout.REQUEST))

    def write_manifest(self, *files: RunFile) -> None:
        """Write to manifest.json the SHA-256 of model files, which then need no `--trust`.

        Args:
            files: Files of this folder.
        """
        self.write_json(layout.MANIFEST, {file.name: sha256_of(self / file) for file in files})

    def manifest(self) -> dict[str, str]:
        """The SHA-256 of each model file that this run wrote; empty if none is recorded."""
        return self.read_json(layout.MANIFEST) if self.has(layout.MANIFEST) else {}

    def write_recipe(self, recipe: Recipe, *, seed: int) -> None:
        """Write the whole resolved recipe and the seed to recipe.yaml."""
        import yaml

        settings = {**recipe.model_dump(mode="json"), "seed": seed}
        self.write_text(layout.RECIPE, yaml.safe_dump(settings, sort_keys=False))

    def read_recipe(self) -> tuple[Recipe, int]:
        """Read the recipe and the seed of this run.

        Raises:
            TenfoldError: recipe.yaml is damaged or holds settings that do not fit.
        """
        import yaml

        with readable(self / layout.RECIPE):
            text = (self / layout.RECIPE).read_text(encoding="utf-8")
            # A few lines of aliases of aliases can fill the memory; recipes do not need aliases.
            if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
                raise ValueError("it holds aliases, which are not allowed in a recipe")
            settings = yaml.safe_load(text)
            seed = int(settings.pop("seed"))
            settings = updated(settings)
        return recipe_from(settings), seed

    def read_splits(self) -> Splits:
        """Read the positions of both sets.

        Raises:
            RunFolderError: splits.npz is missing or damaged.
        """
        with (
            readable(self / layout.SPLITS),
            (self / layout.SPLITS).open("rb") as file,
            np.load(file, allow_pickle=False) as arrays,
        ):
            return Splits(
                train=_positions(arrays["train"]), validation=_positions(arrays["validation"])
            )


def _positions(array: np.ndarray) -> np.ndarray:
    if array.ndim != 1 or array.dtype.kind != "i":
        raise ValueError(f"expected positions, found {array.dtype} {array.shape}")
    return array


def _refuse_links(folder: Path) -> None:
    """Refuse symbolic links: a stranger's folder could contain links to other files.

    Raises:
        RunFolderError: The folder contains a symbolic link.
    """
    for inside in folder.iterdir():
        if inside.is_symlink():
            raise RunFolderError(
                f"{inside} is a link to another place; expected a file of the run. If you made the "
                "link, replace it with the file it points to; otherwise, do not trust the folder."
            )


def _is_empty_beginning(path: Path) -> bool:
    """Whether `path` is a lock file, an empty folder for plots, or a temporary file."""
    if path.is_symlink():
        return False
    if path.name == "plots" and path.is_dir():
        return not any(path.iterdir())
    return path.name == layout.LOCK.name or is_leftover(path)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Say in plain words that a run's file is missing or damaged, and what to do.

    Raises:
        RunFolderError: The block, which reads the file, raises any error: JSON, YAML, zip and NumPy
            each have different error classes.
    """
    try:
        yield
    except (TenfoldError, MemoryError):
        raise
    except Exception as error:
        raise RunFolderError(
            f"Cannot read {path}: {' '.join(str(error).split())}. The run may have ended before it "
            "was written; start a new run."
        ) from error
