"""The cost of checkpoints: the share of a fit's seconds spent on saving them.

    TENFOLD_CIFAR10=ARCHIVE python benchmarks/checkpoints.py --recipe standard --repeats 3

Each fit runs in a new process. The time includes all of saving, in the fit's own thread: copying
the state, checking that it is finite, the checksum, writing, flushing and renaming. Rows go to a
CSV file. The folder is a temporary one; name a slower disk with TMPDIR.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

from measuring import append_row, gather_images, in_fresh_process, machine
from tenfold.core.limits import CHECKPOINT_EVERY_S
from tenfold.core.recipe import Recipe
from tenfold.recipes import find_recipe
from tenfold.runs.checkpoint import Checkpoints


def measure(recipe: Recipe, seed: int, every_s: float) -> dict[str, Any]:
    """Fit once, and add up the seconds of saving."""
    from tenfold.learn.callbacks.checkpoint import SaveCheckpoints
    from tenfold.learn.recipe import fit_recipe

    images, seconds, save = gather_images(recipe.validation, seed), [], SaveCheckpoints.save

    def timed(self: SaveCheckpoints, *, within_epoch: bool) -> None:
        began_at = time.perf_counter()
        save(self, within_epoch=within_epoch)
        seconds.append(time.perf_counter() - began_at)

    with tempfile.TemporaryDirectory() as place:
        SaveCheckpoints.save = timed  # type: ignore[method-assign]
        files = Checkpoints(Path(place) / "checkpoints", every_s)
        _, record = fit_recipe(
            recipe, images.train, images.validation, seed=seed, checkpoints=files
        )
        sizes = [path.stat().st_size for path in files.folder.iterdir()]
    return {
        "recipe": recipe.name,
        "seed": seed,
        "every_s": every_s,
        "checkpoints": len(seconds),
        "megabytes_each": max(sizes) / 1e6,
        "fit_s": record.wall_s,
        "saving_s": sum(seconds),
        "share": sum(seconds) / record.wall_s,
        **machine(),
    }


def main() -> None:
    """Fit in turn, and write a row for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", default="standard")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--every-s", type=float, default=CHECKPOINT_EVERY_S)
    parser.add_argument("--out", type=Path, default=Path("checkpoints.csv"))
    asked = parser.parse_args()
    for seed in range(asked.repeats):
        row = in_fresh_process(measure, find_recipe(asked.recipe), seed, asked.every_s)
        append_row(asked.out, row)
        print(
            f"{row['recipe']} seed {seed}: {row['checkpoints']} checkpoints of "
            f"{row['megabytes_each']:.1f} MB took {row['saving_s']:.2f} s of {row['fit_s']:.1f} s: "
            f"{row['share']:.2%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
