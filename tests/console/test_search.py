"""The one search: everything in hand finds its page, on both stores, and never another merchant's."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.customers.folded import folded
from domain.customers.looked_for import read
from domain.customers.search import Found, Kind, search
from domain.customers.search_ids import Page, Target
from kit.clock import Stopped, utc_now
from kit.ids import uuid7
from models.base import unit_of_work
from models.customers import Customer, GatewayCustomer
from models.merchants import Merchant
from models.payments import Attempt, Payment, Receipt
from models.work import Mail, WebhookEvent
from sandbox.inprocess import InProcess
from tests import factory
from tests.payments.conftest import Shop, shop

__all__ = ["shop"]

MONDAY = date(2026, 11, 23)


def find(of: Merchant, text: str) -> Found:
    """What this merchant's people find."""
    return search(of.id, read(text, today=MONDAY, locale="en"), zone=of.zone)


def named(found: Found, kind: Kind = Kind.CUSTOMER) -> list[str]:
    """The names of one kind, in order."""
    return [hit.name for group in found.groups if group.kind == kind for hit in group.hits]


def person(of: Merchant, name: str, **values: Any) -> Customer:
    """A customer with just these."""
    with unit_of_work():
        kept = {key: values.get(key) for key in ("email", "phone", "reference") if values.get(key)}
        return Customer.create(merchant=of, name=name, **kept, folded=folded(name=name, **kept), created_at=utc_now())


@pytest.mark.parametrize(
    ("text", "amount", "days"),
    [
        ("184.50 12 Nov", "184.50", (date(2026, 11, 12),)),
        ("12 nov $184.50", "184.50", (date(2026, 11, 12),)),
        ("$1,204.50", "1204.50", ()),
        ("184,50 EUR", "184.50", ()),
        ("89 2026-11-03", "89", (date(2026, 11, 3),)),
        ("89 4/11", "89", (date(2026, 4, 11), date(2026, 11, 4))),
        ("89 December 24", "89", (date(2026, 12, 24),)),
        ("89 29 Feb 2024", "89", (date(2024, 2, 29),)),
        ("89 30 Feb", None, ()),
        ("12 Nov", None, ()),
        ("4242", None, ()),
        ("Ana 12", None, ()),
    ],
)
def test_an_amount_and_a_day_are_read(text: str, amount: str | None, days: tuple[date, ...]) -> None:
    asked = read(text, today=MONDAY, locale="en")
    assert (asked.amount, asked.days) == (Decimal(amount) if amount else None, days)


def test_months_are_read_in_the_readers_language() -> None:
    assert read("89 12 de diciembre", today=MONDAY, locale="es").days == (date(2026, 12, 12),)
    assert read("89 3 ene 2026", today=MONDAY, locale="es").days == (date(2026, 1, 3),)


def test_people_are_found_by_whatever_is_in_hand(store: str, clock: Stopped) -> None:
    house, other = factory.merchant(), factory.merchant()
    zoe = person(house, "Zoë Łącka", email="zoe@example.org", phone="+48 601 234 567", reference="K-100%")
    person(house, "أحمد المصري", email="ahmed@example.org")
    person(house, "李伟")
    person(house, "Under_score", email="u_s@example.org")
    person(house, "Underxscore")
    person(house, "Joanna Zoellner")
    person(other, "Zoë Łącka", email="zoe@example.org")
    for text in ("zoe lacka", "LACKA zoe", "ZOE@example.org", "601 234 567", "0601234567", "+48601234567", "k-100%"):
        assert find(house, text).target == Target(Page.CUSTOMER, zoe.id), text
    assert named(find(house, "احمد")) == ["أحمد المصري"]
    assert named(find(house, "伟")) == ["李伟"]
    assert named(find(house, "r_s")) == ["Under_score"], "a sign stands for itself"
    assert named(find(house, "100%")) == ["Zoë Łącka"] and find(house, "z%a").groups == ()
    assert named(find(house, "zo")) == ["Joanna Zoellner", "Zoë Łącka"]
    assert named(find(house, "anna")) == ["Joanna Zoellner"]
    assert find(house, "nobody").groups == () and find(house, " \n ").asked.nothing
    with unit_of_work():
        Customer.update(merged_into=zoe.id).where(Customer.name == "李伟").execute()
    assert find(house, "李伟").groups == ()


def test_many_are_cut_and_said_so(sqlite_store: str, clock: Stopped) -> None:
    house = factory.merchant()
    for number in range(12):
        person(house, f"Maria {number}")
    (group,) = find(house, "maria").groups
    assert len(group.hits) == 10 and group.more and find(house, "maria").target is None


def test_money_is_found_by_whatever_is_in_hand(shop: Shop) -> None:
    house: Merchant = shop.customer.merchant
    order = shop.order(18450)
    paid = shop.press(shop.method(), order)
    row, attempt = Payment.get_by_id(paid), Attempt.get(Attempt.payment == paid)
    receipt = Receipt.get(Receipt.payment == paid)
    customer, payment, bought = (
        Target(Page.CUSTOMER, shop.customer.id),
        Target(Page.PAYMENT, paid),
        Target(Page.ORDER, order.id),
    )
    mail = Mail.select().where(Mail.customer_id == str(shop.customer.id)).first()
    expected = {
        order.number: bought,
        f"#{order.number.lower()}": bought,
        order.number.partition("-")[2]: bought,
        receipt.number: payment,
        receipt.number.lower().removeprefix("r-"): payment,
        str(shop.customer.id): customer,
        str(order.id): bought,
        paid.hex: payment,
        str(attempt.id): payment,
        str(receipt.id): payment,
        str(row.method_id): customer,
        str(mail.id): customer,
        attempt.gateway_ref: payment,
        attempt.charge_ref: payment,
        row.method.gateway_ref: customer,
        GatewayCustomer.get().gateway_ref: customer,
        "4242": customer,
        "visa 4242": customer,
        "Visa ending 4242": customer,
        "•••• 4242": customer,
        "alex 4242": customer,
    }
    stranger = factory.merchant()
    for text, page in expected.items():
        assert find(house, text).target == page, text
        assert find(stranger, text).target is None and find(stranger, text).groups == (), text
    assert find(house, "amex 4242").groups == () and find(house, str(uuid7())).target is None
    assert find(house, "pi_nothing").groups == ()
    for text in ("184.50 23 Nov", "$184.50", "184.50 11/23/2026", "nov 23 184.5"):
        found = find(house, text)
        kinds = {(hit.page, hit.id) for group in found.groups for hit in group.hits}
        assert kinds == {(Page.ORDER, order.id), (Page.PAYMENT, paid)}, text
    assert find(house, "184.50 22 Nov").groups == () and find(house, "184.51 23 Nov").groups == ()


def test_a_webhook_leads_to_what_it_tells_about(shop: Shop, sandbox: InProcess) -> None:
    paid = shop.press(shop.method(), shop.order())
    attempt = Attempt.get(Attempt.payment == paid)
    with unit_of_work():
        event = WebhookEvent.create(
            gateway_account=attempt.gateway_account_id,
            event_id="evt_1Abc",
            kind="charge.updated",
            object_id="ch_elsewhere",
            intent_ref=attempt.gateway_ref,
            received_at=utc_now(),
        )
    for text in ("evt_1Abc", str(event.id)):
        assert find(shop.customer.merchant, text).target == Target(Page.PAYMENT, paid)
        assert find(factory.merchant(), text).target is None


def test_amounts_are_of_their_currency(store: str, clock: Stopped) -> None:
    yen = factory.merchant(currency="JPY", country="JP", zone="Asia/Tokyo")
    buyer = factory.customer(yen)
    order = factory.order(buyer, 18450)
    assert find(yen, "184.50 23 Nov").groups == (), "18450 yen are no 184.50"
    assert find(yen, "¥18450").target == Target(Page.ORDER, order.id)
    assert _id(find(yen, "18,450 JPY")) == order.id


def _id(found: Found) -> UUID | None:
    return found.target.id if found.target else None
