"""Files as they come: gzipped, with a byte order mark, in a wrong encoding, cut short, enormous."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from domain.imports.mapping import Field, map_headers
from domain.imports.plan import Terms, plan
from domain.imports.read import opened
from domain.imports.rows import Reader, moment, parse_amount
from domain.imports.run import run_import
from domain.imports.spool import spool
from kit.errors import DomainError
from models.orders import Order
from tests.imports.conftest import Import, a_merchant

Written = Callable[[bytes], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(content: bytes) -> Path:
        path = tmp_path / f"{uuid4().hex}.csv"
        path.write_bytes(content)
        return path

    return write


def _read(path: Path) -> tuple[tuple[str, ...], list[tuple[int, list[str]]]]:
    with opened(path) as file:
        return file.headers, list(file.rows())


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_separators_and_byte_order_marks_are_found_out(written: Written, separator: str, mark: bytes) -> None:
    text = f"a{separator}b\n1{separator}é\n"
    assert _read(written(mark + text.encode())) == (("a", "b"), [(2, ["1", "é"])])


def test_a_gzipped_file_is_known_by_its_content(written: Written) -> None:
    assert _read(written(gzip.compress(b"a,b\n1,2\n", mtime=0)))[1] == [(2, ["1", "2"])]


def test_lines_are_counted_as_an_editor_does(written: Written) -> None:
    assert _read(written(b'a,b\r\n"1\n2",3\r\n\r\n4,5\r\n'))[1] == [(2, ["1\n2", "3"]), (5, ["4", "5"])]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        ("a,b\n1,2\nJos\u00e9,2\n".encode("latin-1"), r"Line 3 is not in UTF-8 \(byte 0xe9 at place 4\)"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        (gzip.compress(b"a,b\n" + b"1,2\n" * 99999, mtime=0)[:-400], "damaged after line"),
        (b'a,b\n"1,2\n3,4\n', "Line 2 is not CSV"),
        (b"a,b\n" + b"x" * (1 << 21), "Line 2 is longer than a megabyte"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_why(written: Written, content: bytes, sentence: str) -> None:
    with pytest.raises(DomainError, match=sentence):
        _read(written(content))


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DomainError, match="cannot be read: No such file"):
        _read(tmp_path / "none.csv")


def test_both_known_files_are_mapped_by_themselves() -> None:
    discs = map_headers("customer_id date number_of_cds dollar_value".split(), {})
    assert (set(discs.places), discs.rows_are_lines) == (
        {Field.CUSTOMER, Field.DATE, Field.QUANTITY, Field.AMOUNT},
        False,
    )
    headers = (
        "household_id basket_id transaction_timestamp product_id product_type package_size "
        "quantity sales_value retail_disc coupon_disc"
    ).split()
    baskets = map_headers(headers, {})
    assert baskets.rows_are_lines and baskets.unused == ("retail_disc", "coupon_disc")
    assert baskets.places[Field.NUMBER] == 1


def test_an_invoice_list_is_one_order_a_row() -> None:
    columns = map_headers(["Order Number", "E-Mail", "Date", "Description", "Amount"], {})
    assert len(columns.places) == 5 and not columns.rows_are_lines


@pytest.mark.parametrize(
    ("headers", "chosen", "sentence"),
    [
        ("date amount", {}, "No column for customer_id or email. The columns are: date, amount"),
        ("email amount", {}, "No column for date. The columns are: email, amount"),
        ("email date betrag", {}, "No column for amount. .* --map THEIRS=amount"),
        ("email date amount value", {}, "“amount” and “value”"),
        ("email date amount", {"betrag": "amount"}, "no column “betrag”. Its columns are: email, date, amount"),
        ("email date amount", {"amount": "money"}, "“money” is not something a column can mean"),
    ],
)
def test_a_header_that_does_not_do_is_named(headers: str, chosen: dict[str, str], sentence: str) -> None:
    with pytest.raises(DomainError, match=sentence):
        map_headers(headers.split(), chosen)


def test_a_column_can_be_chosen_over_a_known_one_or_left_out() -> None:
    columns = map_headers("email date amount value".split(), {"value": "amount", "amount": "-"})
    assert columns.places[Field.AMOUNT] == 3 and columns.unused == ("amount",)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("19970101", datetime(1997, 1, 1, 17, tzinfo=UTC)),
        ("1997-07-01", datetime(1997, 7, 1, 16, tzinfo=UTC)),
        ("2017-01-01T13:28:35.000000000", datetime(2017, 1, 1, 18, 28, 35, tzinfo=UTC)),
        ("2017-01-01T00:00:00", datetime(2017, 1, 1, 5, tzinfo=UTC)),
        ("2017-01-01T13:28:35.123456789Z", datetime(2017, 1, 1, 13, 28, 35, 123456, tzinfo=UTC)),
        ("2017-01-01 13:28+02:00", datetime(2017, 1, 1, 11, 28, tzinfo=UTC)),
        ("", None),
    ],
)
def test_dates_are_the_merchants_unless_they_say_otherwise(text: str, at: datetime | None) -> None:
    assert moment(text, "America/New_York") == at


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("1,234.50", "USD", (123450, False)),
        ("$12", "USD", (1200, False)),
        ("1200", "JPY", (1200, False)),
        ("1.005", "KWD", (1005, False)),
        ("8.881784e-16", "USD", (0, True)),
        ("0.30000000000000004", "USD", (30, True)),
    ],
)
def test_amounts_are_exact(text: str, currency: str, amount: tuple[int, bool]) -> None:
    assert parse_amount(text, currency) == amount


@pytest.mark.parametrize("text", ["11,77", "1,2,3", "1.234,50", "0,300", "0.305", "1e99", "Infinity", ""])
def test_an_amount_that_could_mean_something_else_is_refused(text: str) -> None:
    with pytest.raises(DomainError):
        parse_amount(text, "USD")


class Tall:
    """A CSV file of many rows that is never whole in memory."""

    def __init__(self, path: Path, rows: int) -> None:
        with gzip.open(path, "wt", compresslevel=1) as file:
            file.write("order_number,customer_id,date,quantity,amount\n")
            file.writelines(self._lines(rows))

    @staticmethod
    def _lines(rows: int) -> Iterator[str]:
        for n in range(rows):
            yield f"{n // 3},{n % 5000},2026-01-{n % 28 + 1:02},1,{n % 90}.50\n"


def _peak_of_planning(path: Path) -> int:
    """The most memory that reading, spooling and planning a file takes, in bytes."""
    terms = Terms("UTC", True, False, datetime(2026, 1, 1, tzinfo=UTC).date())
    tracemalloc.start()
    try:
        with opened(path) as file, spool() as kept:
            reader = Reader(map_headers(file.headers, {}), "USD", "UTC")
            rows = (reader.read(line, cells) for line, cells in file.rows())
            kept.add(rows)
            kept.mark_latest(1)
            assert sum(1 for spooled in kept.orders() if plan(spooled, terms)) > 0
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    small, tall = tmp_path / "small.csv.gz", tmp_path / "tall.csv.gz"
    Tall(small, 3_000)
    Tall(tall, 18_000)
    _peak_of_planning(small)  # fills caches that stay
    assert _peak_of_planning(tall) < _peak_of_planning(small) + 1_000_000


@pytest.mark.slow
def test_a_whole_import_stays_small(sqlite_store: str, tmp_path: Path) -> None:
    a_merchant()
    path = tmp_path / "tall.csv.gz"
    Tall(path, 5_000)
    tracemalloc.start()
    try:
        summary = run_import(path=path, merchant="discs")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert summary.rows_made + summary.refused_count == 5_000
    assert Order.select().count() == summary.orders_made
    assert peak < 25_000_000


def test_a_row_is_the_same_whatever_separates_its_cells(sqlite_store: str, imported: Import) -> None:
    a_merchant()
    imported("email,date,amount\na@x.org,2026-01-01,5\n")
    assert imported("email;date;amount\na@x.org;2026-01-01;5\n").orders_there == 1
