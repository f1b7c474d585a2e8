"""A person's decisions about training images: which to leave out, and which labels are wrong."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Corrections:
    """Decisions about training images. Test images are never left out, nor their labels changed.

    Attributes:
        excluded: int64 (m,), ascending positions in the training images of those to leave out.
        relabelled: int64 (k,), ascending positions of those that get another label.
        labels: int64 (k,), these labels.
        sources: The files that a person edited, by option: `exclude`, `relabel`; each with its path
            and SHA-256.
    """

    excluded: np.ndarray
    relabelled: np.ndarray
    labels: np.ndarray
    sources: dict[str, dict[str, str]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "sources": self.sources,
            "excluded": self.excluded.tolist(),
            "relabelled": self.relabelled.tolist(),
            "labels": self.labels.tolist(),
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "Corrections":
        """Rebuild corrections from the result of `to_dict`."""
        excluded, relabelled, labels = (
            np.array(content[name], dtype=np.int64) for name in ("excluded", "relabelled", "labels")
        )
        return cls(excluded, relabelled, labels, content["sources"])
