"""The frame of every page: one file that asks for nothing from outside."""

import base64
import hashlib
from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from jinja2 import Environment

SCRIPTS = ("tables.js",)
"""Scripts of every page."""


def render(template: str, facts: Mapping[str, Any], *, scripts: tuple[str, ...] = ()) -> str:
    """Fill a template of this folder, which extends `base.html`, into a whole page.

    Every fact is escaped, unless it is `Markup`. The page's content security policy allows its own
    style and scripts, pictures within the page, and nothing else.

    Args:
        template: Its file name.
        facts: What the template shows, among it `title`.
        scripts: File names of more scripts than sort tables.
    """
    files = resources.files("tenfold.report.page")
    style = files.joinpath("style.css").read_text("utf-8")
    script = "".join(files.joinpath(name).read_text("utf-8") for name in (*SCRIPTS, *scripts))
    return (
        templates("tenfold.report.page")
        .get_template(template)
        .render(
            style=Markup(style),  # noqa: S704 - files of this package, not of a user.
            script=Markup(script),  # noqa: S704
            style_hash=source_hash(style),
            script_hash=source_hash(script),
            **facts,
        )
    )


def templates(package: str) -> "Environment":
    """The templates in the folder of a package: every fact is escaped, and none may be missing."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader(package, "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def source_hash(text: str) -> str:
    """The source of a content security policy that allows a style or script with this text."""
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256-" + base64.b64encode(digest).decode("ascii")
