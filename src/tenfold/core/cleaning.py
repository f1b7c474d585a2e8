"""What cleaning found, what it removed, and why."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

SetName = Literal["train", "test"]
Action = Literal["removed", "flagged", "relabelled"]


@dataclass(frozen=True)
class Finding:
    """Images of one set that share one fault.

    Attributes:
        kind: `excluded`, `in_test`, `in_train`, `conflicting_labels`, `constant`, `duplicate` or
            `relabelled`.
        split: The set that the images are in.
        positions: int64 (m,), ascending positions in that set.
        action: Whether the images were removed, kept and flagged, or kept with another label.
        reason: A plain sentence: what is wrong, and why that was done.
    """

    kind: str
    split: SetName
    positions: np.ndarray
    action: Action
    reason: str


@dataclass(frozen=True)
class Cleaning:
    """The training images that are fit to learn from, and everything found on the way.

    Attributes:
        n_train: Number of training images before cleaning.
        kept: int64 (n_kept,), ascending positions in the training images.
        checks: What was checked and found in order, as plain sentences.
        findings: Faults. Each removed image is in one of them only; a flagged image may be in
            several.
    """

    n_train: int
    kept: np.ndarray
    checks: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def n_removed(self) -> int:
        """Number of training images that were removed."""
        return self.n_train - len(self.kept)

    def to_dict(self) -> dict[str, Any]:
        """Everything but `kept`, which is all positions less the removed ones, for JSON."""
        return {
            "n_train": self.n_train,
            "n_kept": len(self.kept),
            "n_removed": self.n_removed,
            "checks": list(self.checks),
            "findings": [
                {
                    "kind": finding.kind,
                    "split": finding.split,
                    "action": finding.action,
                    "n": len(finding.positions),
                    "positions": finding.positions.tolist(),
                    "reason": finding.reason,
                }
                for finding in self.findings
            ],
        }
