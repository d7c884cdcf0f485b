"""Two merchants with seven weeks behind them, lived through our own domain code against the sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.accounts.viewer import MerchantFacts
from domain.merchants.facts import facts_of
from domain.payments import intention
from domain.payments.intention import Buyer
from domain.payments.press import Pressed, press
from domain.work.due import due
from domain.work.perform import perform
from domain.work.wake import Work
from kit.clock import Stopped, utc_now
from kit.ids import uuid7
from models.base import unit_of_work
from models.merchants import Merchant, MerchantPolicy
from models.methods import PaymentMethod
from models.orders import Collect, Order, PayIntention
from sandbox.inprocess import InProcess
from tests import factory
from tests.conftest import NOON

FUNDS = "pm_card_visa_chargeDeclinedInsufficientFunds"
LOST = "pm_card_visa_chargeDeclinedLostCard"
NO_REASON = "pm_card_visa_chargeDeclined"
_MONEY = (Work.ATTEMPT, Work.COLLECT, Work.RETRY)


@dataclass
class Town:
    """The clock, the processor, and the merchant whose page we look at."""

    clock: Stopped
    sandbox: InProcess
    merchant: Merchant

    @property
    def facts(self) -> MerchantFacts:
        return facts_of(Merchant.get_by_id(self.merchant.id))

    def at(self, moment: datetime) -> None:
        """Lives on until then, a day at a time: at two in the afternoon (9:00 in New York) due work is done."""
        while self.clock.at < moment:
            following = self.clock.at.replace(hour=14, minute=5)
            if following <= self.clock.at:
                following += timedelta(days=1)
            self.clock.set(min(following, moment))
            self.sandbox.control(now=self.clock.at.isoformat())
            for row in due(utc_now()):
                if row.kind in _MONEY:
                    perform(row.kind, row.id)

    def fails(self, name: str, token: str, total: int, on: date, **values: Any) -> tuple[Order, PaymentMethod]:
        """An automatic order whose card is declined that day."""
        self.at(datetime(on.year, on.month, on.day, 12, tzinfo=UTC))
        customer = factory.customer(values.pop("of", self.merchant), name=name)
        card = factory.method(customer, token)
        under = factory.consented(customer, card)
        order = factory.order(customer, total, collect=Collect.AUTOMATIC, method=card.id, consent=under.id, **values)
        self.at(self.clock.at + timedelta(hours=3))
        return order, card

    def pays(self, order: Order, *, link: bool = False) -> UUID:
        """The customer presses with a new card: signed in, or through the link of a mail."""
        customer = order.customer
        buyer = Buyer(customer.id, link=uuid7()) if link else Buyer(customer.id, factory.account(customer).id)
        card = factory.method(customer)
        handle = intention.begin(buyer=buyer, orders=[order.id])
        with unit_of_work():  # what a visit to the hosted page leaves behind
            PayIntention.update(method=card.id).where(PayIntention.handle == handle).execute()
        shown = intention.selection(handle, buyer=buyer)
        return press(Pressed(handle, card.id, shown.total.minor, shown.press), buyer=buyer)


@pytest.fixture
def town(clock: Stopped, sandbox: InProcess, ledger_holds: None) -> Town:
    """A merchant without customers, on 1 October."""
    clock.set(datetime(2026, 10, 1, 12, tzinfo=UTC))
    sandbox.control(now=clock.at.isoformat())
    house = factory.merchant("harbor", name="Harbor Yoga")
    with unit_of_work():  # a case that fails for good is over within the story
        MerchantPolicy.update(tries=3, spacing="1,3,7").where(MerchantPolicy.merchant == house).execute()
    return Town(clock, sandbox, house)


def live(town: Town) -> None:
    """Failures of every kind, from one that is too old to one of yesterday; then it is noon of 23 November."""
    town.fails("Old Story", FUNDS, 99900, date(2026, 10, 2))
    _order, card = town.fails("Ana Retry", FUNDS, 8900, date(2026, 11, 3))
    town.sandbox.control(behave=[{"method": card.gateway_ref, "as": "approve"}])
    town.fails("Bo Spent", FUNDS, 4000, date(2026, 11, 4))
    order, _card = town.fails("Cy Portal", NO_REASON, 12000, date(2026, 11, 5))
    town.pays(order)
    order, _card = town.fails("Di Link", LOST, 5000, date(2026, 11, 6))
    town.pays(order, link=True)
    town.fails("Eve Euro", FUNDS, 2000, date(2026, 11, 7), currency="EUR")
    stranger = factory.merchant("summit", name="Summit Climbing")
    town.fails("Stranger Sam", FUNDS, 77700, date(2026, 11, 20), of=stranger)
    town.fails("Flo Lost", LOST, 7000, date(2026, 11, 21))
    town.fails("Ed Next", FUNDS, 3000, date(2026, 11, 22))
    town.at(NOON)
