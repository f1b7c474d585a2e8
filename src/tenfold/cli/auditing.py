"""The command that audits images."""

from typing import Annotated

import typer

from tenfold.cli.command import command
from tenfold.cli.options import ClusterOfParts, DataPlace, Out
from tenfold.cli.screen import Screen


@command(places={"data": "DATA"})
def audit(
    *,
    images: DataPlace,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND", help="Look for this kind of finding only, such as near-duplicates."
        ),
    ] = None,
    recipe: Annotated[
        str, typer.Option(metavar="RECIPE", help="The recipe of the networks that check labels.")
    ] = "standard",
    cluster: ClusterOfParts = None,
    out: Out = None,
    screen: Screen,
) -> None:
    """Look for faults before fitting: near-duplicates, and labels that networks doubt."""
    from tenfold.experiment.audit import audit as look

    answer = look(
        images.data,
        only=only or (),
        recipe=recipe,
        cluster=cluster,
        out=out,
        say=screen.say,
        **images.more(),
    )
    screen.answer(answer)
