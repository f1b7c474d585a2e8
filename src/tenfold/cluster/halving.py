"""Whether a trial goes on beyond a rung: asynchronous successive halving, of Ray Tune."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace

REDUCTION = 3
"""About one trial of so many goes on beyond a rung."""
RUNGS = 2
"""Rungs of a fit that is long enough."""


def rungs(n_epochs: int) -> tuple[int, ...]:
    """The epochs after which a fit of `n_epochs` may be stopped, such as 5 and 15 of 45."""
    first = max(1, n_epochs // REDUCTION**RUNGS)
    found = [first * REDUCTION**power for power in range(RUNGS)]
    return tuple(epoch for epoch in found if epoch < n_epochs)


def goes_on(
    earlier: Sequence[Mapping[int, float]], own: Mapping[int, float], at: Sequence[int]
) -> bool:
    """Whether a trial goes on beyond its last rung.

    Args:
        earlier: Of each trial that counts, the accuracy at the rungs that it has reached.
        own: Those of this trial.
        at: All rungs.

    Source: Li et al., A System for Massively Parallel Hyperparameter Tuning, MLSys 2020.
    """
    from ray.tune.schedulers import ASHAScheduler, TrialScheduler

    if not own:
        return True
    rule = ASHAScheduler(
        time_attr="epoch",
        metric="accuracy",
        mode="max",
        grace_period=at[0],
        reduction_factor=REDUCTION,
        max_t=at[-1] * REDUCTION,
    )
    answer = TrialScheduler.CONTINUE
    for number, reached in enumerate([*earlier, own]):
        trial = SimpleNamespace(trial_id=str(number))
        rule.on_trial_add(None, trial)
        for epoch in sorted(reached):
            figures = {"epoch": epoch, "accuracy": reached[epoch]}
            answer = rule.on_trial_result(None, trial, figures)
    return bool(answer == TrialScheduler.CONTINUE)
