"""Put a network behind an address: a page for people, HTTP for programs."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.core.errors import TenfoldError
from tenfold.core.text import Say
from tenfold.experiment.load import load

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
    missing = [name for name in ("fastapi", "uvicorn", "python_multipart") if not find_spec(name)]
    if missing:
        raise TenfoldError(
            f"The service needs {', '.join(missing)}, which is not installed. Install it with: "
            "pip install 'tenfold[serve]'"
        )
    from tenfold.deploy.service.app import Service
    from tenfold.deploy.service.limits import Limits
    from tenfold.deploy.service.server import listen, run

    service = Service(load(path, say=say), limits or Limits(), token or None)
    address = listen(host, port)
    if address.getsockname()[0] not in LOOPBACK and not token:
        say("Whoever reaches this address can use the service: a token would limit that.")
    run(service, address, say)
