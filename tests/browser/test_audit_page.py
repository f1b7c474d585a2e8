"""The page of an audit in Chromium: images are kept or left out, and the table is downloaded."""

import csv
from pathlib import Path

import pytest
from tests.report.test_audit_page import made

import tenfold

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def audited(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("audits") / "audit"
    tenfold.audit(made(), out=path, only=["near-duplicates", "images"], say=lambda _: None)
    return path


def keeps(path: Path) -> list[tuple[str, str, str]]:
    with path.open(newline="") as file:
        return [(row["split"], row["position"], row["keep"]) for row in csv.DictReader(file)]


def test_decisions_by_key_and_by_choice_are_in_the_download(audited, open_address, tmp_path):
    page = open_address((audited / "report.html").absolute().as_uri())
    assert keeps(audited / "quarantine.csv") == [
        ("train", "1", "no"),
        ("test", "0", "yes"),
        ("train", "5", "no"),
    ]
    suspects = page.locator("button.suspect")
    assert page.locator("[role=status]").inner_text() == "2 of 3 rows with keep = no"
    suspects.first.press("k")
    assert suspects.first.get_attribute("aria-pressed") == "false"
    assert suspects.nth(1).evaluate("each => each === document.activeElement")
    suspects.nth(1).click()
    suspects.nth(1).press("d")
    assert page.locator("[role=status]").inner_text() == "1 of 3 rows with keep = no"
    with page.expect_download() as begun:
        page.get_by_role("button", name="Download quarantine.csv").click()
    begun.value.save_as(tmp_path / begun.value.suggested_filename)
    assert keeps(tmp_path / "quarantine.csv") == [
        ("train", "1", "yes"),
        ("test", "0", "yes"),
        ("train", "5", "no"),
    ]
