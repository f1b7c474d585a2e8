"""Gather scikit-learn's bundled handwritten digits: real images, no download."""

import numpy as np

from tenfold.core.data_request import DataRequest
from tenfold.core.images import Dataset, ImageSet, Provenance
from tenfold.core.text import Say
from tenfold.data.holdout import TEST_PERCENT, hold_out
from tenfold.data.source import Mirroring, Source


class Digits(Source):
    """scikit-learn's handwritten digits."""

    name = wanted = "digits"
    asked = "`digits`"
    reads = "the 8 x 8 digits that come with scikit-learn"
    mirroring = Mirroring(allowed=False, note="Digits are not mirrored: a mirrored 2 is not a 2.")

    def gather(self, request: DataRequest, *, say: Say) -> Dataset:  # noqa: ARG002
        """As `gather_digits`."""
        return gather_digits()


def gather_digits() -> Dataset:
    """Return 1,797 digits as uint8 (n, 8, 8, 1), grey 0..16 stretched to 0..255.

    The test set is a fixed 20 % of each digit, drawn at random.

    Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI, 1998.
    """
    from sklearn.datasets import load_digits

    bundled = load_digits()
    images = np.rint(bundled.images * (255 / 16)).astype(np.uint8)[..., np.newaxis]
    everything = ImageSet(images, bundled.target.astype(np.int64), tuple("0123456789"))
    train, test = hold_out(everything.labels)
    provenance = Provenance(
        source="digits",
        location="scikit-learn's bundled 8x8 digits",
        notes=(f"The test set is a fixed {TEST_PERCENT} % of each class, drawn at random.",),
    )
    return Dataset("digits", everything.take(train), everything.take(test), provenance)
