"""Every trace that may give the class of an image away."""

from tenfold.findings.traces.files import FileFormat, JpegQuality, OriginalSize
from tenfold.findings.traces.frame import Frame
from tenfold.findings.traces.trace import Trace
from tenfold.findings.traces.watermark import Watermark

TRACES: tuple[Trace, ...] = (OriginalSize(), FileFormat(), JpegQuality(), Frame(), Watermark())
