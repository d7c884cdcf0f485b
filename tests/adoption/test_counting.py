"""Steps and weeks are what the raw rows say: one story, two merchants, both stores."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.accounts.sign_up import sign_up
from domain.mail import letters
from domain.reports.adoption_steps import STEPS
from domain.reports.recompute import recount
from kit.clock import Stopped
from models.base import unit_of_work
from models.customers import Access, AccessSource, Account, Customer
from models.merchants import Merchant
from models.methods import PaymentMethod
from models.orders import OrderSource
from models.payments import Origin, Payment, PaymentState
from models.reports import DirtyDay, StepRollup, WeekRollup
from models.work import Event, Mail, MailState
from tests import factory

pytestmark = pytest.mark.usefixtures("store", "clock")


def at(clock: Stopped, month: int, day: int) -> datetime:
    moment = datetime(2026, month, day, 15, tzinfo=UTC)
    clock.set(moment)
    return moment


def invited(customer: Customer, *, accepted: bool = True) -> None:
    with unit_of_work():
        letters.invite(customer)
    if accepted:
        Mail.update(state=MailState.SENT, sent_at=Mail.created_at).where(Mail.customer_id == str(customer.id)).execute()


def account(customer: Customer, now: datetime, *, confirmed: bool = True, signed_in: bool = True) -> None:
    """As `sign_up` and `confirm` leave it, without their mails."""
    with unit_of_work():
        row = Account.create(
            merchant=customer.merchant,
            email=customer.email,
            name=customer.name,
            created_at=now,
            confirmed_at=now if confirmed else None,
            signed_in_at=now if signed_in else None,
        )
        if confirmed:
            Access.create(account=row, customer=customer, source=AccessSource.MAILBOX_MATCH, granted_at=now)
    if signed_in:
        visit(customer, now)


def visit(customer: Customer, now: datetime) -> None:
    Event.create(
        merchant=customer.merchant, kind="account.signed_in", at=now, actor="customer", customer_id=str(customer.id)
    )


def holds(customer: Customer, now: datetime) -> PaymentMethod:
    row: PaymentMethod = PaymentMethod.create(
        customer=customer,
        gateway_account=factory.gateway_account(customer.merchant),
        gateway_ref=f"pm_{customer.id}",
        gateway_customer="cus",
        kind="card",
        brand="visa",
        last4="4242",
        fingerprint=str(customer.id),
        created_at=now,
    )
    return row


def pays(customer: Customer, now: datetime, origin: Origin = Origin.PORTAL) -> None:
    Payment.create(merchant=customer.merchant, customer=customer, amount=100, currency="USD", origin=origin,
                   state=PaymentState.SUCCEEDED, created_at=now, closed_at=now)  # fmt: skip


def counted(merchant: Merchant) -> Counter[tuple[Any, ...]]:
    """The rollup after the work that the marks ask for."""
    with unit_of_work():
        from domain.reports import dirty

        dirty.mark(merchant.id, datetime(2026, 11, 23, 15, tzinfo=UTC), what=dirty.ADOPTION)
    for mark in DirtyDay.select().where((DirtyDay.what == "adoption") & (DirtyDay.merchant == merchant)):
        recount(mark.id)
    rows = StepRollup.select().where(StepRollup.merchant == merchant)
    return Counter({(row.month, row.campaign, row.source, row.step): row.count for row in rows})


def live(clock: Stopped, house: Merchant) -> dict[str, Customer]:
    """One customer at each step, and the odd ones."""
    names = "untold told accepted opened confirmed signed held paid linked walked_in bought imported".split()
    who = {name: factory.customer(house, name=name, email=f"{name}@example.com") for name in names}
    at(clock, 9, 3)
    invited(who["told"], accepted=False)
    for name in ("accepted", "opened", "confirmed", "signed", "held", "paid", "imported"):
        invited(who[name])
    now = at(clock, 9, 4)
    account(who["opened"], now, confirmed=False, signed_in=False)
    account(who["confirmed"], now, signed_in=False)
    for name in ("signed", "held", "paid"):
        account(who[name], now)
    holds(who["held"], now)
    holds(who["imported"], now)  # by an import: they have never come
    pays(who["paid"], at(clock, 11, 10))
    pays(who["signed"], at(clock, 11, 10), Origin.AUTOMATIC)
    at(clock, 10, 5)
    with unit_of_work():
        Mail.create(
            merchant=house,
            template="payment_failed",
            to_address="linked@example.com",
            dedup_key=f"linked:{house.id}",
            due_at=clock.at,
            created_at=clock.at,
            sent_at=clock.at,
            state=MailState.SENT,
            customer_id=str(who["linked"].id),
        )
    pays(who["linked"], at(clock, 11, 11), Origin.FIX_IT)
    account(who["walked_in"], at(clock, 10, 20))
    factory.order(who["bought"], 500, source=OrderSource.STORE)
    account(who["bought"], clock.at)
    at(clock, 11, 1)
    invited(who["walked_in"])  # told after they had come
    clock.set(datetime(2026, 11, 23, 15, tzinfo=UTC))
    return who


SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
STORY = Counter(
    {
        (None, "", "", ""): 1,
        (SEPTEMBER, "invite", "", "told"): 1,
        (SEPTEMBER, "invite", "", "accepted"): 2,
        (SEPTEMBER, "invite", "mail", "opened"): 1,
        (SEPTEMBER, "invite", "mail", "confirmed"): 1,
        (SEPTEMBER, "invite", "mail", "signed_in"): 1,
        (SEPTEMBER, "invite", "mail", "method"): 1,
        (SEPTEMBER, "invite", "mail", "paid"): 1,
        (OCTOBER, "payment_failed", "mail", "paid"): 1,
        (None, "", "direct", "signed_in"): 1,
        (None, "", "store", "signed_in"): 1,
    }
)


def test_everybody_stands_at_their_furthest_step(clock: Stopped) -> None:
    house, other = factory.merchant("harbor"), factory.merchant("other")
    live(clock, house)
    assert counted(house) == STORY
    assert counted(house) == STORY, "twice is harmless"
    assert sum(STORY.values()) == Customer.select().where(Customer.merchant == house).count()
    assert not StepRollup.select().where(StepRollup.merchant == other).exists()
    live(clock, other)
    assert counted(other) == STORY and counted(house) == STORY, "each merchant's own"


def test_a_merged_record_is_its_survivors(clock: Stopped) -> None:
    house = factory.merchant("harbor")
    who = live(clock, house)
    Customer.update(merged_into=who["untold"]).where(Customer.id == who["paid"].id).execute()
    Customer.update(merged_into=who["paid"]).where(Customer.id == who["told"].id).execute()
    after = STORY - Counter({(None, "", "", ""): 1, (SEPTEMBER, "invite", "", "told"): 1})
    assert counted(house) == after, "three records are one customer, as far as any of them came"
    assert sum(row.count for row in WeekRollup.select().where(WeekRollup.monday == date(2026, 8, 31))) == 3


def test_who_was_active_in_a_week(clock: Stopped) -> None:
    house = factory.merchant("harbor")
    who = live(clock, house)
    for _twice in range(2):
        visit(who["signed"], datetime(2026, 11, 12, tzinfo=UTC))
    counted(house)
    rows = WeekRollup.select().where(WeekRollup.merchant == house)
    found = {(row.monday, row.source): (row.count, row.paid) for row in rows}
    assert found == {
        (date(2026, 8, 31), "mail"): (3, 0),
        (date(2026, 10, 19), "direct"): (1, 0),
        (date(2026, 10, 19), "store"): (1, 0),
        (date(2026, 11, 9), "mail"): (3, 2),
    }


def test_the_steps_have_an_order() -> None:
    assert [step.value for step in STEPS] == ["told", "accepted", "opened", "confirmed", "signed_in", "method", "paid"]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_what_moves_somebody_on_marks_the_merchant(clock: Stopped) -> None:
    house = factory.merchant("harbor")
    one = factory.customer(house)
    assert counted(house) == Counter({(None, "", "", ""): 1})
    DirtyDay.delete().execute()
    sign_up(merchant=house.id, name=one.name, email="new@example.com")
    assert DirtyDay.select().where(DirtyDay.what == "adoption").exists()
