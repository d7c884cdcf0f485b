"""CSV as RFC 4180 has it, for spreadsheets: what somebody wrote never runs as a formula there."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from io import StringIO

# Source: OWASP, "CSV Injection": what starts a formula in a spreadsheet.
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

# Where amounts are written 1.234,56 a spreadsheet takes ; for the separator, so a formula may begin within our cell.
_BEGINS_WITHIN = re.compile(r"([;\t]\s*)([=+\-@\uff1d\uff0b\uff0d\uff20])")


def csv_text(rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """The rows as pieces of CSV, with CRLF and a byte order mark first, by which spreadsheets know UTF-8."""
    yield "\ufeff"
    for row in rows:
        line = StringIO()
        csv.writer(line, lineterminator="\r\n").writerow([guarded(cell) for cell in row])
        yield line.getvalue()


def guarded(cell: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would run. A plain number, negative too, stays one."""
    cell = _BEGINS_WITHIN.sub(r"\1'\2", cell)
    if not cell.lstrip().startswith(_STARTS_A_FORMULA) and not cell.startswith(_STARTS_A_FORMULA):
        return cell
    return cell if _is_number(cell) else f"'{cell}"


def _is_number(cell: str) -> bool:
    try:
        return cell.isascii() and cell.strip() == cell and Decimal(cell).is_finite()
    except InvalidOperation:
        return False
