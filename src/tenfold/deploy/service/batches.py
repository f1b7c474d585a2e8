"""Predict the images of several requests together."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from tenfold.deploy.classifier import Answer, Classifier

Waiting = tuple[np.ndarray, "asyncio.Future[Answer]"]

PATIENCE_S = 0.01
"""The longest that a batch waits for images that are being decoded."""
LOOK_EVERY_S = 0.001
"""Between two looks at whether they have come."""


@dataclass
class Batches:
    """One network, which takes all images that wait, up to `most`, as soon as it is free.

    A batch waits a moment for images that are being decoded, as an image of a large batch takes a
    fifth of the time of one by itself. A single request waits for nobody.

    Attributes:
        classifier: The network.
        most: Images of a batch.
        n_batches: So far.
        n_coming: Images that are being decoded.
    """

    classifier: Classifier
    most: int
    n_batches: int = 0
    n_coming: int = 0
    _waiting: "asyncio.Queue[Waiting]" = field(default_factory=asyncio.Queue)
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    _task: "asyncio.Task[None] | None" = None

    def start(self) -> None:
        """Begin to predict."""
        self._task = asyncio.create_task(self._run())

    async def end(self) -> None:
        """Stop predicting."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._thread.shutdown()

    async def answer(self, image: np.ndarray) -> Answer:
        """The answer for an image of the network's shape."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((image, future))
        return await future

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            batch = [await self._waiting.get()]
            patient_until = loop.time() + PATIENCE_S
            while (
                self.n_coming
                and self._waiting.qsize() < self.most - 1
                and loop.time() < patient_until
            ):
                await asyncio.sleep(LOOK_EVERY_S)
            while len(batch) < self.most and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            batch = [each for each in batch if not each[1].done()]  # Some may have given up.
            if not batch:
                continue
            images = np.stack([image for image, _ in batch])
            self.n_batches += 1
            try:
                answers = await loop.run_in_executor(self._thread, self.classifier.answers, images)
            except Exception as error:
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
