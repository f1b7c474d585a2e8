"""The processes that decode images for the service, and how it asks them."""

import asyncio
import json
import math
import os
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, field

import numpy as np

from tenfold.core.errors import ImageError, TenfoldError, argument
from tenfold.core.images import Shape
from tenfold.core.rendering import Rendering
from tenfold.deploy.service import decoder
from tenfold.deploy.service.limits import Limits

TOKEN = "TENFOLD_TOKEN"  # noqa: S105 - The name of the variable, not its value.
"""The variable that may hold the service's token."""
_WHITE = b"P5 1 1 255\n\xff"
"""A white pixel, as a PGM file."""


@dataclass
class Decoders:
    """A few decoding processes; one that dies or takes too long is replaced.

    Attributes:
        shape: Of the network's images.
        rendering: How the training images' files were read; None where there were none.
        limits: Of the service.
        n: Number of processes.
        n_replaced: Processes that were replaced so far.
    """

    shape: Shape
    rendering: Rendering | None
    limits: Limits
    n: int
    n_replaced: int = 0
    _idle: "asyncio.Queue[asyncio.subprocess.Process | None]" = field(default_factory=asyncio.Queue)
    _all: "set[asyncio.subprocess.Process]" = field(default_factory=set)

    async def start(self) -> None:
        """Start the processes, and see that each decodes.

        Raises:
            TenfoldError: One does not.
        """
        for process in await asyncio.gather(*(self._started() for _ in range(self.n))):
            self._idle.put_nowait(process)
        try:
            await asyncio.gather(*(self.decode(_WHITE) for _ in range(self.n)))
        except ImageError as reason:
            raise TenfoldError(
                f"A process to decode images cannot work: a white pixel {reason}. Give it more "
                f"memory with {argument('decode_mb')}; it has {self.limits.decode_mb:,} MB."
            ) from reason

    async def end(self) -> None:
        """End the processes."""
        for process in tuple(self._all):
            await self._end(process)

    async def decode(self, content: bytes) -> np.ndarray:
        """Decode one image: uint8 `shape`.

        Raises:
            ImageError: It cannot be read.
        """
        if not content:
            raise ImageError("empty")
        process = await self._idle.get()
        kept = None
        try:
            if process is None or process.returncode is not None:
                process = await self._started()
            async with asyncio.timeout(self.limits.decode_s):
                kind, found = await _asked(process, content)
            kept = process
        except TimeoutError:
            raise ImageError(f"takes more than {self.limits.decode_s:g} s to be decoded") from None
        except (OSError, asyncio.IncompleteReadError):
            raise ImageError("damaged or unreadable: its decoder crashes") from None
        finally:
            self._idle.put_nowait(kept)  # For None, the next image starts a new process.
            if kept is None and process is not None:
                self.n_replaced += 1
                await self._end(process)
        if kind == decoder.REASON:
            raise ImageError(found.decode())
        return np.frombuffer(found, np.uint8).reshape(self.shape)

    async def _started(self) -> asyncio.subprocess.Process:
        # Not the token: this process reads what strangers send. The import paths of the service,
        # which may have found Tenfold in an unusual place. One thread: the stack of each is memory.
        environment = {
            **{name: value for name, value in os.environ.items() if name != TOKEN},
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "OPENBLAS_NUM_THREADS": "1",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            decoder.__name__,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment,
            limit=2 * math.prod(self.shape) + 65_536,
        )
        self._all.add(process)
        how = {
            "shape": self.shape,
            "rendering": self.rendering and asdict(self.rendering),
            "memory_bytes": 10**6 * self.limits.decode_mb,
        }
        if process.stdin:
            process.stdin.write(json.dumps(how).encode() + b"\n")
        return process

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        self._all.discard(process)
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _asked(process: asyncio.subprocess.Process, content: bytes) -> tuple[int, bytes]:
    """Send an image, and read the answer."""
    if process.stdin is None or process.stdout is None:
        raise OSError("A process to decode images has no pipes.")
    process.stdin.write(decoder.LENGTH.pack(len(content)))
    process.stdin.write(content)
    await process.stdin.drain()
    head = await process.stdout.readexactly(decoder.HEAD.size)
    kind, length = decoder.HEAD.unpack(head)
    return kind, await process.stdout.readexactly(length)
