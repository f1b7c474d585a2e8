"""Charts as inline SVG, from finished numbers.

They hold no styles of their own: the page's style sheet colours them, in light and in dark.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from tenfold.core.text import printable

WIDTH, HEIGHT = 380, 240
LEFT, RIGHT, TOP, BOTTOM = 52, 10, 12, 44
BAR_PX, NAME_PX = 24, 142

Place = Callable[[float, float], tuple[str, str]]
"""From values on both axes to pixels."""

DOT_PX, DOT_WORDS_PX, CHARACTER_PX = 36, 66, 7
MOST_CHARACTERS = 18
"""Of a name beside a row of dots."""


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    Attributes:
        name: In the legend.
        x: Positions.
        y: Values, as many.
        style: A class of the style sheet: `s0` to `s3`, or `guide` for a dotted grey line.
        intervals: Lower and upper end for each value; empty for none.
        marks: Whether each value has a mark.
        joined: Whether a line joins the values.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    style: str = "s0"
    intervals: Sequence[tuple[float, float]] = ()
    marks: bool = True
    joined: bool = True


@dataclass(frozen=True)
class Bar:
    """One bar of a bar chart; values are shares in 0..1.

    Attributes:
        name: Beside the bar.
        value: Its length.
        words: The value as it is written.
        interval: Lower and upper end; None for none.
        main: Whether it is the one that the chart is about.
    """

    name: str
    value: float
    words: str
    interval: tuple[float, float] | None = None
    main: bool = False


@dataclass(frozen=True)
class Dots:
    """One row of a dot chart; values are in the unit of the axis.

    Attributes:
        name: Beside the row.
        value: The large dot.
        words: The value as it is written.
        interval: Lower and upper end of the whisker; None for none.
        single: Small dots, such as those of single seeds.
    """

    name: str
    value: float
    words: str
    interval: tuple[float, float] | None = None
    single: Sequence[float] = ()


def bar_chart(bars: Sequence[Bar], title: str) -> Markup:
    """Draw horizontal bars of shares, from 0 to 100 %.

    Args:
        bars: From top to bottom.
        title: What a screen reader says of the chart.
    """
    height = BAR_PX * len(bars) + 26
    room = WIDTH - NAME_PX - 56
    parts = []
    for number, bar in enumerate(bars):
        y = number * BAR_PX + 4
        kind = "bar main" if bar.main else "bar"
        parts.append(
            f'<text class="name" x="{NAME_PX - 8}" y="{y + 14}">'
            f"{escape(short(bar.name, 20))}</text>"
            f'<rect class="{kind}" x="{NAME_PX}" y="{y}" width="{_n(room * bar.value)}" '
            f'height="{BAR_PX - 8}"><title>{escape(bar.name)}: {escape(bar.words)}</title></rect>'
        )
        end = bar.value
        if bar.interval is not None:
            low, high = (NAME_PX + room * each for each in bar.interval)
            end = bar.interval[1]
            middle = y + (BAR_PX - 8) / 2
            parts.append(
                f'<path class="whisker" d="M{_n(low)} {middle}H{_n(high)}'
                f'M{_n(low)} {middle - 4}v8M{_n(high)} {middle - 4}v8"/>'
            )
        parts.append(
            f'<text class="value" x="{_n(NAME_PX + room * end + 6)}" y="{y + 14}">'
            f"{escape(bar.words)}</text>"
        )
    base = BAR_PX * len(bars) + 2
    ticks = "".join(
        f'<text class="tick" x="{_n(NAME_PX + room * each / 100)}" y="{base + 16}">{each} %</text>'
        for each in (0, 50, 100)
    )
    axis = f'<path class="axis" d="M{NAME_PX} {base}h{room}"/>'
    return svg(WIDTH, height, title, axis + ticks + "".join(parts))


def dot_chart(rows: Sequence[Dots], *, title: str, x: str, zero: bool = False) -> Markup:
    """Draw a row for each value: a dot with its interval, and single values above it.

    Args:
        rows: From top to bottom.
        title: What a screen reader says of the chart.
        x: Name of the axis, with its unit.
        zero: Whether the axis holds 0, with a line there.
    """
    ends = [each for row in rows for each in (row.value, *(row.interval or ()), *row.single)]
    low, high = _around([*ends, *([0.0] if zero else [])])
    left = min(NAME_PX, 14 + CHARACTER_PX * max(len(row.name) for row in rows))
    room = WIDTH - left - DOT_WORDS_PX
    base = DOT_PX * len(rows) + 4

    def place(value: float) -> str:
        return _n(left + room * (value - low) / (high - low))

    parts = []
    for tick in _ticks(low, high, 4):
        parts.append(f'<path class="grid" d="M{place(tick)} 4V{base}"/>')
        parts.append(f'<text class="tick" x="{place(tick)}" y="{base + 16}">{tick:g}</text>')
    if zero:
        parts.append(f'<path class="line guide" d="M{place(0.0)} 4V{base}"/>')
    parts.append(f'<path class="axis" d="M{left} {base}h{room}"/>')
    middle = left + room / 2
    parts.append(f'<text class="label" x="{middle}" y="{base + 34}">{escape(x)}</text>')
    for number, row in enumerate(rows):
        parts.append(_dot_row(row, DOT_PX * number + DOT_PX / 2 + 4, left, place))
    return svg(WIDTH, base + 40, title, "".join(parts))


def _dot_row(row: Dots, y: float, left: float, place: Callable[[float], str]) -> str:
    """The name, the dots, the interval and the words of a row."""
    shown = printable(row.name)
    name = escape(shown)
    parts = [
        f'<text class="name" x="{left - 8}" y="{y + 4}">{escape(short(shown, MOST_CHARACTERS))}'
        f"<title>{name}</title></text>"
    ]
    parts += [
        f'<circle class="mark s1" cx="{place(value)}" cy="{y - 9}" r="2.5">'
        f"<title>{name}: {value:.4g}</title></circle>"
        for value in row.single
    ]
    if row.interval is not None:
        low, high = map(place, row.interval)
        ends = f"M{low} {y - 4}v8M{high} {y - 4}v8"
        parts.append(f'<path class="whisker s0" d="M{low} {y}H{high}{ends}"/>')
    parts.append(
        f'<circle class="mark s0" cx="{place(row.value)}" cy="{y}" r="4.5">'
        f"<title>{name}: {escape(row.words)}</title></circle>"
        f'<text class="value" x="{WIDTH - DOT_WORDS_PX + 8}" y="{y + 4}">{escape(row.words)}</text>'
    )
    return "".join(parts)


def line_chart(
    lines: Sequence[Line],
    *,
    title: str,
    x: str,
    y: str,
    y_range: tuple[float, float] | None = None,
    x_range: tuple[float, float] | None = None,
) -> Markup:
    """Draw lines with axes, a grid, and a legend below.

    Args:
        lines: At least one with a value.
        title: What a screen reader says of the chart.
        x: Name of the horizontal axis, with its unit.
        y: Name of the vertical axis, with its unit.
        y_range: Lowest and highest value; by default as the values need.
        x_range: As `y_range`.
    """
    values = [each for line in lines for each in (*line.y, *sum(line.intervals, ()))]
    y_low, y_high = y_range or _around(values)
    x_low, x_high = x_range or _around([each for line in lines for each in line.x], room=0.0)

    def place(at: float, value: float) -> tuple[str, str]:
        right = LEFT + (WIDTH - LEFT - RIGHT) * (at - x_low) / (x_high - x_low or 1)
        down = TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - y_low) / (y_high - y_low or 1))
        return _n(right), _n(down)

    parts = []
    for value in _ticks(y_low, y_high):
        at = place(x_low, value)[1]
        parts.append(f'<path class="grid" d="M{LEFT} {at}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text class="tick y" x="{LEFT - 6}" y="{at}" dy="4">{value:g}</text>')
    for value in _ticks(x_low, x_high):
        at = place(value, y_low)[0]
        parts.append(f'<text class="tick" x="{at}" y="{HEIGHT - BOTTOM + 16}">{value:g}</text>')
    parts.append(f'<path class="axis" d="M{LEFT} {HEIGHT - BOTTOM}H{WIDTH - RIGHT}"/>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text class="label" x="{middle}" y="{HEIGHT - 8}">{escape(x)}</text>')
    parts.append(
        f'<text class="label" transform="translate(12 {(HEIGHT - BOTTOM + TOP) / 2}) rotate(-90)">'
        f"{escape(y)}</text>"
    )
    parts += [_drawn(line, place) for line in lines]
    legend = Markup("").join(
        Markup('<span class="{}">{}</span>').format(line.style, line.name) for line in lines
    )
    drawing = svg(WIDTH, HEIGHT, title, "".join(parts))
    return Markup('<div class="chart">{}<p class="legend">{}</p></div>').format(drawing, legend)


def _drawn(line: Line, place: Place) -> str:
    """A line with its marks and intervals."""
    points = [place(*each) for each in zip(line.x, line.y, strict=True)]
    path = "M" + "L".join(f"{right} {down}" for right, down in points) if points else ""
    parts = [f'<path class="line {line.style}" d="{path}"/>'] if line.joined else []
    for at, (low, high) in zip(line.x, line.intervals, strict=False):
        right, top = place(at, high)
        parts.append(f'<path class="whisker {line.style}" d="M{right} {top}V{place(at, low)[1]}"/>')
    if line.marks:
        for (right, down), at, value in zip(points, line.x, line.y, strict=True):
            parts.append(
                f'<circle class="mark {line.style}" cx="{right}" cy="{down}" r="3">'
                f"<title>{escape(line.name)}: {value:.4g} at {at:.4g}</title></circle>"
            )
    return "".join(parts)


def svg(width: float, height: float, title: str, inside: str) -> Markup:
    """A drawing in the page.

    Args:
        width: Units of its own, which the style sheet scales.
        height: In the same units.
        title: What a screen reader says of it.
        inside: Its parts, whose names are escaped.
    """
    return Markup(  # noqa: S704 - names are escaped where they are put in.
        f'<svg viewBox="0 0 {_n(width)} {_n(height)}" role="img" aria-label="{escape(title)}">'
        f"{inside}</svg>"
    )


def _around(values: Sequence[float], room: float = 0.05) -> tuple[float, float]:
    """A range that holds all finite values, with some room."""
    finite = [each for each in values if math.isfinite(each)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    margin = room * (high - low) or (0.5 if low == high else 0.0)
    return low - margin, high + margin


def _ticks(low: float, high: float, n: int = 5) -> list[float]:
    """About `n` round numbers between two values."""
    raw = (high - low) / n or 1.0
    power = 10 ** math.floor(math.log10(raw))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= raw)
    first = math.ceil(low / step - 1e-9)
    return [round(number * step, 12) for number in range(first, math.floor(high / step + 1e-9) + 1)]


def _n(value: float) -> str:
    """A number with one decimal, which is a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")


def short(name: str, longest: int) -> str:
    """Cut a name that is longer than so many characters."""
    return name if len(name) <= longest else name[: longest - 1] + "…"
