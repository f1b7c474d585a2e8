"""Refuses what is too much on an open connection, before anything is made of it."""

from functools import partial
from typing import Any

from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from tenfold.deploy.service.app import PREDICT, Service


class Connection(HttpToolsProtocol):
    """One client's connection.

    Far beyond saturation most requests are refused. The application would refuse them as well, but
    would take longer, and the network has to wait meanwhile.
    """

    def __init__(self, service: Service, refusal: bytes, **given: Any) -> None:  # noqa: ANN401
        super().__init__(**given)
        self._service, self._refusal = service, refusal

    def on_headers_complete(self) -> None:
        """Refuse a request, or begin to answer it."""
        if not self._is_too_much():
            super().on_headers_complete()
            return
        # The request before it is answered: uvicorn drops whatever else arrives, up to the next.
        default = (b"%s: %s\r\n" % each for each in self.server_state.default_headers)
        self.transport.write(b"".join((STATUS_LINE[429], *default, self._refusal)))
        self._service.metrics.answered(429, 0.0)
        self.on_response_complete()

    def _is_too_much(self) -> bool:
        """Whether it follows another request on an open connection, and there are too many."""
        return (
            self._service.is_busy
            and self.cycle is not None
            and self.cycle.response_complete
            and self.url.partition(b"?")[0] == PREDICT.encode()
            and not self._service.stopping
            and self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
        )


def connections_of(service: Service) -> Any:  # noqa: ANN401 - uvicorn wants a class.
    """What makes a service's connections, for uvicorn."""
    return partial(Connection, service, _after_the_status(service.refusal))


def _after_the_status(response: Response) -> bytes:
    headers = [b"%s: %s\r\n" % each for each in response.raw_headers]
    return b"".join((*headers, b"\r\n", bytes(response.body)))
