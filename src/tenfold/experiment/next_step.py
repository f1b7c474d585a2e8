"""The diagnosis of a run, and its next step as a command that can be pasted."""

import math
import shlex
from dataclasses import asdict
from typing import Any

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import RunFolderError
from tenfold.core.limits import CHECKPOINT_EVERY_S, RISK
from tenfold.core.recipe import Recipe
from tenfold.data.arrays import ARRAYS
from tenfold.measure.diagnosis import Diagnosis, diagnose
from tenfold.measure.next_step import TIMES, Advice, Choice, NextStep
from tenfold.recipes import DEFAULT, NAMES, STRONGER, find_recipe
from tenfold.runs import layout
from tenfold.runs.request import Request
from tenfold.runs.run import Run

KEPT = ("validation", "train_size", "balance", "flip")
"""The changed settings that another recipe takes over: those about the images, not the network."""


def diagnosis_of(run: Run) -> tuple[Diagnosis, str | None]:
    """Diagnose a fitted run; return the command of the next step too, None if there is none."""
    request = _request(run)
    is_named = request is not None and not isinstance(request.recipe, dict)
    choice = Choice(
        run.recipe,
        STRONGER.get(run.recipe.name) if is_named else None,
        has_budget=request is not None and request.budget_s is not None,
        usual_rate=_usual_rate(run.recipe) if is_named else None,
    )
    found = diagnose(run.record, run.validation_evaluation, choice)
    step = found.next_step
    return found, None if step is None else command_for(run, step)


def own_command(run: Run) -> str | None:
    """The run again, as a command; None if only Python can do it."""
    return command_for(run, NextStep(Advice.LONGER))  # A step that changes nothing.


def _usual_rate(recipe: Recipe) -> float | None:
    """The learning rate of Tenfold's recipe of that name, if it has the same optimiser."""
    usual = find_recipe(recipe.name).optimizer
    return usual.learning_rate if usual.kind == recipe.optimizer.kind else None


def command_for(run: Run, step: NextStep) -> str | None:
    """The run again, with one step changed, as a command; None if only Python can do it.

    That is so for images in memory, for a network of the user's own, and for a run of an earlier
    version.
    """
    request = _request(run)
    if request is None or request.images.data == ARRAYS or _has_own_network(request):
        return None
    if step.advice is Advice.RESUME:
        return shlex.join(["tenfold", "resume", str(run.folder.path.absolute())])
    name, settings = _recipe(request, step)
    words = ["tenfold", "run", *([] if name is None else [name]), *_options(request, run, step)]
    for key, value in settings.items():
        words += ["--set", f"{key}={_yaml(value)}"]
    return shlex.join(words)


def _request(run: Run) -> Request | None:
    """The run's request; None if it is missing, or of an earlier version."""
    try:
        return run.folder.read_request() if run.folder.has(layout.REQUEST) else None
    except RunFolderError:
        return None


def _has_own_network(request: Request) -> bool:
    recipe = request.recipe
    in_recipe = isinstance(recipe, dict) and recipe["network"]["kind"] == "own"
    return in_recipe or request.network is not None


def _recipe(request: Request, step: NextStep) -> tuple[str | None, dict[str, Any]]:
    """The recipe's name, None where a budget chooses it, and the settings to change.

    A recipe of the user's own, whose file may be gone, is written as one of Tenfold's with changes.
    """
    changes = {**request.overrides, **step.settings}
    if step.recipe is not None:
        return step.recipe, {key: changes[key] for key in KEPT if key in changes}
    if isinstance(request.recipe, dict):
        return _as_named(find_recipe(request.recipe).with_overrides(changes))
    return request.recipe or (DEFAULT if request.budget_s is None else None), changes


def _options(request: Request, run: Run, step: NextStep) -> list[str]:
    """Everything but the recipe, as the run was asked."""
    words = [*_images(request.images), "--seed", str(request.seed)]
    if request.budget_s is not None:
        times = TIMES if step.advice is Advice.MORE_TIME else 1
        words += ["--budget", f"{math.ceil(times * request.budget_s)}s"]
    if request.folds is not None:
        words += ["--folds", str(request.folds)]
    if request.cluster is not None:
        words += ["--cluster", request.cluster]
    if request.cores_per_fit is not None:
        words += ["--cores-per-fit", str(request.cores_per_fit)]
    network_changes = step.recipe or step.settings.keys() & type(run.recipe.network).model_fields
    if request.start is not None and not network_changes:  # Its weights would not fit another one.
        words += ["--from", request.start.path]
    for name in ("exclude", "relabel"):
        if path := getattr(request, name):
            words += [f"--{name}", path]
    if request.audit:
        words.append("--audit")
    if request.tensorboard:
        words.append("--tensorboard")
    if request.checkpoint_every_s != CHECKPOINT_EVERY_S:
        words += ["--checkpoint-every", f"{request.checkpoint_every_s:g}"]
    if request.robustness:
        words.append("--robustness")
    if request.risk != RISK:
        words += ["--risk", f"{request.risk:g}"]
    if request.threshold is not None:
        words += ["--threshold", request.threshold]
    if request.context is not None:
        words += ["--context", request.context]
    return words


def _images(asked: DataRequest) -> list[str]:
    """The options of the images, as `tenfold run` takes them."""
    words = []
    for name, value in asdict(asked).items():
        option = "--side" if name == "side_px" else f"--{name.replace('_', '-')}"
        if value is True:
            words.append(option)
        elif value is not None and value is not False:
            words += [option, str(value)]
    return words


def _as_named(recipe: Recipe) -> tuple[str, dict[str, Any]]:
    """A recipe as one of Tenfold's with changes: the one that needs the fewest."""
    wanted = recipe.settings()
    found = []
    for name in NAMES:
        base = find_recipe(name)
        if base.network.kind == recipe.network.kind:
            found.append((name, _changes(base.settings(), wanted)))
    return min(found, key=lambda each: len(each[1]))


def _changes(base: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The settings to change; an optimiser of another kind begins with its own defaults."""
    changed = {key: value for key, value in wanted.items() if base.get(key) != value}
    # A change of these undoes those, unless they are given too.
    for keys, undone in (({"batch_size"}, "tuned_to"), ({"epochs", "mixup", "dropout"}, _FEW)):
        if keys & changed.keys():
            changed[undone] = wanted[undone]
    if "optimizer" in changed:
        changed |= {key: wanted[key] for key in _RATES if key in wanted}
    return changed


_FEW = "few_images"
_RATES = ("learning_rate", "adam_ratio", "weight_decay", "warm_up")
"""Settings of optimisers, whose defaults change with the optimiser."""


def _yaml(value: Any) -> str:  # noqa: ANN401
    """A value as `--set` reads it."""
    import yaml

    text = yaml.safe_dump(value, default_flow_style=True, width=math.inf, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...")
