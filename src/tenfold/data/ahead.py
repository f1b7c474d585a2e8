"""Read image files into the cache before they are gathered, by whoever decodes them fastest."""

from tenfold.core.data_request import DataRequest
from tenfold.core.text import Say, counted
from tenfold.data.assembly import rendering_for
from tenfold.data.decoding import Decode
from tenfold.data.reading import read_files
from tenfold.data.sources import source_for


def read_ahead(request: DataRequest, decode: Decode, *, say: Say) -> bool:
    """Read the image files of a request, so that gathering them only looks into the cache.

    Args:
        request: The images.
        decode: Who decodes the files.
        say: Where to report, in short sentences, how far the reading is.

    Returns:
        Whether the images are in files of their own, which can be read so.

    Raises:
        DataError: They are not there, or not what was expected.
    """
    found = source_for(request).files(request)
    if found is None:
        return False
    root, files = found
    say(f"Reading {counted(len(files), 'file')} of {root}")
    read_files(files, rendering_for(request), root=root, decode=decode, say=say)
    return True
