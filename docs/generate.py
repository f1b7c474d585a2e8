"""Write docs/commands.md from the commands' own help, or check that it is up to date.

    python docs/generate.py [--check]

The check also holds that every `tenfold` command and option shown in the README and the docs
exists.
"""

import functools
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "commands.md"
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


def commands() -> list[str]:
    """The names of the commands, in the order of the help."""
    listed = help_of().partition("Commands:\n")[2]
    return re.findall(r"^  ([a-z-]+)", listed, re.MULTILINE)


def page() -> str:
    """The whole page."""
    parts = [
        "# Commands\n\nMade by `make docs` from `tenfold --help`; do not edit.\n",
        *(
            f"## {' '.join(('tenfold', *name))}\n\n```text\n{help_of(*name).strip()}\n```\n"
            for name in ((), *((each,) for each in commands()))
        ),
    ]
    return "\n".join(parts)


def mistakes(text: str) -> list[str]:
    """The commands and options shown in a text that do not exist."""
    known, wrong = commands(), []
    for name, rest in SHOWN.findall(text):
        if name not in known:
            wrong.append(f"tenfold {name}")
            continue
        options = re.findall(r"(?<!\S)--[a-z-]+", rest)
        wrong += [f"tenfold {name} {o}" for o in options if f"{o} " not in help_of(name)]
    return wrong


def main() -> None:
    """Write the page, or compare it and exit with 1 where it differs."""
    if "--check" not in sys.argv:
        PAGE.write_text(page(), encoding="utf-8")
        return
    if not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page():
        sys.exit("docs/commands.md is out of date. Run `make docs`.")
    for path in (ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))):
        if wrong := mistakes(path.read_text(encoding="utf-8")):
            sys.exit(f"{path.relative_to(ROOT)} shows what does not exist: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
