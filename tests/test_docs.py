"""Links work, pages agree with the code, and the docs site has the whole of each page."""

import re
import shutil
from pathlib import Path

import pytest
import yaml
from docs.pages import PAGES, target_of
from mkdocs.commands.build import build as make
from mkdocs.config import load_config

import tenfold

ROOT = Path(__file__).resolve().parent.parent
WRITTEN = sorted([*(ROOT / name for name in PAGES), *ROOT.glob("docs/**/*.md")])
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^( *)```python\n *# (src/\S+)\n(.*?)^\1```", CONTRIBUTING, re.M | re.S)


def without_code(text: str) -> str:
    return re.sub(r"^( *)```.*?^\1```|`[^`\n]+`", "", text, flags=re.M | re.S)


def anchors(path: Path) -> set[str]:
    """What GitHub makes of headings: lower case, hyphens for spaces, no other marks."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_between_files_leads_somewhere(page):
    text = page.read_text(encoding="utf-8")
    links = re.findall(r'(?:\]\(|src="|href=")([^\s)"]+)', without_code(text))
    lost = []
    for link in links:
        if "://" in link or link.startswith("mailto:"):
            continue
        name, _, anchor = link.partition("#")
        there = page.parent / name if name else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("page", [*PAGES, "docs/guide.md", "docs/measured.md"])
def test_files_that_a_page_names_are_there(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(r"`((?:src|docs|tests|benchmarks|notebooks)/[\w./-]*\w/?)`", text)
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_rooms_are_those_of_the_table():
    rooms = [
        path.name for path in (ROOT / "src/tenfold").iterdir() if (path / "__init__.py").exists()
    ]
    assert sorted(re.findall(r"^\| `(\w+)/` \|", CONTRIBUTING, re.M)) == sorted(rooms)


@pytest.mark.parametrize(("indent", "file", "shown"), SHOWN, ids=[each[1] for each in SHOWN])
def test_code_that_is_shown_is_that_of_the_file(indent, file, shown):
    code = (ROOT / file).read_text(encoding="utf-8")
    lines = [line.removeprefix(indent) for line in shown.splitlines(keepends=True)]
    at = 0
    for part in re.split(r"^ *\.\.\.\n", "".join(lines), flags=re.M):
        found = code.find(part.strip("\n"), at)
        assert found >= 0, part
        at = found + len(part)


def test_code_is_shown_of_a_source_a_recipe_and_a_layer():
    rooms = {file.rpartition("/")[0] for _, file, _ in SHOWN}
    assert rooms >= {f"src/tenfold/{room}" for room in ("data", "recipes", "learn/layers")}


def test_the_api_page_has_every_public_name_once():
    page = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    named = re.findall(r"^::: tenfold\.(\w+)$", page, re.M)
    assert sorted(named) == sorted(tenfold.__all__)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("link", "source", "target"),
    [
        ("docs/guide.md", "README.md", ("guide.md", "")),
        ("docs/guide.md#2-explore", "README.md", ("guide.md", "#2-explore")),
        ("docs/pictures/curves.png", "README.md", ("pictures/curves.png", "")),
        ("docs/decisions/", "README.md", ("decisions/index.md", "")),
        ("../README.md#measured", "docs/measured.md", ("index.md", "#measured")),
        ("../../CHANGELOG.md", "docs/decisions/0001-x.md", ("changelog.md", "")),
        ("notebooks/tour.ipynb", "README.md", ("notebooks/tour.ipynb", "")),
        ("#the-steps", "README.md", None),
        ("../other/README.md", "README.md", None),
        ("https://keras.io/docs/guide.md", "README.md", None),
    ],
)
def test_a_link_leads_to_the_same_in_the_site(link, source, target):
    assert target_of(link, source) == target


@pytest.fixture
def site(tmp_path):
    """Build the site of a small repository, with the hook of this one."""

    def build(readme: str) -> Path:
        texts = {
            **dict.fromkeys([*PAGES, "docs/guide.md"], "# 1. One\n"),
            "README.md": f"# Tenfold\n\n{readme}\n",
            "docs/decisions/0001-one.md": "# 1. One\n\n[back](../../README.md)\n",
        }
        for name, text in texts.items():
            (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / "docs/a.png").touch()
        (tmp_path / "LICENSE").touch()
        shutil.copy(ROOT / "docs/pages.py", tmp_path / "docs/pages.py")
        settings = {
            "site_name": "x",
            "use_directory_urls": False,
            "hooks": ["docs/pages.py"],
            "exclude_docs": "*.py",
            "validation": {"unrecognized_links": "warn"},
            "theme": {"name": "readthedocs", "highlightjs": False},
        }
        (tmp_path / "mkdocs.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        made = load_config(str(tmp_path / "mkdocs.yml"))
        make(made)
        return Path(made.site_dir)

    return build


def test_the_readme_becomes_the_first_page_with_links_that_work_there(site):
    folder = site(
        "[`the` guide](docs/guide.md#1-one) [why](docs/decisions/) [terms](LICENSE)\n"
        '![picture](docs/a.png) <img src="docs/a.png"> <a href="docs/guide.md#1-one">guide</a>\n'
        "`[x](docs/guide.md)`\n\n"
        "```\n[y](docs/guide.md)\n```"
    )
    [text] = re.findall(r"<h1.*?</pre>", (folder / "index.html").read_text("utf-8"), re.S)
    assert re.findall(r'(?:href|src)="(.*?)"', text) == [
        "guide.html#1-one",
        "decisions/index.html",
        "LICENSE",
        "a.png",
        "a.png",
        "guide.html#1-one",
    ]
    assert "[x](docs/guide.md)" in text
    assert "[y](docs/guide.md)" in text
    assert (folder / "LICENSE").is_file()


def test_decisions_are_listed_and_lead_back(site):
    folder = site("No links.") / "decisions"
    listed = (folder / "index.html").read_text(encoding="utf-8")
    assert '<a href="0001-one.html">1. One</a>' in listed
    assert '<a href="../index.html">back</a>' in (folder / "0001-one.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("link", "lost"),
    [('<a href="docs/no.md">x</a>', "no.md"), ("[x](../up.md)", "../up.md"), ("[x](no)", "no")],
)
def test_a_link_that_leads_nowhere_is_a_warning(link, lost, site, caplog):
    site(link)
    [warning] = [each for each in caplog.records if each.levelname == "WARNING"]
    assert f" {lost}," in warning.message.replace("'", "")


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example/a.js"></script>',
        "<link rel='stylesheet' href='//fonts.example/a.css'>",
        '<img alt="" src="http://example.org/a.png">',
    ],
)
def test_what_a_page_fetches_from_another_host_is_a_warning(html, site, caplog):
    site(html)
    assert [each.message for each in caplog.records if "another host" in each.message] == [
        f"pages: index.md fetches from another host: {html.removesuffix('</script>')}"
    ]


def test_a_site_that_fetches_nothing_gives_no_warning(site, caplog):
    site('[elsewhere](https://example.org) <link rel="canonical" href="https://example.org/">')
    assert [each for each in caplog.records if "another host" in each.message] == []
