"""Commands that put a network to use for others."""

from pathlib import Path
from typing import Annotated

import typer

from tenfold.cli.command import command
from tenfold.cli.screen import Screen


@command()
def serve(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="RUN_OR_EXPORT",
            help="An ONNX export, or the folder of a run, which is exported on first use.",
        ),
    ],
    *,
    host: Annotated[
        str, typer.Option(help="The address to listen at; 0.0.0.0 for all of this machine.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="The port; 0 for any free one.")
    ] = 8000,
    token: Annotated[
        str | None,
        typer.Option(envvar="TENFOLD_TOKEN", help="Answer only requests with this bearer token."),
    ] = None,
    body_mb: Annotated[int, typer.Option(min=1, help="Largest body of a request, in MB.")] = 16,
    images: Annotated[int, typer.Option(min=1, help="Most images in a request.")] = 64,
    requests: Annotated[int, typer.Option(min=1, help="Most requests at once.")] = 64,
    seconds: Annotated[float, typer.Option(min=0.1, help="Most seconds for a request.")] = 30.0,
    decode_s: Annotated[
        float, typer.Option(min=0.1, help="Most seconds to decode an image.")
    ] = 10.0,
    decode_mb: Annotated[
        int, typer.Option(min=200, help="Memory of a process that decodes, in MB.")
    ] = 1_500,
    batch: Annotated[int, typer.Option(min=1, help="Most images predicted together.")] = 32,
    screen: Screen,
) -> None:
    """Answer requests with a network: a page for people, HTTP for programs."""
    from tenfold.deploy.service.limits import Limits
    from tenfold.experiment.serve import serve as served

    limits = Limits(body_mb, images, requests, seconds, decode_s, decode_mb, batch)
    served(path, host=host, port=port, token=token, limits=limits, say=screen.say)
