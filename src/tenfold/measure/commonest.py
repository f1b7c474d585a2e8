"""The accuracy of always naming the commonest class, which a network must exceed."""

from collections.abc import Mapping
from dataclasses import dataclass

from tenfold.core.evaluation import Evaluation
from tenfold.measure.comparison import Answer


@dataclass(frozen=True)
class Commonest:
    """Always naming the commonest class of the training images.

    Attributes:
        name: The class; the first one of a tie.
        accuracy: Share of the scored images that belong to it, in 0..1.
        network: Whether the network is better or worse: its accuracy's 95 % interval lies above or
            below `accuracy`.
    """

    name: str
    accuracy: float
    network: Answer


def against_commonest(train_counts: Mapping[str, int], evaluation: Evaluation) -> Commonest:
    """Compare figures with always naming the commonest class.

    Args:
        train_counts: Training images of each class; at least one.
        evaluation: Figures on other images of the same classes.
    """
    name = max(train_counts, key=lambda each: train_counts[each])
    accuracy = evaluation.per_class[name].n / evaluation.n
    if evaluation.accuracy_low > accuracy:
        network = Answer.BETTER
    else:
        network = Answer.WORSE if evaluation.accuracy_high < accuracy else Answer.CANT_TELL
    return Commonest(name, accuracy, network)
