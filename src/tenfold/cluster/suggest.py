"""Ask Optuna for the settings of the next trial, and for how much each setting matters."""

import json
from collections.abc import Sequence
from typing import Any

from tenfold.core.space import Choice, Range, Space
from tenfold.measure.tuning import Trial

RANDOM_TRIALS = 10
"""The first trials are drawn at random; Optuna's estimates need some results to begin with."""
FEWEST = 4
"""Trials with an accuracy below which importances would be noise."""


def suggest(
    space: Space, *, seed: int, number: int, known: Sequence[Trial], pending: Sequence[Trial]
) -> dict[str, Any]:
    """The settings of one trial, which depend on nothing but the arguments.

    Args:
        space: What may be suggested.
        seed: Of the search.
        number: Of the trial, from 0.
        known: Trials whose results count, in the order of their numbers.
        pending: Trials that began before this one and whose results do not count; no suggestion
            comes too close to them.

    Source: Tree-structured Parzen estimators, Bergstra et al., NeurIPS 2011, in Optuna.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(
        seed=_seed(seed, number),
        n_startup_trials=RANDOM_TRIALS,
        multivariate=True,
        constant_liar=True,
    )
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for trial, counts in [*((each, True) for each in known), *((each, False) for each in pending)]:
        study.add_trial(_as_optuna(trial, space, counts=counts))
    asked = study.ask(_distributions(space)).params
    return {
        key: json.loads(asked[key]) if isinstance(each, Choice) else asked[key]
        for key, each in space.items()
    }


def importances(
    space: Space, trials: Sequence[Trial], figures: Sequence[float]
) -> dict[str, float]:
    """How much of the differences between trials each setting explains: shares that sum to 1.

    Args:
        space: What was searched.
        trials: Those that have the figure.
        figures: The figure of each, such as its accuracy at the first rung.

    Returns:
        The shares, largest first; empty if there are too few trials or no differences.

    Source: Functional ANOVA, Hutter et al., ICML 2014, in Optuna.
    """
    if len(trials) < FEWEST or len(set(figures)) < 2:
        return {}
    import optuna

    distributions = _distributions(space)
    study = optuna.create_study(direction="maximize")
    for trial, figure in zip(trials, figures, strict=True):
        study.add_trial(
            optuna.trial.create_trial(
                params=_written(trial.settings, space), distributions=distributions, value=figure
            )
        )
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    found = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return {key: float(share) for key, share in found.items()}


def _as_optuna(trial: Trial, space: Space, *, counts: bool) -> Any:  # noqa: ANN401
    """A trial as Optuna keeps it: with its result, or as one that still runs."""
    from optuna.trial import TrialState, create_trial

    states = {"finished": TrialState.COMPLETE, "stopped": TrialState.PRUNED}
    state = states.get(trial.state, TrialState.FAIL) if counts else TrialState.RUNNING
    return create_trial(
        state=state,
        params=_written(trial.settings, space),
        distributions=_distributions(space),
        value=trial.accuracy if state is TrialState.COMPLETE else None,
        intermediate_values=dict(trial.rungs) if counts else {},
    )


def _distributions(space: Space) -> dict[str, Any]:
    from optuna import distributions

    def of(values: Range | Choice) -> Any:  # noqa: ANN401
        if isinstance(values, Choice):  # Optuna chooses among plain values; lists are none.
            return distributions.CategoricalDistribution([json.dumps(v) for v in values.values])
        if values.whole:
            return distributions.IntDistribution(int(values.low), int(values.high), log=values.log)
        return distributions.FloatDistribution(values.low, values.high, log=values.log)

    return {key: of(values) for key, values in space.items()}


def _written(settings: dict[str, Any], space: Space) -> dict[str, Any]:
    """Settings as Optuna has them."""
    return {
        key: json.dumps(settings[key]) if isinstance(each, Choice) else settings[key]
        for key, each in space.items()
    }


def _seed(seed: int, number: int) -> int:
    """A seed for one trial: the samplers of trials must not draw the same numbers."""
    import numpy as np

    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
