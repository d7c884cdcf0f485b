"""A merchant with two people, and customers whose automatic payments failed: made by the portal's own code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from domain.accounts.viewer import MerchantFacts
from domain.desk import queries
from domain.desk.found import found
from domain.desk.mark import Person
from domain.desk.queries import Desk
from domain.desk.terms import Found, Kind
from domain.merchants.facts import facts_of
from domain.payments.collect import collect_due
from kit.clock import Stopped, utc_now
from models.merchants import Merchant, Staff
from models.orders import Order
from sandbox.inprocess import InProcess
from tests import factory

LOST = "pm_card_visa_chargeDeclinedLostCard"
CONFIRM = "pm_card_authenticationRequired"
FUNDS = "pm_card_visa_chargeDeclinedInsufficientFunds"


@dataclass
class House:
    """The merchant, its people, and what can be done."""

    clock: Stopped
    sandbox: InProcess
    merchant: Merchant
    sam: Staff
    kim: Staff

    @property
    def facts(self) -> MerchantFacts:
        return facts_of(Merchant.get_by_id(self.merchant.id))

    def person(self, who: Staff) -> Person:
        return Person(self.merchant.id, who.id)

    def failed(self, name: str, token: str = LOST, total: int = 8900, *, of: Merchant | None = None) -> Order:
        """An automatic order whose card was declined just now."""
        customer = factory.customer(of or self.merchant, name=name)
        card = factory.method(customer, token)
        order = factory.automatic(customer, card, factory.consented(customer, card), total)
        self.pass_time(hours=3)
        collect_due(order.id)
        return order

    def desk(self, who: Staff | None = None) -> Desk:
        return queries.desk(self.facts, utc_now(), staff=who.id if who else None)

    def row(self, kind: Kind, name: str = "") -> Found:
        return next(row for row in found(self.merchant.id, utc_now()) if row.kind is kind and name in row.name)

    def listed(self) -> list[tuple[str, str]]:
        return [(row.found.kind.value, row.found.name) for row in self.desk().rows]

    def pass_time(self, **by: float) -> None:
        self.clock.advance(timedelta(**by))
        self.sandbox.control(now=self.clock.at.isoformat())


def _house(clock: Stopped, sandbox: InProcess) -> House:
    merchant = factory.merchant("harbor", name="Harbor Yoga")
    return House(clock, sandbox, merchant, factory.staff(of=merchant), factory.staff(of=merchant))


@pytest.fixture
def house(store: str, clock: Stopped, sandbox: InProcess, ledger_holds: None) -> House:
    """On both stores."""
    return _house(clock, sandbox)


@pytest.fixture
def bare_house(store: str, clock: Stopped, sandbox: InProcess) -> House:
    """On both stores, for rows that a test writes by hand: no books stand behind them."""
    return _house(clock, sandbox)


@pytest.fixture
def one_house(sqlite_store: str, clock: Stopped, sandbox: InProcess, ledger_holds: None) -> House:
    """On SQLite."""
    return _house(clock, sandbox)
