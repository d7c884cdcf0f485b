"""The account home: what it says, to whom, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from domain.payments.collect import collect_due
from kit.clock import Stopped, utc_now
from kit.ids import uuid7
from models.base import db, unit_of_work
from models.methods import BillingSchedule
from models.orders import Order
from models.payments import PlannedTry
from tests import factory
from tests.pages.customer.conftest import Person


@contextmanager
def counted() -> Iterator[list[str]]:
    """Every statement that the store is asked inside."""
    asked: list[str] = []
    ask = db.obj.execute_sql

    def count(sql: str, *args: Any, **more: Any) -> Any:
        asked.append(sql)
        return ask(sql, *args, **more)

    db.obj.execute_sql = count
    try:
        yield asked
    finally:
        db.obj.execute_sql = ask


def fail(person: Person, clock: Stopped) -> Order:
    """An automatic payment of yesterday that the bank refused."""
    now = clock()
    card = factory.method(person.customer, "pm_card_visa_chargeDeclinedInsufficientFunds")
    clock.set(datetime(2026, 11, 22, 14, 30, tzinfo=UTC))
    order = factory.automatic(
        person.customer, card, factory.consented(person.customer, card), 8900, due=date(2026, 11, 22)
    )
    collect_due(order.id)
    clock.set(now)
    return order


def test_a_new_customer_reads_what_will_appear(owner: Person) -> None:
    html = owner.page()
    assert "Nothing to pay now" in html and "You are all settled with Harbor Yoga." in html
    assert "will be listed here" in html and "Add card" in html and "Add bank account" in html


def test_what_is_due_is_owed_and_what_is_later_is_not(owner: Person) -> None:
    factory.order(owner.customer, 8900, due=date(2026, 11, 20))
    factory.order(owner.customer, 1105, due=date(2026, 11, 23))
    factory.order(owner.customer, 9550, due=date(2026, 12, 1), title="Retreat deposit")
    html = owner.page()
    assert "You owe Harbor Yoga" in html and "$100.05" in html
    assert "2 orders, the oldest overdue by 3 days" in html and "3 days late" in html and "Due today" in html
    assert "Coming up" in html and "due Tuesday 1 December" in html
    assert html.count("btn-brand") == 1, "one filled button a screen"


def test_with_nothing_owed_the_head_says_when(owner: Person) -> None:
    factory.order(owner.customer, 9550, due=date(2026, 12, 1))
    assert "Next: $95.50 on Tuesday 1 December" in owner.page()


def test_each_currency_has_its_own_figure(owner: Person) -> None:
    factory.order(owner.customer, 8900)
    factory.order(owner.customer, 1200, currency="JPY")
    html = owner.page()
    assert "$89.00" in html and "¥1,200" in html
    assert html.count("amount d-block") == 2


def test_a_failed_payment_stands_once_with_why_and_what_next(owner: Person, clock: Stopped) -> None:
    order = fail(owner, clock)
    html = owner.page()
    assert "$89.00 on Sunday 22 November did not go through" in html
    assert "not enough money on Visa ending 9995" in html and "Nothing was taken." in html
    assert "Monday 23 November at 9:00" in html, "the next try, in the merchant's zone"
    assert html.count(f"{order.number}") == 1 and "Also to pay" not in html
    PlannedTry.update(state="dropped").execute()
    html = owner.page()
    assert "We will not try again by ourselves." in html and "Top up the account" in html


def test_one_failed_payment_can_be_paid_alone_or_with_another_card(owner: Person, clock: Stopped) -> None:
    order = fail(owner, clock)
    other = factory.order(owner.customer, 1105)
    alone = owner.post("/pay", order=str(order.id)).headers["Location"]
    html = owner.page(alone)
    assert f'value="{order.id}" checked' in html and f'value="{other.id}" checked' not in html
    assert owner.post("/pay", order=str(order.id), kind="card").headers["Location"].startswith("/leaving/")


def test_schedules_show_their_next_date(owner: Person) -> None:
    with unit_of_work():
        BillingSchedule.create(
            merchant=owner.customer.merchant, customer=owner.customer, title="Membership", amount=8900, currency="USD",
            anchor_day=20, starts_on=date(2026, 1, 20), next_on=date(2026, 12, 20), created_at=utc_now(),
        )  # fmt: skip
    assert "Sunday 20 December" in owner.page()
    assert "Every month" in owner.page("/schedules") and "Next: Sunday 20 December" in owner.page("/schedules")


def test_nobody_sees_anothers_home(owner: Person, colleague: Person, stranger: Person) -> None:
    factory.order(owner.customer, 8900, title="Secret retreat")
    assert "Secret retreat" in owner.page() and "Secret retreat" in owner.page("/purchases")
    for other in (colleague, stranger):
        assert "Secret retreat" not in other.page() and "Secret retreat" not in other.page("/purchases")
    assert stranger.client.get(owner.base).status_code == 303


def _many(person: Person, count: int) -> None:
    """One order, and `count` further ones of which every fiftieth is open."""
    row = factory.order(person.customer, 1000, due=date(2026, 11, 20))
    shared = {name: getattr(row, name) for name in Order._meta.sorted_field_names}

    def values(n: int) -> dict[str, Any]:
        owed = 0 if n % 50 else 1000
        return shared | {"id": uuid7(), "number": f"N-{n}", "import_key": None, "paid": 1000 - owed, "open": owed}

    for first in range(0, count, 500):
        with unit_of_work():
            Order.insert_many([values(n) for n in range(first, min(first + 500, count))]).execute()


def test_five_thousand_orders_cost_no_more_queries(owner: Person, clock: Stopped) -> None:
    fail(owner, clock)
    _many(owner, 5000)
    token, headers = owner.csrf(), {"X-Settle-Page": owner.base}
    with counted() as asked:  # everything that one page load asks: the shell and its three Dash requests
        owner.get()
        owner.client.get("/_dash-layout", headers=headers)
        owner.client.get("/_dash-dependencies", headers=headers)
        html = owner.draw(owner.base, token)
    assert "102 orders" in html
    assert len(asked) <= 16, asked
    assert html.count("<li") < 60, "lists are cut, not endless"


def test_purchases_come_page_by_page(owner: Person) -> None:
    _many(owner, 60)
    first = owner.page("/purchases")
    assert "1 to 25 of 61" in first and "page=2" in first and 'rel="prev"' not in first
    last = owner.page("/purchases?page=3")
    assert "51 to 61 of 61" in last and 'rel="next"' not in last
    assert "51 to 61 of 61" in owner.page("/purchases?page=999") and "1 to 25" in owner.page("/purchases?page=-1")


def test_an_order_tells_its_whole_story(owner: Person, clock: Stopped) -> None:
    order = fail(owner, clock)
    html = owner.page(f"/orders/{order.id}")
    assert "by us, automatically" in html and "Not enough money" in html and "nothing was taken" in html
    assert "Still open" in html and "Pay $89.00" in html
