"""Refuses what is too much on an open connection, before anything is made of it."""

import re
from functools import partial
from typing import Any

from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from tenfold.deploy.service.app import PREDICT, Service

_HEADERS = (
    rb"(?:(?!transfer-encoding|content-length|connection|expect|upgrade)[!-9;-~]+:[\t -\xff]*\r\n"
    rb"|connection: *keep-alive\r\n)*"
)
_HEAD = re.compile(
    rb"POST %s(?:\?[!-~]*)? HTTP/1\.1\r\n%scontent-length: *(\d{1,9})\r\n%s\r\n"
    % (PREDICT.encode(), _HEADERS, _HEADERS),
    re.IGNORECASE,
)
"""The head of a plain request for predictions, with the length of its body. Whatever looks
otherwise is for uvicorn's parser."""


class Refusals:
    """What a service sends where one more request would be too much."""

    def __init__(self, service: Service) -> None:
        response: Response = service.refusal
        headers = [b"%s: %s\r\n" % each for each in response.raw_headers]
        self._rest = b"".join((*headers, b"\r\n", bytes(response.body)))
        self._default: object = None
        self._whole = b""

    def whole(self, default: list[tuple[bytes, bytes]]) -> bytes:
        """The answer, with uvicorn's default headers: a new list whenever the date is another."""
        if default is not self._default:
            lines = (b"%s: %s\r\n" % each for each in default)
            self._default, self._whole = default, b"".join((STATUS_LINE[429], *lines, self._rest))
        return self._whole


class Connection(HttpToolsProtocol):
    """One client's connection.

    Far beyond saturation most requests are refused, and the network has to wait meanwhile. So a
    request that arrives whole is refused before it is parsed, and another one after its head. The
    application would refuse them as well, but would take longer.
    """

    def __init__(self, service: Service, refusals: Refusals, **given: Any) -> None:  # noqa: ANN401
        super().__init__(**given)
        self._service, self._refusals = service, refusals
        self._in_request = False
        self._refused_at = 0.0

    def data_received(self, data: bytes) -> None:
        """Refuse a whole request, or parse what has arrived."""
        if self._may_refuse() and not self._in_request and is_whole(data):
            self._refuse()
            self._refused_at = self.loop.time()
            if self.timeout_keep_alive_task is None:
                self.timeout_keep_alive_handler()
            return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Note that a request has begun to arrive."""
        self._in_request = True
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """Note that a request has arrived."""
        self._in_request = False
        super().on_message_complete()

    def on_headers_complete(self) -> None:
        """Refuse a request, or begin to answer it."""
        if not self._is_too_much():
            super().on_headers_complete()
            return
        # The request before it is answered: uvicorn drops whatever else arrives, up to the next.
        self._refuse()
        self.on_response_complete()

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection, unless a request has been refused lately."""
        left = self._refused_at + self.timeout_keep_alive - self.loop.time()
        if left <= 0:
            super().timeout_keep_alive_handler()
            return
        self.timeout_keep_alive_task = self.loop.call_later(left, self.timeout_keep_alive_handler)

    def _refuse(self) -> None:
        self.transport.write(self._refusals.whole(self.server_state.default_headers))
        self._service.metrics.answered(429, 0.0)

    def _may_refuse(self) -> bool:
        """Whether there are too many requests, and this connection waits for no answer."""
        answered = self.cycle is None or self.cycle.response_complete
        return self._service.is_busy and answered and not self._service.stopping

    def _is_too_much(self) -> bool:
        """Whether it follows another request on an open connection, and there are too many."""
        return (
            self._may_refuse()
            and self.cycle is not None
            and self.url.partition(b"?")[0] == PREDICT.encode()
            and self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
        )


def is_whole(data: bytes) -> bool:
    """Whether these bytes are one request for predictions, from its first byte to its last."""
    head = _HEAD.match(data)
    return head is not None and len(data) == head.end() + int(head[1])


def connections_of(service: Service) -> Any:  # noqa: ANN401 - uvicorn wants a class.
    """What makes a service's connections, for uvicorn."""
    return partial(Connection, service, Refusals(service))
