"""Score a fitted network, on its own images or on another labelled source."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from tenfold.core.data_request import ImageOptions
from tenfold.core.errors import DataError, RunFolderError, TenfoldError, argument
from tenfold.core.evaluation import Evaluation
from tenfold.core.images import Dataset, ImageSet, Shape
from tenfold.core.predictions import Predictions
from tenfold.core.text import Say, counted
from tenfold.data.as_trained import with_channels
from tenfold.data.class_names import composed, listed, look_alike
from tenfold.data.overlap import also_in
from tenfold.data.sources import source_for
from tenfold.experiment import steps
from tenfold.experiment.audited import audit_of
from tenfold.experiment.gather import gather_again, gather_requested, requested
from tenfold.experiment.looks import look_at_test, look_on_machine, looks_of
from tenfold.experiment.notebook import check_context, set_in_context
from tenfold.experiment.robustness import check_validation, robustness_of
from tenfold.experiment.starting import show_start
from tenfold.measure.intervals import difference_interval
from tenfold.measure.selective import check_risk
from tenfold.measure.threshold import goal_from
from tenfold.report.elsewhere import elsewhere_summary
from tenfold.report.looks import looks_sentence
from tenfold.runs import layout
from tenfold.runs.folder import Folder
from tenfold.runs.ownership import new_folder
from tenfold.runs.request import Context
from tenfold.runs.run import Run
from tenfold.runs.tables import write_confusion, write_predictions

_RENDERED = ("side_px", "fit")
"""Options of images that the run itself decides."""


def evaluate(
    run: Run,
    data: str | Dataset | None = None,
    *,
    robustness: bool = False,
    risk: float | None = None,
    threshold: str | None = None,
    context: Context | None = None,
    audit_from: str | Path | None = None,
    out: str | Path | None = None,
    say: Say = print,
    **images: Unpack[ImageOptions],
) -> dict[str, Any]:
    """Step 9: score the predictions of a run, or its network on other labelled images.

    Args:
        run: The run. With `data`, it does not change.
        data: Another source with the same classes, or some of them, as for `tenfold.run`; a
            `Dataset`; or None for the run's own predictions. With `robustness` or `context`, where
            the run's own images are now, if they have moved.
        robustness: Whether to score the network on spoilt validation images of the run too, which
            are gathered again.
        risk: The accepted share of wrong answers, in (0, 1), where the network answers only if it
            is confident; None for that of the run.
        threshold: What a threshold for one of two classes is chosen for, as for `tenfold.run`; None
            for that of the run.
        context: `full` to fit the notebook's network on the run's images too, which are gathered
            again.
        audit_from: The folder of an audit of the run's images, for the accuracy without leaked
            test images and without labels in doubt; None for the audit in the run's folder.
        out: New folder for the results on `data`; by default one under `runs/`.
        say: Called with each line of output.
        **images: Other options for the images of `data`. The run decides their size.

    Returns:
        The content of metrics.json, and under `robustness` that of robustness.json if there is one.

    Raises:
        DataError: The images are missing, have another shape, or have classes unknown to the run.
        TenfoldError: An option does not fit the run or another option.
    """
    again = "robustness" if robustness else "context" if context else None
    if data is not None and again is None:
        _refuse_own({"risk": risk, "threshold": threshold, "audit_from": audit_from})
        return _evaluate_on(run, _gathered(run, data, images, say), out, say)
    _refuse_others({"out": out, **images}, again)
    if risk is not None:
        check_risk(risk)
    if threshold is not None:
        goal_from(threshold).label(run.classes)
    if robustness:
        check_validation(run.splits)
    if context:
        check_context(run.splits)
    if audit_from is not None:  # Before a look at the test images is logged.
        audit_of(run, audit_from)
    with run.folder.owned():
        dataset = gather_again(run, data, say=say) if again else None
        if run.folder.has(layout.PREDICTIONS["test"]):
            look_at_test(run, "evaluate", say=say)
        steps.evaluate(run, risk=risk, threshold=threshold, audit_from=audit_from, say=say)
        if dataset is not None and robustness:
            robustness_of(run, dataset, say=say)
        steps.write_page(run, say=say)
        if dataset is not None and context:
            set_in_context(run, dataset, risk=risk, threshold=threshold, say=say)
    return run.answer


def _refuse_own(given: dict[str, Any]) -> None:
    """Refuse what only the run's own predictions can do, for other images."""
    for name, value in given.items():
        if value is not None:
            raise TenfoldError(
                f"{argument(name)} is for the run's own predictions; {argument('data')} names "
                "other images. Leave one of them out."
            )


def _refuse_others(given: dict[str, Any], again: str | None) -> None:
    """Refuse what describes other images, where the run's own are scored.

    Args:
        given: The options.
        again: The option that takes the run's own images again; None if there is none.
    """
    useless = [name for name, value in given.items() if value is not None]
    if useless and again is not None:
        raise TenfoldError(
            f"{argument(useless[0])} is for other images to score the network on; "
            f"{argument(again)} takes the run's own. Leave one of them out."
        )
    if useless:
        raise TenfoldError(
            f"{argument(useless[0])} is for {argument('data')}: other images to score the network "
            "on. Give both, or neither."
        )


def _gathered(run: Run, data: str | Dataset, images: ImageOptions, say: Say) -> Dataset:
    """The other images, brought to one shape as the run's own were."""
    if isinstance(data, Dataset):
        return data
    for name in _RENDERED:
        if images.get(name) is not None:
            raise TenfoldError(
                f"The run decides {argument(name)}, since its network takes images of one shape. "
                "Leave it out."
            )
    request = requested(data, images)
    rendering, (height, width, _) = run.data.provenance.rendering, run.data.shape
    takes = source_for(request).options
    if "side_px" in takes:
        request = replace(request, side_px=rendering.side_px if rendering else min(height, width))
    if "fit" in takes and rendering:
        request = replace(request, fit=rendering.fit)
    dataset = gather_requested(request, say=say)
    found = dataset.provenance.rendering
    if rendering and found and found.scale != rendering.scale:
        say(
            f"In these files other values are white than in the training images ({found.scale} "
            f"against {rendering.scale}): they may look darker or lighter."
        )
    return dataset


@dataclass(frozen=True)
class _Others:
    """Images to score, with the run's classes and shape.

    Attributes:
        sets: The sets of images that they come from.
        shape: The shape of image that the network takes.
        labels: int64 (n,), positions in the run's classes.
        names: The name of each image.
        missing: The run's classes without an image here.
    """

    sets: tuple[ImageSet, ...]
    shape: Shape
    labels: np.ndarray
    names: tuple[str, ...]
    missing: tuple[str, ...]

    def parts(self) -> Iterator[np.ndarray]:
        """uint8 (some thousand at most, *shape), part by part."""
        for each in self.sets:
            for part in each.parts():
                yield with_channels(part, self.shape[2])


def _evaluate_on(run: Run, dataset: Dataset, out: str | Path | None, say: Say) -> dict[str, Any]:
    show_start(say)
    from tenfold.learn.predict import probabilities
    from tenfold.measure.evaluate import evaluate as score

    digests, own = dataset.digests(), run.folder.read_json(layout.DATA)["digests"]
    is_own, has_own_test = digests == own, digests["test"] == own["test"]
    others = _others(run, dataset, is_own)
    notes = _notes(others, dataset, is_own)
    model = run.model
    folder = new_folder(out, f"evaluate-{run.folder.path.absolute().name}-on-{dataset.name}")
    if has_own_test:
        look_at_test(run, "evaluate --data", say=say)
    elif len(dataset.test):
        look_on_machine(digests["test"], "evaluate --data")
    rows = np.concatenate([probabilities(model, part, say=say) for part in others.parts()])
    predictions = Predictions(others.labels, rows, run.classes, others.names)
    evaluation = score(predictions)
    seen = None if is_own else _seen(run, others, say)
    looks = looks_of(run) if has_own_test else None
    if looks is not None:
        notes.append(looks_sentence(looks))
    metrics = {
        "run": str(run.folder.path.absolute()),
        "data": asdict(dataset.provenance),
        "images": "the run's own test images" if is_own else "all",
        **evaluation.to_dict(),
        "classes_without_images": list(others.missing),
        "seen_in_training": None if seen is None else _without(predictions, seen),
        "own_test": None if is_own else _compared(run, evaluation),
        "test_looks": None if looks is None else looks.to_dict(),
    }
    write_predictions(predictions, folder / "predictions.csv")
    _write_confusions(folder, evaluation, run.classes)
    folder.write_json(layout.METRICS, metrics)
    text = elsewhere_summary(
        title=f"{run.folder.path.absolute().name} on {dataset.name}",
        evaluation=evaluation,
        seen=metrics["seen_in_training"],
        own_test=metrics["own_test"],
        is_own=is_own,
        notes=notes,
    )
    folder.write_text(layout.SUMMARY, text)
    say(text)
    say(f"Everything is in {folder.path}")
    return metrics


def _others(run: Run, dataset: Dataset, is_own: bool) -> _Others:
    """The images to score; all of them, but of the run's own data only the test images."""
    parts = {"test": dataset.test} if is_own else {"train": dataset.train, "test": dataset.test}
    sets = {name: part for name, part in parts.items() if len(part)}
    if not sets:
        raise DataError(f"There are no images in '{dataset.name}' to score the network on.")
    height, width, channels = shape = run.data.shape
    if dataset.shape[:2] != shape[:2] or {dataset.shape[2], channels} not in ({1}, {3}, {1, 3}):
        raise DataError(
            f"Expected images of {height} x {width} pixels and {counted(channels, 'channel')}, as "
            f"the run's; received {dataset.shape} (height, width, channels). Bring them to that "
            "shape, or keep them as files, which are resized."
        )
    labels = np.concatenate([part.labels for part in sets.values()])
    present = np.unique(labels).tolist()
    number = {composed(name): label for label, name in enumerate(run.classes)}
    unknown = [dataset.classes[i] for i in present if composed(dataset.classes[i]) not in number]
    if unknown:
        raise DataError(_unknown(unknown, run.classes))
    renumbered = np.array([number.get(composed(name), -1) for name in dataset.classes], np.int64)
    names = tuple(
        name
        for kind, part in sets.items()
        for name in part.files or tuple(f"{kind}/{i}" for i in range(len(part)))
    )
    found = renumbered[labels]
    missing = np.setdiff1d(np.arange(len(run.classes)), found).tolist()
    return _Others(
        tuple(sets.values()), shape, found, names, tuple(run.classes[i] for i in missing)
    )


def _unknown(unknown: Sequence[str], classes: tuple[str, ...]) -> str:
    alike = look_alike(unknown[0], classes)
    near = f" '{unknown[0]}' is perhaps '{alike}': spell both alike." if alike else ""
    return (
        f"These images have {counted(len(unknown), 'class', 'classes')} that the run does not "
        f"know: {listed(unknown)}. Expected {listed(classes)}, or some of them.{near} Leave the "
        "images of other classes out."
    )


def _notes(others: _Others, dataset: Dataset, is_own: bool) -> list[str]:
    n = counted(len(others.labels), "image")
    if is_own:
        notes = [
            f"These are the run's own images. Only {n} for the test are scored, since the "
            "others took part in its fit."
        ]
    else:
        notes = [f"All {n} of {dataset.name} are scored, whatever set they belong to there."]
    if others.missing:
        notes.append(
            f"No image of {listed(others.missing)}: these classes have no figures here, but an "
            "image may still be taken for one of them."
        )
    return notes


def _seen(run: Run, others: _Others, say: Say) -> np.ndarray | None:
    """Whether each image is one of the run's training images; None if those are missing."""
    try:
        own = gather_again(run, say=lambda _: None)
    except TenfoldError as error:
        say(f"It is not known whether the network has seen some of these images: {error}")
        return None
    return also_in(others.parts(), own.train.parts())


def _without(predictions: Predictions, seen: np.ndarray) -> dict[str, Any]:
    """How many images the run was fitted or validated on, and the accuracy on the others."""
    right = (predictions.predicted == predictions.truth)[~seen]
    return {
        "n": int(seen.sum()),
        "accuracy_without_them": float(right.mean()) if len(right) else None,
    }


def _compared(run: Run, evaluation: Evaluation) -> dict[str, Any] | None:
    """The accuracy on the run's own test images, and the difference; None without one."""
    try:
        own = run.evaluation
    except RunFolderError:  # The run was fitted, but not evaluated.
        return None
    n_right, n_own = (round(each.accuracy * each.n) for each in (evaluation, own))
    interval = difference_interval(n_right, evaluation.n, n_own, own.n)
    return {
        "n": own.n,
        "accuracy": own.accuracy,
        "accuracy_interval_95": [own.accuracy_low, own.accuracy_high],
        "difference": evaluation.accuracy - own.accuracy,
        "difference_interval_95": list(interval),
    }


def _write_confusions(folder: Folder, evaluation: Evaluation, classes: tuple[str, ...]) -> None:
    from tenfold.measure.confusion import row_shares
    from tenfold.report.confusion import ConfusionMap
    from tenfold.report.display import save_display

    counts = evaluation.confusion
    for kind, matrix in (("counts", counts), ("shares", row_shares(counts))):
        write_confusion(matrix, classes, folder / f"confusion-{kind}.csv")
        drawing = ConfusionMap.of(counts, classes, shares=kind == "shares")
        save_display(drawing, folder / f"{layout.PLOTS}/confusion-{kind}.png")
