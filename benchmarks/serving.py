"""How many requests a second does the service answer, how fast, and what does it do beyond that?

    python benchmarks/serving.py EXPORT.onnx [--server-core 0] [--client-core 1]
    python benchmarks/serving.py EXPORT.onnx --peer RUN/exports/model.keras
    python benchmarks/serving.py EXPORT.onnx --stops 50

The server runs on one core, the clients on another; requests carry one PNG each, on connections
that stay open. First the clients ask as fast as they get answers: saturation. Then requests leave
at fixed times, at half of that rate (the latencies) and at five times of it (goodput: answers with
status 200 a second). A latency counts from the time at which a request was due. `--peer` measures
the plainest service beside it: a FastAPI handler that calls `model.predict`. `--stops` sends
SIGTERM under load, again and again, and compares the answers that the server counted with those
that arrived.
"""

import argparse
import asyncio
import gc
import io
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

SECONDS = 10.0
N_CONNECTIONS = 64
PEER = """
import io, keras, numpy, uvicorn
from fastapi import FastAPI, Request
from PIL import Image
model = keras.saving.load_model({path!r})
height, width, channels = model.input_shape[1:]
mode = "L" if channels == 1 else "RGB"
app = FastAPI()
@app.post("/v1/predict")
async def predict(request: Request):
    image = Image.open(io.BytesIO(await request.body())).convert(mode).resize((width, height))
    batch = numpy.asarray(image).reshape(1, height, width, channels)
    return model.predict(batch, verbose=0)[0].tolist()
print("http://127.0.0.1:{port}/ is the page", flush=True)
uvicorn.run(app, port={port}, log_level="error")
"""


@dataclass
class Load:
    """What a number of clients saw.

    Attributes:
        statuses: Answers by status; 0 for a connection that ended without one.
        latencies_s: Of answers with status 200.
        wall_s: How long the clients asked.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    latencies_s: list[float] = field(default_factory=list)
    wall_s: float = 0.0

    @property
    def goodput(self) -> float:
        """Answers with status 200 a second."""
        return self.statuses[200] / self.wall_s

    def percentile_ms(self, share: float) -> float:
        """A quantile of the latencies."""
        return 1e3 * float(np.quantile(self.latencies_s or [np.nan], share))

    def words(self) -> str:
        """One line."""
        return (
            f"{self.goodput:,.0f} answers/s, p50 {self.percentile_ms(0.5):.1f} ms, "
            f"p99 {self.percentile_ms(0.99):.1f} ms, statuses {dict(self.statuses)}"
        )


class Client:
    """Requests on one connection, which is opened again if it ends."""

    def __init__(self, port: int, body: bytes) -> None:
        self.port = port
        head = (
            f"POST /v1/predict?top=1 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Content-Type: image/png\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.request = head.encode() + body
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self) -> int:
        """Send the request; its status, or 0 if the connection ends without an answer."""
        try:
            if self.streams is None or self.streams[0].at_eof():  # It was idle for long.
                self.streams = await asyncio.open_connection("127.0.0.1", self.port)
            reader, writer = self.streams
            writer.write(self.request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            await reader.readexactly(int(length[1]) if length else 0)
            if b"connection: close" in head.lower():
                self.close()
            return int(head.split(b" ", 2)[1])
        except (OSError, asyncio.IncompleteReadError):
            self.close()
            return 0

    def close(self) -> None:
        """Close the connection."""
        if self.streams is not None:
            self.streams[1].close()
            self.streams = None


async def saturated(port: int, body: bytes, seconds: float, n: int = N_CONNECTIONS) -> Load:
    """Each connection asks again as soon as it has its answer."""
    load, until = Load(), time.perf_counter() + seconds

    async def asking() -> None:
        client = Client(port, body)
        while time.perf_counter() < until:
            began_at = time.perf_counter()
            status = await client.ask()
            load.statuses[status] += 1
            if status == 200:
                load.latencies_s.append(time.perf_counter() - began_at)
            if not status:  # The server has gone.
                break
        client.close()

    began_at = time.perf_counter()
    await asyncio.gather(*(asking() for _ in range(n)))
    load.wall_s = time.perf_counter() - began_at
    return load


async def at_rate(port: int, body: bytes, seconds: float, rate: float) -> Load:
    """Requests leave at fixed times, on any connection that is free, or on a new one."""
    load, idle = Load(), [Client(port, body) for _ in range(N_CONNECTIONS)]

    async def asking(due: float) -> None:
        client = idle.pop() if idle else Client(port, body)
        status = await client.ask()
        load.statuses[status] += 1
        if status == 200:
            load.latencies_s.append(time.perf_counter() - due)
        idle.append(client)

    began_at, tasks = time.perf_counter(), []
    for number in range(round(seconds * rate)):
        due = began_at + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(asking(due)))
    await asyncio.gather(*tasks)
    load.wall_s = time.perf_counter() - began_at
    for client in idle:
        client.close()
    return load


@contextmanager
def server(command: list[str], core: int | None) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """A server on one core, and its port, as soon as it answers."""
    pinned = ["taskset", "-c", str(core)] if core is not None else []
    with subprocess.Popen([*pinned, *command], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r":(\d+)/ is the page", process.stdout.readline())
            if found is None:
                raise SystemExit("The server does not start.")
            yield process, int(found[1])
        finally:
            process.terminate()


def a_png(side_px: int) -> bytes:
    """Noise."""
    pixels = np.random.default_rng(0).integers(0, 256, (side_px, side_px, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


async def measure(name: str, port: int, body: bytes, seconds: float) -> None:
    """Saturation, half of it, five times of it."""
    await saturated(port, body, min(2.0, seconds))  # Warm up.
    peak = await saturated(port, body, seconds)
    print(f"{name}, saturated by {N_CONNECTIONS} connections: {peak.words()}", flush=True)
    half = await at_rate(port, body, seconds, peak.goodput / 2)
    print(f"{name}, at half of that: {half.words()}", flush=True)
    beyond = await at_rate(port, body, seconds, 5 * peak.goodput)
    share = beyond.goodput / peak.goodput
    print(f"{name}, at five times: {beyond.words()}, goodput {share:.0%} of the peak", flush=True)


async def stop_under_load(command: list[str], n: int, body: bytes) -> int:
    """Stop servers under load; the number of counted answers that did not arrive."""
    lost = n_answers = 0
    for number in range(n):
        with server(command, None) as (process, port):
            asking = asyncio.create_task(saturated(port, body, 60.0, n=16))
            await asyncio.sleep(0.3 + 0.01 * number)
            process.send_signal(signal.SIGTERM)
            load = await asking
            text = process.stdout.read() if process.stdout else ""
            counted = re.search(r"that were answered: ([\d,]+)", text)
            n_counted = int(counted[1].replace(",", "")) if counted else -1
        arrived = sum(k for status, k in load.statuses.items() if status)
        lost += abs(n_counted - arrived) + (process.wait() != 0)
        n_answers += arrived
    print(f"{n} stops under load: {n_answers:,} answers arrived, {lost} were lost", flush=True)
    return lost


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("export")
    parser.add_argument("--server-core", type=int)
    parser.add_argument("--client-core", type=int)
    parser.add_argument("--side", type=int, default=32, help="pixels of the PNG")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--peer", type=Path, help="a Keras export, for the plainest service")
    parser.add_argument("--stops", type=int)
    given = parser.parse_args()
    gc.disable()  # Looking through 50,000 finished requests would keep the server waiting.
    body = a_png(given.side)
    command = [sys.executable, "-m", "tenfold", "serve", given.export, "--port", "0"]
    if given.client_core is not None:
        os.sched_setaffinity(0, {given.client_core})
    if given.stops:
        sys.exit(asyncio.run(stop_under_load(command, given.stops, body)) > 0)
    with server(command, given.server_core) as (_, port):
        asyncio.run(measure("tenfold serve", port, body, given.seconds))
    if given.peer:
        program = PEER.format(path=str(given.peer), port=8765)
        with server([sys.executable, "-c", program], given.server_core) as (_, port):
            time.sleep(2)  # Until it listens.
            asyncio.run(measure("FastAPI with model.predict", port, body, given.seconds))


if __name__ == "__main__":
    main()
