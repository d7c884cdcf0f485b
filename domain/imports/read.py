"""Reading a CSV file a row at a time: plain or gzipped, UTF-8, separated by comma, semicolon or tab."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from kit.errors import DomainError
from kit.i18n import _

_GZIP = b"\x1f\x8b"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_BOM = "\ufeff"
_LONGEST_LINE = 1 << 20  # bytes; a longer "line" is no CSV, and reading it whole would not be flat in memory
_MOST_COLUMNS = 1000  # a screen asks what each of them means
_AT_ONCE = 1 << 20
_DELIMITERS = ",;\t"


@dataclass(frozen=True)
class CsvFile:
    """An open file: its header, then its rows. Rows can be walked once."""

    headers: tuple[str, ...]
    size: int  # bytes on disk, compressed if it is
    _raw: BinaryIO
    _reader: Iterator[tuple[int, list[str]]]

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Line number (of the row's first line, the header being 1) and cells. Blank lines are no rows."""
        return self._reader

    def bytes_read(self) -> int:
        """How far into the file the reading is, for a progress bar."""
        return self._raw.tell()


@contextmanager
def opened(path: Path) -> Iterator[CsvFile]:
    """The file at `path`. Raises DomainError for what cannot be read, also while rows are walked; it names the line."""
    try:
        raw = path.open("rb")
    except OSError as problem:
        raise DomainError(
            _("The file %(path)s cannot be read: %(why)s.") % {"path": path, "why": problem.strerror}
        ) from None
    with raw:
        rows = _rows(_unpacked(raw))
        header = next(rows, None)
        if header is None:
            raise DomainError(_("The file is empty. Its first line must name the columns."))
        headers = tuple(cell.strip() for cell in header[1])
        if len(headers) > _MOST_COLUMNS:
            raise DomainError(_("The first line names more than a thousand columns. Is this a CSV file?"))
        yield CsvFile(headers, path.stat().st_size, raw, rows)


def _unpacked(raw: BinaryIO) -> BinaryIO:
    packed = raw.read(2) == _GZIP
    raw.seek(0)
    return cast("BinaryIO", gzip.GzipFile(fileobj=raw)) if packed else raw


def is_within(path: Path, *, size: int, lines: int) -> bool:
    """Whether a file, unpacked, has at most so many bytes and lines. A small packed one may hold a thousandfold."""
    size_so_far = lines_so_far = 0
    with path.open("rb") as raw:
        content = _unpacked(raw)
        try:
            while piece := content.read(_AT_ONCE):
                size_so_far, lines_so_far = size_so_far + len(piece), lines_so_far + piece.count(b"\n")
                if size_so_far > size or lines_so_far > lines:
                    return False
        except (EOFError, gzip.BadGzipFile, zlib.error):
            pass  # whoever reads the rows says where it is damaged; nothing is read beyond
    return True


def _rows(content: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    lines = _lines(content)
    first = next(lines, None)
    if first is None:
        return
    of_row = _OfOneRow(_again(first, lines))
    reader = csv.reader(of_row, delimiter=_delimiter(first), strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cells):
                yield line, cells
            line = reader.line_num + 1
            of_row.begin(line)
    except csv.Error as problem:
        raise DomainError(
            _("Line %(line)d is not CSV: %(why)s. Look for a quotation mark that is not closed.")
            % {"line": line, "why": problem}
        ) from None


class _OfOneRow:
    """The lines of a row. Quoted cells may go over several, but not over more than we would read as one line."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self._line, self._length = lines, 1, 0

    def begin(self, line: int) -> None:
        """A row ended; the next one begins on this line."""
        self._line, self._length = line, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        text = next(self._lines)
        self._length += len(text)
        if self._length > _LONGEST_LINE:
            raise _too_long(self._line)
        return text


def _too_long(line: int) -> DomainError:
    return DomainError(_("Line %(line)d is longer than a megabyte. Is this a CSV file?") % {"line": line})


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _lines(content: BinaryIO) -> Iterator[str]:
    number = 0
    while line := _next_line(content, number + 1):
        number += 1
        if number == 1 and line.startswith(_UTF16):
            raise DomainError(_("The file is in UTF-16. Save it as CSV UTF-8 and import that."))
        try:
            text = line.decode()
        except UnicodeDecodeError as problem:
            raise DomainError(
                _("Line %(line)d is not in UTF-8 (byte 0x%(byte)02x at place %(place)d). Save the file as CSV UTF-8.")
                % {"line": number, "byte": line[problem.start], "place": problem.start + 1}
            ) from None
        yield text.removeprefix(_BOM) if number == 1 else text


def _next_line(content: BinaryIO, number: int) -> bytes:
    try:
        line = content.readline(_LONGEST_LINE)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise DomainError(
            _("The compressed file is damaged after line %(line)d. Fetch or pack it again.") % {"line": number - 1}
        ) from None
    if len(line) == _LONGEST_LINE:
        raise _too_long(number)
    return line


def _delimiter(header: str) -> str:
    """The separator that the header has most of; a comma when it has none."""
    return max(_DELIMITERS, key=header.count)
