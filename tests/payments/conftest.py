"""A customer with a card and an order, and the two hands that move money: a press and the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.payments import intention
from domain.payments.intention import Buyer
from domain.payments.press import Pressed, press
from domain.work.due import due
from domain.work.perform import perform
from domain.work.wake import Work
from kit.clock import Stopped, utc_now
from models.customers import Customer
from models.methods import PaymentMethod
from models.orders import Order
from models.payments import Attempt, Payment
from sandbox.inprocess import InProcess
from tests import factory

pytestmark = pytest.mark.usefixtures("store", "clock", "sandbox", "ledger_holds")


@dataclass
class Shop:
    """One customer of one merchant and what can be done to them."""

    clock: Stopped
    sandbox: InProcess
    customer: Customer
    buyer: Buyer

    def method(self, token: str = "pm_card_visa") -> PaymentMethod:
        return factory.method(self.customer, token)

    def order(self, total: int = 8900, **values: Any) -> Order:
        return factory.order(self.customer, total, **values)

    def press(self, method: PaymentMethod, *orders: Order, handle: str | None = None, **changes: Any) -> UUID:
        """Opens the pay page for these orders and presses."""
        handle = handle or intention.begin(buyer=self.buyer, orders=[order.id for order in orders])
        shown = intention.selection(handle, buyer=self.buyer)
        wish: dict[str, Any] = {
            "seen": shown.total.minor,
            "press": shown.press,
            "ip": "203.0.113.9",
            "agent": "test",
        } | changes
        return press(Pressed(handle=handle, method=method.id, **wish), buyer=self.buyer)

    def pass_time(self, **by: float) -> None:
        """Moves our clock and the sandbox's day together."""
        self.clock.advance(timedelta(**by))
        self.sandbox.control(now=self.clock.at.isoformat())

    def work(self) -> int:
        """Does all money work that is due, as the clock and the workers would. Returns how many rows."""
        done = 0
        for row in due(utc_now()):
            if row.kind in (Work.ATTEMPT, Work.COLLECT, Work.RETRY, Work.WEBHOOK):
                perform(row.kind, row.id)
                done += 1
        return done

    def charged(self) -> int:
        """What the gateway really took, in minor units: the independent truth."""
        return sum(charge["amount"] for charge in self.sandbox.charges() if charge["status"] == "succeeded")


@pytest.fixture
def shop(store: str, clock: Stopped, sandbox: InProcess, ledger_holds: None) -> Shop:
    customer = factory.customer(factory.merchant())
    account = factory.account(customer, password=factory.PASSWORD)
    return Shop(clock, sandbox, customer, Buyer(customer.id, account.id))


def fresh(row: Any) -> Any:
    """The row as the store has it now."""
    return type(row).get_by_id(row.id)


def attempt_of(payment: UUID) -> Attempt:
    """The only attempt of a payment."""
    found: Attempt = Attempt.get(Attempt.payment == payment)
    return found


def payment(id: UUID) -> Payment:
    """A payment."""
    found: Payment = Payment.get_by_id(id)
    return found
