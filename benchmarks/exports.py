"""Whether every recipe's network exports to every format, and agrees with its run there.

    python benchmarks/exports.py [--data digits cifar10] [--recipes NAME ...] [--runs RUN ...]

Fits each recipe for one epoch (or takes finished runs), exports its network to each format, and
compares the export, run in its own runtime, with the run's float32 predictions of all test images.
A row is appended to `exports.csv` as soon as it is measured; `--table` prints the rows as Markdown.
"""

import argparse
import csv
import tempfile
from pathlib import Path
from typing import Any

import tenfold
from tenfold.core.errors import TenfoldError
from tenfold.deploy.formats import FORMATS
from tenfold.recipes import NAMES

COLUMNS = (
    "data", "recipe", "epochs", "views", "format", "size_mb", "to_weights", "n",
    "largest_difference", "other_class", "latency_ms", "images_per_s", "error",
)  # fmt: skip
TITLES = (
    "data", "recipe", "epochs", "views", "format", "MB", "times its weights", "test images",
    "largest difference", "other class",
)  # fmt: skip


def exported(run: tenfold.Run, to: str, **options: Any) -> dict[str, Any]:
    """Export a run's network, and give a row of the table."""
    recipe = run.recipe
    variant = {"int8": "int8", "dense": "dense", "views": "1 view"}
    row: dict[str, Any] = {
        "data": run.data.name,
        "recipe": recipe.name,
        "epochs": len(run.record.epochs),
        "format": ", ".join([to, *(variant[name] for name in options)]),
    }
    try:
        found = tenfold.export(run, to, say=lambda _: None, **options)
    except TenfoldError as error:
        return {**row, "error": str(error)}
    return {
        **row,
        "views": found["tenfold"]["n_views"],
        "size_mb": f"{found['size_bytes'] / 1e6:.2f}",
        "to_weights": f"{found['size_to_weights']:.2f}",
        "n": found["n_images_checked"],
        "largest_difference": f"{found['largest_difference']:.1e}",
        "other_class": found["n_other_class"],
        "latency_ms": f"{found['latency_ms']:.2f}",
        "images_per_s": f"{found['images_per_s']:.0f}",
    }


def table(path: Path) -> str:
    """The rows as Markdown."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    shown = COLUMNS[: len(TITLES)]
    lines = [TITLES, ["---"] * len(TITLES), *([row[name] for name in shown] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def main() -> None:
    """Append a row for each export."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="*", default=["digits", "cifar10"])
    parser.add_argument("--recipes", nargs="*", default=list(NAMES))
    parser.add_argument("--runs", nargs="*", default=[])
    parser.add_argument("--formats", nargs="*", default=[each.name for each in FORMATS])
    parser.add_argument("--variants", action="store_true", help="One view, dense and int8 too.")
    parser.add_argument("--out", type=Path, default=Path("exports.csv"))
    parser.add_argument("--table", action="store_true", help="Only print the rows as Markdown.")
    asked = parser.parse_args()
    if asked.table:
        print(table(asked.out))
        return
    variants: list[dict[str, Any]] = [{}]
    if asked.variants:
        variants += [{"views": 1}, {"dense": True}, {"int8": True}]
    with tempfile.TemporaryDirectory() as folder:
        runs = [(each, "", "") for each in asked.runs]
        runs += [("", recipe, data) for data in asked.data for recipe in asked.recipes]
        for path, recipe, data in runs:
            run = (
                tenfold.Run.open(path)
                if path
                else tenfold.run(
                    recipe,
                    data=data,
                    overrides={"epochs": 1},
                    out=Path(folder) / f"{data}-{recipe}",
                    say=lambda _: None,
                )
            )
            for to in asked.formats:
                for options in variants:
                    if "int8" in options and to not in ("onnx", "litert"):
                        continue
                    append(asked.out, exported(run, to, **options))


def append(path: Path, row: dict[str, Any]) -> None:
    """Append a row to a CSV file, below its header."""
    is_new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        if is_new:
            writer.writeheader()
        writer.writerow(row)
    print(", ".join(f"{name} {value}" for name, value in row.items()), flush=True)


if __name__ == "__main__":
    main()
