"""Send a server thousands of damaged uploads: images, forms and JSON.

    python -m tests.faults.uploads --n 20000

Each is a good upload with some bytes changed, cut, doubled or moved; some have another type. What
may come back is an answer or a refusal. Counted are: other statuses of 500 and above than 503,
broken connections, decoding processes that died, and the growth of the memory of all processes.
"""

import argparse
import base64
import io
import json
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

import httpx
import numpy as np
from PIL import Image
from tests.faults.mutations import mutate
from tests.made_exports import write_export

MOST_GROWTH_MB = 100
N_CLIENTS = 4
WARM_UP = 0.1
"""Share of the uploads before the memory is measured for the first time: libraries load late."""
FORMATS = (
    ("PNG", "RGB"), ("PNG", "P"), ("PNG", "RGBA"), ("PNG", "I;16"), ("JPEG", "RGB"),
    ("JPEG", "CMYK"), ("GIF", "P"), ("WEBP", "RGBA"), ("TIFF", "RGB"), ("TIFF", "F"),
    ("BMP", "RGB"), ("PPM", "L"), ("AVIF", "RGB"),
)  # fmt: skip
TYPES = ("image/png", "multipart/form-data; boundary=b", "application/json", "text/plain", "x")

Upload = tuple[str, bytes]
"""A Content-Type, and a body."""


def good_uploads() -> list[Upload]:
    """Images of each format, alone, in a form, and in JSON."""
    random = np.random.default_rng(0)
    uploads: list[Upload] = []
    for form, mode in FORMATS:
        pixels = random.integers(0, 256, (11, 13, 3), dtype=np.uint8)
        picture = Image.fromarray(pixels).convert("L" if mode in ("I;16", "F") else mode)
        if mode == "I;16":
            picture = Image.fromarray(np.asarray(picture).astype(np.uint16) * 257)
        elif mode == "F":
            picture = Image.fromarray(np.asarray(picture).astype(np.float32) / 255)
        stream = io.BytesIO()
        picture.save(stream, form)
        content = stream.getvalue()
        head = b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
        text = json.dumps({"images": [base64.b64encode(content).decode()] * 2})
        uploads += [
            ("application/octet-stream", content),
            ("multipart/form-data; boundary=b", head + content + b"\r\n--b--\r\n"),
            ("application/json", text.encode()),
        ]
    return uploads


def send(address: str, numbers: range, found: list[int], wrong: list[str]) -> None:
    """Send the uploads of some numbers, one after another."""
    good = good_uploads()
    with httpx.Client(base_url=address, timeout=60) as client:
        for number in numbers:
            random = np.random.default_rng(number)
            kind, body = good[random.integers(len(good))]
            body = mutate(body, random)
            if random.random() < 0.05:
                kind = str(random.choice(TYPES))
            try:
                response = client.post("/v1/predict", content=body, headers={"Content-Type": kind})
            except httpx.HTTPError as error:
                wrong.append(f"upload {number} ({kind}): {error!r}")
                continue
            found.append(response.status_code)
            if response.status_code >= 500 and response.status_code != 503:
                wrong.append(f"upload {number} ({kind}): status {response.status_code}")


def memory_mb(process: int) -> float:
    """The resident memory of a process and its children."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    kilobytes = [
        int(line.split()[1])
        for each in (str(process), *children)
        for line in Path(f"/proc/{each}/status").read_text().splitlines()
        if line.startswith("VmRSS")
    ]
    return sum(kilobytes) / 1e3


def send_all(address: str, numbers: range, wrong: list[str]) -> Counter[int]:
    """Send uploads from several clients at once; the number of answers by status."""
    found: list[int] = []
    clients = [
        threading.Thread(target=send, args=(address, numbers[at::N_CLIENTS], found, wrong))
        for at in range(N_CLIENTS)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return Counter(found)


def main() -> None:
    """Send uploads to a server of their own, and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=20_000)
    n = parser.parse_args().n
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as place:
        export = write_export(Path(place) / "model.onnx")
        command = [sys.executable, "-m", "tenfold", "serve", str(export), "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            address = server.stdout.readline().split("/ is the page")[0]
            first = range(round(WARM_UP * n))
            found = send_all(address, first, wrong)
            before_mb = memory_mb(server.pid)
            found += send_all(address, range(len(first), n), wrong)
            growth_mb = memory_mb(server.pid) - before_mb
            metrics = httpx.get(f"{address}/metrics").text
            server.terminate()
    [replaced] = [each.split()[1] for each in metrics.splitlines()
                  if each.startswith("tenfold_decoders_replaced")]  # fmt: skip
    print(f"{n:,} uploads; statuses {dict(sorted(found.items()))}")
    print(f"{replaced} decoding processes replaced; memory grew by {growth_mb:.0f} MB")
    print(*wrong, f"{len(wrong)} wrong", sep="\n")
    sys.exit(bool(wrong) or replaced != "0" or growth_mb > MOST_GROWTH_MB or server.returncode)


if __name__ == "__main__":
    main()
