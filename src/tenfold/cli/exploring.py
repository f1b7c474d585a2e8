"""The command that explores images."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tenfold.cli.command import command
from tenfold.cli.options import OptionalDataOptions, Out
from tenfold.cli.screen import Screen
from tenfold.core.errors import TenfoldError, argument

if TYPE_CHECKING:
    from tenfold.core.images import Dataset
    from tenfold.runs.run import Run


@command()
def explore(
    *,
    images: OptionalDataOptions,
    neighbours: Annotated[
        list[str] | None,
        typer.Option(
            metavar="IMAGE",
            help="Show the training images most like this one: a position, such as 17; test:17; or "
            "a file. Repeatable.",
        ),
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN",
            help="Explore the images of this run, and compare them by its network's features too.",
        ),
    ] = None,
    out: Out = None,
    screen: Screen,
) -> None:
    """Count, measure, picture and map the images (step 2)."""
    from tenfold.experiment import steps
    from tenfold.experiment.map_images import map_images
    from tenfold.experiment.neighbours import neighbours as find
    from tenfold.experiment.neighbours import wanted
    from tenfold.runs.ownership import new_folder
    from tenfold.runs.run import Run

    earlier = None if run is None else Run.open(run)
    dataset = _dataset(images, earlier, screen)
    wanted(dataset, neighbours or [])  # A wrong one is refused before any work is done.
    folder = new_folder(out, f"explore-{dataset.name}")
    answer = steps.explore(dataset, folder / "plots", say=screen.say).to_dict()
    maps = map_images(dataset, folder.path, run=earlier, say=screen.say)
    answer["maps"] = [{"name": each.name, "of": each.of, "axes": each.axes} for each in maps]
    if neighbours:
        answer["neighbours"] = find(dataset, neighbours, folder.path, run=earlier, say=screen.say)
    folder.write_json("exploration.json", answer)
    screen.say(f"The pictures are in {folder / 'plots'}")
    screen.answer(answer)


def _dataset(images: OptionalDataOptions, run: "Run | None", screen: Screen) -> "Dataset":
    """The images that the options name, or those of the run."""
    from tenfold.experiment.gather import gather, gather_again

    if run is None:
        return gather(images.data or "cifar10", say=screen.say, **images.more())
    for option, value in images.more().items():
        if value is not None:
            raise TenfoldError(
                f"{argument('run')} decides how its images are read. Leave {argument(option)} out."
            )
    return gather_again(run, images.data or None, say=screen.say)
