"""Read pages as a browser does: their tables, their words, and what they may load."""

import base64
import hashlib
import re
from html import unescape
from html.parser import HTMLParser


class _Tables(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[list[str]]] = {}
        self._name = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "div":
            self._name = dict(attrs).get("aria-label") or self._name
        if tag == "table":
            self.found[self._name] = []
        if tag == "tr":
            self.found[self._name].append([])
        if tag in ("td", "th"):
            self.found[self._name][-1].append("")
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found[self._name][-1][-1] += data


def tables(page: str) -> dict[str, list[list[str]]]:
    """The rows of each table, heads first, by what a screen reader says of it."""
    parser = _Tables()
    parser.feed(page)
    return parser.found


def words(page: str) -> str:
    """What a page says, without its script and style, each blank once."""
    body = re.sub(r"<(script|style)>.*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def check_policy(page: str) -> None:
    """Check that the policy of a page allows its own style and script, and nothing else."""
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    rules = unescape(policy[1])
    assert rules.startswith("default-src 'none'; img-src data:;")
    for tag in ("style", "script"):
        [inside] = re.findall(rf"<{tag}>(.*?)</{tag}>", page, flags=re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in rules
    assert ' style="' not in page  # The policy would drop it.


def check_safe(page: str) -> None:
    """Check that a page loads nothing, and runs and styles with nothing but its own."""
    check_policy(page)
    assert re.findall(r"<script[^>]*>", page) == ["<script>"]
    assert not re.findall(r'src="(?!data:)|href="(?!data:,")(?:[a-z]+:|//)', page)
    assert not re.findall(r" on[a-z]+=", page)
