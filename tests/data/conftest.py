import gzip
import hashlib
import io
import pickle
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from tests.data.server import Server

from tenfold.data import archive

N = 4  # Images in each batch of the made archives.
BATCHES = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]


@dataclass
class MadeCifar10:
    """A tiny CIFAR-10 of known pixels, and its two archives' members as bytes."""

    pixels: np.ndarray  # uint8 (24, 3, 32, 32)
    labels: np.ndarray  # int64 (24,)

    def members(self, layout: str = "python") -> dict[str, bytes]:
        made = {}
        for i, name in enumerate(BATCHES):
            pixels = self.pixels[i * N : (i + 1) * N].reshape(N, 3072)
            labels = self.labels[i * N : (i + 1) * N]
            if layout == "python":
                batch = {"batch_label": name, "labels": labels.tolist(), "data": pixels}
                made[f"cifar-10-batches-py/{name}"] = pickle.dumps(batch, protocol=4)
            else:
                records = np.hstack([labels[:, np.newaxis].astype(np.uint8), pixels])
                made[f"cifar-10-batches-bin/{name}.bin"] = records.tobytes()
        if layout == "python":
            names = pickle.dumps({"label_names": list(archive.CLASSES)}, protocol=2)
            made["cifar-10-batches-py/batches.meta"] = names
        else:
            names = "\n".join(archive.CLASSES).encode() + b"\n\n"
            made["cifar-10-batches-bin/batches.meta.txt"] = names
        return made


@pytest.fixture
def cifar10(monkeypatch):
    monkeypatch.setattr(archive, "N_PER_BATCH", N)
    random = np.random.default_rng(0)
    return MadeCifar10(
        random.integers(0, 256, (6 * N, 3, 32, 32), dtype=np.uint8),
        np.arange(6 * N) % 10,
    )


@pytest.fixture
def publish(monkeypatch, server):
    """Make files the published ones in place of those that a module names, on the server."""

    def put(module: ModuleType, name: str, contents: dict[str, bytes]) -> None:
        server.give({f"/{file}": content for file, content in contents.items()})
        old = getattr(module, name)
        new = tuple(
            replace(
                each,
                url=f"{server.root}/{each.name}",
                sha256=hashlib.sha256(contents[each.name]).hexdigest(),
                n_bytes=len(contents[each.name]),
            )
            for each in (old if isinstance(old, tuple) else (old,))
        )
        monkeypatch.setattr(module, name, new if isinstance(old, tuple) else new[0])

    return put


@pytest.fixture
def pack(tmp_path):
    """Write members, as name to content or as headers made by hand, into a .tar.gz."""

    def write(members, name="some.tar.gz", extra=()) -> Path:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            for member, content in members.items():
                info = tarfile.TarInfo(member)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
            for info in extra:
                tar.addfile(info)
        path = tmp_path / name
        path.write_bytes(gzip.compress(packed.getvalue(), mtime=0))
        return path

    return write


@pytest.fixture
def server(monkeypatch):
    """A server on this machine; `server.answers` or `server.give` say what it answers."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    running = Server()
    yield running
    running.stop()
