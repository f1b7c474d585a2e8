"""Whether every recipe's network exports to every format, and agrees with its run there.

    python benchmarks/exports.py [--data digits cifar10 made] [--recipes NAME ...] [--runs RUN ...]

Fits each recipe for one epoch (or takes finished runs), exports its network to each format, and
compares the export, run in its own runtime, with the run's float32 predictions of all test images.
`--data` takes all that `tenfold run` takes, and `made`: a folder of made pictures of several sizes,
modes and formats. A row is appended to `exports.csv` as soon as it is measured; `--table` prints
the rows as Markdown. Ends with 1 if a run or an export failed.
"""

import argparse
import csv
import sys
import tempfile
from pathlib import Path
from typing import Any

import tenfold
from made_folder import make_mixed_folder
from tenfold.core.errors import TenfoldError
from tenfold.deploy.formats import FORMATS
from tenfold.recipes import NAMES

COLUMNS = (
    "data", "recipe", "epochs", "views", "format", "size_mb", "to_weights", "n",
    "largest_difference", "other_class", "latency_ms", "images_per_s", "error",
)  # fmt: skip
LIKE = ("data", "recipe", "epochs", "views", "n")
"""What the exports in one line of the table have in common."""
N_MADE = 1_000


def exported(run: tenfold.Run, to: str, data: str = "", **options: Any) -> dict[str, Any]:
    """Export a run's network, and give a row of the table."""
    recipe = run.recipe
    variant = {"int8": "int8", "dense": "dense", "views": "1 view"}
    row: dict[str, Any] = {
        "data": data or run.data.name,
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
    """The rows as Markdown: a line for each network, a column for each format."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    formats = tuple(dict.fromkeys(row["format"] for row in rows))
    lines: dict[tuple[str, ...], dict[str, str]] = {}
    for row in rows:
        lines.setdefault(tuple(row[name] for name in LIKE), {})[row["format"]] = _cell(row)
    titles = ("data", "recipe", "epochs", "views", "test images", *formats)
    cells = [(*like, *(line.get(each, "") for each in formats)) for like, line in lines.items()]
    return "\n".join(f"| {' | '.join(each)} |" for each in [titles, ["---"] * len(titles), *cells])


def _cell(row: dict[str, str]) -> str:
    """Size, size as a multiple of the weights, and the largest difference; or what went wrong."""
    if row["error"]:
        return row["error"]
    other = f", {row['other_class']} of another class" if row["other_class"] != "0" else ""
    return f"{row['size_mb']} MB, {row['to_weights']}, {row['largest_difference']}{other}"


def fitted(recipe: str, data: str, folder: Path) -> tenfold.Run:
    """A run of one epoch in a folder."""
    made = folder / "made"
    if data == "made" and not made.exists():
        make_mixed_folder(made, N_MADE)
    return tenfold.run(
        recipe,
        data=made if data == "made" else data,
        overrides={"epochs": 1},
        out=Path(tempfile.mkdtemp(dir=folder)) / recipe,
        say=lambda _: None,
    )


def append(path: Path, row: dict[str, Any]) -> bool:
    """Append a row to a CSV file, below its header; whether it holds an error."""
    is_new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        if is_new:
            writer.writeheader()
        writer.writerow(row)
    print(", ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    return "error" in row


def measure(asked: argparse.Namespace, folder: Path) -> int:
    """Append a row for each export; returns how many failed."""
    variants: list[dict[str, Any]] = [{}]
    if asked.variants:
        variants += [{"views": 1}, {"dense": True}, {"int8": True}]
    runs = [(each, "", "") for each in asked.runs]
    runs += [("", recipe, data) for data in asked.data for recipe in asked.recipes]
    n_failed = 0
    for path, recipe, data in runs:
        try:
            run = tenfold.Run.open(path) if path else fitted(recipe, data, folder)
        except TenfoldError as error:
            row = {"data": data, "recipe": recipe or path, "error": f"no run: {error}"}
            n_failed += append(asked.out, row)
            continue
        for to in asked.formats:
            for options in variants:
                if "int8" not in options or to in ("onnx", "litert"):
                    n_failed += append(asked.out, exported(run, to, data, **options))
    return n_failed


def main() -> None:
    """Append a row for each export, or print the rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="*", default=["digits", "cifar10", "made"])
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
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(1 if measure(asked, Path(folder)) else 0)


if __name__ == "__main__":
    main()
