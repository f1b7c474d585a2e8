"""Tables as plain text, for the screen and for text files."""

from collections.abc import Sequence

from tenfold.core.text import printable

WIDTH = 80
"""Characters in a line of prose."""


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Align rows below their header: the first column to the left, numbers to the right.

    A column whose every cell begins with a digit or a sign counts as numbers. Characters that
    cannot be printed, such as a terminal's control codes in a file's name, are written out.
    """
    cells = [[printable(cell) for cell in row] for row in (header, *rows)]
    columns = list(zip(*cells, strict=True))
    widths = [max(map(len, column)) for column in columns]
    to_right = [i > 0 and _is_numeric(column[1:]) for i, column in enumerate(columns)]
    lines = [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, to_right, strict=True)
        ).rstrip()
        for row in cells
    ]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join([lines[0], rule, *lines[1:]])


def _is_numeric(column: Sequence[str]) -> bool:
    return all(cell[:1].isdigit() or cell[:1] in "+-" for cell in column)
