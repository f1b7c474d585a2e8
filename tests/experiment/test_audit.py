"""An audit writes what it found and changes nothing."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.findings.made import dataset, textures

import tenfold
from tenfold.cli import app
from tenfold.core.audit import Findings, Suspect
from tenfold.core.errors import RunFolderError, TenfoldError
from tenfold.experiment import audit as audit_module
from tenfold.findings.kind import Kind
from tenfold.findings.kinds import KINDS, kinds_named

IMAGES = textures(6)
LEAKY = dataset(IMAGES[:4], np.stack([IMAGES[1] // 2, IMAGES[5]]), files=True)


def silent(_: str) -> None:
    pass


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_writes_a_row_for_each_image_in_question(tmp_path):
    tenfold.audit(LEAKY, out=tmp_path / "audit", say=silent)
    header, *found = rows(tmp_path / "audit" / "quarantine.csv")
    assert header == [
        "split",
        "position",
        "file",
        "finding",
        "group",
        "score",
        "suggestion",
        "keep",
    ]
    assert [row[:5] + row[6:] for row in found] == [
        ["train", "1", "train/1.png", "near-duplicate", "1", "same shot: colour, as test 0", "no"],
        ["test", "0", "test/0.png", "near-duplicate", "1", "same shot: colour, as train 1", "yes"],
    ]
    assert all(0.76 <= float(row[5]) <= 1 for row in found)


def test_writes_facts_thresholds_seconds_and_versions(tmp_path):
    answer = tenfold.audit(LEAKY, out=tmp_path / "audit", say=silent)
    assert json.loads((tmp_path / "audit" / "audit.json").read_text("utf-8")) == answer
    found = answer["findings"]["near-duplicates"]
    assert found["facts"]["n_pairs_train_test"] == 1
    assert found["thresholds"]["same_shot"] == 0.76
    assert found["seconds"] > 0
    assert "numpy" in answer["environment"]["packages"]
    assert answer["data"]["digests"] == LEAKY.digests()


def test_writes_the_pairs_side_by_side(tmp_path):
    tenfold.audit(LEAKY, out=tmp_path / "audit", say=silent)
    header, *found = rows(tmp_path / "audit" / "near-duplicates.csv")
    assert header == [
        *("group", "split", "position", "file", "other_split", "other_position", "other_file"),
        *("kind", "changed", "score"),
    ]
    assert [row[:9] for row in found] == [
        ["1", "train", "1", "train/1.png", "test", "0", "test/0.png", "same shot", "colour"]
    ]


def test_says_what_it_found_and_where_to_look(tmp_path):
    lines: list[str] = []
    tenfold.audit(LEAKY, out=tmp_path / "audit", say=lines.append)
    assert any("1 test image of 2 (50.00 %) shows the same shot" in line for line in lines)
    assert lines[-1] == f"2 rows to look through in {tmp_path / 'audit' / 'quarantine.csv'}"


def test_leaves_a_table_without_rows_where_nothing_is_found(tmp_path):
    tenfold.audit(dataset(IMAGES[:4], IMAGES[5:]), out=tmp_path / "audit", say=silent)
    assert len(rows(tmp_path / "audit" / "quarantine.csv")) == 1
    assert not (tmp_path / "audit" / "near-duplicates.csv").exists()


def test_refuses_a_folder_that_holds_something(tmp_path):
    (tmp_path / "mine.txt").touch()
    with pytest.raises(RunFolderError, match="is not empty"):
        tenfold.audit(LEAKY, out=tmp_path, say=silent)


def test_refuses_an_unknown_kind_before_it_gathers_anything():
    with pytest.raises(TenfoldError, match=r"'near-duplicate'\. Did you mean 'near-duplicates'\?"):
        tenfold.audit("no such images", only=["near-duplicate"], say=silent)


class Dark(Kind):
    """A kind of finding as others may write it."""

    name = "dark"
    looks_for = "Images that are nearly black."

    def find(self, dataset, *, say):  # noqa: ARG002
        means = dataset.train.images[:].mean(axis=(1, 2, 3))
        dark = np.flatnonzero(means < 20).tolist()
        return Findings(tuple(Suspect("train", at, "dark", 1.0, keep=False) for at in dark))


def test_one_more_kind_is_one_more_object(tmp_path, monkeypatch):
    monkeypatch.setattr(audit_module, "kinds_named", lambda _: (Dark(),))
    made = dataset(np.stack([IMAGES[0], IMAGES[1] // 20]), IMAGES[2:3])
    answer = tenfold.audit(made, out=tmp_path / "audit", say=silent)
    assert list(answer["findings"]) == ["dark"]
    assert rows(tmp_path / "audit" / "quarantine.csv")[1:] == [
        ["train", "1", "", "dark", "", "1.0000", "", "no"]
    ]


def test_every_kind_has_a_name_of_its_own_and_says_what_it_looks_for():
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert all(kind.looks_for.endswith(".") for kind in KINDS)
    assert kinds_named(()) == KINDS
    assert kinds_named([KINDS[0].name]) == KINDS[:1]


@pytest.fixture
def folder(tmp_path):
    for at, image in enumerate([*IMAGES, IMAGES[0][:, ::-1]]):
        path = tmp_path / "mine" / ("ant" if at % 2 else "bee") / f"{at}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    return tmp_path / "mine"


def test_the_command_audits_a_folder_of_images(folder, tmp_path, capsys):
    out = tmp_path / "audit"
    with pytest.raises(SystemExit) as ended:
        app(["audit", str(folder), "--out", str(out), "--json"])
    assert ended.value.code == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["findings"]["near-duplicates"]["n_suspects"] == 2
    assert {row[2] for row in rows(out / "quarantine.csv")[1:]} == {"bee/0.png", "bee/6.png"}


def test_the_command_writes_its_argument_as_it_is_given(capsys):
    with pytest.raises(SystemExit) as ended:
        app(["audit", "no-such-images"])
    assert ended.value.code == 1
    assert "Expected DATA to be" in capsys.readouterr().err
