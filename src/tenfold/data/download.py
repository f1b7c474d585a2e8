"""Download a file over HTTPS, resumable; it gets its name only when its checksum is right."""

import http.client
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from tenfold.core.errors import DataError, argument
from tenfold.core.progress import live
from tenfold.core.text import Say, duration
from tenfold.data.cache import WAY_OUT
from tenfold.runs.files import cannot_write, flush_folder, sha256_of

_CHUNK = 64 * 1024
_TRIES = 6


class _CutError(Exception):
    """An attempt failed for the reason in the message; another one may succeed."""


def download(
    url: str,
    target: Path,
    *,
    sha256: str,
    n_bytes: int,
    say: Say = lambda _: None,
    timeout_s: float = 30.0,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Fetch `url` to `target`, by way of `target` + `.part`, which a later call takes up again.

    The server's own lengths are not trusted: the file is complete when it has `n_bytes`, and it is
    used if its checksum is right. A failed attempt is repeated after 1, 2, 4, ... seconds, until
    six in a row have brought nothing new.

    Args:
        url: An https address (or http on 127.0.0.1, for tests).
        target: The file to write; its folder is made.
        sha256: The expected checksum in hexadecimal.
        n_bytes: The expected size.
        say: Where to report the progress: share done, speed, time left.
        timeout_s: Seconds without a byte after which the connection counts as stalled.
        sleep: Waits for a number of seconds.

    Raises:
        DataError: The server cannot be reached, keeps failing, or sends something else; or
            the disk refuses.
    """
    part = target.with_name(f"{target.name}.part")
    _check_address(url)
    _make_ready(part, n_bytes)
    furthest, failures = _size(part), 0
    while _size(part) < n_bytes:
        try:
            _continue(url, part, n_bytes, timeout_s, say)
        except _CutError as error:
            failures = 0 if _size(part) > furthest else failures + 1
            furthest = max(furthest, _size(part))
            if failures == _TRIES:
                raise DataError(
                    f"Cannot download {url}: {error}, {failures} times in a row. The part that has "
                    "arrived is kept, and the next attempt continues from there. Try again later, "
                    f"or fetch the file by other means and name it with {argument('archive')}."
                ) from error
            pause_s = 2.0 ** max(0, failures - 1)
            say(f"{target.name}: {error}. Going on in {pause_s:.0f} s ...")
            sleep(pause_s)
    _take_over(part, target, url, sha256)
    say(f"{target.name}: whole, and its checksum fits.")


def _check_address(url: str) -> None:
    address = urlsplit(url)
    if address.scheme != "https" and (address.scheme, address.hostname) != ("http", "127.0.0.1"):
        raise DataError(f"Expected an https address to download from; received {url}.")


def _make_ready(part: Path, n_bytes: int) -> None:
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        if _size(part) > n_bytes:
            part.unlink()
        part.open("ab").close()
    except OSError as error:
        raise DataError(f"{cannot_write(part, error)} To choose another one, {WAY_OUT}.") from error


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _continue(url: str, part: Path, n_bytes: int, timeout_s: float, say: Say) -> None:
    """Request the missing bytes and append them to `part`, until the transfer ends."""
    n_before = _size(part)
    try:
        response = _ask(url, n_before, timeout_s)
    except urllib.error.HTTPError as error:
        with error:  # It holds the connection.
            _judge_status(url, part, error)
        raise _CutError(f"the server answers {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        if n_before == 0 and not isinstance(error.reason, TimeoutError):
            raise DataError(
                f"Cannot reach {url}: {error.reason}. Check the connection, or fetch the file by "
                f"other means and name it with {argument('archive')}."
            ) from error
        raise _CutError(f"the server cannot be reached ({error.reason})") from error
    except (OSError, http.client.HTTPException) as error:
        raise _CutError(f"the connection failed ({str(error) or type(error).__name__})") from error
    with response:
        _check_address(response.url)  # It may have been redirected.
        _refuse_a_web_page(url, response.headers.get_content_type())
        n_before = _start_of(response, n_before)
        _append(response, part, n_before, n_bytes, say)


def _ask(url: str, n_before: int, timeout_s: float) -> http.client.HTTPResponse:
    request = urllib.request.Request(url, headers={"User-Agent": "tenfold"})  # noqa: S310 - checked
    if n_before:
        request.add_header("Range", f"bytes={n_before}-")
    response: http.client.HTTPResponse = urllib.request.urlopen(  # noqa: S310 - checked
        request, timeout=timeout_s
    )
    return response


def _judge_status(url: str, part: Path, error: urllib.error.HTTPError) -> None:
    """Return if asking again makes sense: 416 from the start, 429 and 5xx after a while."""
    if error.code == 416:
        part.unlink()
    elif error.code != 429 and error.code < 500:
        raise DataError(
            f"Cannot download {url}: the server answers {error.code} {error.reason}. "
            f"Fetch the file by other means and name it with {argument('archive')}."
        ) from error


def _start_of(response: http.client.HTTPResponse, n_before: int) -> int:
    """Return the position of the first byte that the server is about to send."""
    if response.status != 206:
        return 0  # A server without range support sends everything.
    span = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    if not span or int(span[1]) != n_before:
        raise _CutError("the server sends another part of the file than asked for")
    return n_before


def _append(
    response: http.client.HTTPResponse,
    part: Path,
    n_before: int,
    n_bytes: int,
    say: Say,
) -> None:
    progress = _Progress(part.stem, n_before, n_bytes, say)
    try:
        with part.open("r+b" if part.exists() else "wb") as file:
            file.truncate(n_before)
            file.seek(n_before)
            while file.tell() < n_bytes:
                chunk = _next(response, n_bytes - file.tell())
                if file.tell() == 0 and chunk.lstrip()[:1] == b"<":
                    _refuse_a_web_page(response.url, "text/html")
                file.write(chunk)
                progress.at(file.tell())
    except OSError as error:
        raise cannot_write(part, error) from error


def _next(response: http.client.HTTPResponse, at_most: int) -> bytes:
    try:
        chunk = response.read1(min(_CHUNK, at_most))
    except TimeoutError as error:
        raise _CutError("the connection stalled") from error
    except (OSError, http.client.HTTPException) as error:
        raise _CutError(f"the connection failed ({str(error) or type(error).__name__})") from error
    if not chunk:
        raise _CutError("the connection was cut")
    return chunk


def _refuse_a_web_page(url: str, content_type: str) -> None:
    if content_type == "text/html":
        raise DataError(
            f"{url} answers with a web page instead of the file, as a network that wants a "
            "login does. Open the address in a browser, or fetch the file by other means."
        )


def _take_over(part: Path, target: Path, url: str, sha256: str) -> None:
    try:
        received = sha256_of(part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        if received != sha256:
            part.unlink()
            raise DataError(
                f"What {url} sent has the SHA-256 {received}, expected {sha256}; it was deleted. "
                "Download again; if that repeats, fetch the file by other means."
            )
        part.replace(target)
        flush_folder(target.parent)
    except OSError as error:
        raise cannot_write(target, error) from error


class _Progress:
    """Shows share, speed and time left, or says them: at the start, and after each tenth."""

    def __init__(self, name: str, n_before: int, n_bytes: int, say: Say) -> None:
        self._name, self._n_before, self._n_bytes, self._say = name, n_before, n_bytes, say
        self._live = live(say)
        self._started_s = time.monotonic()
        self._tenths = -1

    def at(self, n_done: int) -> None:
        """Report the progress, if it has changed."""
        percent = 100 * n_done // self._n_bytes
        first = self._tenths < 0
        if self._live is None and percent // 10 == self._tenths:
            return
        self._tenths = percent // 10
        speed = (n_done - self._n_before) / max(time.monotonic() - self._started_s, 1e-3)
        text = f"{self._name}: {percent} % of {self._n_bytes / 1e6:.1f} MB"
        if not first:  # One chunk does not measure the speed.
            text += (
                f", {in_words(speed)}/s, {duration((self._n_bytes - n_done) / max(speed, 1))} left"
            )
        if self._live:
            self._live.show(text, n_done, self._n_bytes)
        elif n_done < self._n_bytes:  # The end has a line of its own.
            self._say(text)


def in_words(n_bytes: float) -> str:
    """Write a number of bytes as kB or MB."""
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes >= 1e6 else f"{n_bytes / 1e3:.0f} kB"
