"""Kill batch predictions at random moments, ask again, and compare with an undisturbed one.

    python benchmarks/chaos/predict.py 15 [--seed 0] [--kills 3] [--nodes 2]

Each prediction runs on Ray nodes of one core, in processes of their own. Its driver, or one of its
workers, is killed up to `--kills` times; a killed driver is started again with the same command.
Then every row must be there once, with the same answers as undisturbed, and no part may have been
written twice. Prints a line for each prediction; ends with 1 if one of them failed.
"""

import argparse
import json
import os
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from killing import Survived, run_through_kills
from nodes import local_nodes
from pyarrow.parquet import read_table

N_FILES, N_TIMES = 500, 200
"""Pictures, one of them damaged, and how often the list names each."""
PART_ROWS = 1_000


def make_export(folder: Path) -> Path:
    """Fit a small network for digits, and export it."""
    import tenfold

    made = tenfold.train(
        "quick", data="digits", out=folder / "run", overrides={"epochs": 1}, say=lambda _: None
    )
    found = tenfold.export(made, "onnx", out=folder / "network.onnx", say=lambda _: None)
    return Path(found["file"])


def make_list(folder: Path) -> Path:
    """Write pictures of digits, and a list that names each many times."""
    from PIL import Image

    from tenfold.data.digits import gather_digits

    images = gather_digits().train.images[: N_FILES - 1]
    names = [f"{number:04}.png" for number in range(N_FILES)]
    for name, image in zip(names, images, strict=False):
        Image.fromarray(image[:, :, 0]).save(folder / name)
    (folder / names[-1]).write_text("not a picture")
    path = folder / "list.csv"
    path.write_text("\n".join(["file", *names * N_TIMES]) + "\n")
    return path


@dataclass
class Watch:
    """The parts of a folder: which file each was when it was first seen.

    Attributes:
        rewritten: The parts that became another file since.
    """

    folder: Path
    rewritten: set[str] = field(default_factory=set)
    _first: dict[str, tuple[int, int]] = field(default_factory=dict)

    def look(self) -> None:
        """Look at every part."""
        for part in self.folder.glob("part-*.parquet"):
            state = part.stat()
            now = state.st_ino, state.st_mtime_ns
            if self._first.setdefault(part.name, now) != now:
                self.rewritten.add(part.name)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look every 50 ms while the block runs, and at its end."""
        is_over = threading.Event()

        def watch() -> None:
            while not is_over.wait(0.05):
                self.look()

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()
            self.look()


def command(export: Path, images: Path, out: Path, address: str) -> list[str]:
    """The command that begins a prediction and goes on with it."""
    return [
        *(sys.executable, "-m", "tenfold", "predict", str(export), str(images), "--json"),
        *("--cluster", address, "--part-rows", str(PART_ROWS), "--out", str(out)),
    ]


def faults(out: Path, expected: pa.Table, watch: Watch, found: Survived) -> list[str]:
    """What is wrong with a prediction that was killed; nothing, it should be."""
    table = read_table(out / "parts")
    answer = json.loads(found.output[found.output.index("{") :])
    checks = {
        f"{len(table):,} rows, not {len(expected):,}": len(table) != len(expected),
        "other rows or answers": not table.equals(expected),
        f"written twice: {sorted(watch.rewritten)}": bool(watch.rewritten),
        "files that are left over": len(list((out / "parts").iterdir())) != answer["n_parts"],
        "another number": answer["n"] + answer["n_errors"] != len(expected),
    }
    return [fault for fault, is_there in checks.items() if is_there]


def main() -> None:
    """Predict undisturbed once, then disturbed many times."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int, nargs="?", default=15)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kills", type=int, default=3, help="of each prediction, at most")
    parser.add_argument("--nodes", type=int, default=2)
    asked = parser.parse_args()
    failed, killed = 0, Counter[str]()
    with tempfile.TemporaryDirectory() as work, local_nodes(asked.nodes) as address:
        folder = Path(work)
        export, images, log = make_export(folder), make_list(folder), folder / "log.txt"

        def predict(
            name: str, seed: int = 0, most_kills: int = 0, within_s: float = 0.0
        ) -> tuple[Survived, Watch]:
            ask, watch = (
                command(export, images, folder / name, address),
                Watch(folder / name / "parts"),
            )
            with watch.watching():
                found = run_through_kills(
                    ask,
                    ask,
                    random=np.random.default_rng([asked.seed, seed]),
                    most_kills=most_kills,
                    within_s=within_s,
                    log=log,
                    nodes=os.getpid(),
                )
            return found, watch

        calm, _ = predict("calm")
        expected = read_table(folder / "calm" / "parts")
        print(f"undisturbed: {len(expected):,} rows in {calm.wall_s:.1f} s", flush=True)
        for number in range(1, asked.count + 1):
            name = f"killed-{number}"
            try:
                found, watch = predict(name, number, asked.kills, calm.wall_s / 2)
                wrong = faults(folder / name, expected, watch, found)
            except (RuntimeError, ValueError, OSError) as error:
                print(f"{number}: {error}\n{log.read_text()[-3000:]}", flush=True)
                failed += 1
                continue
            failed += bool(wrong)
            killed.update(found.kills)
            kills = ", ".join(f"{who} {n}" for who, n in sorted(found.kills.items())) or "none"
            print(
                f"{number}: killed {kills}; {found.starts} starts, {found.wall_s:.1f} s: "
                f"{'; '.join(wrong) or 'every row once, the same answers'}",
                flush=True,
            )
    print(
        f"{asked.count - failed} of {asked.count} predictions lost nothing; killed "
        f"{killed['driver']} drivers and {killed['worker']} workers"
    )
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
