"""A threshold for one of two classes, in plain words."""

from tenfold.core.text import percent
from tenfold.measure.threshold import COST, AtThreshold, Threshold


def threshold_sentence(found: Threshold) -> str:
    """Say which threshold was chosen for what, and what it does to the test images."""
    name, is_cost = found.positive, found.goal == COST
    recall = f"a recall of {100 * found.value:g} %"
    if found.threshold is None or found.test is None:
        goal = "a cost" if is_cost else recall
        return f"The validation images of {name} are too few to choose a threshold for {goal}."
    why = (
        f", where a missed {name} costs {found.value:g} times as much as a false alarm"
        if is_cost
        else f" so that {recall} is reached beyond doubt"
    )
    words = (
        f"An image is taken for {name} if the probability of {name} is {found.threshold:.4f} or "
        f"more (chosen on validation images{why})."
    )
    half = found.test_at_half
    if is_cost and found.test.cost is not None and half.cost is not None:
        low, high = found.test.cost_interval_95 or (0, 0)
        words += (
            f" The mean cost of a test image is then {found.test.cost:.4f} (95 % interval "
            f"{low:.4f} to {high:.4f}), against {half.cost:.4f} with a threshold of 0.5."
        )
    return f"{words} {_shares(found.test, half, name)}"


def _shares(test: AtThreshold, half: AtThreshold, name: str) -> str:
    """Say how many images of each class are taken for the positive one."""
    return (
        f"Of the {test.n_positive:,} test images of {name}, "
        f"{_share(test.recall, test.recall_interval_95)} are recognised (at 0.5: "
        f"{_share(half.recall)}); of the {test.n - test.n_positive:,} others, "
        f"{_share(test.false_alarms, test.false_alarms_interval_95)} are taken for {name} (at 0.5: "
        f"{_share(half.false_alarms)})."
    )


def _share(value: float | None, interval: tuple[float, float] | None = None) -> str:
    if value is None:
        return "none"
    if interval is None:
        return percent(value, 1)
    return f"{percent(value, 1)} ({percent(interval[0], 1)} to {percent(interval[1], 1)})"
