import re

import pytest

from tenfold.report.page.charts import Bar, Line, _ticks, bar_chart, line_chart


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 100, [0, 20, 40, 60, 80, 100]),
        (1.3, 2.1, [1.4, 1.6, 1.8, 2.0]),
        (0, 7, [0, 2, 4, 6]),
    ],
)
def test_ticks_are_round_numbers_within_the_range(low, high, expected):
    assert _ticks(low, high) == expected


def test_a_bar_is_as_long_as_its_value():
    drawn = bar_chart([Bar("half", 0.5, "50 %"), Bar("whole", 1.0, "100 %")], "title")
    half, whole = (float(each) for each in re.findall(r'<rect[^>]* width="([\d.]+)"', drawn))
    assert half == whole / 2 > 0


def test_a_line_goes_from_corner_to_corner():
    drawn = line_chart([Line("up", (0, 10), (0, 5))], title="t", x="x", y="y", y_range=(0, 5))
    assert '<path class="line s0" d="M52 196L370 12"/>' in drawn


def test_names_are_escaped():
    name = '<script>alert("x")</script>&'
    drawn = bar_chart([Bar(name, 0.5, name)], name) + line_chart(
        [Line(name, (0, 1), (0, 1))], title=name, x=name, y=name
    )
    assert "<script" not in drawn
    assert "&amp;" in drawn


def test_a_single_point_or_a_flat_line_can_be_drawn():
    for y in ((3.0,), (3.0, 3.0)):
        drawn = line_chart([Line("flat", range(1, len(y) + 1), y)], title="t", x="x", y="y")
        assert "nan" not in drawn
