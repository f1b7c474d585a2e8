"""A browser, and pages opened in it."""

import shutil
from urllib.parse import urljoin

import pytest

import tenfold
from tenfold.runs import layout

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def page_file(tmp_path_factory):
    """The page of a small network on digits."""
    out = tmp_path_factory.mktemp("browser") / "run"
    run = tenfold.run("quick", data="digits", overrides={"epochs": 1}, out=out, say=lambda _: None)
    return run, (run.folder / layout.PAGE).absolute().as_uri()


@pytest.fixture(scope="session")
def browser():
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("There is no Chromium")
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def open_address(browser):
    """Open an address with options of Playwright.

    A script's error, a dialogue or a request to anything else fails the test; `beside` names the
    files in the same folder that the page may load.
    """
    complaints: list[str] = []
    pages = []

    def open_page(address, *, beside=(), **options):
        allowed = {address, *(urljoin(address, name) for name in beside)}
        page = browser.new_page(**options)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else 0)
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on(
            "request",
            lambda request: (
                None
                if request.url in allowed or request.url.startswith(("data:", "blob:"))
                else complaints.append(request.url)
            ),
        )
        page.goto(address)
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert complaints == []


@pytest.fixture
def opened(open_address, page_file):
    """Open the page of the small network with options of Playwright."""
    return lambda **options: open_address(page_file[1], **options)
