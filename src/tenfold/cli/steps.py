"""Commands for single steps, on images alone or on an earlier run."""

import sys
import webbrowser
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tenfold.cli.command import command
from tenfold.cli.options import (
    ClusterOfParts,
    ContextOption,
    DataOptions,
    MovedData,
    OtherDataOptions,
    PartRows,
    RecipeName,
    Risk,
    Robustness,
    RunPath,
    SplitOptions,
    Threshold,
)
from tenfold.cli.screen import Screen
from tenfold.core.errors import TenfoldError, argument, nearest

if TYPE_CHECKING:
    from tenfold.core.images import Dataset

_SPLIT_SETTINGS = ("validation", "train_size")
"""The settings of a recipe that splitting uses."""


@command()
def gather(*, images: DataOptions, screen: Screen) -> None:
    """Find the images or download them, and check them (step 1)."""
    from dataclasses import asdict

    dataset = _gathered(images, screen)
    screen.say(f"{len(dataset.train):,} training images, {len(dataset.test):,} test images")
    screen.answer(asdict(dataset.provenance))


@command()
def clean(*, images: DataOptions, screen: Screen) -> None:
    """Find constant, repeated or contradictory images (step 3)."""
    from tenfold.experiment import steps

    screen.answer(steps.clean(_gathered(images, screen), say=screen.say).to_dict())


@command()
def split(
    recipe: RecipeName = None, *, images: DataOptions, trial: SplitOptions, screen: Screen
) -> None:
    """Hold out validation images, as a recipe says (step 4)."""
    from tenfold.experiment import steps
    from tenfold.experiment.gather import adapt
    from tenfold.recipes import DEFAULT, find_recipe
    from tenfold.runs import layout
    from tenfold.runs.ownership import new_folder

    overrides = trial.overrides()
    _refuse_unused(tuple(overrides))
    chosen = find_recipe(recipe or DEFAULT).with_overrides(overrides)
    dataset = _gathered(images, screen)
    chosen = adapt(chosen, dataset, overrides, say=lambda _: None)
    cleaning = steps.clean(dataset, say=screen.say)
    splits = steps.split(dataset, cleaning, chosen, seed=trial.seed, say=screen.say)
    folder = new_folder(trial.out, f"split-{dataset.name}")
    folder.write_splits(splits)
    screen.say(f"The positions are in {folder / layout.SPLITS}")
    screen.answer({"train": splits.train.tolist(), "validation": splits.validation.tolist()})


@command()
def predict(
    path: RunPath,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="IMAGE...",
            help="Images of your own: files; folders; lists (.csv, .txt); quoted patterns, such as "
            "'*.png'; or - for paths from standard input.",
        ),
    ] = None,
    *,
    data: MovedData = None,
    top: Annotated[
        int | None,
        typer.Option(min=1, metavar="K", help="Give only the K most probable classes."),
    ] = None,
    invert: Annotated[
        bool,
        typer.Option(
            "--invert", help="Predict the negatives: for ink on paper after light on dark."
        ),
    ] = False,
    out: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="New file for the predictions: .csv or .jsonl. With --cluster: a folder or an "
            "address such as s3://bucket/folder, for Parquet files; also one to go on with.",
        ),
    ] = None,
    cluster: ClusterOfParts = None,
    part_rows: PartRows = None,
    trust: Annotated[
        bool,
        typer.Option(
            "--trust",
            help="Load a model that the run's manifest does not list, if it contains no code.",
        ),
    ] = False,
    screen: Screen,
) -> None:
    """Predict a run's images, or files of your own (step 8)."""
    from tenfold.experiment import steps
    from tenfold.experiment.gather import gather_again
    from tenfold.experiment.predicting import predict_files
    from tenfold.runs import layout
    from tenfold.runs.run import Run

    if cluster is not None:
        unused = {"data": data, "top": top, "invert": invert or None, "trust": trust or None}
        _refuse_with_cluster(unused)
        screen.answer(_predict_parts(path, files, out, cluster, part_rows, screen))
        return
    if part_rows is not None:
        raise TenfoldError(f"{argument('part_rows')} is for {argument('cluster')}. Leave it out.")
    run = Run.open(path, trust=trust)
    if files:
        if data is not None:
            raise TenfoldError(
                f"{argument('data')} is for the run's own images; received image files too. Leave "
                "one of them out."
            )
        answer = predict_files(
            run,
            files,
            top=top,
            invert=invert,
            out=out,
            collect=screen.as_json,
            stdin=sys.stdin.buffer if sys.stdin else None,
            say=screen.say,
        )
        screen.answer(answer)
        return
    for option, value in (("top", top), ("invert", invert or None), ("out", out)):
        if value is not None:
            raise TenfoldError(
                f"{argument(option)} is for images of your own. Name them after "
                f"{argument('path')}, or leave {argument(option)} out."
            )
    with run.folder.owned():
        steps.predict(run, gather_again(run, data, say=screen.say), say=screen.say)
    screen.answer({name: str(run.folder / layout.PREDICTIONS[name]) for name in run.sets})


@command()
def evaluate(
    path: RunPath,
    *,
    robustness: Robustness = False,
    risk: Risk = None,
    threshold: Threshold = None,
    context: ContextOption = None,
    audit_from: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Give the accuracy without leaked test images and doubtful labels too, as this "
            "audit of the run's images says. Default: the audit in the run, if there is one.",
        ),
    ] = None,
    others: OtherDataOptions,
    screen: Screen,
) -> None:
    """Score a run's predictions (step 9), or its network on other labelled images."""
    from tenfold.experiment.evaluating import evaluate as score
    from tenfold.runs.run import Run

    run = Run.open(path)
    answer = score(
        run,
        others.data,
        robustness=robustness,
        risk=risk,
        threshold=threshold,
        context=context,
        audit_from=audit_from,
        out=others.out,
        say=screen.say,
        **others.more(),
    )
    screen.answer(answer)


@command()
def report(
    path: Annotated[
        Path, typer.Argument(metavar="RUN", help="The folder of an earlier run or study.")
    ],
    *,
    show: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    screen: Screen,
) -> None:
    """Write the page of an evaluated run, or of a study, for a browser (step 10)."""
    from tenfold.experiment.pages import write_page_of

    page = write_page_of(path, say=screen.say)
    if show and not webbrowser.open(page.absolute().as_uri()):
        screen.say("There is no browser here. Open the file in one yourself.")
    screen.answer({"page": str(page)})


def _predict_parts(
    path: Path,
    files: list[str] | None,
    out: str | None,
    cluster: str,
    part_rows: int | None,
    screen: Screen,
) -> dict[str, object]:
    from tenfold.experiment.predicting_parts import predict_parts

    if not files or out is None:
        raise TenfoldError(
            f"With {argument('cluster')}, expected images after {argument('path')}, and "
            f"{argument('out')} with a folder for the parts. Add them."
        )
    return predict_parts(path, files, out=out, cluster=cluster, part_rows=part_rows, say=screen.say)


def _refuse_with_cluster(unused: Mapping[str, object]) -> None:
    for option, value in unused.items():
        if value is not None:
            raise TenfoldError(
                f"{argument(option)} is not for {argument('cluster')}. Leave one of them out."
            )


def _gathered(images: DataOptions, screen: Screen) -> "Dataset":
    from tenfold.experiment.gather import gather

    return gather(images.data, say=screen.say, **images.more())


def _refuse_unused(settings: tuple[str, ...]) -> None:
    """Refuse a setting that would change nothing about the split."""
    for key in settings:
        if key not in _SPLIT_SETTINGS:
            near = nearest(key, _SPLIT_SETTINGS, cutoff=0)
            raise TenfoldError(
                f"Splitting does not use the setting '{key}'.{near} "
                f"It uses only: {', '.join(_SPLIT_SETTINGS)}."
            )
