"""Step 1, told: where the images come from, and what a recipe may do with them."""

from dataclasses import replace
from typing import Any, Unpack, cast

from tenfold.core.errors import DataError, argument
from tenfold.core.images import DataRequest, Dataset, ImageOptions
from tenfold.core.recipe import Recipe
from tenfold.core.text import Say
from tenfold.data.losses import losses_of
from tenfold.data.sources import source_for, source_named
from tenfold.data.split import GIVEN
from tenfold.report.skipped import great_loss, skipped_sentences
from tenfold.runs import layout
from tenfold.runs.run import Run


def gather(data: str = "cifar10", *, say: Say = print, **options: Unpack[ImageOptions]) -> Dataset:
    """Step 1: find the images, or download them, and check them. Arguments as for `run`.

    Raises:
        DataError: They are not there, or not what was expected.
    """
    return gather_requested(requested(data, options), say=say)


def requested(data: str, options: ImageOptions) -> DataRequest:
    """Put the arguments of `run` into a request whose paths hold in another working folder too.

    Raises:
        DataError: No source knows `data`, or it has no use for another argument.
    """
    archive = options.get("archive")
    texts = {**options, "archive": None if archive is None else str(archive)}
    request = DataRequest(data, **cast(dict[str, Any], texts))
    return source_for(request).from_anywhere(request)


def gather_requested(request: DataRequest, *, say: Say = print) -> Dataset:
    """Gather the images that a run was asked to take.

    Raises:
        DataError: They are not there, or not what was expected; or a class or more than a tenth of
            the files is lost, where the request is strict.
    """
    dataset = source_for(request).gather(request, say=say)
    _tell_provenance(dataset, say)
    losses = losses_of(dataset)
    if request.strict and losses.great:
        raise DataError(
            f"In {dataset.provenance.location} {great_loss(losses)}. Mend these files or take them "
            f"away; or leave {argument('strict')} out, to go on without them."
        )
    return replace(dataset, provenance=replace(dataset.provenance, asked=request))


def gather_again(run: Run, *, say: Say = print) -> Dataset:
    """Gather the data of an earlier run once more.

    Raises:
        DataError: It is no longer there, or no longer the same.
    """
    origin = run.data.provenance
    dataset = source_named(origin.source).gather_again(origin, say=say)
    _tell_provenance(dataset, say)
    now, then = dataset.digests(), run.folder.read_json(layout.DATA)["digests"]
    if now != then:
        raise DataError(
            f"The data of {run.folder.path} has changed since its fit: expected the checksums "
            f"{then}; found {now}. Bring the old data back, or start a new run."
        )
    return dataset


def adapt(
    recipe: Recipe, dataset: Dataset, overrides: dict[str, Any] | None = None, *, say: Say = print
) -> Recipe:
    """Take what the data decides for the recipe, where the user has not: validation, mirroring.

    A validation set that the data holds out is taken as it is. Images are not mirrored where that
    would change what they mean.
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


def _tell_provenance(dataset: Dataset, say: Say) -> None:
    origin = dataset.provenance
    say(f"Gathered {dataset.name} from {origin.location}")
    for note in origin.notes:
        say(note)
    for sentence in skipped_sentences(dataset):
        say(sentence)
