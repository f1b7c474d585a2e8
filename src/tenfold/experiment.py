"""The story: every step of image classification, in order, on one page.

Gather, explore, clean, split, define, compile, fit, predict, evaluate. Each step is a function
of its own elsewhere; here they follow each other, tell what they do, and leave their files.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenfold.core.cleaning import Cleaning
from tenfold.core.environment import environment
from tenfold.core.errors import TenfoldError
from tenfold.core.evaluation import Evaluation
from tenfold.core.exploration import Exploration
from tenfold.core.history import Epoch
from tenfold.core.images import Dataset, Provenance
from tenfold.core.recipe import Recipe
from tenfold.core.run_folder import RunFolder
from tenfold.core.splits import Splits
from tenfold.recipes import find_recipe
from tenfold.results import Run

if TYPE_CHECKING:
    import keras

Say = Callable[[str], None]


def run(
    recipe: str = "classic",
    *,
    data: str = "cifar10",
    archive: str | Path | None = None,
    side_px: int = 32,
    seed: int = 0,
    out: str | Path | None = None,
    overrides: dict[str, Any] | None = None,
    tensorboard: bool = False,
    say: Say = print,
) -> Run:
    """Take images through the whole of classification, and return the evaluated run.

    Args:
        recipe: A recipe's name; `tenfold recipes` lists them.
        data: `cifar10`, `digits`, or a folder of images: `<root>/<class>/<image>` or
            `<root>/{train,test}/<class>/<image>`.
        archive: CIFAR-10's archive, where it is not to be looked for or downloaded.
        side_px: Height and width in pixels that images of a folder are brought to.
        seed: Decides splits, initial weights, dropout and order: 0 or more.
        out: New folder for the results; by default one under `runs/`.
        overrides: Settings of the recipe to change.
        tensorboard: Whether to write TensorBoard's logs into the run's folder.
        say: Where to tell the story, line by line.

    Raises:
        TenfoldError: Something that the user can mend; what was reached is in the folder.
    """
    settings = find_recipe(recipe).with_overrides(overrides or {})
    dataset = gather(data, archive=archive, side_px=side_px, say=say)
    settings = suit(settings, dataset, overrides, say=say)
    done = Run(new_folder(out, f"{settings.name}-{dataset.name}-seed{seed}"))
    with _status(done):
        model = _train(done, dataset, settings, seed=seed, tensorboard=tensorboard, say=say)
        predict(done, dataset, model, say=say)
        evaluate(done, dataset, say=say)
    return done


def train(
    recipe: str = "classic",
    *,
    data: str = "cifar10",
    archive: str | Path | None = None,
    side_px: int = 32,
    seed: int = 0,
    out: str | Path | None = None,
    overrides: dict[str, Any] | None = None,
    tensorboard: bool = False,
    say: Say = print,
) -> Run:
    """Do every step up to the fit; `predict` and `evaluate` can follow. Arguments as for `run`."""
    settings = find_recipe(recipe).with_overrides(overrides or {})
    dataset = gather(data, archive=archive, side_px=side_px, say=say)
    settings = suit(settings, dataset, overrides, say=say)
    done = Run(new_folder(out, f"{settings.name}-{dataset.name}-seed{seed}"))
    with _status(done):
        _train(done, dataset, settings, seed=seed, tensorboard=tensorboard, say=say)
    return done


def gather(
    data: str, *, archive: str | Path | None = None, side_px: int = 32, say: Say = print
) -> Dataset:
    """Step 1: find the images, or download them, and check them. Arguments as for `run`."""
    if archive is not None and data != "cifar10":
        raise TenfoldError(
            f"--archive is for --data cifar10; received --data {data}. Leave one of them out."
        )
    if data == "cifar10":
        from tenfold.data.cifar10 import gather_cifar10

        dataset = gather_cifar10(Path(archive) if archive is not None else None, say=say)
    elif data == "digits":
        from tenfold.data.digits import gather_digits

        dataset = gather_digits()
    elif Path(data).is_dir():
        from tenfold.data.folder import gather_folder

        dataset = gather_folder(Path(data), side_px=side_px)
    else:
        raise TenfoldError(
            f"Expected --data cifar10, digits, or a folder of images; received '{data}', "
            "which is no folder here."
        )
    _tell_provenance(dataset, say)
    return dataset


def suit(
    recipe: Recipe, dataset: Dataset, overrides: dict[str, Any] | None = None, *, say: Say = print
) -> Recipe:
    """Leave mirroring out where it would change what an image means, and say so."""
    if not recipe.flip or "flip" in (overrides or {}):
        return recipe
    if dataset.provenance.source == "digits":
        say("Digits are not mirrored: a mirrored 2 is no 2.")
        return recipe.with_overrides({"flip": False})
    if dataset.provenance.source == "folder":
        say(
            f"{recipe.name} learns from mirrored images too. Where left and right matter, as in "
            "letters, add --set flip=false."
        )
    return recipe


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
            "train": {"n": len(done.splits.train), "accuracy": record.train_accuracy},
            "fit": {
                "wall_s": record.wall_s,
                "epochs": len(record.epochs),
                "best_epoch": record.best_epoch,
                "n_parameters": record.n_parameters,
                "stopped_early": record.stopped_early,
                "interrupted_by": record.interrupted_by,
            },
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


def new_folder(out: str | Path | None, name: str) -> RunFolder:
    """Make the folder that the user asked for, or a dated one under `runs/`."""
    default = Path("runs") / f"{time.strftime('%Y%m%d-%H%M%S')}-{name}"
    return RunFolder.create(default if out is None else Path(out))


def gather_again(done: Run, *, say: Say = print) -> Dataset:
    """Gather the data of an earlier run once more.

    Raises:
        TenfoldError: It is no longer there, or no longer the same.
    """
    before = done.folder.read_json("data.json")
    origin = before["provenance"]
    archive = origin["location"] if origin["source"] == "cifar10" else None
    dataset = gather(
        origin["location"] if origin["source"] == "folder" else origin["source"],
        archive=archive if archive and Path(archive).is_file() else None,
        side_px=origin["side_px"] or 32,
        say=say,
    )
    now = (len(dataset.train), len(dataset.test), dataset.provenance.sha256)
    then = (before["train"]["n"], before["test"]["n"], origin["sha256"])
    if now != then:
        raise TenfoldError(
            f"The data of {done.folder.path} has changed since its fit: expected (training "
            f"images, test images, checksum) {then}; found {now}. Bring the old data back, or "
            "start a new run."
        )
    return dataset


def _train(
    done: Run, dataset: Dataset, recipe: Recipe, *, seed: int, tensorboard: bool, say: Say
) -> "keras.Model":
    """Steps 2 to 7, each leaving its files; returns the fitted network."""
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
            "provenance": asdict(dataset.provenance),
            "cleaning": cleaning.to_dict(),
        },
    )
    say("\nSplit")
    splits = split(dataset, cleaning, recipe, seed=seed, say=say)
    recipe = recipe.for_images(len(splits.train))
    folder.write_recipe(recipe, seed=seed)
    folder.write_splits(splits)

    say(f"\nFit {recipe.name}: {recipe.summary}")
    from tenfold.learn.recipe import fit_recipe
    from tenfold.learn.storage import save_model
    from tenfold.report.curves import draw_curves
    from tenfold.report.palette import save_figure
    from tenfold.report.tables import write_history

    model, record = fit_recipe(
        recipe,
        dataset.train.take(splits.train),
        dataset.train.take(splits.validation),
        seed=seed,
        listen=_epoch_lines(recipe.epochs, say),
        tensorboard=folder / "tensorboard" if tensorboard else None,
    )
    save_model(model, folder / "model.keras")
    write_history(record, folder / "history.csv")
    if record.diverged_at is not None:
        raise TenfoldError(
            f"The loss stopped being a number in epoch {record.diverged_at}. The weights of epoch "
            f"{record.best_epoch} are kept in {folder / 'model.keras'}. Try a smaller "
            f"learning rate, such as --set learning_rate={recipe.learning_rate / 10:g}."
        )
    folder.write_json("fit.json", asdict(record))
    save_figure(draw_curves(record), folder.plot("curves"))
    _tell_end_of_fit(record.best_epoch, record.interrupted_by, record.wall_s, say)
    return model


def _epoch_lines(n_epochs: int, say: Say) -> Callable[[Epoch], None]:
    """Tell each epoch as it ends, with the time that all of them may still take."""
    began_at = time.perf_counter()

    def tell(epoch: Epoch) -> None:
        mean_s = (time.perf_counter() - began_at) / epoch.epoch
        left_s = mean_s * (n_epochs - epoch.epoch)
        say(
            f"epoch {epoch.epoch:>{len(str(n_epochs))}}/{n_epochs}  "
            f"loss {epoch.loss:.3f}  accuracy {epoch.accuracy:6.1%}  "
            f"validation {epoch.validation_loss:.3f} {epoch.validation_accuracy:6.1%}  "
            f"{epoch.wall_s:.1f} s, at most {_duration(left_s)} left"
        )

    return tell


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"


def _tell_end_of_fit(best_epoch: int, interrupted_by: str | None, wall_s: float, say: Say) -> None:
    if interrupted_by:
        say(f"Interrupted by {interrupted_by}. What was learnt so far is kept and evaluated.")
    say(f"Fitted in {_duration(wall_s)}; the weights of epoch {best_epoch} are kept.")


def _tell_provenance(dataset: Dataset, say: Say) -> None:
    origin: Provenance = dataset.provenance
    say(f"Gathered {dataset.name} from {origin.location}")
    for note in origin.notes:
        say(note)
    for file, reason in origin.skipped:
        say(f"Skipped {file}: {reason}")


@contextmanager
def _status(done: Run) -> Iterator[None]:
    """Keep status.json true, however the steps end."""
    done.folder.write_status("running")
    try:
        yield
    except BaseException as error:
        state = "failed" if isinstance(error, Exception) else "interrupted"
        with suppress(TenfoldError):  # The disk may be what failed.
            done.folder.write_status(state, str(error) or type(error).__name__)
        raise
    if done.record.interrupted_by:
        done.folder.write_status("interrupted", f"{done.record.interrupted_by} during the fit")
    else:
        done.folder.write_status("finished")
