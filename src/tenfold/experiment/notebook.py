"""Fit the classic notebook's network on a run's images, as a comparison."""

import shutil

from tenfold.core.errors import TenfoldError, argument
from tenfold.core.images import Dataset
from tenfold.core.splits import Splits
from tenfold.core.text import Say, counted, duration, percent
from tenfold.experiment.epochs import EpochLines
from tenfold.experiment.gather import adapt
from tenfold.experiment.starting import show_start
from tenfold.experiment.steps import evaluate, pass_on, write_page
from tenfold.recipes import find_recipe
from tenfold.runs import layout
from tenfold.runs.checkpoint import Checkpoints
from tenfold.runs.run import Run

RECIPE = "classic"
RULE = "the notebook's network"


def check_context(splits: Splits) -> None:
    """Check that the notebook's network can stop early.

    Raises:
        TenfoldError: No images are held out for validation.
    """
    if not len(splits.validation):
        raise TenfoldError(
            f"With {argument('context')}, {RULE} stops early by validation images; after its "
            f"folds, this run fits every image and has none. Leave {argument('context')} out, or "
            f"start a run without {argument('folds')}."
        )


def set_in_context(
    run: Run,
    dataset: Dataset,
    *,
    risk: float | None = None,
    threshold: str | None = None,
    say: Say = print,
) -> None:
    """Fit and score the notebook's network, then write the results of a run again with it.

    Args:
        run: An evaluated run.
        dataset: The run's images, as `gather_again` gives them.
        risk: As for `steps.evaluate`.
        threshold: As for `steps.evaluate`.
        say: Called with each line of output.

    Raises:
        TenfoldError: The run has no validation images.
    """
    fit_notebook(run, dataset, say=say)
    evaluate(run, risk=risk, threshold=threshold, say=lambda _: None)
    write_page(run, say=lambda _: None)


def fit_notebook(run: Run, dataset: Dataset, *, say: Say = print) -> None:
    """Fit the notebook's network on the run's images, and score it on the test images.

    A fit that was stopped goes on from its last checkpoint. One that ended is not repeated.

    Args:
        run: A run that has predicted; its own files do not change.
        dataset: The run's images, as `gather_again` gives them.
        say: Called with each line of output.

    Raises:
        TenfoldError: The run has no validation images.
    """
    folder, splits = run.folder, run.splits
    if folder.has(layout.NOTEBOOK):
        say(f"{RULE.capitalize()} was fitted before.")
        return
    check_context(splits)
    show_start(say)
    from tenfold.learn.predict import predict
    from tenfold.learn.recipe import fit_recipe
    from tenfold.measure.evaluate import evaluate as score

    train = dataset.train.take(splits.train)
    recipe = adapt(find_recipe(RECIPE), dataset, {}, say=lambda _: None).for_images(len(train))
    say(f"\nContext: fit {RULE} ({RECIPE}) on the same images")
    model, record = fit_recipe(
        recipe,
        train,
        dataset.train.take(splits.validation),
        seed=run.seed,
        listen=EpochLines(recipe.epochs, say),
        checkpoints=Checkpoints(folder / layout.NOTEBOOK_STATE),
        say=say,
    )
    if record.interrupted_by:
        say(f"Interrupted by {record.interrupted_by}. The run itself is evaluated.")
        pass_on(record.interrupted_by)
    names = tuple(map(str, range(len(dataset.test))))
    found = score(predict(model, dataset.test, names, say=say))
    folder.write_json(
        layout.NOTEBOOK,
        {
            "rule": RULE,
            "accuracy": found.accuracy,
            "interval_95": list(found.intervals["accuracy"]),
            "recipe": RECIPE,
            "epochs": len(record.epochs),
            "n_parameters": record.n_parameters,
            "wall_s": record.wall_s,
        },
    )
    shutil.rmtree(folder / layout.NOTEBOOK_STATE, ignore_errors=True)
    low, high = (percent(each, 1) for each in found.intervals["accuracy"])
    say(
        f"{RULE.capitalize()}: {percent(found.accuracy, 1)} of the test images are right (95 % "
        f"interval {low} to {high}), after {counted(len(record.epochs), 'epoch')} in "
        f"{duration(record.wall_s)}."
    )
