"""The folder that a run leaves: files that a person can read and a program can use."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tenfold.core.errors import TenfoldError
from tenfold.core.files import cannot_write, is_leftover, make_folder, sha256_of, written_whole
from tenfold.core.lock import is_locked, locked
from tenfold.core.recipe import Recipe, recipe_from
from tenfold.core.request import Request
from tenfold.core.splits import Splits

LOCK = "lock"


@dataclass(frozen=True)
class RunFolder:
    """A run's files by name; each appears only once it is whole.

    Attributes:
        path: The folder.
    """

    path: Path

    @classmethod
    def create(cls, path: Path) -> "RunFolder":
        """Make a new folder for results, and the folders above it.

        What a process left that was killed before it wrote anything is no reason to refuse.

        Raises:
            TenfoldError: The folder exists and holds something, or cannot be made.
        """
        try:
            make_folder(path, parents=True)
            if any(not _is_empty_beginning(inside) for inside in path.iterdir()):
                raise TenfoldError(
                    f"{path} is not empty, and a run never overwrites anything. "
                    "Choose another folder with --out, or see `tenfold resume`."
                )
            (path / "plots").mkdir(exist_ok=True)
        except OSError as error:
            raise cannot_write(path, error) from error
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> "RunFolder":
        """Open the folder of an earlier run.

        Raises:
            TenfoldError: It is not a run's folder.
        """
        if not (path / "recipe.yaml").is_file():
            raise TenfoldError(
                f"Expected a run's folder, with a recipe.yaml in it; received {path}. "
                "`tenfold run` and `tenfold train` print the folder they write to."
            )
        _refuse_links(path)
        return cls(path)

    @classmethod
    def reopen(cls, path: Path) -> "RunFolder":
        """Open the folder of a run that was begun, however far it came.

        Raises:
            TenfoldError: No run was begun there.
        """
        if not (path / "request.json").is_file():
            raise TenfoldError(
                f"Expected the folder of a run, with a request.json in it; received {path}. "
                "If the run was stopped before it wrote anything, begin it again."
            )
        _refuse_links(path)
        return cls(path)

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Be the only process that writes here while the block runs.

        Raises:
            TenfoldError: Another process does.
        """
        with locked(self / LOCK):
            yield

    def remove_leftovers(self) -> None:
        """Delete temporary files of a process that was killed. Only for the owner."""
        for folder in (self.path, self.path / "plots", self.path / "checkpoints"):
            with suppress(OSError):
                for left in filter(is_leftover, folder.iterdir()):
                    left.unlink()

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def plot(self, name: str) -> Path:
        """The path of the picture called `name`."""
        return self.path / "plots" / f"{name}.png"

    def remove(self, *names: str) -> None:
        """Delete files that are no longer true, as far as they are there.

        Raises:
            TenfoldError: One cannot be deleted.
        """
        for name in names:
            try:
                (self / name).unlink(missing_ok=True)
            except OSError as error:
                raise cannot_write(self / name, error) from error

    def write_text(self, name: str, text: str) -> None:
        """Write a text file (UTF-8) that ends with a line break."""
        with written_whole(self / name) as part:
            part.write_text(text.rstrip("\n") + "\n", encoding="utf-8")

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        """Write a JSON file, indented so that a person can read it."""
        self.write_text(name, json.dumps(content, indent=2, ensure_ascii=False))

    def read_json(self, name: str) -> dict[str, Any]:
        """Read a JSON file of this run.

        Raises:
            TenfoldError: It is missing or damaged.
        """
        with readable(self / name):
            content = json.loads((self / name).read_text(encoding="utf-8"))
            if not isinstance(content, dict):
                raise TypeError("it holds no names and values")
        return content

    def write_status(self, state: str, reason: str = "") -> None:
        """Say in status.json how the run stands: running, finished, interrupted or failed."""
        self.write_json("status.json", {"state": state, "reason": reason})

    def read_status(self) -> tuple[str, str]:
        """State and reason: as in status.json, or `killed` if it says `running` and nobody is.

        Raises:
            TenfoldError: status.json is damaged.
        """
        if not (self / "status.json").exists():
            return "killed", "its process ended before it could say anything"
        status = self.read_json("status.json")
        state, reason = str(status.get("state")), str(status.get("reason"))
        if state == "running" and not is_locked(self / LOCK):
            return "killed", "its process ended without a word"
        return state, reason

    def write_request(self, request: Request) -> None:
        """Write what the run was asked to do to request.json: its first file."""
        self.write_json("request.json", request.to_dict())

    def read_request(self) -> Request:
        """Read what the run was asked to do.

        Raises:
            TenfoldError: request.json is missing, damaged, or of another version of Tenfold.
        """
        with readable(self / "request.json"):
            return Request(**self.read_json("request.json"))

    def write_manifest(self, *names: str) -> None:
        """Write the SHA-256 of model files to manifest.json: those that are loaded without asking.

        Args:
            names: Files of this folder.
        """
        self.write_json("manifest.json", {name: sha256_of(self / name) for name in names})

    def manifest(self) -> dict[str, str]:
        """The SHA-256 of each model file that this run wrote; empty if none is recorded."""
        return self.read_json("manifest.json") if (self / "manifest.json").exists() else {}

    def write_recipe(self, recipe: Recipe, *, seed: int) -> None:
        """Write the whole resolved recipe and the seed to recipe.yaml."""
        import yaml

        settings = {**recipe.model_dump(mode="json"), "seed": seed}
        self.write_text("recipe.yaml", yaml.safe_dump(settings, sort_keys=False))

    def read_recipe(self) -> tuple[Recipe, int]:
        """Read the recipe and the seed of this run.

        Raises:
            TenfoldError: recipe.yaml is damaged or holds settings that do not fit.
        """
        import yaml

        with readable(self / "recipe.yaml"):
            text = (self / "recipe.yaml").read_text(encoding="utf-8")
            # A few lines of aliases of aliases would fill the memory; a recipe has none.
            if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
                raise ValueError("it holds aliases, which no recipe does")
            settings = yaml.safe_load(text)
            seed = int(settings.pop("seed"))
        return recipe_from(settings), seed

    def write_splits(self, splits: Splits) -> None:
        """Write the positions of both sets to splits.npz."""
        with written_whole(self / "splits.npz") as part:
            np.savez_compressed(part, train=splits.train, validation=splits.validation)

    def read_splits(self) -> Splits:
        """Read the positions of both sets.

        Raises:
            TenfoldError: splits.npz is missing or damaged.
        """
        with (
            readable(self / "splits.npz"),
            (self / "splits.npz").open("rb") as file,
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
    """Nothing that a run writes or deletes may land elsewhere; a stranger may have made the folder.

    Raises:
        TenfoldError: There is a symbolic link in it.
    """
    for inside in folder.iterdir():
        if inside.is_symlink():
            raise TenfoldError(
                f"{inside} is a link to another place; expected a run's own file. If you have put "
                "it there, replace it with what it points to; else do not trust the folder."
            )


def _is_empty_beginning(path: Path) -> bool:
    """Whether it says nothing yet: a lock file, an empty folder for plots, a temporary file."""
    if path.is_symlink():
        return False
    if path.name == "plots" and path.is_dir():
        return not any(path.iterdir())
    return path.name == LOCK or is_leftover(path)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Say in plain words that a run's file is missing or damaged, and what to do.

    Raises:
        TenfoldError: The block, which makes something of the file, meets an error of any kind:
            JSON, YAML, zip and NumPy each have their own.
    """
    try:
        yield
    except (TenfoldError, MemoryError):
        raise
    except Exception as error:
        raise TenfoldError(
            f"Cannot read {path}: {error}. The run may have ended before it was written; "
            "start a new run."
        ) from error
