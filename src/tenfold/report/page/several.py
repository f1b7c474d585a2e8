"""The frame of a page about several runs: its tables, panels and links."""

import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from tenfold.core.text import counted, printable
from tenfold.report.page.render import render

Cell = str | Markup
"""Text, which is escaped where it is put in; or a part of a page."""


@dataclass(frozen=True)
class Section:
    """One section of a page.

    Attributes:
        title: Its heading.
        id: Its anchor.
        blocks: Parts of a page, in order.
    """

    title: str
    id: str
    blocks: Sequence[Markup]


def several_page(
    kind: str,
    title: str,
    words: Sequence[str],
    first: Sequence[Sequence[Markup]],
    sections: Sequence[Section],
) -> str:
    """Write a page about several runs.

    Args:
        kind: What the page is about; the file says it, and `made_as` finds it there.
        title: Its heading.
        words: Sentences below it.
        first: Blocks of the first screen, column by column.
        sections: What follows.
    """
    facts = {
        "kind": kind,
        "title": printable(title),
        "words": list(map(_with_code, words)),
        "first": first,
        "sections": sections,
    }
    return render("several.html", facts)


def made_as(kind: str, beginning: str) -> bool:
    """Whether a file that begins so is such a page."""
    return f'<meta name="generator" content="Tenfold: {kind}">' in beginning


def paragraph(text: str) -> Markup:
    """A paragraph; what stands between backticks is code."""
    return Markup("<p>{}</p>").format(_with_code(text))


def _with_code(text: str) -> Markup:
    words = str(escape(printable(text)))
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", words))  # noqa: S704 - escaped above.


def headed(title: str, *blocks: Cell) -> Markup:
    """Blocks below a small heading."""
    return Markup("<h3>{}</h3>{}").format(printable(title), Markup("").join(blocks))


def panel(title: str, *sentences: str) -> Markup:
    """A panel with a small heading and sentences."""
    return Markup('<div class="panel">{}</div>').format(headed(title, *map(paragraph, sentences)))


def picture(png: str, caption: str) -> Markup:
    """A PNG in base64, with its caption."""
    return Markup(
        '<figure><img src="data:image/png;base64,{}" alt="{}"><figcaption>{}</figcaption></figure>'
    ).format(png, caption, caption)


def table(
    label: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    words: Collection[str] = (),
) -> Markup:
    """A table whose columns sort.

    Args:
        label: What a screen reader says of it.
        columns: Their titles.
        rows: As many cells in each row as there are columns.
        words: The columns of words, which sort as text and stand on the left.
    """
    of_words = [column in words for column in columns]
    head = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(
            Markup(' class="words" data-sort="text"') if is_words else "", printable(column)
        )
        for column, is_words in zip(columns, of_words, strict=True)
    )
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(
                Markup("<td{}>{}</td>").format(
                    Markup(' class="words"') if is_words else "",
                    cell if isinstance(cell, Markup) else printable(cell),
                )
                for cell, is_words in zip(row, of_words, strict=True)
            )
        )
        for row in rows
    )
    return Markup(
        '<div class="scroll" tabindex="0" role="region" aria-label="{}">'
        '<table class="sortable list">'
        "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
    ).format(label, head, body)


def link(name: str, to: Path, page: Path) -> Cell:
    """A link to a file; the name alone if there is no such file.

    Args:
        name: What is shown.
        to: The file.
        page: The page that the link is on.
    """
    if not to.is_file():
        return name
    target = to.resolve()
    try:
        there = Path(os.path.relpath(target, page.resolve().parent)).as_posix()
    except ValueError:  # On another drive of Windows.
        return Markup('<a href="{}">{}</a>').format(target.as_uri(), printable(name))
    return Markup('<a href="{}">{}</a>').format(quote(os.fsencode(there)), printable(name))


def where_and_when(
    asked: Sequence[Sequence[Cell]], about: Mapping[str, Any], folder: Path
) -> Markup:
    """A table of what was asked, then of the versions, the machine and the folder.

    Args:
        asked: Rows of two cells.
        about: The environment that was recorded.
        folder: Where the results are.
    """
    packages = about["packages"]
    rows = [
        *asked,
        ["Tenfold", str(packages.get("tenfold", "?"))],
        ["Keras", str(packages.get("keras", "?"))],
        ["Python", str(about["python"])],
        ["processor", f"{about['processor']}, {counted(about['cores'], 'core')}"],
        ["folder", str(folder.absolute())],
    ]
    return table("Where and when", ["what", "value"], rows, words=["what", "value"])
