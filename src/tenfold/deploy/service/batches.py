"""Predict the images of several requests together."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from tenfold.deploy.classifier import Answer, Classifier

Waiting = tuple[np.ndarray, "asyncio.Future[Answer]"]


@dataclass
class Batches:
    """One network, which takes all images that wait, up to `most`, as soon as it is free.

    Nobody waits for a batch to fill: batches grow when more arrives than the network can predict.

    Attributes:
        classifier: The network.
        most: Images of a batch.
        n_batches: So far.
    """

    classifier: Classifier
    most: int
    n_batches: int = 0
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
