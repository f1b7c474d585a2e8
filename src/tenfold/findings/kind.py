"""The base class of a kind of finding."""

from abc import ABC, abstractmethod
from typing import ClassVar

from tenfold.core.audit import Findings
from tenfold.core.each import Each
from tenfold.core.images import Dataset
from tenfold.core.text import Say
from tenfold.core.unseen import PredictUnseen


class Kind(ABC):
    """Something to look for in images. `tenfold.findings.kinds` lists them all.

    Attributes:
        name: For `--only` and `audit.json`, in small letters with hyphens.
        looks_for: What it looks for: one sentence.
    """

    name: ClassVar[str]
    looks_for: ClassVar[str]

    @abstractmethod
    def find(self, dataset: Dataset, *, say: Say) -> Findings:
        """Look at the images.

        Args:
            dataset: Training and test images. They may stay on the disk: read them by `parts()`.
            say: Called with a line about slow work; may show progress (`tenfold.core.progress`).
        """

    def with_networks(self, predict: PredictUnseen) -> "Kind":  # noqa: ARG002
        """The same kind, with networks to ask; most kinds ask none.

        Args:
            predict: Fits the networks, which takes minutes, and predicts each image by one that has
                not seen it. This room cannot import what fits networks.
        """
        return self

    def with_workers(self, each: Each) -> "Kind":  # noqa: ARG002
        """The same kind, with workers for what it does with every image; most look at some only.

        Args:
            each: Applies a function to parts of the images.
        """
        return self
