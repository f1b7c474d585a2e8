"""Compare runs on the same images: is one better, what differs, and what did each cost?"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from tenfold.core.errors import DataError, TenfoldError, argument, setting
from tenfold.core.predictions import Predictions
from tenfold.core.settings import WORDS_ONLY, differing, flat
from tenfold.core.text import Say
from tenfold.data.class_names import listed
from tenfold.experiment.looks import look_at_test
from tenfold.experiment.pages import write_comparison
from tenfold.measure.comparison import (
    RunComparison,
    RunDifference,
    RunFacts,
    answer,
    holm,
    paired,
)
from tenfold.measure.intervals import wilson_interval
from tenfold.runs import layout
from tenfold.runs.run import Run

On = Literal["test", "validation"]
"""The sets of images that runs can be compared on."""


def compare(
    *runs: str | Path | Run,
    on: On = "test",
    out: str | Path | None = None,
    say: Say = print,
) -> RunComparison:
    """Compare each run with the first one, on the same images.

    Args:
        *runs: Two runs or more, or their folders. All have predicted the same images.
        on: `test`; or `validation`, which does not read anything about test images.
        out: A new folder for the page and the figures, or a file that ends with `.html` for the
            page alone; by default nothing is written.
        say: Called with each line of output.

    Raises:
        TenfoldError: There are fewer than two runs, or one of them twice; a run has no predictions;
            the runs have predicted different images; or `out` holds something else.
    """
    from tenfold.report.comparison import comparison_text

    if on not in get_args(On):
        raise TenfoldError(
            f"Expected {argument('on')} to be {' or '.join(get_args(On))}; received {on}."
        )
    opened = [run if isinstance(run, Run) else Run.open(run) for run in runs]
    names = _names(opened)
    predictions = [
        run.predictions if on == "test" else run.validation_predictions for run in opened
    ]
    by_files = [
        _matched_by_files((opened[0], run), (predictions[0], other), f"{names[0]} and {name}", on)
        for run, other, name in zip(opened[1:], predictions[1:], names[1:], strict=True)
    ]
    right = [each.predicted == each.truth for each in predictions]
    if on == "test":
        for run in opened:
            look_at_test(run, "compare", say=say)
    found = RunComparison(
        on=on,
        n=len(right[0]),
        runs=tuple(map(_facts, opened, names, right)),
        differences=_differences(names, right),
        settings=differing([_circumstances(run) for run in opened]),
        by_files=any(by_files),
    )
    say(comparison_text(found))
    if out is not None:
        write_comparison(found, out, say=say)
    return found


def _names(runs: Sequence[Run]) -> list[str]:
    """The names of the runs' folders, or their whole paths where names are not unique."""
    paths = [run.folder.path.absolute() for run in runs]
    if len(paths) < 2:
        raise TenfoldError(
            f"Expected two runs or more; received {len(paths)}. Name first the run that the others "
            "are compared with."
        )
    resolved = [path.resolve() for path in paths]
    for path in resolved:
        if resolved.count(path) > 1:
            raise TenfoldError(f"Received {path} twice. Compare it with another run.")
    names = [path.name for path in paths]
    return names if len(set(names)) == len(names) else [str(path) for path in paths]


Pair = tuple[Run, Run]


def _matched_by_files(
    runs: Pair, predictions: tuple[Predictions, Predictions], names: str, on: On
) -> bool:
    """Check that two runs have predicted the same images.

    Returns:
        Whether the images are the same files that the runs have rendered differently.

    Raises:
        DataError: They have not.
    """
    first, other = predictions
    same_classes = first.classes == other.classes
    same_names = first.names == other.names and np.array_equal(first.truth, other.truth)
    digests = [_digest(run, on) for run in runs]
    if not same_classes or digests[0] != digests[1]:
        renderings = [run.data.provenance.rendering for run in runs]
        rendered_differently = None not in renderings and renderings[0] != renderings[1]
        if same_classes and same_names and rendered_differently:
            return True
        raise DataError(_other_data(runs, names, on))
    if not same_names:
        n_shared = len(set(first.names) & set(other.names))
        raise DataError(
            _other_split(runs, names, f"{n_shared:,} of {len(first):,} and {len(other):,}")
            if on == "validation"
            else _edited(runs, names)
        )
    return False


def _digest(run: Run, on: On) -> str | None:
    """The checksum of the images that `on` is a part of; None if none was recorded."""
    digests = run.folder.read_json(layout.DATA).get("digests", {})
    found: str | None = digests.get("test" if on == "test" else "train")
    return found


def _other_data(runs: Pair, names: str, on: On) -> str:
    kind = "test" if on == "test" else "training"
    numbers = [run.data.n_test if on == "test" else run.data.n_train for run in runs]
    places = [run.data.provenance.location for run in runs]
    if runs[0].classes != runs[1].classes:
        alone = [
            listed([name for name in run.classes if name not in other.classes]) or "none"
            for run, other in (runs, runs[::-1])
        ]
        differs = f"classes (in the first alone {alone[0]}; in the second alone {alone[1]})"
    elif numbers[0] != numbers[1]:
        differs = f"numbers of images: {numbers[0]:,} and {numbers[1]:,}"
    else:
        differs = "checksums: other images, names, classes, sizes, or another order"
    return (
        f"Expected runs with the same {kind} images; those of {names}, from {places[0]} and "
        f"{places[1]}, have different {differs}. Compare runs of the same data, gathered with the "
        "same options. `tenfold evaluate RUN --data OTHER` scores a network on other images."
    )


def _other_split(runs: Pair, names: str, shared: str) -> str:
    rules, seeds = [run.recipe.validation for run in runs], [run.seed for run in runs]
    why = "Their folds, or the images that the data holds out, differ."
    if rules[0] != rules[1]:
        why = f"Their setting `validation` is {rules[0]} and {rules[1]}."
    elif seeds[0] != seeds[1]:
        why = f"The seed decides which images are held out; theirs is {seeds[0]} and {seeds[1]}."
    return (
        f"Expected runs with the same validation images; {names} share {shared}. {why} Start both "
        f"runs with the same seed and rule, or with {setting('validation', 'first:20%')}, which no "
        "seed changes; or compare their recipes with `tenfold study`."
    )


def _edited(runs: Pair, names: str) -> str:
    first, other = (f"`tenfold predict {run.folder.path}`" for run in runs)
    return (
        f"The test images of {names} have the same checksum, but not the same names and classes in "
        f"{layout.PREDICTIONS['test'].name}: one of these files was edited, or belongs to another "
        f"run. Write both again: {first} and {other}."
    )


def _facts(run: Run, name: str, right: np.ndarray) -> RunFacts:
    n_right, record = int(right.sum()), run.record
    low, high = wilson_interval(n_right, len(right))
    return RunFacts(
        name=name,
        folder=str(run.folder.path.absolute()),
        recipe=run.recipe.name,
        seed=run.seed,
        n_right=n_right,
        accuracy=n_right / len(right),
        accuracy_low=low,
        accuracy_high=high,
        fit_s=record.wall_s,
        n_parameters=record.n_parameters,
        epochs=len(record.epochs),
        interrupted_by=record.interrupted_by,
    )


def _differences(names: Sequence[str], right: Sequence[np.ndarray]) -> tuple[RunDifference, ...]:
    pairs = [paired(right[0], other) for other in right[1:]]
    adjusted = holm([pair.p for pair in pairs])
    return tuple(
        RunDifference(names[0], name, pair, p, answer(pair.difference, p))
        for name, pair, p in zip(names[1:], pairs, adjusted, strict=True)
    )


def _circumstances(run: Run) -> dict[str, Any]:
    """The settings of a run, and all else that may differ between runs."""
    data, folder = run.data, run.folder
    machine = folder.read_json(layout.ENVIRONMENT) if folder.has(layout.ENVIRONMENT) else {}
    request = folder.read_json(layout.REQUEST) if folder.has(layout.REQUEST) else {}
    rendering = data.provenance.rendering
    return {
        **flat(run.recipe.model_dump(mode="json", exclude=set(WORDS_ONLY))),
        "seed": run.seed,
        "images fitted": len(run.splits.train),
        "data": data.name,
        "training images (checksum)": _digest(run, "validation"),
        "image shape": " x ".join(map(str, data.shape)),
        "image fit": rendering and rendering.fit,
        "begun with the weights of": (request.get("start") or {}).get("path"),
        "tenfold": machine.get("packages", {}).get("tenfold"),
        "processor": machine.get("processor"),
        "cores": machine.get("cores"),
    }
