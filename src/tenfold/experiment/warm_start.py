"""Warm start: a fit that begins with the weights of an earlier run."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tenfold.core.errors import TenfoldError, argument, setting
from tenfold.core.images import Dataset
from tenfold.core.networks import OwnNetwork
from tenfold.core.recipe import Recipe
from tenfold.core.splits import Splits
from tenfold.core.text import Say
from tenfold.runs import layout
from tenfold.runs.files import sha256_of
from tenfold.runs.request import Request, StartedFrom
from tenfold.runs.run import Run

if TYPE_CHECKING:
    import keras


def opened(start: str | Path | Run) -> Run:
    """The earlier run.

    Raises:
        RunFolderError: It is not the folder of a run.
    """
    return start if isinstance(start, Run) else Run.open(start)


def started_from(start: str | Path | Run) -> StartedFrom:
    """The part of a request that names the run to take the initial weights from.

    Raises:
        TenfoldError: It is not the folder of a run, or has not been fitted.
    """
    run = opened(start)
    if not run.is_fitted:
        raise TenfoldError(
            f"{run.folder.path} has no fitted network to begin with: its fit has not ended. End it "
            f"first: `tenfold resume {run.folder.path}`."
        )
    path = run.folder.path.resolve()
    return StartedFrom(str(path), sha256_of(path / layout.MODEL.name))


def check_start(request: Request) -> None:
    """Refuse folds for a warm start.

    Raises:
        TenfoldError: The request has both.
    """
    if request.start is not None and request.folds is not None:
        raise TenfoldError(
            f"The network of {argument('start')} has already seen the images that "
            f"{argument('folds')} would hold out. Leave one of the two out."
        )


def check_fits(
    request: Request,
    dataset: Dataset,
    train_digest: str,
    splits: Splits,
    recipe: Recipe,
    *,
    say: Say,
) -> None:
    """Compare the earlier run with the new one, whose training images have `train_digest`.

    Raises:
        TenfoldError: Classes, shape or network differ, or images that the earlier run was fitted to
            would validate the new one.
    """
    if request.start is None:
        return
    earlier = Run.open(request.start.path)
    facts = earlier.data
    for what, expected, found in (
        ("classes", facts.classes, dataset.classes),
        ("shape of images", facts.shape, dataset.shape),
        ("network", _network(earlier.recipe), _network(recipe)),
    ):
        if expected != found:
            raise TenfoldError(
                f"Cannot begin with the weights of {earlier.folder.path}: expected its {what}, "
                f"{expected}; received {found}. Leave {argument('start')} out to begin anew."
            )
    if earlier.folder.read_json(layout.DATA)["digests"]["train"] != train_digest:
        say(
            f"{earlier.folder.path} was fitted to other images. Make sure yourself that none of "
            "them is among the validation and test images, where it would flatter the network."
        )
        return
    seen = np.intersect1d(earlier.splits.train, splits.validation)
    if len(seen) and not len(earlier.splits.validation):
        raise TenfoldError(
            f"{earlier.folder.path} was fitted to all training images, so that none are left to "
            f"validate. Leave {argument('start')} out to begin anew."
        )
    if len(seen):
        validation = setting("validation", str(earlier.recipe.validation))
        raise TenfoldError(
            f"{len(seen):,} of the {len(splits.validation):,} validation images are among those "
            f"that {earlier.folder.path} was fitted to, and would flatter the network. Split the "
            f"images as that run did: {argument('seed', str(earlier.seed))} and {validation}."
        )


def take_weights(network: "keras.Model", request: Request, recipe: Recipe) -> None:
    """Give a network the weights of the earlier run, if there is one.

    Raises:
        TenfoldError: The weights are missing, or have changed since the run began.
    """
    if request.start is None:
        return
    build = recipe.network.build if isinstance(recipe.network, OwnNetwork) else None
    earlier = Run.open(request.start.path, network=build)
    if sha256_of(earlier.folder / layout.MODEL) != request.start.sha256:
        raise TenfoldError(
            f"The network of {request.start.path} has changed since this run began from it: "
            f"expected the SHA-256 {request.start.sha256}. Restore the old file, or start a new "
            "run."
        )
    network.set_weights(earlier.model.get_weights())


def _network(recipe: Recipe) -> dict[str, object]:
    """The settings that two networks must share: every setting except the precision."""
    return recipe.network.model_dump(mode="json", exclude={"precision", "function"})
