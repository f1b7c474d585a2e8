"""Put a network behind an address: a page for people, HTTP for programs."""

from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.core.text import Say
from tenfold.deploy.page.render import Sureness
from tenfold.experiment.load import load
from tenfold.runs import layout
from tenfold.runs.files import expanded
from tenfold.runs.run import Run

if TYPE_CHECKING:
    from tenfold.deploy.service.limits import Limits

LOOPBACK = ("127.0.0.1", "::1")


def serve(
    path: str | Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    token: str | None = None,
    limits: "Limits | None" = None,
    say: Say = print,
) -> None:
    """Answer requests with a network until SIGINT or SIGTERM arrives.

    Args:
        path: An ONNX export, or a run's folder, which is exported on first use.
        host: The address to listen at; only this machine by default.
        port: Its port; 0 for a free one.
        token: That each request must carry; None for none.
        limits: What is accepted; None for the defaults.
        say: Called with each line of output.

    Raises:
        TenfoldError: The service cannot start.
    """
    from tenfold.deploy.service.app import Service
    from tenfold.deploy.service.limits import Limits
    from tenfold.deploy.service.server import listen, run

    classifier = load(path, say=say)
    sureness, report = _known_of(expanded(path))
    if token:  # A link could not carry it.
        report = None
    service = Service(classifier, limits or Limits(), token or None, sureness, report)
    address = listen(host, port)
    if address.getsockname()[0] not in LOOPBACK and not token:
        say("Whoever reaches this address can use the service: a token would limit that.")
    run(service, address, say)


def _known_of(path: Path) -> tuple[Sureness, Path | None]:
    """How sure answers were in validation, and the report, of a run; an export has neither."""
    if not path.is_dir():
        return Sureness(), None
    run = Run.open(path)
    sureness = Sureness.of(run.metrics) if run.folder.has(layout.METRICS) else Sureness()
    return sureness, run.folder / layout.PAGE if run.folder.has(layout.PAGE) else None
