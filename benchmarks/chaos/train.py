"""Kill workers or the driver of shared fits at random moments: every fit ends with the same bits.

    python benchmarks/chaos/train.py 15

Each of COUNT fits on two workers of Ray is stopped up to twice with SIGKILL, at moments that
the seed decides: a worker (or another of Ray's processes that the fit needs), or the command, which
`tenfold resume` then continues. Weights and history must be those of a fit that nobody disturbed.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
from killing import run_through_kills
from nodes import processes_of_ray, wait_until_gone

from tenfold.experiment.verify import differences

FIT = (
    "quick", "--data", "digits", "--workers", "2", "--checkpoint-every", "0.5",
    "--set", "epochs=40", "--set", "dropout=0.1", "--set", "validation=20%",
)  # fmt: skip
"""Muon, Adam and dropout, for about 10 s after the start of Ray."""


def main() -> None:
    """Disturb as many fits as asked, and compare each with an undisturbed one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int, help="fits to disturb")
    parser.add_argument("--seed", type=int, default=0, help="decides whom to kill, and when")
    parser.add_argument("--kills", type=int, default=2, help="kills in a fit, at most")
    parser.add_argument(
        "--within",
        type=float,
        help="seconds in which a kill comes; half of an undisturbed fit's by default",
    )
    given = parser.parse_args()
    tenfold = [sys.executable, "-m", "tenfold"]
    with tempfile.TemporaryDirectory(prefix="tenfold-chaos-") as name:
        place = Path(name)
        env = {**os.environ, "TENFOLD_CACHE": str(place / "cache")}
        kills: Counter[str] = Counter()
        within_s = given.within or 0.0  # The first fit is not disturbed.
        for number in range(given.count + 1):
            out = place / f"run-{number}"
            survived = run_through_kills(
                [*tenfold, "train", *FIT, "--out", str(out)],
                [*tenfold, "resume", str(out)],
                random=np.random.default_rng((given.seed, number)),
                most_kills=given.kills if number else 0,
                within_s=within_s,
                log=place / f"log-{number}.txt",
                begun=out / "request.json",
                env=env,
            )
            kills += survived.kills
            within_s = within_s or survived.wall_s / 2
            output = (place / f"log-{number}.txt").read_text(encoding="utf-8")
            lost, again = output.count("A worker was lost"), output.count("Continuing after step")
            whole = place / "run-0"
            different = [
                name
                for name in differences(whole, out)
                if (whole / name).exists() or (out / name).exists()
            ]
            left = wait_until_gone(processes_of_ray())
            print(
                f"{time.strftime('%H:%M:%S')} fit {number}: {survived.wall_s:.0f} s, "
                f"killed {dict(survived.kills)}, groups replaced {lost}, continued {again} times, "
                f"different: {different or 'nothing'}, processes left: {len(left)}",
                flush=True,
            )
            if different or left:
                print(output)
                raise SystemExit(1)
    print(f"{given.count} fits, killed {dict(kills)}: the same bits each time.")


if __name__ == "__main__":
    main()
