"""Files to take away: a table as CSV or as a workbook, streamed as it is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask import Response, stream_with_context

from kit.sheets import MIME, Kind, Row, csv_of, xlsx_of


def table(rows: Iterable[Row], *, kind: Kind, name: str) -> Response:
    """The rows as a download `<name>.<kind>`. The first row is the head; see kit/sheets.py for what a cell may be."""
    pieces = csv_of(rows) if kind is Kind.CSV else xlsx_of(rows)
    return file(pieces, kind=MIME[kind], name=f"{name}.{kind}")


def file(pieces: Iterator[bytes], *, kind: str, name: str) -> Response:
    """Pieces of a file as a download."""
    answer = Response(stream_with_context(pieces), content_type=kind)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
