"""Calibrate a fitted network: bring its confidence in line with how often it is right."""

from dataclasses import replace
from typing import TYPE_CHECKING

from tenfold.core.history import FitRecord
from tenfold.core.images import ImageSet
from tenfold.core.text import Say
from tenfold.runs.run import Run

if TYPE_CHECKING:
    import keras


def calibrate(
    run: Run, model: "keras.Model", record: FitRecord, validation: ImageSet, *, say: Say
) -> tuple["keras.Model", FitRecord]:
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
    from tenfold.learn.predict import probabilities
    from tenfold.measure.temperature import fit_temperature

    if record.diverged_at is not None:
        return model, record
    if len(validation):
        found = fit_temperature(probabilities(model, validation.images, say=say), validation.labels)
    elif run.folds is not None and run.folds.temperature is not None:
        found = run.folds.temperature
    else:
        return model, record
    say(f"Calibrate: the logits are divided by {found:.3f}.")
    return with_temperature(model, found), replace(record, temperature=found)
