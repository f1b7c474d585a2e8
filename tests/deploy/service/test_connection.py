import asyncio
import json
from functools import partial

import pytest
import uvicorn
from tests.made_exports import write_export
from uvicorn.server import ServerState

from tenfold.deploy.classifier import Classifier
from tenfold.deploy.service.app import Service, make_app
from tenfold.deploy.service.connection import Connection, connections_of, is_whole
from tenfold.deploy.service.limits import Limits

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n"
PREDICT = (
    b"POST /v1/predict?top=1 HTTP/1.1\r\nHost: here\r\n%sContent-Type: image/png\r\n"
    b"Content-Length: 20000\r\n\r\n"
)
BODY = b"x" * 20_000


@pytest.fixture
def service(tmp_path):
    return Service(Classifier.open(write_export(tmp_path / "model.onnx")), Limits(requests=1))


async def answer(reader):
    """Status, headers and body of the next answer; None at the end of the connection."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.strip().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    body = json.loads(await reader.readexactly(int(headers["content-length"])))
    return int(first.split()[1]), headers, body


def talk(service, *pieces, keep_alive_s=5):
    """Send pieces of bytes on one connection; return as many answers."""

    async def talked():
        config = uvicorn.Config(make_app(service), http=connections_of(service), lifespan="off")
        config.timeout_keep_alive = keep_alive_s
        config.load()
        state = ServerState()
        state.default_headers = [(b"date", b"today")]
        given = {"config": config, "server_state": state, "app_state": {}}
        connection = partial(config.http_protocol_class, **given)
        made = asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
        async with await made as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            found = []
            for piece in pieces:
                for part in piece:
                    writer.write(part)
                    await writer.drain()
                    await asyncio.sleep(0.01)  # It arrives in parts.
                found.append(await answer(reader))
            writer.close()
            await writer.wait_closed()
            return found

    return asyncio.run(talked())


def test_refuses_what_is_too_much_and_goes_on(service):
    service.metrics.n_now = 1
    found = talk(
        service,
        [HEALTH],
        [PREDICT % b"", BODY[:7], BODY[7:]],
        [PREDICT % b"" + BODY],
        [HEALTH],
    )
    assert [each[0] for each in found] == [200, 429, 429, 200]
    for _, headers, body in found[1:3]:
        assert headers["retry-after"] == "1"
        assert headers["date"] == "today"
        assert body["detail"].startswith("As many requests are being answered as")
    assert service.metrics.requests == {429: 2}


def test_the_application_makes_nothing_of_a_refused_request(service, monkeypatch):
    service.metrics.n_now = 1
    begun = []
    start = Connection._start_asgi_task

    def noted(self, cycle, app):
        begun.append(cycle.scope["path"])
        start(self, cycle, app)

    monkeypatch.setattr(Connection, "_start_asgi_task", noted)
    talk(service, [HEALTH], [PREDICT % b"" + BODY], [HEALTH])
    assert begun == ["/healthz", "/healthz"]


@pytest.mark.parametrize("before", [[], [[HEALTH]]])
def test_a_connection_that_is_to_be_closed_is_closed(service, before):
    service.metrics.n_now = 1
    *_, refused, end = talk(service, *before, [PREDICT % b"Connection: close\r\n" + BODY], [])
    assert (refused[0], end) == (429, None)


def test_other_requests_are_answered_and_so_is_the_next_one_that_is_not_too_much(service):
    service.metrics.n_now = 1
    model, *_ = talk(service, [HEALTH.replace(b"healthz", b"v1/model")])
    assert model[0] == 200
    service.metrics.n_now = 0
    _, other = talk(service, [HEALTH], [(PREDICT % b"").replace(b"image/png", b"text/css") + BODY])
    assert other[0] == 415


@pytest.mark.parametrize(
    "head",
    [
        PREDICT % b"",
        PREDICT % b"connection: keep-alive\r\nX-Other: a b\r\n",
        (PREDICT % b"").replace(b"?top=1", b""),
    ],
)
def test_a_whole_request_is_refused_unparsed(service, head, monkeypatch):
    service.metrics.n_now = 1
    parsed = []
    monkeypatch.setattr(Connection, "on_message_begin", lambda _: parsed.append(1))
    found = talk(service, [head + BODY], [head + BODY])
    assert ([each[0] for each in found], parsed) == ([429, 429], [])


@pytest.mark.parametrize(
    "odd",
    [
        PREDICT % b"Content-Length: 5\r\n" + BODY,
        PREDICT % b"content-length : 20000\r\n" + BODY,
        PREDICT % b"Transfer-Encoding: chunked\r\n" + BODY,
        PREDICT % b"Connection: close\r\n" + BODY,
        PREDICT % b"Expect: 100-continue\r\n" + BODY,
        PREDICT % b"Upgrade: h2c\r\n" + BODY,
        PREDICT % b" folded: line\r\n" + BODY,
        PREDICT % b"X: a\nb\r\n" + BODY,
        PREDICT % b"" + BODY + HEALTH,
        PREDICT % b"" + BODY[1:],
        PREDICT % b"",
        (PREDICT % b"").replace(b"1.1", b"1.0") + BODY,
        (PREDICT % b"").replace(b"predict", b"predicted") + BODY,
        HEALTH,
    ],
)
def test_whatever_is_not_a_plain_whole_request_is_left_to_the_parser(odd):
    assert is_whole(PREDICT % b"" + BODY)
    assert not is_whole(odd)


def test_a_request_that_follows_a_part_of_another_belongs_to_it(service):
    service.metrics.n_now = 1
    inner = PREDICT % b"" + BODY
    outer = (PREDICT % b"").replace(b"20000", b"%d" % len(inner))
    found = talk(service, [HEALTH], [outer, inner], [HEALTH])
    assert [each[0] for each in found] == [200, 429, 200]
    assert service.metrics.requests == {429: 1}


def test_refused_requests_keep_a_connection_open(service):
    service.metrics.n_now = 1
    whole = PREDICT % b"" + BODY
    found = talk(service, [whole], *[[b""] * 8 + [whole]] * 4, [b""] * 40, keep_alive_s=0.2)
    assert [each and each[0] for each in found] == [429] * 5 + [None]
