"""Run an export where others will run it, and compare it with its run."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tenfold.core.errors import ModelError
from tenfold.deploy import own_runtime

MOST_OFF = 1e-5
"""The most by which a probability of an export may differ from its run's."""
_LINES = 3


@dataclass(frozen=True)
class Agreement:
    """How an export's probabilities differ from those of its run.

    Attributes:
        n: Number of images.
        largest_difference: Of a probability.
        n_other_class: Images that get another class although the two most probable ones are further
            apart than `MOST_OFF`.
    """

    n: int
    largest_difference: float
    n_other_class: int

    @classmethod
    def of(cls, found: np.ndarray, expected: np.ndarray) -> "Agreement":
        """Compare probabilities, float32 (n, n_classes) each."""
        second, best = np.sort(expected, axis=1)[:, -2:].T
        clear = best - second > MOST_OFF
        other = found.argmax(axis=1) != expected.argmax(axis=1)
        return cls(len(found), float(np.abs(found - expected).max()), int((other & clear).sum()))

    @property
    def is_good(self) -> bool:
        """Whether the export computes what its run does, but for rounding."""
        return self.largest_difference < MOST_OFF and not self.n_other_class


def run_in_own_runtime(
    name: str, model: Path, images: Path, folder: Path
) -> tuple[np.ndarray, dict[str, Any]]:
    """Predict images with an export in a new process that cannot import Tenfold.

    Args:
        name: The format.
        model: The export.
        images: A `.npy` file of uint8 (n, height, width, channels).
        folder: Where the process may write.

    Returns:
        float32 probabilities (n, n_classes), and what was measured: `runtime`, `latency_ms`,
        `images_per_s`.

    Raises:
        ModelError: The export cannot be run.
    """
    out = folder / "probabilities.npy"
    command = [sys.executable, "-I", own_runtime.__file__, name]
    done = subprocess.run(  # noqa: S603
        [*command, str(model.absolute()), str(images), str(out)],
        capture_output=True,
        text=True,
        env={"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ},
        check=False,
    )
    if done.returncode:
        reason = " ".join(done.stderr.strip().splitlines()[-_LINES:])
        raise ModelError(
            f"The {name} export was written, but its own runtime cannot run it: {reason}. Nothing "
            "was kept. Please report this as a bug, with the run's recipe.yaml."
        )
    return np.load(out), json.loads(done.stdout.strip().splitlines()[-1])
