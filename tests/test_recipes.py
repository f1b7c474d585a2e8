import re
from pathlib import Path

import pytest

from tenfold.recipes import NAMES, find_measured

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
PUBLISHED = [name for name in NAMES if find_measured(name)]


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_readme_tells_what_the_recipe_says_of_itself(name):
    known = find_measured(name)
    assert known is not None
    [row] = re.findall(rf"^\| `{name}` \|.*$", README, re.MULTILINE)
    spread = "-" if known.sd is None else f"{100 * known.sd:.2f}"
    figures = (f"{100 * known.accuracy:.2f} %", spread, f"{known.n}", f"{known.fit_s:.0f} s")
    assert [cell.strip() for cell in row.split("|")[3:7]] == list(figures)


def test_a_recipe_without_a_published_figure_says_so():
    assert find_measured("classic-plain") is None
