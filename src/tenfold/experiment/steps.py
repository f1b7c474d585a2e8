"""The steps before and after a fit: a run takes every step in order, a command takes one."""

import signal
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tenfold.core.cleaning import Cleaning
from tenfold.core.errors import RunFolderError, setting
from tenfold.core.evaluation import Evaluation
from tenfold.core.exploration import Exploration
from tenfold.core.images import Dataset
from tenfold.core.recipe import Recipe
from tenfold.core.splits import Splits
from tenfold.core.text import Say, printable
from tenfold.experiment.budget import Promise
from tenfold.experiment.calibrating import Fitted
from tenfold.experiment.looks import look_at_test
from tenfold.experiment.map_images import map_test
from tenfold.experiment.mistakes import picture_mistakes
from tenfold.experiment.next_step import own_command
from tenfold.experiment.starting import show_start
from tenfold.recipes import DEFAULT
from tenfold.runs import layout
from tenfold.runs.files import make_folder, written_whole
from tenfold.runs.folder import Folder
from tenfold.runs.request import Request
from tenfold.runs.run import Run
from tenfold.runs.tables import write_confusion, write_predictions

SHOWN = 10
"""Number of images whose predictions are shown."""


def explore(dataset: Dataset, folder: Path, *, say: Say = print) -> Exploration:
    """Step 2: count, measure and picture the images; the pictures go to `folder`."""
    from tenfold.data.explore import explore as look
    from tenfold.report.exploration import exploration_table
    from tenfold.report.pictures import save_pictures

    exploration = look(dataset)
    say(exploration_table(exploration))
    save_pictures(exploration, folder)
    return exploration


def clean(dataset: Dataset, *, say: Say = print) -> Cleaning:
    """Step 3: find images that are constant, repeated or contradictory."""
    from tenfold.data.clean import clean as check
    from tenfold.report.cleaning import cleaning_summary

    cleaning = check(dataset)
    say(cleaning_summary(cleaning))
    return cleaning


def look(
    run: Run, dataset: Dataset, request: Request, recipe: Recipe, *, say: Say = print
) -> dict[str, Any]:
    """Step 3, too: audit the images if that is asked for; otherwise look at single images only.

    Returns:
        What was found, for data.json: by kind of finding, its facts and sentences.
    """
    from tenfold.experiment.audit import audit_into
    from tenfold.findings.single_images import SingleImages

    if request.audit:
        say("\nAudit")
        make_folder(run.folder / layout.AUDIT)
        answer = audit_into(
            Folder(run.folder / layout.AUDIT),
            dataset,
            recipe=DEFAULT if request.network else recipe,
            say=say,
        )
        return {
            name: {key: found[key] for key in ("found", "facts", "sentences")}
            for name, found in answer["findings"].items()
        }
    kind = SingleImages()
    found = kind.find(dataset, say=say)
    for sentence in found.sentences if found.found else ():
        say(f"{sentence} `tenfold audit` lists them.")
    return {
        kind.name: {
            "found": found.found,
            "facts": dict(found.facts),
            "sentences": list(found.sentences),
        }
    }


def split(
    dataset: Dataset, cleaning: Cleaning, recipe: Recipe, *, seed: int, say: Say = print
) -> Splits:
    """Step 4: hold validation images out of the training images."""
    from tenfold.data.class_names import listed
    from tenfold.data.split import split as divide

    splits = divide(
        dataset.train.labels,
        cleaning.kept,
        classes=dataset.classes,
        validation=recipe.validation,
        train_size=recipe.train_size,
        seed=seed,
        given=dataset.given_validation,
        test_labels=dataset.test.labels,
        groups=dataset.groups,
    )
    say(
        f"{len(splits.train):,} images to fit, {len(splits.validation):,} for validation "
        f"({recipe.validation}), {len(dataset.test):,} to test once at the end."
    )
    for name, labels in (
        ("validation", dataset.train.labels[splits.validation]),
        ("test", dataset.test.labels),
    ):
        counts = np.bincount(labels, minlength=len(dataset.classes))
        if lacking := [each for each, n in zip(dataset.classes, counts, strict=True) if not n]:
            say(printable(f"Too few images for the {name} set: {listed(lacking)}."))
    return splits


def predict(
    run: Run,
    dataset: Dataset,
    fitted: Fitted | None = None,
    *,
    command: str = "predict",
    say: Say = print,
) -> None:
    """Step 8: predict every validation and test image; show the first ten of validation.

    Simple rules are scored on the test images too, as a comparison.

    If there are no validation images, the earlier predictions of the folds are shown.

    Args:
        run: The run.
        dataset: The run's images, as `gather_again` gives them.
        fitted: The fitted network; None for the one that the run has saved.
        command: What predicts, for the log of looks at the test images.
        say: Called with each line of output.
    """
    show_start(say)
    from tenfold.learn.predict import predict as ask
    from tenfold.learn.predict import probabilities
    from tenfold.measure.context import simple_rules
    from tenfold.report.display import save_display
    from tenfold.report.page.sheet import contact_sheet
    from tenfold.report.predictions import PredictionStrip, predictions_table

    fitted = fitted or Fitted(run.model)
    model, positions = fitted.model, run.splits.validation
    if len(positions):
        validation = dataset.train.take(positions)
        names = validation.files or tuple(map(str, positions))
        predictions = ask(model, validation, names, known=fitted.validation, say=say)
        write_predictions(predictions, run.folder / layout.PREDICTIONS["validation"])
    else:
        positions, predictions = run.splits.train, run.fold_predictions
    say(predictions_table(predictions))
    first = dataset.train.take(positions[:SHOWN])
    strip = PredictionStrip.first(first.images, predictions, SHOWN)
    save_display(strip, run.folder / layout.FIRST_PREDICTIONS)

    look_at_test(run, command, say=say)
    names = dataset.test.files or tuple(map(str, range(len(dataset.test))))
    predictions = ask(model, dataset.test, names, say=say)
    write_predictions(predictions, run.folder / layout.PREDICTIONS["test"])
    rules = simple_rules(dataset.train.view(run.splits.train), dataset.test)
    run.folder.write_json(layout.CONTEXT, {"rules": [asdict(rule) for rule in rules]})
    picture_mistakes(run.folder, dataset.test, predictions, partial(probabilities, model))
    map_test(run, dataset.test, model)
    sheet = contact_sheet(dataset.test)
    with written_whole(run.folder / layout.SHEET) as part:
        part.write_bytes(sheet.jpeg)
    run.folder.write_json(layout.SHEET_FACTS, sheet.facts())


def evaluate(
    run: Run,
    *,
    promise: Promise | None = None,
    risk: float | None = None,
    threshold: str | None = None,
    audit_from: str | Path | None = None,
    say: Say = print,
) -> None:
    """Step 9: score the saved predictions: validation first, test once at the end.

    Args:
        run: The run.
        promise: The time budget that ends with this evaluation; None to keep an earlier verdict.
        risk: As for `findings_of`.
        threshold: As for `findings_of`.
        audit_from: As for `findings_of`.
        say: Called with each line of output.
    """
    from tenfold.experiment.findings import findings_of
    from tenfold.report.calibration import draw_confidence
    from tenfold.report.display import save_figure

    folder = run.folder
    found = findings_of(run, risk=risk, threshold=threshold, audit_from=audit_from)
    for name, evaluation in found.evaluations.items():
        _write_confusion(run, name, evaluation)
    sets = (found.evaluations, found.before)
    calibrations = [each["test"].calibration for each in sets if "test" in each]
    save_figure(draw_confidence(found.selective, *calibrations), folder / layout.CONFIDENCE)
    if promise is not None:  # What remains to be written takes less than a second.
        folder.write_json(layout.BUDGET, promise.verdict().to_dict())
    folder.write_json(layout.METRICS, found.to_dict())
    text = found.words()
    folder.write_text(layout.SUMMARY, text)
    say(text)
    say(f"Everything is in {folder.path}: read {layout.SUMMARY.name}, look at {layout.PLOTS}/")


def write_page(run: Run, *, say: Say = print) -> Path:
    """Step 10: write the page of an evaluated run, and its model card; return the page's path.

    Raises:
        RunFolderError: The run has not been evaluated, or an earlier version of Tenfold did that.
    """
    from tenfold.report.model_card import model_card
    from tenfold.report.page.page import run_page

    if "diagnosis" not in run.metrics:
        raise RunFolderError(
            f"An earlier version of Tenfold evaluated {run.folder.path}, and left out figures that "
            f"the page shows. Evaluate it again: `tenfold evaluate {run.folder.path}`."
        )
    path = run.folder / layout.PAGE
    run.folder.write_text(layout.PAGE, run_page(run, own_command(run)))
    run.folder.write_text(layout.CARD, model_card(run))
    say(f"To look at it in a browser: {path}")
    return path


def pass_on(signal_name: str) -> None:
    """Send the signal that ended a fit again, so that it acts as usual.

    Raises:
        KeyboardInterrupt: No other handler was set.
    """
    signal.raise_signal(getattr(signal, signal_name))
    raise KeyboardInterrupt(signal_name)


def smaller_rate(recipe: Recipe) -> str:
    """A smaller learning rate to try after a fit diverged, marked for an error's text."""
    from tenfold.measure.next_step import smaller_rate

    return setting("learning_rate", f"{smaller_rate(recipe):g}")


def _write_confusion(run: Run, name: str, evaluation: Evaluation) -> None:
    """Write the confusion matrix of one set as counts and as row shares, each CSV and PNG."""
    from tenfold.measure.confusion import row_shares
    from tenfold.report.confusion import ConfusionMap
    from tenfold.report.display import save_display

    counts = evaluation.confusion
    for kind, matrix in (("counts", counts), ("shares", row_shares(counts))):
        table, picture = layout.CONFUSIONS[name, kind]
        write_confusion(matrix, run.classes, run.folder / table)
        drawing = ConfusionMap.of(counts, run.classes, shares=kind == "shares")
        save_display(drawing, run.folder / picture)
