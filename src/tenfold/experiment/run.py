"""A whole run: every step of image classification, in order, on one page.

Gather, explore, clean, split, define, compile, fit, predict, evaluate. Each step is a function in
another module; here they are called one after the other, report what they do, and write their
files. Users call `run` and `train`, at the end.
"""

import time
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Unpack

from tenfold.core.data_request import ImageOptions
from tenfold.core.errors import TenfoldError
from tenfold.core.history import FitRecord
from tenfold.core.images import Data, Dataset
from tenfold.core.limits import CHECKPOINT_EVERY_S, RISK
from tenfold.core.networks import Build, function_name
from tenfold.core.recipe import Recipe
from tenfold.core.splits import Splits
from tenfold.core.text import Say, counted, duration
from tenfold.experiment.budget import Promise, check_budget, plan_for
from tenfold.experiment.calibrating import Fitted, calibrate
from tenfold.experiment.correcting import corrected, record_corrections, written_path
from tenfold.experiment.epochs import EpochLines
from tenfold.experiment.folds import check_folds, cross_validate, split_for_folds
from tenfold.experiment.gather import adapt, gather_requested, requested
from tenfold.experiment.next_step import command_for
from tenfold.experiment.notebook import check_context, set_in_context
from tenfold.experiment.robustness import check_validation, robustness_of
from tenfold.experiment.starting import show_start
from tenfold.experiment.steps import (
    clean,
    evaluate,
    explore,
    look,
    predict,
    smaller_rate,
    split,
    write_page,
)
from tenfold.experiment.warm_start import (
    check_fits,
    check_start,
    opened,
    started_from,
    take_weights,
)
from tenfold.experiment.workers import check_workers, fit_together
from tenfold.measure.next_step import Choice
from tenfold.measure.selective import check_risk
from tenfold.measure.threshold import goal_from
from tenfold.recipes import DEFAULT, RecipeAsked, find_recipe, written
from tenfold.runs import layout
from tenfold.runs.checkpoint import Checkpoints
from tenfold.runs.environment import environment
from tenfold.runs.ownership import begun, new_path
from tenfold.runs.request import Context, Request
from tenfold.runs.run import Run
from tenfold.runs.tables import write_history


def tell(
    request: Request, data: Data, network: Build | None, out: str | Path | None, say: Say
) -> Run:
    """Take all steps, from the images to the evaluated network."""
    recipe = recipe_for(request, network)  # A wrong name is refused before anything is downloaded.
    check_folds(request)
    check_start(request)
    check_budget(request)
    check_risk(request.risk)
    check_workers(request, recipe)
    goal = None if request.threshold is None else goal_from(request.threshold)
    dataset = gather_requested(request.images, data, say=say)
    if goal is not None:
        goal.label(dataset.classes)
    dataset = corrected(dataset, request.exclude, request.relabel, say=say)
    recipe = adapt(recipe, dataset, request.overrides, say=say)
    planned = request.recipe is None and request.budget_s is not None
    label = "budget" if planned else recipe.name
    path = new_path(out, f"{label}-{dataset.name}-seed{request.seed}")
    with begun(path, request) as run:
        record_corrections(run.folder, dataset)
        start = prepare(run, dataset, recipe, request, say=say)
        cross_validate(run, dataset, start.recipe, request, say=say)
        fitted = build_and_fit(run, dataset, start, request, say=say)
        if not request.fit_only:
            score(run, dataset, fitted, request, start.promise, command="run", say=say)
    return run


@dataclass(frozen=True)
class Start:
    """Everything that a fit needs.

    Attributes:
        splits: Which images are fitted, and which validate.
        recipe: The recipe, with every setting decided.
        promise: The promised time; None for no limit.
    """

    splits: Splits
    recipe: Recipe
    promise: Promise | None = None


def prepare(run: Run, dataset: Dataset, recipe: Recipe, request: Request, *, say: Say) -> Start:
    """Steps 2 to 4: explore, clean, split. Then settle what the recipe leaves open."""
    began_at, folder = time.perf_counter(), run.folder
    show_start(say)
    from tenfold.learn.own import known
    from tenfold.learn.precision import choose_precision

    recipe = known(recipe, dataset.shape, len(dataset.classes), seed=request.seed)
    folder.write_json(layout.ENVIRONMENT, environment(folder.path))
    say("\nExplore")
    exploration = explore(dataset, folder / layout.PLOTS, say=say)
    say("\nClean")
    cleaning = clean(dataset, say=say)
    looked_at = look(run, dataset, request, recipe, say=say)
    digests = dataset.digests()
    folder.write_json(
        layout.DATA,
        {
            **exploration.to_dict(),
            "digests": digests,
            "provenance": asdict(dataset.provenance),
            "cleaning": cleaning.to_dict(),
            "audit": looked_at,
        },
    )
    say("\nSplit")
    splits = split(dataset, cleaning, recipe, seed=request.seed, say=say)
    if request.folds is not None:
        splits = split_for_folds(dataset, splits, recipe, request, say=say)
    if request.robustness:
        check_validation(splits)
    if request.context:
        check_context(splits)
    folder.write_splits(splits)

    asked, recipe, promise = recipe, recipe.for_images(len(splits.train)), None
    if changes := asked.changes_to(recipe):
        say(f"For {len(splits.train):,} images to fit: {changes}.")
    if request.budget_s is not None:
        recipe, promise = plan_for(request, dataset, splits, began_at=began_at, say=say)
    check_fits(request, dataset, digests["train"], splits, recipe, say=say)
    # A second measurement might differ, so the choice is made once and saved.
    recipe = recipe.at_precision(choose_precision(recipe.network))
    folder.write_recipe(recipe, seed=request.seed)
    return Start(splits, recipe, promise)


def build_and_fit(
    run: Run, dataset: Dataset, start: Start, request: Request, *, say: Say
) -> Fitted:
    """Steps 5 to 7: define, compile, fit. Return the network that predicts."""
    show_start(say)
    from tenfold.learn.as_seen import first_as_seen
    from tenfold.learn.compile import compile_model
    from tenfold.learn.define import define
    from tenfold.learn.first_layer import first_layer
    from tenfold.learn.outline import outline
    from tenfold.learn.recipe import fit_to_predict
    from tenfold.learn.storage import save_model
    from tenfold.report.curves import draw_curves
    from tenfold.report.display import save_display, save_figure
    from tenfold.report.first_layer import FirstLayerPictures
    from tenfold.report.pictures import AsSeen

    folder, recipe, precision = run.folder, start.recipe, start.recipe.network.precision
    together = request.workers > 1  # Workers on other machines get a copy.
    train = (dataset.train.take if together else dataset.train.view)(start.splits.train)
    validation = dataset.train.take(start.splits.validation)
    say(f"\nDefine {recipe.network.describe(max(dataset.shape[:2]))}")
    network = define(
        recipe.network, dataset.shape, len(dataset.classes), seed=request.seed, precision=precision
    )
    take_weights(network, request, recipe)
    say(f"Compile with {recipe.optimizer.kind} at {recipe.optimizer.learning_rate:g}")
    compile_model(network, recipe, n_images=len(train), labels=train.labels, precision=precision)
    say(f"Fit {recipe.name}: at most {counted(recipe.epochs, 'epoch')}")
    fit = fit_to_predict
    if together:
        fit = partial(fit_together, n_workers=request.workers, cluster=request.cluster)
    model, record = fit(
        network,
        train,
        validation,
        recipe,
        seed=request.seed,
        listen=EpochLines(recipe.epochs, say),
        tensorboard=folder / layout.TENSORBOARD if request.tensorboard else None,
        deadline=start.promise.fit_until if start.promise else None,
        checkpoints=Checkpoints(folder / layout.CHECKPOINTS, request.checkpoint_every_s),
        say=say,
    )
    fitted, record = calibrate(run, model, record, validation, say=say)
    model = fitted.model
    # Files of an interrupted fit belong to other weights.
    made = (layout.FIT, layout.CURVES, layout.FIRST_LAYER, layout.AS_SEEN, layout.NETWORK)
    folder.remove(*made, *layout.after(layout.Stage.FIT))
    save_model(model, folder / layout.MODEL)
    folder.write_manifest(layout.MODEL)
    write_history(record, folder / layout.HISTORY)
    _refuse_divergence(run, record, recipe)
    save_figure(draw_curves(record), folder / layout.CURVES)
    if units := first_layer(model):
        pictures = FirstLayerPictures(units.pictures, units.boxes, units.n_units)
        save_display(pictures, folder / layout.FIRST_LAYER)
    if recipe.changes_images:
        save_display(
            AsSeen(*first_as_seen(train, recipe, seed=request.seed)), folder / layout.AS_SEEN
        )
    folder.write_json(layout.NETWORK, {"layers": [asdict(layer) for layer in outline(model)]})
    folder.write_json(layout.FIT, asdict(record))
    _tell_end_of_fit(run, record, say)
    return fitted


def score(
    run: Run,
    dataset: Dataset,
    fitted: Fitted,
    request: Request,
    promise: Promise | None = None,
    *,
    command: str,
    say: Say,
) -> None:
    """Steps 8 to 10: predict, evaluate, report.

    An interrupted run gives no verdict on its time budget, does not measure robustness and does not
    fit the notebook's network. That fit comes last, when everything else is written.
    """
    interrupted = run.record.interrupted_by is not None
    say("\nPredict")
    predict(run, dataset, fitted, command=command, say=say)
    say("\nEvaluate")
    evaluate(run, promise=None if interrupted else promise, say=say)
    if request.robustness and not interrupted:
        robustness_of(run, dataset, fitted.model, say=say)
    write_page(run, say=say)
    if request.context and not interrupted:
        set_in_context(run, dataset, say=say)


def recipe_for(request: Request, network: Build | None = None) -> Recipe:
    """The recipe of the request, with the user's own network if there is one.

    Raises:
        TenfoldError: There is no such recipe, or a setting does not fit; or the user's own network
            is missing.
    """
    recipe = find_recipe(request.recipe or DEFAULT)
    return with_own(recipe, request, network).with_overrides(request.overrides)


def with_own(recipe: Recipe, request: Request, network: Build | None) -> Recipe:
    """The recipe with the function that builds the user's own network, where a run has one.

    Raises:
        TenfoldError: The run has such a network and the function is missing, or the reverse.
    """
    if (request.network is None) == (network is None):
        return recipe if network is None else recipe.with_network(network, request.network or "")
    if network is not None:
        raise TenfoldError("This run uses the network of its recipe; leave `network` out.")
    raise TenfoldError(
        f"This run uses a network of your own, {request.network}, whose code is not saved. Give "
        f"the function again, in Python: tenfold.resume(path, network={request.network})."
    )


def _asked(
    recipe: RecipeAsked | None, start: str | Path | Run | None
) -> str | dict[str, Any] | None:
    """The recipe as a request keeps it: by default that of the run whose weights come first."""
    return written(recipe if recipe or not start else opened(start).recipe)


def _refuse_divergence(run: Run, record: FitRecord, recipe: Recipe) -> None:
    if record.diverged_at is None:
        return
    command = command_for(run, Choice(recipe).slow_down())
    pasted = f": `{command}`" if command else ""
    raise TenfoldError(
        f"The loss stopped being a number in epoch {record.diverged_at}. The weights of epoch "
        f"{record.best_epoch} are kept in {run.folder / layout.MODEL}. Try a smaller learning "
        f"rate, such as {smaller_rate(recipe)}{pasted}."
    )


def _tell_end_of_fit(run: Run, record: FitRecord, say: Say) -> None:
    if record.interrupted_by:
        say(
            f"Interrupted by {record.interrupted_by}. What was learnt so far is kept. To continue: "
            f"tenfold resume {run.folder.path}"
        )
    if record.out_of_time:
        say("The time for fitting was over before the last epoch. What was learnt so far is kept.")
    say(f"Fitted in {duration(record.wall_s)}; the weights of epoch {record.best_epoch} are kept.")


def run(
    recipe: RecipeAsked | None = None,
    *,
    data: Data = "cifar10",
    network: Build | None = None,
    start: str | Path | Run | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    overrides: dict[str, Any] | None = None,
    tensorboard: bool = False,
    budget_s: float | None = None,
    folds: int | None = None,
    cluster: str | None = None,
    cores_per_fit: int | None = None,
    robustness: bool = False,
    risk: float = RISK,
    threshold: str | None = None,
    context: Context | None = None,
    exclude: str | Path | None = None,
    relabel: str | Path | None = None,
    audit: bool = False,
    checkpoint_every_s: float = CHECKPOINT_EVERY_S,
    say: Say = print,
    **images: Unpack[ImageOptions],
) -> Run:
    """Take images through all steps of classification, and return the evaluated run.

    Args:
        recipe: A recipe's name, which `tenfold recipes` lists; or one of your own: a YAML file, its
            settings in a dictionary, or a `tenfold.Recipe`. By default `standard`.
        data: `cifar10`, `cifar100`, `mnist`, `fashion-mnist`, `digits`, a folder of images
            (`<root>/<class>/<image>` or `<root>/{train,val,test}/<class>/<image>`), a list of image
            files with their classes (`.csv`), an `.npz` file, IDX or Parquet files. Or arrays,
            `(x_train, y_train, x_test, y_test)` or `(x, y)`: uint8 (n, height, width[, channels])
            and whole numbers or texts (n,); or a `tenfold.Dataset`. A run does not keep arrays, so
            `resume` needs them again.
        network: A function of your own that builds the network in place of the recipe's:
            `network(shape, n_classes)` returns an uncompiled `keras.Model`, uint8 (n, *shape) ->
            probabilities (n, n_classes). A run does not keep its code, so `resume` needs it again.
        start: A fitted run whose weights replace the random initial ones. Its recipe is used if
            `recipe` is None. Classes, shape, network and split must be the same.
        seed: Decides splits, initial weights, dropout and order: 0 or more.
        out: New folder for the results; by default one under `runs/`.
        overrides: Settings of the recipe to change.
        tensorboard: Whether to write TensorBoard's logs into the run's folder.
        budget_s: Time limit in seconds for everything after gathering. Tenfold measures the machine
            and chooses the number of epochs, and the recipe if none is named.
        folds: Folds of a cross-validation of the training images before the fit on all of them, 2
            or more; None for none.
        cluster: The address of a Ray cluster whose workers fit the folds, such as `10.0.0.1:6379`;
            `local` to start Ray on this machine; None to fit them in this process.
        cores_per_fit: With `cluster`: cores of one fold's fit, and threads of its TensorFlow; 1 by
            default. In this process, a fit takes all cores.
        robustness: Whether to score the network on spoilt validation images too.
        risk: The accepted share of wrong answers, in (0, 1), where the network answers only if it
            is confident.
        threshold: Choose a threshold for one of two classes: `recall=0.95` for a recall of the
            second class, `cost=5` if missing it costs as much as five false alarms;
            `recall:NAME=0.95` names the class.
        context: `full` to fit the notebook's network on the same images too, as a comparison.
        exclude: A quarantine.csv that `tenfold.audit` wrote and you have edited: training images in
            rows with keep=no are left out. Test images never are.
        relabel: Such a file, whose suggestions for labels replace those of training images.
        audit: Whether to audit the images first, as `tenfold.audit` does, into the run's folder.
        checkpoint_every_s: Seconds between checkpoints within an epoch; each epoch also ends with
            one.
        say: Called with each line of output.
        **images: More about the images, such as `side_px=64`: the fields of
            `tenfold.core.data_request.DataRequest`.

    Raises:
        TenfoldError: An error that the user can correct; the folder keeps what was done so far.
    """
    request = Request(
        requested(data, images),
        recipe=_asked(recipe, start),
        network=None if network is None else function_name(network),
        start=None if start is None else started_from(start),
        seed=seed,
        overrides=overrides or {},
        tensorboard=tensorboard,
        budget_s=budget_s,
        folds=folds,
        cluster=cluster,
        cores_per_fit=cores_per_fit,
        robustness=robustness,
        risk=risk,
        threshold=threshold,
        context=context,
        exclude=written_path("exclude", exclude),
        relabel=written_path("relabel", relabel),
        audit=audit,
        checkpoint_every_s=checkpoint_every_s,
    )
    return tell(request, data, network, out, say)


def train(
    recipe: RecipeAsked | None = None,
    *,
    data: Data = "cifar10",
    network: Build | None = None,
    start: str | Path | Run | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    overrides: dict[str, Any] | None = None,
    tensorboard: bool = False,
    checkpoint_every_s: float = CHECKPOINT_EVERY_S,
    workers: int = 1,
    cluster: str | None = None,
    say: Say = print,
    **images: Unpack[ImageOptions],
) -> Run:
    """Do every step up to the fit; `predict` and `evaluate` can follow.

    Args:
        recipe: As for `run`, as are all arguments that are not listed here.
        data: The images.
        network: A function of your own that builds the network; only for one worker.
        start: A fitted run whose weights replace the random initial ones.
        seed: Decides splits, initial weights, dropout and order.
        out: New folder for the results.
        overrides: Settings of the recipe to change.
        tensorboard: Whether to write TensorBoard's logs.
        checkpoint_every_s: Seconds between checkpoints within an epoch.
        workers: Processes that share each step of the fit, on Ray; each fits a part of each batch,
            and the result is that of one worker apart from rounding.
        cluster: Address of the Ray cluster that has the workers; None for this machine.
        say: Called with each line of output.
        **images: More about the images.

    Raises:
        TenfoldError: As for `run`; or several workers cannot fit this network, or Ray is missing.
    """
    request = Request(
        requested(data, images),
        recipe=_asked(recipe, start),
        network=None if network is None else function_name(network),
        start=None if start is None else started_from(start),
        seed=seed,
        overrides=overrides or {},
        tensorboard=tensorboard,
        checkpoint_every_s=checkpoint_every_s,
        fit_only=True,
        workers=workers,
        cluster=cluster,
    )
    return tell(request, data, network, out, say)
