"""Bring the repository's own pages into the docs site; MkDocs calls the functions named `on_*`.

The README and its neighbours stay where people look for them, and become pages of the site. A link
of a page, which leads from file to file in the repository, leads to the same in the site.
"""

import posixpath
import re
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "benchmarks/README.md": "benchmarks.md",
}
"""Files of the repository outside docs/ that are pages of the site."""
LINK = re.compile(
    r'^ *(```|~~~).*?^ *\1|`[^`\n]+`|(\]\(|(?:src|href)=")([^\s)"]+)', re.MULTILINE | re.DOTALL
)
"""Code, which is passed over; else the beginning of a link or a picture, and where it leads."""
FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|link(?! rel="canonical"))\b"""
    r"""[^>]*\b(?:src|href)=["'](?:https?:)?//[^>]*>"""
)
"""What a browser would fetch from another host by itself."""

log = get_plugin_logger("pages")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages outside docs/, and a list of the decisions."""
    for name, uri in PAGES.items():
        files.append(File.generated(config, uri, abs_src_path=str(ROOT / name)))
    files.append(File.generated(config, "decisions/index.md", content=decisions()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links lead to the same in the site, and take along files that are not pages."""
    path, uri = page.file.abs_src_path, page.file.src_uri
    source = Path(path).relative_to(ROOT).as_posix() if path else f"docs/{uri}"

    def follow(link: re.Match[str]) -> str:
        found = target_of(link[3], source) if link[2] else None
        if found is None:
            return link[0]
        there, anchor = found
        if there not in files.src_uris and (ROOT / there).is_file() and not there.endswith(".md"):
            files.append(File.generated(config, there, abs_src_path=str(ROOT / there)))
        if link[2] != "](":  # MkDocs looks at no links in HTML.
            if there not in files.src_uris:
                log.warning("%s has a link to %s, which the site does not have", uri, there)
            there = re.sub(r"\.md$", ".html", there)
        return f"{link[2]}{quote(posixpath.relpath(there, posixpath.dirname(uri) or '.'))}{anchor}"

    return LINK.sub(follow, markdown)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:  # noqa: ARG001
    """Warn of whatever a page would fetch from another host."""
    for fetched in FETCHED.findall(output):
        log.warning("%s fetches from another host: %s", page.file.src_uri, fetched)
    return output


def target_of(link: str, source: str) -> tuple[str, str] | None:
    """Where a link leads in the site, and its anchor.

    Args:
        link: A link as a page has it.
        source: The page that has it, from the root of the repository.

    Returns:
        A path from the root of the site, and `#anchor` or nothing; None where the link leads out
        of the repository or stays on its page.
    """
    parts = urlsplit(link)
    if parts.scheme or parts.netloc or not parts.path:
        return None
    there = posixpath.normpath(posixpath.join(posixpath.dirname(source), unquote(parts.path)))
    if there.startswith("../"):
        return None
    uri = PAGES.get(there, there.removeprefix("docs/"))
    if (ROOT / there).is_dir():
        uri += "/index.md"
    return uri, f"#{parts.fragment}" if parts.fragment else ""


def decisions() -> str:
    """A page that lists the decisions by their titles."""
    files = sorted(ROOT.glob("docs/decisions/*.md"))
    titles = [file.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ") for file in files]
    rows = [f"- [{title}]({file.name})" for file, title in zip(files, titles, strict=True)]
    return "# Decisions\n\nWhy things are as they are.\n\n" + "\n".join(rows) + "\n"
