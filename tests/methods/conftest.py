"""A customer with cards and memberships that are charged to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from domain.methods import consent
from domain.schedules.make import Rhythm, make_schedule
from domain.work.due import due
from domain.work.perform import perform
from domain.work.wake import Work
from kit.clock import Stopped, utc_now
from kit.money import Money
from models.base import unit_of_work
from models.customers import Customer
from models.methods import BillingSchedule, Cadence, Consent, ConsentScope, PaymentMethod
from sandbox.inprocess import InProcess
from tests import factory
from tests.pages.customer.conftest import colleague, house, owner, server, stranger  # noqa: F401 - fixtures

DECEMBER_3 = date(2026, 12, 3)


@dataclass
class Wallet:
    """One customer, and the hands that move time and do what is due."""

    clock: Stopped
    sandbox: InProcess
    customer: Customer

    def card(self, token: str = "pm_card_visa") -> PaymentMethod:
        return factory.method(self.customer, token)

    def membership(self, on: PaymentMethod | None, title: str = "Monthly membership", **values: Any) -> BillingSchedule:
        return membership(self.customer, on, title, **values)

    def pass_time(self, **by: float) -> None:
        self.clock.advance(timedelta(**by))
        self.sandbox.control(now=self.clock.at.isoformat())

    def work(self, *kinds: Work) -> int:
        """Does what is due of these kinds, as the clock and the workers would. Returns how many rows."""
        found = [row for row in due(utc_now()) if row.kind in kinds]
        for row in found:
            perform(row.kind, row.id)
        return len(found)

    def charged(self) -> int:
        return sum(charge["amount"] for charge in self.sandbox.charges() if charge["status"] == "succeeded")


def membership(
    of: Customer, on: PaymentMethod | None, title: str = "Monthly membership", first: date = DECEMBER_3
) -> BillingSchedule:
    """A schedule that is charged to this method under a consent for it alone; without one it is paid by hand."""
    made = make_schedule(
        merchant=of.merchant_id,
        customer=of.id,
        title=title,
        amount=Money(3900, of.merchant.currency),
        rhythm=Rhythm(Cadence.MONTH, first),
    )
    if on is not None:
        with unit_of_work():
            given = {"text": "I agree.", "ip": "203.0.113.9", "agent": "test"}
            consent.give(customer=of.id, method=on.id, scope=ConsentScope.SCHEDULES, schedules=[made], **given)
    return fresh(BillingSchedule.get_by_id(made))


def fresh(row: Any) -> Any:
    """The row as the store has it now."""
    return type(row).get_by_id(row.id)


def live(of: Customer) -> list[Consent]:
    """The customer's live consents."""
    return list(Consent.select().where((Consent.customer == of) & Consent.revoked_at.is_null()).order_by(Consent.id))


@pytest.fixture
def wallet(store: str, clock: Stopped, sandbox: InProcess, ledger_holds: None) -> Wallet:
    return Wallet(clock, sandbox, factory.customer(factory.merchant()))


@pytest.fixture
def one_wallet(sqlite_store: str, clock: Stopped, sandbox: InProcess) -> Wallet:
    """The same where the kind of store plays no part."""
    return Wallet(clock, sandbox, factory.customer(factory.merchant()))
