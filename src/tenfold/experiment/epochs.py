"""A fit, told epoch by epoch."""

import time

from tenfold.core.history import Epoch
from tenfold.core.text import Say, duration, percent


class EpochLines:
    """Tell each epoch as it ends, with the time that all of them may still take.

    Args:
        n_epochs: The most epochs of the fit.
        say: Where to.
    """

    def __init__(self, n_epochs: int, say: Say) -> None:
        self.n_epochs, self.say = n_epochs, say
        self._began_at, self._told = time.perf_counter(), 0

    def __call__(self, epoch: Epoch) -> None:
        """Tell one."""
        self._told += 1
        mean_s = (time.perf_counter() - self._began_at) / self._told
        left_s = mean_s * (self.n_epochs - epoch.epoch)
        validation = ""
        if epoch.validation_loss is not None and epoch.validation_accuracy is not None:
            share = percent(epoch.validation_accuracy, 1)
            validation = f"validation {epoch.validation_loss:.3f} {share:>7}  "
        self.say(
            f"epoch {epoch.epoch:>{len(str(self.n_epochs))}}/{self.n_epochs}  "
            f"loss {epoch.loss:.3f}  accuracy {percent(epoch.accuracy, 1):>7}  "
            f"{validation}{epoch.wall_s:.1f} s, at most {duration(left_s)} left"
        )
