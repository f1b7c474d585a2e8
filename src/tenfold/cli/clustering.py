"""Commands about clusters themselves."""

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from tenfold.cli.command import command
from tenfold.cli.screen import Screen


@command()
def template(
    *,
    image: Annotated[
        str | None,
        typer.Option(
            help="The image that every machine runs, which the Dockerfile makes. Default: "
            "tenfold-cluster, with this version as its tag."
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=10_000, help="Machines that work, beside the head.")
    ] = 4,
    cores: Annotated[int, typer.Option(min=1, help="Cores of each.")] = 8,
    memory: Annotated[int, typer.Option(min=1, help="Memory of each, in gigabytes.")] = 32,
    out: Annotated[Path, typer.Option(help="New folder for the files.")] = Path("cluster"),
    screen: Screen,
) -> None:
    """Write a file for `ray up` and a manifest for KubeRay, to adapt."""
    from tenfold.cluster.connect import check_ray
    from tenfold.cluster.template import Machines, templates
    from tenfold.runs.files import expanded
    from tenfold.runs.folder import Folder

    check_ray()
    machines = Machines(image or f"tenfold-cluster:{version('tenfold')}", workers, cores, memory)
    folder = Folder.create(expanded(out))
    for name, text in templates(machines, ray_version=version("ray")).items():
        folder.write_text(name, text)
        screen.say(f"{folder / name}: its first lines say how to use it.")
    screen.answer({"folder": str(folder.path)})
