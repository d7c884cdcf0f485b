"""Making one order: what it says, what it is called, when it is due, and what may not be made."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from domain.orders.make import NewLine, make_order
from domain.orders.numbers import free_numbers
from domain.orders.terms import order_title
from kit.calendar import at_local_hour
from kit.errors import Conflict, DomainError
from kit.ids import uuid7
from kit.money import Money
from models.base import unit_of_work
from models.customers import Customer
from models.ledger import Journal
from models.merchants import Merchant
from models.orders import Collect, LineKind, Order, OrderLine, OrderSource
from models.work import Event
from tests import factory

pytestmark = pytest.mark.usefixtures("clock")
TEA = NewLine("Tea", Money(1250, "USD"), Decimal("2.5"))


def _make(of: Customer, lines: list[NewLine], **values: Any) -> Order:
    with unit_of_work():
        return make_order(merchant=of.merchant, customer=of, lines=lines, source=OrderSource.INVOICE, **values)


@pytest.fixture
def customer(store: str) -> Customer:
    return factory.customer(factory.merchant(order_prefix="HY", next_order=41))


def test_an_order_says_what_is_owed_and_since_when(customer: Customer) -> None:
    made = Order.get_by_id(_make(customer, [TEA, NewLine("Off", Money(-250, "USD"), kind=LineKind.DISCOUNT)]).id)
    assert (made.number, made.title, made.total, made.open, made.paid) == ("HY-41", "Tea and 1 more", 1000, 1000, 0)
    assert (made.due_on, made.collect, made.collect_at) == (date(2026, 11, 23), Collect.MANUAL, None)
    lines = OrderLine.select().where(OrderLine.order == made).order_by(OrderLine.position)
    assert [(one.title, one.quantity, one.total) for one in lines] == [("Tea", Decimal("2.5"), 1250), ("Off", 1, -250)]
    assert Event.get(Event.kind == "order.made").subject_id == str(made.id)
    assert Journal.select().count() == 0


def test_numbers_go_on_and_skip_those_given_by_hand(customer: Customer) -> None:
    _make(customer, [TEA], number="HY-42")
    assert [_make(customer, [TEA]).number for _n in range(3)] == ["HY-41", "HY-43", "HY-44"]
    with pytest.raises(Conflict, match="HY-42"):
        _make(customer, [TEA], number="HY-42")


def test_a_block_of_numbers_is_taken_once(customer: Customer) -> None:
    first, second = (free_numbers(customer.merchant_id, 2) for _n in range(2))
    with unit_of_work():
        assert (first.take(), second.take()) == (True, False)
    assert Merchant.get().next_order == 43


def test_an_automatic_order_is_tried_on_its_due_day_at_the_merchants_hour(customer: Customer) -> None:
    method = factory_method(customer)
    made = _make(customer, [TEA], due_on=date(2026, 12, 1), collect=Collect.AUTOMATIC, **method)
    assert made.collect_at == datetime(2026, 12, 1, 14, tzinfo=UTC)  # nine in New York
    free = _make(customer, [NewLine("Trial", Money(0, "USD"))], collect=Collect.AUTOMATIC, **method)
    assert (free.open, free.collect_at) == (0, None)


def factory_method(customer: Customer) -> dict[str, Any]:
    """A method and a consent, as rows: here nothing is charged."""
    from models.methods import Consent, ConsentScope, PaymentMethod

    at = datetime(2026, 1, 1, tzinfo=UTC)
    with unit_of_work():
        method = PaymentMethod.create(
            customer=customer,
            gateway_account=factory.gateway_account(customer.merchant),
            gateway_ref=f"pm_{uuid7().hex}",
            gateway_customer="cus_1",
            kind="card",
            brand="visa",
            last4="4242",
            fingerprint="f",
            created_at=at,
        )
        consent = Consent.create(
            customer=customer, method=method, scope=ConsentScope.ALL_DUE, text_version="1", text="t", shown_at=at
        )
    return {"method": method.id, "consent": consent.id}


@pytest.mark.parametrize(
    ("lines", "values", "sentence"),
    [
        ([], {}, "at least one line"),
        ([TEA, NewLine("Tee", Money(1, "EUR"))], {}, "EUR, USD"),
        ([NewLine("Back", Money(-1, "USD"))], {}, "negative"),
        ([TEA], {"collect": Collect.AUTOMATIC}, "needs a payment method and a consent"),
        ([TEA], {"collect": Collect.AUTOMATIC, "method": uuid4()}, "needs a payment method and a consent"),
    ],
)
def test_what_is_no_order_is_refused(
    customer: Customer, lines: list[NewLine], values: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(DomainError, match=sentence):
        _make(customer, lines, **values)
    assert Order.select().count() == 0


def test_another_merchants_customer_cannot_be_billed(customer: Customer) -> None:
    other = factory.merchant()
    with pytest.raises(DomainError, match="another merchant"), unit_of_work():
        make_order(merchant=other, customer=customer, lines=[TEA], source=OrderSource.STORE)


def test_the_hour_that_summer_time_skips_stays_on_its_day() -> None:
    assert at_local_hour(date(2026, 3, 8), 2, "America/New_York").astimezone(UTC) == datetime(2026, 3, 8, 7, tzinfo=UTC)


def test_a_long_title_keeps_how_many_more() -> None:
    assert order_title(["x" * 300, "y", "z"]).endswith("x and 2 more")
    assert len(order_title(["x" * 300, "y", "z"])) == 200
