"""Every check of single images."""

from tenfold.findings.one_image.blank import Blank
from tenfold.findings.one_image.check import Check
from tenfold.findings.one_image.exposure import Exposure
from tenfold.findings.one_image.low_information import LowInformation
from tenfold.findings.one_image.odd_files import OddFiles
from tenfold.findings.one_image.outliers import Outliers
from tenfold.findings.one_image.sharpness import Sharpness

CHECKS: tuple[Check, ...] = (
    Blank(),
    Exposure(),
    LowInformation(),
    Sharpness(),
    OddFiles(),
    Outliers(),
)
