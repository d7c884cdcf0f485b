"""Tables for a spreadsheet, as CSV or XLSX. Rows in, pieces of a file out; what somebody wrote never runs as a formula.

How to export a list: write a pure generator of rows, the head first, of the cells below, and answer with
`dashboard.download.table(rows, kind=…, name=…)` from a GET route whose address ends in `.csv` or `.xlsx`:

    def table(merchant, …) -> Iterator[Row]:
        yield (_("Customer"), _("Currency"), _("Amount"))
        yield (row.name, row.currency, row.amount.decimal())

A cell is text, a count (int) or an amount (Decimal, e.g. `Money.decimal()`; its currency has a column of its own).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from enum import StrEnum
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from xlsxwriter import Workbook

from kit.csv_text import csv_text

Cell = str | int | Decimal
Row = tuple[Cell, ...]

_ROWS_A_SHEET = 1_000_000  # a sheet ends at 1,048,576 rows (Microsoft, "Excel specifications and limits")
_DIGITS = 15  # beyond, a spreadsheet rounds a number (same source): such an amount stays text
_LONGEST = 32_767  # characters that a cell holds (same source)
_IN_MEMORY, _PIECE = 2_000_000, 65_536
# Strings stay strings: nothing is read as a formula, a link or a number.
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


class Kind(StrEnum):
    """What a table may be downloaded as."""

    CSV = "csv"
    XLSX = "xlsx"


MIME = {
    Kind.CSV: "text/csv; charset=utf-8; header=present",
    Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def csv_of(rows: Iterable[Row]) -> Iterator[bytes]:
    """The rows as CSV, a row a piece: amounts with a point and all their decimals, whatever the reader's language."""
    for piece in csv_text([_plain(cell) for cell in row] for row in rows):
        yield piece.encode()


def xlsx_of(rows: Iterable[Row]) -> Iterator[bytes]:
    """The rows as a workbook, head first, in pieces. Counts and amounts are numbers, everything else is text.

    More than a million rows go on in another sheet. Memory stays small: rows go to a temporary file as they come.
    """
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        _write(file, rows)
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def _write(file: IO[bytes], rows: Iterable[Row]) -> None:
    book = Workbook(file, _OPTIONS)
    bold = book.add_format({"bold": True})
    lines = iter(rows)
    head = next(lines, ())
    sheet = _sheet(book, head, bold)
    for number, row in enumerate(lines):
        if number and not number % _ROWS_A_SHEET:
            sheet = _sheet(book, head, bold)
        _line(sheet, number % _ROWS_A_SHEET + 1, row, None)
    book.close()


def _sheet(book: Any, head: Row, bold: Any) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(len(head) - 1, 0), 18)
    _line(sheet, 0, head, bold)
    return sheet


def _line(sheet: Any, number: int, row: Row, look: Any) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, str) or (isinstance(cell, Decimal) and len(cell.as_tuple().digits) > _DIGITS):
            sheet.write_string(number, column, str(cell)[:_LONGEST], look)
        else:
            sheet.write_number(number, column, cell, look)


def _plain(cell: Cell) -> str:
    return cell if isinstance(cell, str) else f"{cell:f}" if isinstance(cell, Decimal) else str(cell)
