"""The whole of image classification with multilayer perceptrons, step by step.

    import tenfold

    run = tenfold.run("classic", data="digits", seed=0)
    run.evaluation.accuracy
    run.model.predict(images)  # A plain keras.Model: uint8 images in, probabilities out.

Importing Tenfold loads neither Keras, TensorFlow, scikit-learn nor Matplotlib.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tenfold.core.errors import TenfoldError
    from tenfold.core.images import Dataset, ImageSet
    from tenfold.experiment import clean, evaluate, explore, predict, run, split, train
    from tenfold.gathering import gather
    from tenfold.recipes import find_recipe
    from tenfold.results import Run
    from tenfold.resuming import resume
    from tenfold.studies import study
    from tenfold.verifying import verify

_HOMES = {
    "Dataset": "tenfold.core.images",
    "ImageSet": "tenfold.core.images",
    "Run": "tenfold.results",
    "TenfoldError": "tenfold.core.errors",
    "clean": "tenfold.experiment",
    "evaluate": "tenfold.experiment",
    "explore": "tenfold.experiment",
    "find_recipe": "tenfold.recipes",
    "gather": "tenfold.gathering",
    "predict": "tenfold.experiment",
    "resume": "tenfold.resuming",
    "run": "tenfold.experiment",
    "split": "tenfold.experiment",
    "study": "tenfold.studies",
    "train": "tenfold.experiment",
    "verify": "tenfold.verifying",
}

__all__ = [
    "Dataset",
    "ImageSet",
    "Run",
    "TenfoldError",
    "clean",
    "evaluate",
    "explore",
    "find_recipe",
    "gather",
    "predict",
    "resume",
    "run",
    "split",
    "study",
    "train",
    "verify",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'tenfold' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
