import math
import re
from pathlib import Path

import pytest

from tenfold.learn.define import define
from tenfold.recipes import NAMES, find_measured, find_recipe

ROOT = Path(__file__).parent.parent
PUBLISHED = [name for name in NAMES if find_measured(name)]


def row(page, name):
    """The cells of the row that begins with `name`, in the table of recipes of `page`."""
    text = (ROOT / page).read_text("utf-8")
    [line] = re.findall(rf"^\| `{name}`(?: \(the default\))? \|.*$", text, re.MULTILINE)
    return [cell.strip() for cell in line.split("|")[2:-1]]


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_page_of_measurements_says_what_the_recipe_says(name):
    known = find_measured(name)
    assert known is not None
    spread = "-" if known.sd is None else f"{100 * known.sd:.2f}"
    figures = [f"{100 * known.accuracy:.2f} %", spread, f"{known.n}", f"{known.fit_s:.0f} s"]
    assert row("docs/measured.md", name)[1:5] == figures


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_readme_says_what_the_recipe_says(name):
    known = find_measured(name)
    assert known is not None
    network = define(find_recipe(name).network, (32, 32, 3), 10, seed=0)
    n_parameters = sum(math.prod(weight.shape) for weight in network.trainable_weights)
    assert row("README.md", name)[:3] == [
        f"{100 * known.accuracy:.2f} %",
        f"{known.fit_s:.0f} s",
        f"{n_parameters / 1e6:.1f} million",
    ]


def test_a_recipe_without_a_published_figure_says_so():
    assert find_measured("classic-plain") is None
