"""How many near-duplicates an audit finds, how many pairs are not duplicates, and what it costs.

    python benchmarks/duplicates.py cifar10 LIST.csv [--seed 0]
    python benchmarks/duplicates.py judged
    python benchmarks/duplicates.py planted [--seeds 3]
    python benchmarks/duplicates.py cost [--images 10000 60000 500000]

    cifar10   the share of the pairs in LIST.csv judged `near` that are found, for odd and even test
              positions; a table of all pairs of a test and a training image that are found; and
              100 of these that are not in the list, drawn at random, on a contact sheet, with a
              table to write judgements into. LIST.csv holds pairs that people have judged: columns
              `test`, `train` (positions) and `judgement`
    judged    the share of the pairs on the sheet that were judged to be duplicates
    planted   duplicates that are planted into CIFAR-10: the share found, and of the pairs with a
              planted image the share that was planted
    cost      seconds, processor seconds and memory for made images, each number of them in a new
              process, how processor seconds grow, and how many of 400 planted changes are found

Tables and sheets are in benchmarks/audit.
"""

import argparse
import csv
import math
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from measuring import append_row, in_fresh_process, machine, peak_memory_mb, read_rows
from planted import plant_duplicates
from tenfold.core.audit import Findings
from tenfold.core.images import Dataset, ImageSet, Provenance
from tenfold.data.cifar import SHAPE
from tenfold.data.cifar10 import gather_cifar10
from tenfold.findings.near_duplicates import NearDuplicates

FOLDER = Path(__file__).resolve().parent / "audit"
SHEET, JUDGED = FOLDER / "unlisted-pairs.jpg", FOLDER / "unlisted-pairs.csv"
PUBLISHED = FOLDER / "cifar10-test-train.csv"
N_ON_SHEET, SIDE_PX, COLUMNS = 100, 96, 10
Z_95 = 1.96
N_PLANTED = 400


def found_in(dataset: Dataset) -> Findings:
    """The near-duplicates of a data set."""
    return NearDuplicates().find(dataset, say=print)


def pairs_of(findings: Findings) -> list[dict[str, object]]:
    """The pairs that were found, best first."""
    return [dict(row) for row in findings.tables.get("near-duplicates", ())]


def across(pairs: list[dict[str, object]]) -> dict[tuple[int, int], dict[str, object]]:
    """The pairs of a test and a training image, by these positions."""
    return {
        (int(str(pair["other_position"])), int(str(pair["position"]))): pair
        for pair in pairs
        if pair["split"] == "train" and pair["other_split"] == "test"
    }


def listed_pairs(path: Path) -> dict[tuple[int, int], str]:
    """The judgement of each listed pair of a test and a training image."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (int(row["test"]), int(row["train"])): row["judgement"] for row in csv.DictReader(file)
        }


def interval(k: int, n: int) -> str:
    """A share with its 95 % interval. Source: Wilson, doi:10.1080/01621459.1927.10502953."""
    share, square = k / n, Z_95**2 / n
    half = Z_95 * math.sqrt(share * (1 - share) / n + square / (4 * n))
    low, high = ((share + square / 2 + sign * half) / (1 + square) for sign in (-1, 1))
    return f"{k} of {n} = {share:.1%} ({low:.1%} to {high:.1%})"


def cifar10(path: Path, seed: int) -> None:
    """Find the near-duplicates of CIFAR-10 and compare them with a list."""
    cifar, known = gather_cifar10(), listed_pairs(path)
    found = across(pairs_of(found_in(cifar)))
    for part, wanted in (("odd", {1}), ("even", {0}), ("all", {0, 1})):
        for judgement in ("near", "similar"):
            among = [pair for pair, given in known.items() if given == judgement]
            among = [pair for pair in among if pair[0] % 2 in wanted]
            n_found = sum(pair in found for pair in among)
            print(f"{part:>4} test positions, {judgement}: {interval(n_found, len(among))}")
    print(f"{len(found):,} pairs of {len({test for test, _ in found}):,} test images in all")
    FOLDER.mkdir(exist_ok=True)
    PUBLISHED.unlink(missing_ok=True)
    for (test, train), row in sorted(found.items()):
        kept = {name: row[name] for name in ("kind", "changed", "score")}
        append_row(PUBLISHED, {"test": test, "train": train, **kept})
    draw_sheet(cifar, {pair: row for pair, row in found.items() if pair not in known}, seed)


def draw_sheet(cifar: Dataset, found: dict[tuple[int, int], dict[str, object]], seed: int) -> None:
    """Draw pairs at random, and leave a table to write judgements into; known ones are kept."""
    judgements = {(r["test"], r["train"]): r["judgement"] for r in read_rows(JUDGED)}
    keys = sorted(found)
    drawn = np.random.default_rng(seed).choice(len(keys), N_ON_SHEET, replace=False)
    width, height = 2 * SIDE_PX + 8, SIDE_PX + 16
    page = Image.new("RGB", (width * COLUMNS, height * (N_ON_SHEET // COLUMNS)), "white")
    draw = ImageDraw.Draw(page)
    rows = []
    for number, at in enumerate(drawn.tolist()):
        test, train = keys[at]
        row = found[test, train]
        left, top = number % COLUMNS * width, number // COLUMNS * height
        for column, image in enumerate((cifar.test.images[test], cifar.train.images[train])):
            if column and "mirrored" in str(row["changed"]):
                image = image[:, ::-1]
            large = Image.fromarray(image).resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC)
            page.paste(large, (left + column * SIDE_PX, top + 14))
        draw.text((left, top), f"{number} {row['changed']}"[:32], fill="black")
        judgement = judgements.get((str(test), str(train)), "")
        kept = {"score": row["score"], "changed": row["changed"], "judgement": judgement}
        rows.append({"number": number, "test": test, "train": train, **kept})
    page.save(SHEET, quality=90)
    JUDGED.unlink(missing_ok=True)
    for each in rows:
        append_row(JUDGED, each)
    print(f"{len(rows)} of {len(keys):,} unlisted pairs are on {SHEET}")


def planted(n_seeds: int) -> None:
    """Plant duplicates of images that have none, and print what is found of them."""
    cifar = gather_cifar10()
    already = found_in(cifar).suspects
    without = {
        split: np.setdiff1d(
            np.arange(n), [each.position for each in already if each.split == split]
        )
        for split, n in (("train", len(cifar.train)), ("test", len(cifar.test)))
    }
    asked: Counter[str] = Counter()
    found: Counter[str] = Counter()
    right = wrong = 0
    for seed in range(n_seeds):
        made = plant_duplicates(cifar, without["train"], without["test"], seed=seed)
        pairs = pairs_of(found_in(made.dataset))
        known = across(pairs)
        for test, (train, change) in made.truth.items():
            asked[change] += 1
            found[change] += (test, train) in known
            right += (test, train) in known
        sources = {train for train, _ in made.truth.values()}
        for pair in pairs:
            wrong += any(
                pair[f"{end}position"] in (made.truth if pair[f"{end}split"] == "test" else sources)
                for end in ("", "other_")
            )
    wrong -= right
    for change, n in asked.items():
        print(f"{change:>12}: {interval(found[change], n)}")
    n_changed = sum(n for change, n in asked.items() if change != "exact")
    n_found = sum(n for change, n in found.items() if change != "exact")
    print(f"     changed: {interval(n_found, n_changed)}")
    print(f"of the pairs with a planted image, planted: {interval(right, right + wrong)}")


def judged() -> None:
    """Print the share of pairs on the sheet that were judged to be duplicates."""
    judgements = Counter(row["judgement"] for row in read_rows(JUDGED))
    n = sum(judgements.values())
    for judgement, count in judgements.most_common():
        print(f"{judgement or 'not judged'}: {interval(count, n)}")


def made_images(n: int) -> ImageSet:
    """Images unlike each other, however many: noise that is weaker at higher frequencies.

    So are photographs; unlike mixtures of a number of them, no two of these share a part.
    """
    rng, (height, width, channels) = np.random.default_rng(0), SHAPE
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    strength = 1 / np.maximum(frequency, 1 / height)
    made = np.empty((n, *SHAPE), dtype=np.uint8)
    for at in range(0, n, 1_000):
        m = min(1_000, n - at)
        noise = rng.standard_normal((m, channels + 1, height, width), dtype=np.float32)
        planes = np.fft.irfft2(strength * np.fft.rfft2(noise), s=(height, width))
        planes = planes[:, :1] + 0.3 * planes[:, 1:]  # Mostly grey.
        planes *= 50 / planes.std(axis=(1, 2, 3), keepdims=True)
        made[at : at + m] = np.clip(128 + planes, 0, 255).transpose(0, 2, 3, 1)
    return ImageSet(made, np.zeros(n, dtype=np.int64), ("made",))


def cost_of(n: int) -> dict[str, float]:
    """Seconds, processor seconds, and megabytes: of the images, and at most of the process."""
    every = made_images(n)
    test, train = (
        ImageSet(every.images[rows], every.labels[rows], every.classes)
        for rows in (slice(n // 10), slice(n // 10, None))
    )
    dataset = Dataset("made", train, test, Provenance("made", "made"))
    places = np.arange(len(train)), np.arange(len(test))
    made = plant_duplicates(dataset, *places, n_exact=0, n_changed=N_PLANTED)
    began, used = time.perf_counter(), time.process_time()
    findings = found_in(made.dataset)
    seconds, used = time.perf_counter() - began, time.process_time() - used
    known = across(pairs_of(findings))
    return {
        "seconds": seconds,
        "processor_seconds": used,
        "images_mb": n * math.prod(every.shape) / 1e6,
        "memory_mb": peak_memory_mb(),
        "by_index": bool(findings.facts["by_index"]),
        "pairs": len(pairs_of(findings)),
        "planted_found": sum((test, train) in known for test, (train, _) in made.truth.items()),
    }


def cost(sizes: list[int]) -> None:
    """Measure made images of each number, and print what they take and how it grows."""
    first: tuple[int, float] | None = None
    for n in sizes:
        row = {"images": n, **in_fresh_process(cost_of, n), **machine()}
        append_row(Path("duplicates.csv"), row)
        used = row["processor_seconds"]
        print(f"{n:,} images: {row['seconds']:.1f} s, {used:.1f} s of processor, "
              f"{row['memory_mb']:.0f} MB with {row['images_mb']:.0f} MB of images, "
              f"{row['planted_found']} of {N_PLANTED} planted, {row['pairs']} pairs")  # fmt: skip
        if first:
            times, longer = n / first[0], used / first[1]
            most = times * math.log(n) / math.log(first[0])
            print(f"    {times:g} times the images of the first take {longer:.1f} times as long; "
                  f"n log n is {most:.1f}")  # fmt: skip
        first = first or (n, used)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True, dest="command")
    of_cifar10 = commands.add_parser("cifar10")
    of_cifar10.add_argument("list", type=Path)
    of_cifar10.add_argument("--seed", type=int, default=0, help="decides the draw")
    commands.add_parser("planted").add_argument("--seeds", type=int, default=1)
    commands.add_parser("judged")
    commands.add_parser("cost").add_argument(
        "--images", type=int, nargs="+", default=[10_000, 60_000, 500_000]
    )
    asked = parser.parse_args()
    actions: dict[str, Callable[[], None]] = {
        "cifar10": lambda: cifar10(asked.list, asked.seed),
        "planted": lambda: planted(asked.seeds),
        "judged": judged,
        "cost": lambda: cost(asked.images),
    }
    actions[asked.command]()


if __name__ == "__main__":
    main()
