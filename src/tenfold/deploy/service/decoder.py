"""A process that decodes images for the service: `python -m tenfold.deploy.service.decoder`.

A hostile image can take this process only. It reads from standard input and writes to standard
output: first one line of JSON that says how to decode, then for each image its length (4 bytes,
little endian) and its bytes. The answer is one byte, 0 for pixels or 1 for a reason, a length and
its bytes.
"""

import json
import os
import signal
import struct
import sys
from contextlib import suppress
from typing import Any, BinaryIO

from tenfold.core.errors import ImageError
from tenfold.core.rendering import Rendering
from tenfold.data.as_trained import bring_one
from tenfold.data.picture import load_picture

LENGTH = struct.Struct("<I")
HEAD = struct.Struct("<BI")
PIXELS, REASON = 0, 1


def main() -> None:
    """Decode until standard input ends."""
    for number in (signal.SIGINT, signal.SIGTERM):  # They are the service's, which ends this.
        signal.signal(number, signal.SIG_IGN)
    asked, answered = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # A decoder's own output must not mix with the answers.
    how = json.loads(asked.readline())
    rendering = how["rendering"] and Rendering.from_dict(how["rendering"])
    limit_memory(how["memory_bytes"])
    with suppress(BrokenPipeError):
        while content := _read(asked):
            kind, found = decode(content, tuple(how["shape"]), rendering, how["memory_bytes"])
            answered.write(HEAD.pack(kind, len(found)) + found)
            answered.flush()


def decode(content: bytes, shape: Any, rendering: Any, memory_bytes: int) -> tuple[int, bytes]:  # noqa: ANN401
    """Decode an image: its pixels, or the reason why it cannot be read."""
    try:
        return PIXELS, bring_one(load_picture(content).picture, shape, rendering).tobytes()
    except ImageError as reason:
        sentence = str(reason)
        if isinstance(reason.__cause__, MemoryError):
            sentence = f"needs more than {memory_bytes // 10**6:,} MB of memory to be decoded"
        return REASON, sentence.encode()


def limit_memory(n_bytes: int) -> None:
    """Let the system refuse more memory to this process, where it can."""
    try:
        import resource
    except ImportError:  # Windows.
        return
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (n_bytes, n_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(stream: BinaryIO) -> bytes:
    """The next image; empty at the end."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return b""
    (length,) = LENGTH.unpack(head)
    content = stream.read(length)
    return content if len(content) == length else b""


if __name__ == "__main__":
    main()
