"""Purchases: looked for by word, day, state and amount; the address is the state; one order tells its whole story."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from urllib.parse import quote

import pytest

from domain.orders.adjust import void_order
from domain.orders.search import Form, Where, read_form
from kit.clock import Stopped, utc_now
from kit.i18n import speaking
from kit.ids import uuid7
from models.base import unit_of_work
from models.orders import Order, OrderLine, OrderSource
from sandbox.inprocess import InProcess
from tests import factory
from tests.pages.customer.conftest import Person
from tests.pages.customer.test_home import counted, fail
from tests.pages.customer.test_receipts import paid

pytestmark = pytest.mark.usefixtures("ledger_holds")


def titles(html: str, *wanted: str) -> list[str]:
    """Those of the titles that stand on the page."""
    return [each for each in wanted if f">{each}</a>" in html]


@pytest.fixture
def shelf(owner: Person, clock: Stopped) -> Person:
    """Four purchases: paid, owed, coming, cancelled, of three months."""
    now = clock()
    clock.set(datetime(2026, 9, 10, 15, 0, tzinfo=UTC))
    paid(owner, 12050, "Retreat 100%_sure")
    clock.set(datetime(2026, 10, 10, 15, 0, tzinfo=UTC))
    gone = factory.order(owner.customer, 3000, title="Towel")
    void_order(merchant=owner.customer.merchant_id, order=gone.id)
    factory.order(owner.customer, 8900, title="Öl für Ärzte")
    clock.set(now)
    factory.order(owner.customer, 4000, title="Workshop", due=date(2026, 12, 24))
    return owner


ALL = ("Retreat 100%_sure", "Towel", "Öl für Ärzte", "Workshop")


LOOKED_FOR: list[tuple[str, list[str]]] = [
    ("q=workSHOP", ["Workshop"]),
    ("q=100%25_s", ["Retreat 100%_sure"]),
    ("q=%25", ["Retreat 100%_sure"]),  # a wildcard stands for itself
    ("q=_", ["Retreat 100%_sure"]),
    ("q=" + quote("öl"), ["Öl für Ärzte"]),
    ("q=R-", ["Retreat 100%_sure"]),  # the receipt's number
    ("q=%00", list(ALL)),
    ("q=hy-20", list(ALL)),
    ("from=2026-10-01&to=2026-10-10", ["Towel", "Öl für Ärzte"]),
    ("to=2026-09-10", ["Retreat 100%_sure"]),
    ("to=9999-12-31&from=0001-01-01", list(ALL)),
    ("state=owed", ["Öl für Ärzte"]),
    ("state=coming", ["Workshop"]),
    ("state=paid", ["Retreat 100%_sure"]),
    ("state=cancelled", ["Towel"]),
    ("min=40&max=89.00", ["Öl für Ärzte", "Workshop"]),
    ("min=120.50", ["Retreat 100%_sure"]),
    ("state=owed&q=towel", []),
]


def test_what_is_looked_for_is_found(shelf: Person) -> None:
    token = shelf.csrf()
    for asked, found in LOOKED_FOR:
        html = shelf.draw(f"{shelf.base}/purchases?{asked}", token)
        assert titles(html, *ALL) == found, asked
        if not found:
            assert "Nothing fits" in html and "Clear filters" in html


def test_the_form_keeps_what_was_typed_and_says_what_to_write(shelf: Person) -> None:
    html = shelf.page("/purchases?q=a&from=31.3.26&min=$1,20&state=nowhere")
    for wanted in (
        "Write the day as year, month, day",
        "is not an amount in USD",
        "Choose one of the list.",
        'value="$1,20"',
    ):
        assert wanted in html
    assert 'value="a"' in html and "<details" in html and " open>" in html and titles(html, *ALL) == []
    turned = shelf.page("/purchases?from=2026-10-02&to=2026-10-01&min=5&max=4")
    assert "The last day is before the first" in turned and "The highest amount is below the lowest" in turned
    assert " open>" not in shelf.page("/purchases")
    assert "4 purchases" in shelf.page("/purchases") and "1 purchase fits" in shelf.page("/purchases?state=owed")


def test_the_pages_of_a_search_keep_it(owner: Person) -> None:
    many(owner, 30)
    first = owner.page("/purchases?q=retreat&min=1")
    assert "1 to 25 of 30" in first and "q=retreat&amp;min=1&amp;page=2" in first
    assert "26 to 30 of 30" in owner.page("/purchases?q=retreat&min=1&page=2")
    assert "26 to 30 of 30" in owner.page("/purchases?q=retreat&page=77")


def test_others_find_nothing_of_it(shelf: Person, colleague: Person, stranger: Person) -> None:
    for person in (colleague, stranger):
        assert titles(person.page("/purchases"), *ALL) == titles(person.page("/purchases?q=o"), *ALL) == []
        assert "will be listed here" in person.page("/purchases") and "Nothing fits" in person.page("/purchases?q=o")
    assert titles(shelf.page("/purchases"), *ALL) == list(ALL)


def test_what_is_under_way_and_what_came_back_are_found(owner: Person, clock: Stopped, sandbox: InProcess) -> None:
    from tests.pages.customer.test_money_back import _pay

    held = factory.order(owner.customer, 100, title="Held")
    _pay(owner, held, "pm_usBankAccount_processing")
    assert titles(owner.page("/purchases?state=under_way"), "Held") == ["Held"]
    assert titles(owner.page("/purchases?state=owed"), "Held") == []
    failed = fail(owner, clock)
    assert failed.number in owner.page("/purchases?state=owed")


def many(person: Person, count: int) -> None:
    """So many orders with a line each, quickly."""
    start = utc_now()
    rows = [
        {
            "id": uuid7(), "merchant": person.customer.merchant_id, "customer": person.customer.id,
            "number": f"Z-{n:05}", "title": f"Retreat {n}", "currency": "USD", "total": 1000 + n, "open": 1000 + n,
            "due_on": start.date(), "placed_at": start - timedelta(minutes=n), "source": OrderSource.IMPORT,
            "created_at": start,
        }
        for n in range(count)
    ]  # fmt: skip
    lines = [
        {"id": uuid7(), "order": row["id"], "position": 1, "title": f"Day {n}", "quantity": "1", "total": 1000 + n}
        for n, row in enumerate(rows)
    ]
    for table, values in ((Order, rows), (OrderLine, lines)):
        for first in range(0, len(values), 500):
            with unit_of_work():
                table.insert_many(values[first : first + 500]).execute()


def test_ten_thousand_purchases_of_one_person_stay_fast(owner: Person) -> None:
    many(owner, 10_000)
    token = owner.csrf()
    asked = ("page=1", "page=400", "q=Day+9876", "q=nothing", "state=owed&min=10&max=90&page=9", "state=refunded")
    for query in asked:
        began = perf_counter()
        with counted() as statements:
            html = owner.draw(f"{owner.base}/purchases?{query}", token)
        took = perf_counter() - began
        assert len(statements) <= 12, statements
        assert took < 1.0, (query, took)  # 15 to 60 ms alone on the machine
        assert "purchases" in html


def test_a_form_is_read_without_a_store() -> None:
    with speaking(zone="UTC"):
        form: Form = read_form({"q": " x ", "state": "paid", "min": "1,000"}, currency="JPY")
    assert form.wanted.words == "x" and form.wanted.where is Where.PAID and form.wanted.least == 1000
    assert not form.errors and not form.wanted.everything and read_form({}, currency="USD").wanted.everything
