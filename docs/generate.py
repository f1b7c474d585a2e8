"""Write what the docs take from the code, or check that it is up to date.

    python docs/generate.py [--check]

That is docs/commands.md, from the commands' own help, and the guide's tables of sources, of a
recipe's settings and of a run's files. The check also holds that every `tenfold` command and
option that the README, its neighbours and the docs show exists.
"""

import functools
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

from tenfold.cli.options import spelling
from tenfold.core.networks import NETWORKS
from tenfold.core.optimizers import OPTIMIZERS
from tenfold.core.recipe import FIXED, Recipe
from tenfold.data.source import Source
from tenfold.data.sources import SOURCES
from tenfold.runs.layout import FILES, RunFile

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "commands.md"
GUIDE = ROOT / "docs" / "guide.md"
MARKS = r"(?<=<!-- {0}: made by `make docs` -->\n).*?(?=<!-- end of {0} -->)"
"""Where the guide has a table: of the `files` of a run, the `sources` of images, or `settings`."""
SHOWN = re.compile(r"(?:^\s*(?:\$ )?|`)tenfold ([a-z]+)([^`#\n]*)", re.MULTILINE)
"""A command at the beginning of a line or of inline code, and what follows it."""


@functools.cache
def help_of(*command: str) -> str:
    """The help of one command, at most 80 characters wide whatever the terminal."""
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "tenfold", *command, "--help"],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "COLUMNS": "90", "TERMINAL_WIDTH": "90"},
    ).stdout.replace("python -m tenfold", "tenfold")


def commands(*group: str) -> list[str]:
    """The names of the commands, or of those of a group, in the order of the help."""
    listed = help_of(*group).partition("Commands:\n")[2]
    return re.findall(r"^  ([a-z-]+)", listed, re.MULTILINE)


def paths() -> list[tuple[str, ...]]:
    """Every command: its name, or the names of its group and its own."""
    return [path for name in commands() for path in ((name,), *((name, n) for n in commands(name)))]


def page() -> str:
    """The whole page."""
    parts = [
        "# Commands\n\nMade by `make docs` from `tenfold --help`; do not edit.\n",
        *(
            f"## {' '.join(('tenfold', *name))}\n\n```text\n{help_of(*name).strip()}\n```\n"
            for name in ((), *paths())
        ),
    ]
    return "\n".join(parts)


def guide() -> str:
    """The guide, with its tables as the code has them."""
    files = [f"| `{file.name}` | {file.stage.steps} | {_content(file)} |" for file in FILES]
    sources = [f"| {each.asked} | {each.reads} | {_options(each)} |" for each in SOURCES]
    settings = [f"| `{name}` | {meaning} |" for name, meaning in _settings().items()]
    tables = {
        "settings": ["| setting | meaning |", "|---|---|", *settings, ""],
        "files": ["| file | written by | content |", "|---|---|---|", *files, ""],
        "sources": ["| `--data` | what is read | options |", "|---|---|---|", *sources, ""],
    }
    text = GUIDE.read_text(encoding="utf-8")
    for name, lines in tables.items():
        text = re.sub(
            MARKS.format(name), "\n".join(lines).replace("\\", r"\\"), text, flags=re.DOTALL
        )
    return text


def _settings() -> dict[str, str]:
    """The meaning of each setting that `--set` changes, as the docstrings have it."""
    found: dict[str, str] = {}
    for model in (Recipe, *NETWORKS, *OPTIMIZERS):
        listed = inspect.cleandoc(model.__doc__ or "").partition("Attributes:\n")[2]
        for name, meaning in re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", listed, re.MULTILINE):
            if name not in FIXED and not meaning.startswith("As for"):
                found.setdefault(name, " ".join(meaning.split()))
    return found


def _options(source: Source) -> str:
    """The options that a source has a use for, as the command line spells them."""
    return ", ".join(f"`{spelling(option, None)}`" for option in source.options)


def _content(file: RunFile) -> str:
    return f"{file.holds}; only {file.only}" if file.only else file.holds


def mistakes(text: str) -> list[str]:
    """The commands and options shown in a text that do not exist."""
    known, wrong = commands(), []
    for name, rest in SHOWN.findall(text):
        if name not in known:
            wrong.append(f"tenfold {name}")
            continue
        path = (name, *(word for word in rest.split()[:1] if word in commands(name)))
        options = re.findall(r"(?<!\S)--[a-z-]+", rest)
        wrong += [f"tenfold {name} {o}" for o in options if f"{o} " not in help_of(*path)]
    return wrong


def main() -> None:
    """Write both pages, or compare them and exit with 1 where one differs."""
    made = {PAGE: page(), GUIDE: guide()}
    if "--check" not in sys.argv:
        for path, text in made.items():
            path.write_text(text, encoding="utf-8")
        return
    for path, text in made.items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            sys.exit(f"{path.relative_to(ROOT)} is out of date. Run `make docs`.")
    for path in (*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))):
        if wrong := mistakes(path.read_text(encoding="utf-8")):
            sys.exit(f"{path.relative_to(ROOT)} shows what does not exist: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
