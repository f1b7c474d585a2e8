"""Measure how accurate a run's network is on spoilt validation images."""

from typing import TYPE_CHECKING

import numpy as np

from tenfold.core.errors import TenfoldError, argument
from tenfold.core.images import Dataset
from tenfold.core.progress import live
from tenfold.core.splits import Splits
from tenfold.core.text import Say
from tenfold.experiment.starting import show_start
from tenfold.runs import layout
from tenfold.runs.run import Run

if TYPE_CHECKING:
    import keras

MOST_IMAGES = 1_000
"""The most validation images that are spoilt."""


def check_validation(splits: Splits) -> None:
    """Check that there are images to spoil.

    Raises:
        TenfoldError: No images are held out for validation.
    """
    if not len(splits.validation):
        raise TenfoldError(
            "Robustness is measured on validation images; after its folds, this run fits every "
            f"image and has none. Leave {argument('robustness')} out, or start a run without "
            f"{argument('folds')}."
        )


def robustness_of(
    run: Run, dataset: Dataset, model: "keras.Model | None" = None, *, say: Say = print
) -> None:
    """Spoil up to 1,000 validation images in every way, and score the run's network on them.

    Args:
        run: A fitted run; its seed decides which images are drawn and how they are spoilt.
        dataset: The run's images, as `gather_again` gives them.
        model: The fitted network; None for the one that the run has saved.
        say: Called with each line of output.

    Raises:
        TenfoldError: The run has no validation images.
    """
    show_start(say)
    from tenfold.learn.predict import probabilities
    from tenfold.measure.robustness import measure_robustness
    from tenfold.report.display import save_figure
    from tenfold.report.robustness import draw_robustness, robustness_sentences

    check_validation(run.splits)
    positions = run.splits.validation
    if len(positions) > MOST_IMAGES:
        random = np.random.default_rng(run.seed)
        positions = np.sort(random.choice(positions, MOST_IMAGES, replace=False))
    model = model or run.model
    if shown := live(say):
        shown.show("predicting spoilt images ...")
    found = measure_robustness(
        lambda images: probabilities(model, images),
        dataset.train.take(positions),
        seed=run.seed,
    )
    run.folder.write_json(layout.ROBUSTNESS, found.to_dict())
    save_figure(draw_robustness(found), run.folder / layout.ROBUSTNESS_PLOT)
    say(robustness_sentences(found))
