"""Write docs/commands.md from the commands' own help, or check that it is up to date.

    python docs/generate.py [--check]

The check also holds that every `tenfold` command shown in the README and the docs exists.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "commands.md"
SHOWN = re.compile(r"^\s*(?:\$ )?tenfold ([a-z]+)", re.MULTILINE)


def help_of(*command: str) -> str:
    """The help of one command, 90 characters wide."""
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


def main() -> None:
    """Write the page, or compare it and exit with 1 where it differs."""
    if "--check" not in sys.argv:
        PAGE.write_text(page(), encoding="utf-8")
        return
    if PAGE.read_text(encoding="utf-8") != page():
        sys.exit("docs/commands.md is out of date. Run `make docs`.")
    known = set(commands())
    for text in (ROOT / "README.md", *ROOT.glob("docs/**/*.md")):
        unknown = set(SHOWN.findall(text.read_text(encoding="utf-8"))) - known
        if unknown:
            sys.exit(f"{text.relative_to(ROOT)} shows commands that do not exist: {unknown}")


if __name__ == "__main__":
    main()
