"""An audit whose images are read and looked at by workers has the same answer."""

import json
import pickle
from contextlib import nullcontext

import numpy as np
import pytest
from PIL import Image
from tests.findings.made import textures

import tenfold
from tenfold.data import decoding, reading
from tenfold.experiment import audit as audit_module

ONLY = ("near-duplicates", "images", "drift", "rare-classes")


def silent(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Textures in two classes, with copies, a blank image and a file that is not one."""
    folder = tmp_path_factory.mktemp("images")
    made = textures(80)
    for number, image in enumerate([*made, made[3], made[5] // 2 + 60, np.zeros_like(made[0])]):
        path = folder / "ab"[number % 2] / f"{number:03}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(image).save(path)
    (folder / "a" / "bad.png").write_text("not an image")
    return folder


def stable(folder):
    """What an audit wrote, but for what differs each time."""
    found = json.loads((folder / "audit.json").read_text("utf-8"))
    del found["environment"]
    for each in found["findings"].values():
        del each["seconds"]
    tables = {path.name: path.read_text("utf-8") for path in folder.glob("*.csv")}
    return found, tables


def test_the_answer_is_the_same_and_this_process_decodes_nothing(images, tmp_path, monkeypatch):
    monkeypatch.setenv("TENFOLD_CACHE", str(tmp_path / "first"))
    tenfold.audit(images, only=ONLY, out=tmp_path / "here", say=silent)
    monkeypatch.setenv("TENFOLD_CACHE", str(tmp_path / "second"))
    looked: list[str] = []

    def each_on(n_cores):
        def each(function, parts):
            looked.append(function.__name__)
            for part in parts:  # As it travels to another process.
                sent, content = pickle.loads(pickle.dumps((function, part)))
                yield pickle.loads(pickle.dumps(sent(content)))

        return each

    def refuse(paths, *_):
        raise AssertionError(f"this process decodes {paths}")

    def decode(paths, n_bytes, how):
        for at in range(0, len(paths), 7):
            yield at, decoding.decode_part(paths[at : at + 7], how)

    monkeypatch.setattr(audit_module, "connected", lambda _: nullcontext(2))
    monkeypatch.setattr(audit_module, "each_on", each_on)
    monkeypatch.setattr(audit_module, "decode_on", lambda _: decode)
    monkeypatch.setattr(reading, "decode_files", refuse)
    lines: list[str] = []
    tenfold.audit(images, only=ONLY, cluster="local", out=tmp_path / "there", say=lines.append)
    assert stable(tmp_path / "there") == stable(tmp_path / "here")
    assert lines[0] == f"Reading 84 files of {images}"
    assert looked == ["_in_8_bits", "_statistics", "_statistics"]
    assert stable(tmp_path / "here")[0]["findings"]["images"]["n_suspects"] > 0
    assert stable(tmp_path / "here")[0]["findings"]["near-duplicates"]["n_suspects"] > 0
