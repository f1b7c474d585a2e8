"""Calibrate a fitted network: bring its confidence in line with how often it is right."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tenfold.core.history import FitRecord
from tenfold.core.images import ImageSet
from tenfold.core.text import Say
from tenfold.runs.run import Run

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Fitted:
    """A fitted network, ready to predict.

    Attributes:
        model: uint8 (n, height, width, channels) -> probabilities (n, n_classes).
        validation: What it predicts for the run's validation images, float32 (n, n_classes), so
            that they need not be predicted again; None if that is not known yet.
    """

    model: "keras.Model"
    validation: np.ndarray | None = None


def calibrate(
    run: Run, model: "keras.Model", record: FitRecord, validation: ImageSet, *, say: Say
) -> tuple[Fitted, FitRecord]:
    """Give a network the temperature that suits the validation images, and note it in the record.

    Without validation images, the temperature is that of the folds, whose images each network had
    not seen. Without these too, or after a fit that diverged, the network stays as it is.

    Args:
        run: The run, with its folds.
        model: The network that predicts.
        record: The record of its fit.
        validation: Images that the network was not fitted to; may be empty.
        say: Called with a line about the temperature.
    """
    from tenfold.learn.layers.temperature import with_temperature
    from tenfold.learn.predict import calibrated, probabilities
    from tenfold.measure.temperature import fit_temperature

    if record.diverged_at is not None:
        return Fitted(model), record
    rows = None
    if len(validation):
        before = probabilities(model, validation.images, say=say)
        found = fit_temperature(before, validation.labels)
        rows = calibrated(before, found)
    elif run.folds is not None and run.folds.temperature is not None:
        found = run.folds.temperature
    else:
        return Fitted(model), record
    say(f"Calibrate: the logits are divided by {found:.3f}.")
    fitted = Fitted(with_temperature(model, found), rows)
    return fitted, replace(record, temperature=found)
