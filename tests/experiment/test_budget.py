import pytest

from tenfold.core.errors import TenfoldError
from tenfold.experiment.budget import budget_seconds


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("5m", 300), ("1.5 min", 90), ("2h", 7200)]
)
def test_reads_seconds_minutes_and_hours(text, seconds):
    assert budget_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "5 days", "-5m", "1:30"])
def test_refuses_what_is_not_a_time(text):
    with pytest.raises(TenfoldError, match="Expected a time such as 90s, 5m or 2h"):
        budget_seconds(text)


def test_refuses_a_budget_that_nothing_could_keep():
    with pytest.raises(TenfoldError, match="at least 30 s"):
        budget_seconds("5s")
