"""A shop whose books are compared with the sandbox's lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from domain.payments.at_gateway import gateway_for
from domain.payments.intention import Buyer
from domain.reconciliation.differences import all_open
from domain.reconciliation.run import CHARGES_BACK, Report, reconcile
from domain.work.install import install_id
from integrations.gateways.base import Intent, MethodKind
from kit.clock import Stopped, utc_now
from kit.deadline import Deadline
from kit.ids import uuid7
from kit.money import Money
from models.merchants import GatewayAccount
from models.payments import Attempt, AttemptState
from models.work import Difference, Event
from sandbox.inprocess import InProcess
from tests import factory
from tests.payments.conftest import Shop, attempt_of, shop  # noqa: F401 - a fixture

MANDATE: dict[str, Any] = {"mandate_ip": "203.0.113.9", "mandate_agent": "test"}


@dataclass
class Books:
    """What can go wrong between two books, and the comparison."""

    shop: Shop

    @property
    def account(self) -> GatewayAccount:
        return factory.gateway_account(self.shop.customer.merchant)

    def compare(self, back: timedelta = CHARGES_BACK) -> Report:
        return reconcile(self.account.id, utc_now() - back)

    def tomorrow(self) -> Report:
        """The next night's run."""
        self.shop.pass_time(days=1)
        return self.compare()

    def paid(self, token: str = "pm_card_visa") -> Attempt:
        """A payment that went through and is an hour old."""
        attempt = attempt_of(self.shop.press(self.shop.method(token), self.shop.order()))
        assert attempt.state == AttemptState.SUCCEEDED
        self.shop.pass_time(hours=1)
        return attempt

    def at_gateway(self, *, attempt: str = "", install: str | None = None, confirm: bool = False) -> Intent:
        """An intent that our books do not know of, made directly at the gateway."""
        gateway, mark = gateway_for(self.account), attempt or str(uuid7())
        method = self.shop.method()
        intent = gateway.create_intent(
            key=f"{mark}:direct",
            amount=Money(4200, "USD"),
            customer=method.gateway_customer,
            kind=MethodKind.CARD,
            attempt=mark,
            install=install_id() if install is None else install,
            description="",
            deadline=Deadline.within(15),
        )
        if not confirm:
            return intent
        return gateway.confirm_intent(
            intent.id,
            key=f"{mark}:direct:confirm",
            method=method.gateway_ref,
            off_session=True,
            return_url=None,
            deadline=Deadline.within(15),
        )

    def tamper(self, key: str, **body: Any) -> None:
        """Changes an object in the gateway's own store, or makes it vanish."""
        store = self.shop.sandbox.world.store
        thing = store.get(key)
        assert thing is not None
        if body:
            thing.body.update(body)
            store.save(thing)
        else:
            store.remove(key)

    def charge_of(self, intent: str) -> str:
        """The charge behind an intent."""
        [found] = [row["id"] for row in self.shop.sandbox.charges() if row["intent"] == intent]
        return str(found)


def listed() -> list[tuple[str, str]]:
    """Kind and reference of what is open."""
    return [(one.kind.value, one.reference) for one in all_open()]


def raised() -> int:
    """How often something was raised."""
    return Event.select().where(Event.kind == "difference.found").count()


def settled() -> list[str]:
    """The kinds of what was settled."""
    return sorted(row.kind for row in Difference.select().where(Difference.settled_at.is_null(False)))


@pytest.fixture
def books_here(sqlite_store: str, clock: Stopped, sandbox: InProcess) -> Books:
    """On one store: for what does not depend on it."""
    customer = factory.customer(factory.merchant("harbor"))
    return Books(Shop(clock, sandbox, customer, Buyer(customer.id, factory.account(customer).id)))


@pytest.fixture
def books(shop: Shop) -> Books:  # noqa: F811
    return Books(shop)
