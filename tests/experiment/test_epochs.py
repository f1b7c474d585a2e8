import pytest

from tenfold.core.history import Epoch
from tenfold.experiment.epochs import EpochLines


def tell(n_epochs, validation_losses):
    """The numbers of the epochs that get a line."""
    said: list[str] = []
    lines = EpochLines(n_epochs, said.append)
    for number, loss in enumerate(validation_losses, start=1):
        lines(Epoch(number, 1.0, 0.5, loss, 0.5, 0.1, 1.0))
    lines.end()
    return [int(line.split()[1].split("/")[0]) for line in said if line.startswith("epoch")]


def test_a_short_fit_gets_a_line_for_each_epoch():
    assert tell(40, [1.0] * 40) == list(range(1, 41))


def test_a_long_fit_that_gets_no_better_gets_its_first_last_and_every_kth_epoch():
    assert tell(220, [1.0] * 220) == [1, *range(11, 221, 11)]


@pytest.mark.parametrize("n_epochs", [41, 45, 80, 120, 220, 999])
def test_a_long_fit_that_gets_better_all_the_time_gets_about_forty_lines(n_epochs):
    told = tell(n_epochs, [1 / epoch for epoch in range(1, n_epochs + 1)])
    assert told[0] == 1
    assert told[-1] == n_epochs
    assert 15 <= len(told) <= 42


def test_an_epoch_that_is_the_best_so_far_gets_a_line_between_two_others():
    losses = [1.0] * 50
    losses[27] = 0.5  # Epoch 28, between 22 and 33.
    assert tell(220, losses) == [1, 11, 22, 28, 33, 44, 50]


def test_a_fit_without_validation_images_is_told_too():
    assert tell(220, [None] * 30) == [1, 11, 22, 30]


def test_a_story_without_a_live_line_hears_nothing_of_steps():
    said: list[str] = []
    EpochLines(3, said.append).step(1, 5, 10, 0.5)
    assert said == []


class Terminal:
    def __init__(self):
        self.shown = []

    def __call__(self, text):
        self.shown.append(text)

    def show(self, words, done=0, total=0):
        self.shown.append((words, done, total))


def test_a_live_line_shows_the_step_the_validation_and_the_time_left(monkeypatch):
    clock = iter([0.0, 7.0, 17.0, 37.0, 47.0])
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    terminal = Terminal()
    lines = EpochLines(4, terminal)
    lines.step(1, 5, 10, 0.5)
    lines.step(1, 10, 10, 0.25)  # Half an epoch takes 10 s; three and none are left.
    lines(Epoch(1, 0.25, 0.5, 0.7, 0.9, 0.1, 1.0))
    lines.step(2, 10, 10, 0.125)  # One and a half took 40 s.
    assert [each for each in terminal.shown if isinstance(each, tuple)] == [
        ("preparing the first step ...", 0, 0),
        ("epoch 1/4  step 5/10  loss 0.500  ", 5, 40),
        ("epoch 1/4  step 10/10  loss 0.250  at most 1 min 00 s left", 10, 40),
        ("epoch 2/4  step 10/10  loss 0.125  validation 90.0 %  at most 53 s left", 20, 40),
    ]
