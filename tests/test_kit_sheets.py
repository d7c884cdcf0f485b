"""Tables for a spreadsheet: text never runs, amounts stay exact, a workbook opens again as what it was."""

from __future__ import annotations

import io
import re
import zipfile
from decimal import Decimal

import pytest

from kit import sheets

HEAD = ("Customer", "Currency", "Amount", "Tries")
ROWS = [
    HEAD,
    ('=HYPERLINK("http://evil.example","x")', "USD", Decimal("1204.50"), 3),
    ("https://harbor.example", "USD", Decimal("-12.00"), 0),
    ("0042", "KWD", Decimal("9999999999999.125"), 1),
]


def cells(data: bytes, sheet: int = 1) -> list[list[tuple[str, str]]]:
    """What stands in a workbook's sheet: (kind, text) of each cell, row by row; kind 'text', 'number' or 'formula'."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        xml = book.read(f"xl/worksheets/sheet{sheet}.xml").decode()
    return [[_cell(cell) for cell in re.findall(r"<c .*?</c>", row)] for row in re.findall(r"<row.*?</row>", xml)]


def _cell(xml: str) -> tuple[str, str]:
    if "<f>" in xml:
        return "formula", xml
    kind = "text" if 't="inlineStr"' in xml else "number"
    found = re.search(r"<(?:t|v)[^>]*>(.*?)</", xml)
    assert found
    return kind, found[1]


def test_a_workbook_holds_text_as_text_and_amounts_as_exact_numbers() -> None:
    book = cells(b"".join(sheets.xlsx_of(ROWS)))
    assert book[0] == [("text", name) for name in HEAD]
    assert [kind for kind, _text in book[1]] == ["text", "text", "number", "number"]
    assert book[1][0][1].startswith("=HYPERLINK")  # as written: a text cell runs nothing
    assert Decimal(book[1][2][1]) == Decimal("1204.50") and Decimal(book[2][2][1]) == Decimal("-12")
    assert book[3][0] == ("text", "0042")  # leading zeros live
    assert book[3][2] == ("text", "9999999999999.125")  # more digits than a spreadsheet keeps
    assert not any(kind == "formula" for row in book for kind, _text in row)


def test_csv_has_amounts_with_a_point_and_neutral_formulas() -> None:
    lines = b"".join(sheets.csv_of(ROWS)).decode("utf-8-sig").splitlines()
    assert lines[0] == "Customer,Currency,Amount,Tries"
    assert lines[1].startswith("\"'=HYPERLINK(") and lines[1].endswith(",USD,1204.50,3")
    assert lines[2].endswith(",USD,-12.00,0")


def test_a_long_table_goes_on_in_another_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "_ROWS_A_SHEET", 2)
    data = b"".join(sheets.xlsx_of([("n",), *((number,) for number in range(5))]))
    pages = [cells(data, sheet) for sheet in (1, 2, 3)]
    assert [page[0] for page in pages] == [[("text", "n")]] * 3
    assert [int(row[0][1]) for page in pages for row in page[1:]] == [0, 1, 2, 3, 4]


def test_a_table_without_rows_is_still_a_file() -> None:
    assert cells(b"".join(sheets.xlsx_of([HEAD])))[0][0] == ("text", "Customer")
    assert b"".join(sheets.xlsx_of([])).startswith(b"PK")
