"""Run the service on an address until a signal stops it."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from types import FrameType

import uvicorn

from tenfold.core.errors import TenfoldError, argument
from tenfold.core.text import Say
from tenfold.deploy.service.app import Service, make_app
from tenfold.deploy.service.connection import connections_of

BACKLOG = 2_048
"""Connections that the system holds until they are taken."""
LINGER_S = 0.3
"""How long, after a signal, connections that are open may still bring a request."""


def listen(host: str, port: int) -> socket.socket:
    """Take an address.

    Args:
        host: A name or number of this machine.
        port: 0 for a free one.

    Raises:
        TenfoldError: The address cannot be taken.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        taken = socket.socket(family, kind, protocol)
        try:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(address)
            taken.listen(BACKLOG)  # Who connects before the service is ready waits for it.
        except OSError:
            taken.close()
            raise
    except OSError as error:
        raise TenfoldError(
            f"Cannot listen at port {port} of {host}: {error.strerror or error}. Choose another "
            f"{argument('port')}, or 0 for any free one."
        ) from error
    return taken


def run(service: Service, address: socket.socket, say: Say) -> None:
    """Answer until SIGINT or SIGTERM arrives, and end what was accepted.

    Args:
        service: What answers.
        address: From `listen`.
        say: Called when it answers, and when it has stopped.

    Raises:
        TenfoldError: The service cannot start.
    """
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_run(service, address, say))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's event loop, which answers sooner; None where it does not exist."""
    if find_spec("uvloop") is None:  # On Windows, and in a light environment.
        return None
    import uvloop

    return uvloop.new_event_loop


async def _run(service: Service, address: socket.socket, say: Say) -> None:
    config = uvicorn.Config(
        make_app(service),
        http=connections_of(service),
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=max(1, round(service.limits.seconds)),
    )
    # Each damaged form gets an answer; the log would be as long as strangers like.
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    _take_turns()
    async with service.running():
        host, port = address.getsockname()[:2]
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        say(f"{url}/ is the page, and POST {url}/v1/predict answers programs. Ctrl-C stops both.")
        await _Server(config, service).serve(sockets=[address])
    n = service.metrics.requests.total()
    say(f"The service has stopped. Requests for predictions that were answered: {n:,}.")


def _take_turns() -> None:
    """Let what wakes up wait for its turn: event loop, network, and decoders, which inherit this.

    Otherwise each refusal interrupts the work on an answer, where they share a core. Linux only.
    """
    if hasattr(os, "SCHED_BATCH"):
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


class _Server(uvicorn.Server):
    """Stops in three steps, so that no request is lost that it has accepted.

    It takes no new connections, answers what open connections still bring, and then closes them.
    """

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Stop after a signal; a second Ctrl-C stops at once."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        self._service.stopping = True
        for server in self.servers:
            server.close()
        await asyncio.sleep(LINGER_S)
        await super().shutdown(sockets)
