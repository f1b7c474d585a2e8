"""Read a table of text as spreadsheets and scripts write it: CSV, TSV, or columns set by spaces."""

import codecs
import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from tenfold.core.errors import DataError, argument
from tenfold.data.kinds import kind_of

_DELIMITERS = "\t;,|"
_SPACES = " "
_NO_TEXT = re.compile(r"[\0-\x08]")
_OTHER_TEXTS = ("a web page", "a pointer of Git LFS without the file's content")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Row:
    """A row that is not blank.

    Attributes:
        line: The number of its last line in the file, from 1.
        fields: Its texts, without spaces at their ends.
    """

    line: int
    fields: tuple[str, ...]


def read_rows(path: Path) -> list[Row]:
    """Read a file's rows: UTF-8, UTF-16 with a byte order mark, or Windows-1252.

    The first line decides what lies between columns: of tabs, semicolons, commas and bars the one
    that it has most of, or spaces where it has none of them. Quotation marks are read as
    spreadsheets write them.

    Raises:
        DataError: It is missing, empty, not a text, or has a quotation mark that is not closed.
    """
    lines = io.StringIO(_text(path), newline="")
    first = next((line for line in lines if line.strip()), "")
    if first.lower().startswith("sep=") and len(first.strip()) == len("sep=;"):  # Of spreadsheets.
        delimiter = first[len("sep=")]
        n_passed = 1
    else:
        delimiter, n_passed = _delimiter(first), 0
        lines.seek(0)
    rows = _in_spaces(lines) if delimiter == _SPACES else _in_fields(lines, delimiter, path)
    found = [Row(line + n_passed, fields) for line, fields in rows if any(fields)]
    if not found:
        raise DataError(
            f"{path} has no rows. Expected a list with a line for each image, such as "
            "images/1.png,cat."
        )
    return found


def _text(path: Path) -> str:
    try:
        kind, content = kind_of(path), path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(
            f"There is no file {path}. Name an existing list with {argument('data')}."
        ) from error
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror or error}.") from error
    if content.startswith(_UTF_16):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeError:
            continue
        if not _NO_TEXT.search(text) and kind not in _OTHER_TEXTS:
            return text
        break
    what = f"it is {kind}" if kind != "not known to Tenfold" else "it is not a text"
    raise DataError(
        f"Cannot read {path} as a list: {what}. Expected rows of text such as images/1.png,cat: "
        "save a spreadsheet as CSV (UTF-8)."
    )


def _delimiter(line: str) -> str:
    outside = "".join(line.split('"')[::2])  # What stands between quotation marks is a text.
    counts = {each: outside.count(each) for each in _DELIMITERS}
    best = max(counts, key=lambda each: counts[each])
    return best if counts[best] else _SPACES


def _in_fields(lines: io.StringIO, delimiter: str, path: Path) -> list[tuple[int, tuple[str, ...]]]:
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    rows = []
    began = 1
    try:
        for fields in reader:
            rows.append((reader.line_num, tuple(field.strip() for field in fields)))
            began = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"Cannot read {path} from line {began:,} on: {error}. If a field begins with a "
            'quotation mark, one must end it, and those within it are doubled, as in "5"" disk".'
        ) from error
    return rows


def _in_spaces(lines: io.StringIO) -> list[tuple[int, tuple[str, ...]]]:
    """Rows of as many columns as the first one has; further spaces belong to the first column."""
    rows: list[tuple[int, tuple[str, ...]]] = []
    n_columns = 0
    for number, line in enumerate(lines, start=1):
        n_columns = n_columns or len(line.split())
        rows.append((number, tuple(line.strip().rsplit(None, max(n_columns - 1, 0)))))
    return rows
