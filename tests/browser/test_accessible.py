"""axe-core looks at the page of a run: in light, in dark, on a phone."""

from typing import Any

import pytest

pytestmark = pytest.mark.browser

WAYS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}},
}


@pytest.fixture(scope="module")
def axe():
    """axe-core, which looks at an open page; the tests are skipped where it is not installed."""
    found = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    return found.Axe()


def serious(axe, page):
    """The rules that are broken badly, each with the first element that breaks it."""
    broken = axe.run(page).response["violations"]
    return [
        (each["id"], each["nodes"][0]["target"])
        for each in broken
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("way", WAYS)
def test_nothing_serious_is_found(opened, axe, way):
    page = opened(**WAYS[way])
    page.click(".tiles button >> nth=0")
    assert serious(axe, page) == []


@pytest.mark.parametrize("way", ["light", "dark"])
def test_numbers_are_legible_on_every_shade_of_the_matrix(opened, axe, way):
    page = opened(**WAYS[way])
    page.evaluate(
        """() => {
            const one = document.querySelector(".matrix tbody tr");
            const cells = Array.from({ length: 51 }, (_, step) => {
                const cell = document.createElement("td");
                const button = document.createElement("button");
                button.className = step >= 31 ? `f${step} deep` : `f${step}`;
                button.textContent = `${step}.00`;
                cell.append(button);
                return cell;
            });
            one.replaceChildren(...cells);
        }"""
    )
    assert serious(axe, page) == []


def test_a_page_that_is_hard_to_read_is_found(opened, axe):
    page = opened()
    page.evaluate("document.querySelector('.matrix button').removeAttribute('aria-label')")
    page.evaluate("document.querySelector('.matrix button').textContent = ''")
    assert [name for name, _ in serious(axe, page)] == ["button-name"]
