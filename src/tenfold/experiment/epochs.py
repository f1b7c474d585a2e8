"""The lines about a fit: one for each epoch, and a live line for each step."""

import math
import time

from tenfold.core.history import Epoch
from tenfold.core.progress import live
from tenfold.core.text import Say, duration, percent

MOST_LINES = 40
"""A fit with at most this many epochs has a line for each; a longer one has about as many."""


class EpochLines:
    """Report epochs as they end, with the time that the remaining ones need at most.

    In a long fit, these epochs have a line: the first, the last, every k-th, and in between one
    that is better on validation than all before. A live line shows every step.

    Args:
        n_epochs: The most epochs of the fit.
        say: Called with each line of output.
    """

    def __init__(self, n_epochs: int, say: Say) -> None:
        self.n_epochs, self.say, self._live = n_epochs, say, live(say)
        self._every = 1 if n_epochs <= MOST_LINES else math.ceil(2 * n_epochs / MOST_LINES)
        self._began_at, self._heard = time.perf_counter(), 0
        self._told = 0  # The last epoch with a line.
        self._untold: str | None = None
        self._best, self._validation = math.inf, ""
        self._first_step: tuple[float, float] | None = None  # Its time, and epochs by then.
        if self._every > 1:
            say(f"Only one or two of every {self._every} epochs are shown.")
        if self._live:
            self._live.show("preparing the first step ...")

    def __call__(self, epoch: Epoch) -> None:
        """Add an epoch, and report it if it deserves a line."""
        self._heard += 1
        is_best = epoch.validation_loss is not None and epoch.validation_loss < self._best
        if epoch.validation_loss is not None and epoch.validation_accuracy is not None:
            self._best = min(self._best, epoch.validation_loss)
            self._validation = f"validation {percent(epoch.validation_accuracy, 1)}  "
        self._untold = self._line(epoch)
        is_due = epoch.epoch in (1, self.n_epochs) or epoch.epoch % self._every == 0
        if is_due or (is_best and 2 * (epoch.epoch - self._told) >= self._every):
            self._told = epoch.epoch
            self.end()

    def step(self, epoch: int, step: int, n_steps: int, loss: float) -> None:
        """Show how far the fit is."""
        if self._live is None:
            return
        now, at = time.perf_counter(), epoch - 1 + step / n_steps
        self._first_step = self._first_step or (now, at)  # Tracing comes before it, and only once.
        began_at, start = self._first_step
        left = ""
        if at > start:
            left_s = (now - began_at) / (at - start) * (self.n_epochs - at)
            left = f"at most {duration(left_s)} left"
        self._live.show(
            f"epoch {epoch}/{self.n_epochs}  step {step}/{n_steps}  loss {loss:.3f}  "
            f"{self._validation}{left}",
            (epoch - 1) * n_steps + step,
            self.n_epochs * n_steps,
        )

    def end(self) -> None:
        """Report the last epoch, if it has no line yet."""
        if self._untold is not None:
            self.say(self._untold)
            self._untold = None

    def _line(self, epoch: Epoch) -> str:
        mean_s = (time.perf_counter() - self._began_at) / self._heard
        left_s = mean_s * (self.n_epochs - epoch.epoch)
        validation = ""
        if epoch.validation_loss is not None and epoch.validation_accuracy is not None:
            share = percent(epoch.validation_accuracy, 1)
            validation = f"validation {epoch.validation_loss:.3f} {share:>7}  "
        return (
            f"epoch {epoch.epoch:>{len(str(self.n_epochs))}}/{self.n_epochs}  "
            f"loss {epoch.loss:.3f}  accuracy {percent(epoch.accuracy, 1):>7}  "
            f"{validation}{epoch.wall_s:.1f} s, at most {duration(left_s)} left"
        )
