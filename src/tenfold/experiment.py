"""The story: every step of image classification, in order, on one page.

Gather, explore, clean, split, define, compile, fit, predict, evaluate. Each step is a function
of its own elsewhere; here they follow each other, tell what they do, and leave their files.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenfold.core.checkpoint import Checkpoints
from tenfold.core.cleaning import Cleaning
from tenfold.core.environment import environment
from tenfold.core.errors import TenfoldError
from tenfold.core.evaluation import Evaluation
from tenfold.core.exploration import Exploration
from tenfold.core.history import Epoch, FitRecord
from tenfold.core.images import Dataset
from tenfold.core.recipe import Recipe
from tenfold.core.request import CHECKPOINT_EVERY_S, Request
from tenfold.core.run_folder import RunFolder
from tenfold.core.splits import Splits
from tenfold.core.text import duration
from tenfold.gathering import Say, digests, gather, suit
from tenfold.ownership import begun, new_path
from tenfold.planning import plan_for, tell_budget
from tenfold.recipes import DEFAULT, find_recipe
from tenfold.results import Run

if TYPE_CHECKING:
    import keras

OUTCOMES = ("predictions-validation.csv", "predictions-test.csv", "metrics.json", "summary.txt")
"""What belongs to one fitted network and to no other."""


def run(
    recipe: str | None = None,
    *,
    data: str = "cifar10",
    archive: str | Path | None = None,
    side_px: int = 32,
    seed: int = 0,
    out: str | Path | None = None,
    overrides: dict[str, Any] | None = None,
    tensorboard: bool = False,
    budget_s: float | None = None,
    checkpoint_every_s: float = CHECKPOINT_EVERY_S,
    fit_only: bool = False,
    say: Say = print,
) -> Run:
    """Take images through the whole of classification, and return the evaluated run.

    Args:
        recipe: A recipe's name; `tenfold recipes` lists them. By default `standard`.
        data: `cifar10`, `digits`, or a folder of images: `<root>/<class>/<image>` or
            `<root>/{train,test}/<class>/<image>`.
        archive: CIFAR-10's archive, where it is not to be looked for or downloaded.
        side_px: Height and width in pixels that images of a folder are brought to.
        seed: Decides splits, initial weights, dropout and order: 0 or more.
        out: New folder for the results; by default one under `runs/`.
        overrides: Settings of the recipe to change.
        tensorboard: Whether to write TensorBoard's logs into the run's folder.
        budget_s: Seconds in which everything after gathering shall be done: the machine is
            measured, and epochs are chosen to fit; without a recipe's name, the recipe too.
        checkpoint_every_s: Seconds from one checkpoint to the next within an epoch; each epoch
            ends with one.
        fit_only: Whether to end after the fit; `predict` and `evaluate` can follow.
        say: Where to tell the story, line by line.

    Raises:
        TenfoldError: Something that the user can mend; what was reached is in the folder.
    """
    request = Request(
        recipe=recipe,
        data=_absolute(data),
        archive=None if archive is None else str(Path(archive).absolute()),
        side_px=side_px,
        seed=seed,
        overrides=overrides or {},
        tensorboard=tensorboard,
        budget_s=budget_s,
        checkpoint_every_s=checkpoint_every_s,
        fit_only=fit_only,
    )
    chosen = recipe_for(request)  # A wrong name is told before anything is downloaded.
    dataset = gather(data, archive=archive, side_px=side_px, say=say)
    label = recipe or (DEFAULT if budget_s is None else "budget")
    with begun(new_path(out, f"{label}-{dataset.name}-seed{seed}"), request) as done:
        carry_out(done, dataset, suit(chosen, dataset, overrides, say=say), request, say=say)
    return done


def train(recipe: str | None = None, **options: Any) -> Run:  # noqa: ANN401
    """Do every step up to the fit; `predict` and `evaluate` can follow. Arguments as for `run`."""
    return run(recipe, fit_only=True, **options)


def recipe_for(request: Request) -> Recipe:
    """The recipe that was asked for.

    Raises:
        TenfoldError: There is no such recipe, or a setting does not fit.
    """
    return find_recipe(request.recipe or DEFAULT).with_overrides(request.overrides)


def carry_out(
    done: Run, dataset: Dataset, recipe: Recipe, request: Request, *, say: Say = print
) -> None:
    """Steps 2 to 9, without those that an earlier process has ended.

    recipe.yaml is the last file of what comes before the fit, fit.json the last of the fit.
    """
    began_at = time.perf_counter()
    deadline = None
    if (done.folder / "recipe.yaml").exists():
        splits, recipe = done.splits, done.recipe
    else:
        splits = _prepare(done, dataset, recipe, seed=request.seed, say=say)
        recipe = recipe.for_images(len(splits.train))
        if request.budget_s is not None:
            left_s = request.budget_s - (time.perf_counter() - began_at)
            plan = plan_for(request, dataset, splits, seconds=left_s, say=say)
            recipe, deadline = plan.recipe, began_at + request.budget_s - plan.reserve_s
        recipe = _settle(done, recipe, seed=request.seed)
    model = (
        done.model
        if done.is_fitted
        else _fit(done, dataset, splits, recipe, request, deadline=deadline, say=say)
    )
    if not request.fit_only:
        predict(done, dataset, model, say=say)
        evaluate(done, dataset, say=say)
        if deadline is not None and request.budget_s is not None:
            tell_budget(done, request.budget_s, time.perf_counter() - began_at, say)
    if done.is_fitted:
        Checkpoints(done.folder / "checkpoints").clear()


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


def split(
    dataset: Dataset, cleaning: Cleaning, recipe: Recipe, *, seed: int, say: Say = print
) -> Splits:
    """Step 4: hold validation images out of the training images."""
    from tenfold.data.split import split as divide

    splits = divide(
        dataset.train.labels,
        cleaning.kept,
        classes=dataset.classes,
        validation=recipe.validation,
        train_size=recipe.train_size,
        seed=seed,
    )
    say(
        f"{len(splits.train):,} images to fit, {len(splits.validation):,} for validation "
        f"({recipe.validation}), {len(dataset.test):,} to test once at the end."
    )
    return splits


def predict(done: Run, dataset: Dataset, model: "keras.Model", *, say: Say = print) -> None:
    """Step 8: predict every validation and test image; show the first ten of validation."""
    from tenfold.learn.predict import predict as ask
    from tenfold.report.palette import save_display
    from tenfold.report.predictions import PredictionStrip, predictions_table
    from tenfold.report.tables import write_predictions

    say("\nPredict")
    validation = dataset.train.take(done.splits.validation)
    names = validation.files or tuple(map(str, done.splits.validation))
    predictions = ask(model, validation, names)
    write_predictions(predictions, done.folder / "predictions-validation.csv")
    say(predictions_table(predictions))
    strip = PredictionStrip.first(validation.images, predictions)
    save_display(strip, done.folder.plot("first-predictions"))

    names = dataset.test.files or tuple(map(str, range(len(dataset.test))))
    write_predictions(ask(model, dataset.test, names), done.folder / "predictions-test.csv")


def predict_files(done: Run, files: Sequence[Path], *, say: Say = print) -> dict[str, Any]:
    """Predict image files of the user's own with a run's network; returns values for JSON.

    Raises:
        TenfoldError: None of the files can be read.
    """
    from tenfold.data.picture import read_images
    from tenfold.learn.predict import probabilities

    pictures = read_images(files, done.model.input_shape[1:])
    for name, reason in pictures.skipped:
        say(f"Skipped {name}: {reason}")
    if not pictures.files:
        raise TenfoldError(
            f"Expected image files; none of the {len(files)} given can be read. "
            f"{pictures.skipped[0][0]}: {pictures.skipped[0][1]}"
        )
    classes = done.classes
    answers = {}
    for file, row in zip(pictures.files, probabilities(done.model, pictures.images), strict=True):
        best = int(row.argmax())
        say(f"{file}: {classes[best]} ({row[best]:.1%})")
        by_class = dict(zip(classes, row.tolist(), strict=True))
        answers[str(file)] = {"predicted": classes[best], "probabilities": by_class}
    return {"predictions": answers, "skipped": dict(pictures.skipped)}


def evaluate(done: Run, dataset: Dataset, *, say: Say = print) -> None:
    """Step 9: score the predictions, validation first, test once at the end."""
    from tenfold.measure.diagnosis import diagnose
    from tenfold.report.summary import summary

    say("\nEvaluate")
    record = done.record
    evaluations = {"validation": done.validation_evaluation, "test": done.evaluation}
    for name, evaluation in evaluations.items():
        _write_confusion(done.folder, name, evaluation, dataset.classes)
    done.folder.write_json(
        "metrics.json",
        {
            **{name: evaluation.to_dict() for name, evaluation in evaluations.items()},
            "train": {"n": record.n_train_scored, "accuracy": record.train_accuracy},
            "fit": {
                "wall_s": record.wall_s,
                "epochs": len(record.epochs),
                "best_epoch": record.best_epoch,
                "n_parameters": record.n_parameters,
                "stopped_early": record.stopped_early,
                "interrupted_by": record.interrupted_by,
                "out_of_time": record.out_of_time,
            },
            **_budget(done.folder),
        },
    )
    findings = done.folder.read_json("data.json")["cleaning"]["findings"]
    text = summary(
        dataset=dataset,
        splits=done.splits,
        recipe=done.recipe,
        seed=done.seed,
        fit=record,
        validation=done.validation_evaluation,
        test=done.evaluation,
        diagnosis=diagnose(record, done.validation_evaluation),
        notes=[f"{found['action']} {found['n']}: {found['reason']}" for found in findings],
    )
    done.folder.write_text("summary.txt", text)
    say(text)
    say(f"Everything is in {done.folder.path}")


def _budget(folder: RunFolder) -> dict[str, Any]:
    """What an earlier evaluation said of a time budget, if there was one."""
    return {"budget": folder.read_json("budget.json")} if (folder / "budget.json").exists() else {}


def _write_confusion(
    folder: RunFolder, name: str, evaluation: Evaluation, classes: tuple[str, ...]
) -> None:
    """Leave the confusion matrix of one set as counts and as row shares, each CSV and PNG."""
    from tenfold.measure.confusion import row_shares
    from tenfold.report.confusion import ConfusionMap
    from tenfold.report.palette import save_display
    from tenfold.report.tables import write_confusion

    counts = evaluation.confusion
    for kind, matrix in (("counts", counts), ("shares", row_shares(counts))):
        write_confusion(matrix, classes, folder / f"confusion-{name}-{kind}.csv")
        picture = ConfusionMap(counts, classes, shares=kind == "shares")
        save_display(picture, folder.plot(f"confusion-{name}-{kind}"))


def _prepare(done: Run, dataset: Dataset, recipe: Recipe, *, seed: int, say: Say) -> Splits:
    """Steps 2 to 4, each leaving its files."""
    folder = done.folder
    folder.write_json("environment.json", environment(folder.path))
    say("\nExplore")
    exploration = explore(dataset, folder / "plots", say=say)
    say("\nClean")
    cleaning = clean(dataset, say=say)
    folder.write_json(
        "data.json",
        {
            **exploration.to_dict(),
            "digests": digests(dataset),
            "provenance": asdict(dataset.provenance),
            "cleaning": cleaning.to_dict(),
        },
    )
    say("\nSplit")
    splits = split(dataset, cleaning, recipe, seed=seed, say=say)
    folder.write_splits(splits)
    return splits


def _settle(done: Run, recipe: Recipe, *, seed: int) -> Recipe:
    """Write the recipe with nothing left open: measured again, it might come out differently."""
    from tenfold.learn.precision import choose_precision

    settled = recipe.model_copy(update={"precision": choose_precision(recipe)})
    done.folder.write_recipe(settled, seed=seed)
    return settled


def _fit(
    done: Run,
    dataset: Dataset,
    splits: Splits,
    recipe: Recipe,
    request: Request,
    *,
    deadline: float | None,
    say: Say,
) -> "keras.Model":
    """Steps 5 to 7: define, compile, fit; returns the fitted network."""
    folder = done.folder
    say(f"\nFit {recipe.name}: {recipe.network.describe()}; {recipe.epochs} epochs at most")
    from tenfold.learn.recipe import fit_recipe
    from tenfold.learn.storage import save_model
    from tenfold.report.curves import draw_curves
    from tenfold.report.palette import save_figure
    from tenfold.report.tables import write_history

    model, record = fit_recipe(
        recipe,
        dataset.train.take(splits.train),
        dataset.train.take(splits.validation),
        seed=request.seed,
        listen=_epoch_lines(recipe.epochs, say),
        tensorboard=folder / "tensorboard" if request.tensorboard else None,
        deadline=deadline,
        checkpoints=Checkpoints(folder / "checkpoints", request.checkpoint_every_s),
        say=say,
    )
    folder.remove(*OUTCOMES)  # An interrupted fit may have left those of other weights.
    save_model(model, folder / "model.keras")
    folder.write_manifest("model.keras")
    write_history(record, folder / "history.csv")
    if record.diverged_at is not None:
        raise TenfoldError(
            f"The loss stopped being a number in epoch {record.diverged_at}. The weights of epoch "
            f"{record.best_epoch} are kept in {folder / 'model.keras'}. Try a smaller "
            f"learning rate, such as --set learning_rate={recipe.learning_rate / 10:g}."
        )
    save_figure(draw_curves(record), folder.plot("curves"))
    folder.write_json("fit.json", asdict(record))
    _tell_end_of_fit(done, record, say)
    return model


def _epoch_lines(n_epochs: int, say: Say) -> Callable[[Epoch], None]:
    """Tell each epoch as it ends, with the time that all of them may still take."""
    began_at, told = time.perf_counter(), 0

    def tell(epoch: Epoch) -> None:
        nonlocal told
        told += 1
        mean_s = (time.perf_counter() - began_at) / told
        left_s = mean_s * (n_epochs - epoch.epoch)
        say(
            f"epoch {epoch.epoch:>{len(str(n_epochs))}}/{n_epochs}  "
            f"loss {epoch.loss:.3f}  accuracy {epoch.accuracy:6.1%}  "
            f"validation {epoch.validation_loss:.3f} {epoch.validation_accuracy:6.1%}  "
            f"{epoch.wall_s:.1f} s, at most {duration(left_s)} left"
        )

    return tell


def _tell_end_of_fit(done: Run, record: FitRecord, say: Say) -> None:
    if record.interrupted_by:
        say(
            f"Interrupted by {record.interrupted_by}. What was learnt so far is kept. To go on: "
            f"tenfold resume {done.folder.path}"
        )
    if record.out_of_time:
        say("The time for fitting was over before the last epoch; what was learnt is kept.")
    say(f"Fitted in {duration(record.wall_s)}; the weights of epoch {record.best_epoch} are kept.")


def _absolute(data: str) -> str:
    """A folder of images by its whole path, so that a run can be resumed from anywhere."""
    return str(Path(data).absolute()) if Path(data).is_dir() else data
