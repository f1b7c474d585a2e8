import errno
import hashlib
import socket
import time

import numpy as np
import pytest
from tests.data.server import send

from tenfold.core.errors import TenfoldError
from tenfold.data import download as module
from tenfold.data.download import download

CONTENT = np.random.default_rng(0).integers(0, 256, 300_000, dtype=np.uint8).tobytes()
N = len(CONTENT)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def first_byte(request):
    asked = request.headers["Range"]
    return int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0


def serve(n_bytes=N, content=CONTENT, **headers):
    """Serve ranges as asked, but at most `n_bytes` before the connection is cut."""

    def answer(request):
        start = first_byte(request)
        span = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
        length = {"Content-Length": len(content) - start}
        status = 206 if request.headers["Range"] else 200
        body = content[start : start + n_bytes]
        send(request, status, {**length, **(span if status == 206 else {}), **headers}, body)

    return answer


def stall(request):
    send(request, 200, {"Content-Length": len(CONTENT)}, CONTENT[:50_000])
    request.wfile.flush()
    request.connection.settimeout(5)
    request.connection.recv(1)  # Until the client gives up.


def without_ranges(n_bytes=N):
    def answer(request):
        send(request, 200, {"Content-Length": len(CONTENT)}, CONTENT[:n_bytes])

    return answer


def refuse(status, **headers):
    def answer(request):
        send(request, status, {"Content-Length": 0, **headers}, b"")

    return answer


class Fetch:
    """Downloads from the server; remembers what was said and how long each pause was."""

    def __init__(self, server, folder):
        self.server = server
        self.target = folder / "data.tar.gz"
        self.part = folder / "data.tar.gz.part"
        self.said: list[str] = []
        self.pauses_s: list[float] = []

    def __call__(self, *answers, timeout_s=5.0):
        self.server.answers = answers
        download(
            self.server.url,
            self.target,
            sha256=SHA256,
            n_bytes=N,
            say=self.said.append,
            timeout_s=timeout_s,
            sleep=self.pauses_s.append,
        )


@pytest.fixture
def fetch(server, tmp_path):
    return Fetch(server, tmp_path / "new")


def left(fetch):
    return sorted(path.name for path in fetch.target.parent.iterdir())


def test_fetches_a_file_in_one_go(fetch, server):
    fetch(serve())
    assert fetch.target.read_bytes() == CONTENT
    assert server.ranges == [None]
    assert left(fetch) == ["data.tar.gz"]
    assert fetch.said[-1] == "data.tar.gz: whole, and its checksum fits."


def test_goes_on_where_the_connection_was_cut(fetch, server):
    fetch(serve(100_000))
    assert fetch.target.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=100000-", "bytes=200000-"]


def test_a_later_call_goes_on_where_the_earlier_one_ended(fetch, server):
    with pytest.raises(TenfoldError, match="connection was cut, 6 times in a row"):
        fetch(serve(100_000), serve(0))
    assert left(fetch) == ["data.tar.gz.part"]
    server.ranges.clear()
    fetch(serve())
    assert fetch.target.read_bytes() == CONTENT
    assert server.ranges == ["bytes=100000-"]


def test_a_part_that_is_whole_needs_no_server(fetch, server):
    fetch.part.parent.mkdir()
    fetch.part.write_bytes(CONTENT)
    fetch(refuse(404))
    assert fetch.target.read_bytes() == CONTENT
    assert server.ranges == []


def test_a_part_that_is_too_long_is_fetched_anew(fetch, server):
    fetch.part.parent.mkdir()
    fetch.part.write_bytes(CONTENT + b"more")
    fetch(serve())
    assert fetch.target.read_bytes() == CONTENT
    assert server.ranges == [None]


def test_gives_up_a_stalled_connection_and_goes_on(fetch, server):
    fetch(stall, serve(), timeout_s=0.2)
    assert fetch.target.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=50000-"]
    assert any("stalled" in sentence for sentence in fetch.said)


def test_starts_again_when_the_server_knows_no_ranges(fetch, server):
    fetch(without_ranges(100_000), without_ranges())
    assert fetch.target.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=100000-"]


def test_a_server_without_ranges_that_always_cuts_is_given_up(fetch, server):
    with pytest.raises(TenfoldError, match="6 times in a row"):
        fetch(without_ranges(100_000))
    assert len(server.ranges) == 7


def test_waits_longer_and_longer_for_a_busy_server(fetch):
    fetch(refuse(503), refuse(503), refuse(429), serve())
    assert fetch.target.read_bytes() == CONTENT
    assert fetch.pauses_s == [1, 2, 4]


def test_gives_up_a_server_that_stays_busy(fetch):
    with pytest.raises(TenfoldError, match=r"answers 503 .*, 6 times in a row"):
        fetch(refuse(503))
    assert fetch.pauses_s == [1, 2, 4, 8, 16]


def test_starts_again_when_the_range_is_refused(fetch, server):
    fetch(serve(100_000), refuse(416), serve())
    assert fetch.target.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=100000-", None]


def test_a_missing_file_is_said_at_once(fetch, server):
    with pytest.raises(TenfoldError, match="answers 404"):
        fetch(refuse(404))
    assert len(server.ranges) == 1


@pytest.mark.parametrize("length", [len(CONTENT) + 5, 200_000])
def test_a_lying_length_does_no_harm(fetch, length):
    fetch(serve(**{"Content-Length": length}), serve())
    assert fetch.target.read_bytes() == CONTENT


def test_a_server_that_sends_another_part_is_asked_again(fetch, server):
    fetch(serve(100_000), serve(**{"Content-Range": "bytes 0-299999/300000"}), serve())
    assert fetch.target.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=100000-", "bytes=100000-"]


def test_never_takes_more_than_the_expected_size(fetch):
    fetch(serve(content=CONTENT + b"more", n_bytes=10**6))
    assert fetch.target.read_bytes() == CONTENT


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "application/gzip"])
def test_refuses_a_web_page(fetch, content_type):
    page = b"\n<!DOCTYPE html><html>Please log in</html>"
    with pytest.raises(TenfoldError, match="answers with a web page instead of the file"):
        fetch(serve(content=page, **{"Content-Type": content_type}))
    assert not fetch.target.exists()
    assert fetch.part.read_bytes() == b""


def test_refuses_the_wrong_bytes_and_deletes_them(fetch):
    with pytest.raises(TenfoldError, match=rf"expected {SHA256}; it was deleted"):
        fetch(serve(content=CONTENT[::-1]))
    assert left(fetch) == []
    fetch(serve())
    assert fetch.target.read_bytes() == CONTENT


def test_interrupting_keeps_what_has_arrived(fetch, server, monkeypatch):
    def interrupt(self, n_done):
        if n_done >= 100_000:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(module._Progress, "at", interrupt)
        fetch(serve())
    kept = fetch.part.stat().st_size
    assert kept >= 100_000
    assert not fetch.target.exists()
    fetch(serve())
    assert server.ranges == [None, f"bytes={kept}-"]
    assert fetch.target.read_bytes() == CONTENT


def test_a_full_disk_is_said_and_what_has_arrived_is_kept(fetch, monkeypatch):
    def full(self, n_done):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module._Progress, "at", full)
    with pytest.raises(TenfoldError, match=r"Cannot write .*the disk is full"):
        fetch(serve())
    assert left(fetch) == ["data.tar.gz.part"]


def test_a_folder_that_cannot_be_made_is_said(server, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(TenfoldError, match="Cannot write"):
        download(server.url, tmp_path / "file" / "x", sha256=SHA256, n_bytes=1)


def test_a_server_that_cannot_be_reached_is_said_at_once(server, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    pauses_s: list[float] = []
    with pytest.raises(TenfoldError, match="Cannot reach http://127.0.0.1"):
        download(url, tmp_path / "x", sha256=SHA256, n_bytes=1, sleep=pauses_s.append)
    assert pauses_s == []


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/x",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "http://127.0.0.1.example.com/",
    ],
)
def test_refuses_an_address_that_is_not_https(tmp_path, url):
    with pytest.raises(TenfoldError, match="Expected an https address"):
        download(url, tmp_path / "x", sha256=SHA256, n_bytes=1)


def test_refuses_a_redirection_away_from_https(fetch, server):
    with pytest.raises(TenfoldError, match="Expected an https address"):
        fetch(refuse(302, Location=server.url.replace("127.0.0.1", "localhost")), serve())


def test_says_share_speed_and_time_left_at_the_start_and_after_each_tenth(monkeypatch):
    clock = iter([0.0, 0.5, 2.0, 10.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    said: list[str] = []
    progress = module._Progress("x", 20_000_000, 170_000_000, said.append)
    for n_done in (20_010_000, 33_900_000, 34_000_000, 35_000_000, 170_000_000):
        progress.at(n_done)
    assert said == [
        "x: 11 % of 170.0 MB",
        "x: 20 % of 170.0 MB, 7.0 MB/s, 19 s left",
    ]
