"""The folder that a run leaves: files that a person can read and a program can use."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tenfold.core.errors import TenfoldError
from tenfold.core.files import cannot_write, written_whole
from tenfold.core.recipe import Recipe, recipe_from
from tenfold.core.splits import Splits


@dataclass(frozen=True)
class RunFolder:
    """A run's files by name; each appears only once it is whole.

    Attributes:
        path: The folder.
    """

    path: Path

    @classmethod
    def create(cls, path: Path) -> "RunFolder":
        """Make a new folder for a run, and the folders above it.

        Raises:
            TenfoldError: The folder exists and holds something, or cannot be made.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
            if any(path.iterdir()):
                raise TenfoldError(
                    f"{path} is not empty, and a run never overwrites anything. "
                    "Choose another folder with --out."
                )
            (path / "plots").mkdir()
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
        return cls(path)

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def plot(self, name: str) -> Path:
        """The path of the picture called `name`."""
        return self.path / "plots" / f"{name}.png"

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
        try:
            content: dict[str, Any] = json.loads((self / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise _unreadable(self / name, error) from error
        return content

    def write_status(self, state: str, reason: str = "") -> None:
        """Say in status.json how the run stands: running, finished, interrupted or failed."""
        self.write_json("status.json", {"state": state, "reason": reason})

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

        try:
            settings = yaml.safe_load((self / "recipe.yaml").read_text(encoding="utf-8"))
            seed = int(settings.pop("seed"))
        except (OSError, ValueError, KeyError, AttributeError, yaml.YAMLError) as error:
            raise _unreadable(self / "recipe.yaml", error) from error
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
        try:
            with np.load(self / "splits.npz", allow_pickle=False) as arrays:
                return Splits(train=arrays["train"], validation=arrays["validation"])
        except (OSError, ValueError, KeyError) as error:
            raise _unreadable(self / "splits.npz", error) from error


def _unreadable(path: Path, error: Exception) -> TenfoldError:
    return TenfoldError(
        f"Cannot read {path}: {error}. The run may have ended before it was written; "
        "start a new run."
    )
