"""Step 1: gather the images, and adapt the recipe to them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack, cast

from tenfold.core.data_request import DataRequest, ImageOptions
from tenfold.core.errors import DataError, argument
from tenfold.core.images import Data, Dataset
from tenfold.core.progress import in_single_lines
from tenfold.core.recipe import Recipe
from tenfold.core.text import Say
from tenfold.data.arrays import ARRAYS, dataset_of_arrays
from tenfold.data.losses import losses_of
from tenfold.data.source import path_of
from tenfold.data.sources import SOURCES, moved, source_for, source_named
from tenfold.data.split import GIVEN
from tenfold.experiment.correcting import as_corrected_before
from tenfold.report.changed import what_changed
from tenfold.report.skipped import great_loss, skipped_sentences
from tenfold.runs import layout
from tenfold.runs.run import Run


def gather(data: Data = "cifar10", *, say: Say = print, **options: Unpack[ImageOptions]) -> Dataset:
    """Step 1: find the images, or download them, and check them. Arguments as for `run`.

    Raises:
        DataError: The images are missing, or not what was expected.
    """
    return gather_requested(requested(data, options), data, say=say)


def requested(data: Data, options: ImageOptions) -> DataRequest:
    """Put the arguments of `run` into a request whose paths are valid in any working folder.

    Raises:
        DataError: No source knows `data`, or its source does not use another argument.
    """
    archive = options.get("archive")
    texts = {**options, "archive": None if archive is None else str(archive)}
    request = DataRequest(_written(data), **cast(dict[str, Any], texts))
    return source_for(request).from_anywhere(request)


def gather_requested(
    request: DataRequest, data: Data | None = None, *, say: Say = print
) -> Dataset:
    """Gather the images of a request.

    Args:
        request: What was asked.
        data: The arrays or the dataset, if the images come from memory; otherwise None.
        say: Called with each line of output.

    Raises:
        DataError: Images are missing, or not what was expected; or the request is strict, and a
            class or more than a tenth of the files is lost.
    """
    tell = in_single_lines(say)
    if data is None or isinstance(data, str | Path):
        source = source_for(request)
        if request.data == source.name and Path(source.name).exists():
            tell(
                f"'{source.name}' is the data set of that name; './{source.name}' is what is here."
            )
        dataset = source.gather(request, say=tell)
    else:
        dataset = _in_memory(data)
    _tell_provenance(dataset, tell)
    losses = losses_of(dataset)
    if request.strict and losses.great:
        raise DataError(
            f"In {dataset.provenance.location} {great_loss(losses)}. Repair these files or remove "
            f"them; or leave {argument('strict')} out, to continue without them."
        )
    return replace(dataset, provenance=replace(dataset.provenance, asked=request))


def gather_again(run: Run, data: Data | None = None, *, say: Say = print) -> Dataset:
    """Gather the images of an earlier run once more.

    Args:
        run: The run.
        data: Where its images are now, if they have moved, or the same arrays again. The run's
            record keeps their old place.
        say: Called with each line of output.

    Raises:
        DataError: The images are missing, or have changed.
    """
    origin, tell = run.data.provenance, in_single_lines(say)
    asked = origin.asked
    if data is not None:
        asked = _asked_now(origin.request, data)
        in_files = isinstance(data, str | Path)
        dataset = source_for(asked).gather(asked, say=tell) if in_files else _in_memory(data)
    elif origin.request.data == ARRAYS:
        dataset = source_for(origin.request).gather(origin.request, say=tell)  # Says what to do.
    else:
        with _saying_where_they_were(run, origin.request, origin.location):
            dataset = source_named(origin.source).gather_again(origin, say=tell)
    _tell_provenance(dataset, tell)
    then, now = run.folder.read_json(layout.DATA), dataset.digests()
    if now != then["digests"]:
        raise DataError(
            f"The images of {run.folder.path}, read from {origin.location}, have changed since its "
            f"fit, or these are different images. {what_changed(then, dataset)} Expected the "
            f"checksums {then['digests']}; found {now}. Restore the old images, name their new "
            f"place with {argument('data')}, or start a new run."
        )
    dataset = replace(dataset, provenance=replace(dataset.provenance, asked=asked))
    return as_corrected_before(run.folder, dataset)


def gather_first(run: Run, data: Data | None = None, *, say: Say = print) -> Dataset:
    """Gather the images of a run that was interrupted before it had recorded them.

    Nothing shows whether they are still the same. Arguments as for `gather_again`.

    Raises:
        DataError: The images are missing, or not what was expected.
    """
    asked = run.folder.read_request().images
    if data is not None:
        return gather_requested(_asked_now(asked, data), data, say=say)
    if asked.data == ARRAYS:
        return gather_requested(asked, say=say)
    with _saying_where_they_were(run, asked, asked.archive or asked.data):
        return gather_requested(asked, say=say)


@contextmanager
def _saying_where_they_were(run: Run, asked: DataRequest, location: str) -> Iterator[None]:
    """Add to an error where the run's images were, and how to name a new place."""
    try:
        yield
    except DataError as error:
        why = f", and cannot be read again: {error.args[0]}"
        place = asked.archive or asked.data
        # Unlike those of `Path`, this never raises.
        if Path(place).is_absolute() and not os.path.exists(place):  # noqa: PTH110
            why = ", where there is nothing now."
        raise DataError(
            f"The images of {run.folder.path} were read from {location}{why} Restore them, or name "
            f"their new place with {argument('data')}."
        ) from error


def adapt(
    recipe: Recipe, dataset: Dataset, overrides: dict[str, Any] | None = None, *, say: Say = print
) -> Recipe:
    """Adapt a recipe to the data, where the user has not decided: validation and mirroring.

    A validation set that the data holds out is used as it is. Images are not mirrored if that would
    change what they mean.
    """
    overrides = overrides or {}
    if dataset.given_validation is not None and "validation" not in overrides:
        recipe = recipe.with_overrides({"validation": GIVEN})
    if not recipe.flip or "flip" in overrides:
        return recipe
    mirroring = source_named(dataset.provenance.source).mirroring
    if mirroring.note:
        say(mirroring.note)
    return recipe if mirroring.allowed else recipe.with_overrides({"flip": False})


def _written(data: Data) -> str:
    """The data as on the command line; a `Path` is never the name of a built-in source."""
    if isinstance(data, str):
        return data
    return str(path_of(data)) if isinstance(data, Path) else ARRAYS


def _asked_now(asked: DataRequest, data: Data) -> DataRequest:
    """The request for a run's images, which are now at `data` or in memory."""
    written = _written(data)
    return DataRequest(ARRAYS) if written == ARRAYS else moved(asked, written)


def _in_memory(data: Data) -> Dataset:
    """A dataset of arrays; one that was made by hand says that it is of arrays too."""
    dataset = dataset_of_arrays(data)
    origin = dataset.provenance
    if origin.source not in {each.name for each in SOURCES}:
        origin = replace(origin, source=ARRAYS)
    return replace(dataset, provenance=replace(origin, asked=DataRequest(ARRAYS)))


def _tell_provenance(dataset: Dataset, say: Say) -> None:
    origin = dataset.provenance
    say(f"Gathered {dataset.name} from {origin.location}")
    for note in origin.notes:
        say(note)
    for sentence in skipped_sentences(dataset):
        say(sentence)
