"""A shop whose customer has paid, and the hands that give money back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from domain.refunds.ask import look
from domain.refunds.reserve import refund
from domain.work.install import install_id
from kit.deadline import Deadline
from kit.money import Money
from models.merchants import GatewayAccount
from models.methods import PaymentMethod
from models.orders import Order
from models.payments import Attempt, Refund
from tests import factory
from tests.payments.conftest import Shop, fresh, shop

__all__ = ["Counter", "counter", "one_store", "shop"]

# Where the kind of store plays no part: SQLite only, so that the suite stays quick.
one_store = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@dataclass
class Counter:
    """One merchant's counter: orders get paid, and money goes back."""

    shop: Shop

    @property
    def account(self) -> GatewayAccount:
        return factory.gateway_account(self.shop.customer.merchant)

    @property
    def merchant(self) -> UUID:
        return self.account.merchant_id

    def paid(self, *orders: Order, token: str = "pm_card_visa", method: PaymentMethod | None = None) -> UUID:
        """A payment of these orders that went through."""
        return self.shop.press(method or self.shop.method(token), *orders)

    def debited(self, *orders: Order, token: str = "pm_usBankAccount_success") -> UUID:
        """A bank debit of these orders that is final."""
        payment = self.paid(*orders, token=token)
        self.shop.pass_time(days=8)
        self.shop.work()
        return payment

    def refund(self, payment: UUID, minor: int, *, send: bool = True, **more: Any) -> Refund:
        """Reserves a refund and sends it."""
        made = refund(merchant=self.merchant, payment=payment, amount=Money(minor, "USD"), **more)
        if send:
            look(made)
        row: Refund = Refund.get_by_id(made)
        return row

    def gateway_refunds(self, payment: UUID) -> list[dict[str, Any]]:
        """Every refund of a payment that the gateway has made: the independent truth."""
        return [
            {"id": row.id, "amount": row.amount.minor, "status": row.status.value, "ours": row.install == install_id()}
            for row in self.gateway.refunds_of(self.intent(payment), deadline=Deadline.within(15))
        ]

    @property
    def gateway(self) -> Any:
        from domain.payments.at_gateway import gateway_for

        return gateway_for(self.account)

    def intent(self, payment: UUID) -> str:
        return str(Attempt.get(Attempt.payment == payment).gateway_ref)

    def control(self, **wish: Any) -> Any:
        return self.shop.sandbox.control(**wish)

    def fault(self, mode: str, *, path: str = "/v1/refunds", ends: str = "", times: int | None = 1) -> None:
        """The next answers of the gateway are spoiled."""
        self.control(fault={"mode": mode, "path": path, "ends": ends, "times": times})

    def spoil(self, refund: str, **values: Any) -> None:
        """The gateway has that refund otherwise than it was asked for."""
        stored = self.shop.sandbox.world.store.get(refund)
        assert stored is not None
        stored.body.update(values)
        self.shop.sandbox.world.store.save(stored)


@pytest.fixture
def counter(shop: Shop) -> Counter:
    return Counter(shop)


def sums(order: Order) -> tuple[int, int, int]:
    """Paid, adjusted and open, as the store has them now."""
    row = fresh(order)
    return row.paid, row.adjusted, row.open
