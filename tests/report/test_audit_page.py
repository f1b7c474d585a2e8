"""The page of an audit shows what was found, and holds the whole table."""

import csv
import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from tests.findings.made import dataset, textures
from tests.pages import check_safe, words

import tenfold
from tenfold.core.images import Dataset


def made() -> Dataset:
    """A darker copy of training image 1 among the test images, and a blank training image."""
    images = textures(60)
    images[5] = 90
    found = dataset(images, np.stack([images[1] // 2, textures(1, seed=9)[0]]), files=True)
    hostile = ("a,\"<b>'.png", *found.train.files[1:])
    return replace(found, train=replace(found.train, files=hostile))


@pytest.fixture(scope="module")
def audited(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("audits") / "audit"
    tenfold.audit(made(), out=path, only=["near-duplicates", "images", "leaks"], say=lambda _: None)
    return path


def test_the_page_asks_for_nothing_from_outside(audited):
    check_safe((audited / "report.html").read_text())


def test_findings_come_first_and_those_of_nothing_last(audited):
    page = (audited / "report.html").read_text()
    titles = re.findall(r"<h2>([^<]+)</h2>", page)
    assert titles == ["near-duplicates", "images", "Nothing found"]
    assert "near-duplicate (2)" in words(page)
    assert "blank (1)" in words(page)


def test_training_images_can_be_decided_and_test_images_cannot(audited):
    page = (audited / "report.html").read_text()
    buttons = re.findall(r'<button[^>]*data-row="(\d+)" aria-pressed="(\w+)"', page)
    assert buttons == [("0", "true"), ("2", "true")]
    assert len(re.findall(r'<figure class="suspect"', page)) == 1


def test_the_page_holds_every_row_of_the_table(audited):
    page = (audited / "report.html").read_text()
    [held] = re.findall(r'<pre id="rows" hidden>(.*?)</pre>', page, flags=re.DOTALL)
    lines = json.loads(unescape(held))
    with (audited / "quarantine.csv").open(newline="") as file:
        assert list(csv.reader(lines)) == list(csv.reader(file))


def test_an_audit_that_finds_nothing_has_a_page_without_decisions(tmp_path):
    plain = dataset(textures(6), textures(3, seed=8))
    tenfold.audit(plain, out=tmp_path / "audit", only=["images"], say=lambda _: None)
    page = (tmp_path / "audit" / "report.html").read_text()
    assert "Nothing found" in page
    assert "Download" not in page
