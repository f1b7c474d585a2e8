"""Feed Tenfold thousands of damaged archives, images, pickles, recipes and models.

    python -m tests.faults.mutations --kind archives --n 10000

Each is a good file with some bytes changed, cut, doubled or moved. What may come out is what a
good file gives, or one clear error. Counted are: other errors, programs or code that were run,
and files that were written outside the place for it; the process's peak memory is reported.
"""

import argparse
import gzip
import io
import pickle
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tenfold.core.errors import TenfoldError

FORBIDDEN = {"os.system", "os.exec", "os.posix_spawn", "os.spawn", "subprocess.Popen", "pty.spawn"}
MARK = "mutations-have-run-code"


class Watch:
    """Note what a hostile file must not do, as Python's audit events report it."""

    def __init__(self, place: Path) -> None:
        self.place, self.on = str(place), False
        self.found: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event in FORBIDDEN:
            self.found.append(event)
        elif event == "open":
            path, mode, flags = arguments
            writes = (isinstance(mode, str) and set(mode) & set("wax+")) or (flags or 0) & 3
            inside = isinstance(path, int) or str(path).startswith(self.place)
            if writes and not inside:
                self.found.append(f"{path} opened for writing")


def mutate(content: bytes, random: np.random.Generator) -> bytes:
    """Change some bytes, cut, double or move a piece, or put a number's extreme somewhere."""
    changed = bytearray(content)
    for _ in range(random.integers(1, 4)):
        at, n = int(random.integers(len(changed) + 1)), int(random.integers(1, 64))
        match random.integers(6):
            case 0:
                for place in random.integers(max(len(changed), 1), size=random.integers(1, 9)):
                    changed[place : place + 1] = bytes([random.integers(256)])
            case 1:
                del changed[at:]
            case 2:
                changed[at:at] = changed[max(0, at - n) : at]
            case 3:
                del changed[at : at + n]
            case 4:
                changed[at : at + 4] = random.choice([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"])
            case 5:
                changed[at : at + n] = random.integers(0, 256, n, dtype=np.uint8).tobytes()
    return bytes(changed)


def archives(place: Path) -> tuple[list[bytes], Callable[[Path], object], str]:
    """Small archives in both layouts, packed after they are changed, so that the content is met."""
    from tenfold.data import archive

    archive.N_PER_BATCH = 2
    random, made = np.random.default_rng(0), []
    names = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]
    for layout in ("py", "bin"):
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            for name, content in _members(layout, names, random).items():
                info = tarfile.TarInfo(f"cifar-10-batches-{layout}/{name}")
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        made.append(packed.getvalue())
    return made, archive.read_archive, ".tar.gz"


def _members(layout: str, names: list[str], random: np.random.Generator) -> dict[str, bytes]:
    from tenfold.data.archive import CLASSES

    members = {}
    for name in names:
        pixels = random.integers(0, 256, (2, 3072), dtype=np.uint8)
        if layout == "py":
            members[name] = pickle.dumps({"labels": [1, 2], "data": pixels}, protocol=4)
        else:
            members[f"{name}.bin"] = b"".join(b"\1" + row.tobytes() for row in pixels)
    if layout == "py":
        members["batches.meta"] = pickle.dumps({"label_names": list(CLASSES)}, protocol=2)
    else:
        members["batches.meta.txt"] = "\n".join(CLASSES).encode() + b"\n"
    return members


def images(place: Path) -> tuple[list[bytes], Callable[[Path], object], str]:
    """One small image of each format."""
    from PIL import Image

    from tenfold.data.picture import read_image

    pixels = np.random.default_rng(0).integers(0, 256, (20, 24, 3), dtype=np.uint8)
    made = []
    for form in ("PNG", "JPEG", "WEBP", "BMP", "GIF"):
        written = io.BytesIO()
        Image.fromarray(pixels).save(written, form)
        made.append(written.getvalue())

    return made, lambda path: read_image(path, (32, 32, 3)), ".img"


def pickles(place: Path) -> tuple[list[bytes], Callable[[Path], object], str]:
    """A batch as numpy writes it, and a pickle that wants to run code."""
    from tenfold.data.pickles import read_pickle

    class Hostile:
        def __reduce__(self) -> Any:
            return exec, (f"import sys; sys.modules[{MARK!r}] = sys",)

    batch = {"labels": [1, 2], "data": np.arange(20, dtype=np.uint8).reshape(2, 10)}
    made = [pickle.dumps(batch, protocol=p) for p in (3, 4)]
    made += [pickle.dumps({"labels": Hostile(), "data": 1}, protocol=p) for p in (0, 2, 4)]

    def read(path: Path) -> object:
        try:
            return read_pickle(path.read_bytes())
        except ValueError as error:
            raise TenfoldError(str(error)) from error

    return made, read, ".pkl"


def recipes(place: Path) -> tuple[list[bytes], Callable[[Path], object], str]:
    """recipe.yaml of every recipe, and one that wants to run code."""
    from tenfold.recipes import NAMES, find_recipe
    from tenfold.runs.folder import RunFolder

    folder, made = RunFolder(place), []
    for name in NAMES:
        folder.write_recipe(find_recipe(name), seed=0)
        made.append((folder / "recipe.yaml").read_bytes())
    hostile = f"name: !!python/object/apply:exec [\"import sys; sys.modules['{MARK}'] = sys\"]\n"
    made.append(hostile.encode() + made[0])

    def read(path: Path) -> object:
        path.replace(folder / "recipe.yaml")
        return folder.read_recipe()

    return made, read, ".yaml"


def models(place: Path) -> tuple[list[bytes], Callable[[Path], object], str]:
    """A small network's file; loaded with trust, so that its content is met."""
    from tenfold.core.networks import LocalLayer, LocalNetwork
    from tenfold.learn.define import define
    from tenfold.learn.storage import load_model, save_model

    network = LocalNetwork(grid=2, local=(LocalLayer(units=2, window=2),), widths=(2,))
    save_model(define(network, (4, 4, 1), 2, seed=0), place / "made.keras")
    content = (place / "made.keras").read_bytes()
    return [content], lambda path: load_model(path, trust=True), ".keras"


KINDS = {f.__name__: f for f in (archives, images, pickles, recipes, models)}


def main() -> None:
    """Feed, and count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kind", choices=KINDS, required=True)
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    random = np.random.default_rng(asked.seed)
    refused = read = 0
    crashes: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        made, feed, suffix = KINDS[asked.kind](place)
        for content in made[:1]:
            (place / f"good{suffix}").write_bytes(_packed(content, suffix))
            feed(place / f"good{suffix}")  # What is not damaged is read.
        watch = Watch(place)
        for number in range(asked.n):
            path = place / f"mutated{suffix}"
            content = mutate(made[number % len(made)], random)
            # Every other archive is damaged as a whole; the rest inside, where gzip does not see.
            if suffix == ".tar.gz" and number % 4 < 2:
                content = mutate(_packed(made[number % len(made)], suffix), random)
            else:
                content = _packed(content, suffix)
            path.write_bytes(content)
            watch.on = True
            try:
                feed(path)
                read += 1
            except TenfoldError:
                refused += 1
            except Exception as error:
                crashes.append(f"{number}: {type(error).__name__}: {error}")
            watch.on = False
    ran_code = MARK in sys.modules
    peak_mb = peak_memory_mb()
    print(
        f"{asked.n} mutated {asked.kind}: {refused} refused, {read} read, {len(crashes)} crashes, "
        f"code run: {ran_code}, forbidden: {len(watch.found)}, peak memory {peak_mb:.0f} MB"
    )
    for line in [*crashes, *watch.found][:20]:
        print(line)
    sys.exit(bool(crashes or ran_code or watch.found) or peak_mb > 1000)


def peak_memory_mb() -> float:
    """The most memory this process has held; Linux's getrusage counts the parent's before it."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024 / 1e6


def _packed(content: bytes, suffix: str) -> bytes:
    return gzip.compress(content, 1) if suffix == ".tar.gz" else content


if __name__ == "__main__":
    main()
