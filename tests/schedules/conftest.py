"""A merchant in New York that bills regularly, and the hands that move time and do what is due."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.schedules.make import Rhythm, make_schedule
from domain.work.due import due
from domain.work.perform import perform
from domain.work.wake import Work
from kit.clock import Stopped, utc_now
from kit.money import Money
from models.customers import Customer
from models.methods import BillingSchedule, Cadence, Consent, PaymentMethod
from models.orders import Order
from models.schedules import ScheduleRun
from models.work import Mail, MailState
from sandbox.inprocess import InProcess
from tests import factory

_MONEY = (Work.ATTEMPT, Work.COLLECT, Work.SCHEDULE)


@dataclass
class Club:
    """One customer of one merchant, billed by schedules. The clock stands at Monday 23 November 2026, 7:00 there."""

    clock: Stopped
    customer: Customer
    sandbox: InProcess | None = None
    paying: dict[str, Any] = field(default_factory=dict)

    def card(self, token: str = "pm_card_visa") -> tuple[PaymentMethod, Consent]:
        """A stored method with a live consent for all that is due; schedules made from now on are charged to it."""
        method = factory.method(self.customer, token)
        consent = factory.consented(self.customer, method)
        self.paying = {"method": method.id, "consent": consent.id}
        return method, consent

    def schedule(
        self, first: date, cadence: Cadence = Cadence.MONTH, *, amount: int = 8900, **values: Any
    ) -> BillingSchedule:
        """A membership from that day on; keyword arguments go to the rhythm or to make_schedule."""
        rhythm = {key: values.pop(key) for key in list(values) if key in Rhythm.__dataclass_fields__}
        given: dict[str, Any] = {"title": "Membership", **self.paying, **values}
        if "lines" not in given:
            given["amount"] = Money(amount, self.customer.merchant.currency)
        made = make_schedule(
            merchant=self.customer.merchant_id,
            customer=self.customer.id,
            rhythm=Rhythm(cadence, first, **rhythm),
            **given,
        )
        return BillingSchedule.get_by_id(made)

    def at(self, moment: str) -> None:
        """The clock moves to a moment, written in UTC; nothing runs meanwhile."""
        self.clock.set(datetime.fromisoformat(moment + "+00:00"))
        if self.sandbox is not None:
            self.sandbox.control(now=self.clock.at.isoformat())

    def work(self, *kinds: Work) -> None:
        """Does what is due, as clock and workers would, until nothing is."""
        seen: set[Any] = set()
        while fresh := [row for row in due(utc_now()) if row.kind in (kinds or _MONEY) and row not in seen]:
            for row in fresh:
                seen.add(row)
                perform(row.kind, row.id)

    def days(self, count: int) -> None:
        """That many days pass, and everything is done when it is due, to the hour."""
        for _hour in range(count * 24):
            self.at((self.clock.at + timedelta(hours=1)).replace(tzinfo=None).isoformat())
            self.work()

    def mails(self, template: str) -> list[Mail]:
        """The letters of a kind, the earliest first."""
        return list(Mail.select().where(Mail.template == template).order_by(Mail.id))


def post(mail: Mail) -> None:
    """The relay has taken a letter now."""
    Mail.update(state=MailState.SENT, sent_at=utc_now()).where(Mail.id == mail.id).execute()


def orders() -> list[Order]:
    """Every order, by its due day."""
    return list(Order.select().order_by(Order.due_on, Order.id))


def runs(of: BillingSchedule) -> list[tuple[str, str]]:
    """What became of each period."""
    rows = ScheduleRun.select().where(ScheduleRun.schedule == of).order_by(ScheduleRun.due_on)
    return [(row.due_on.isoformat(), str(row.state)) for row in rows]


def again(row: BillingSchedule) -> BillingSchedule:
    """The row as the store has it now."""
    return BillingSchedule.get_by_id(row.id)


@pytest.fixture
def paid(store: str, clock: Stopped, sandbox: InProcess, ledger_holds: None) -> Club:
    """With a gateway, on both stores; after the test the books still hold."""
    return Club(clock, factory.customer(factory.merchant()), sandbox)


@pytest.fixture
def carded(sqlite_store: str, clock: Stopped, sandbox: InProcess) -> Club:
    """With a gateway, on one store, for what moves no money."""
    return Club(clock, factory.customer(factory.merchant()), sandbox)


@pytest.fixture
def club(sqlite_store: str, clock: Stopped) -> Club:
    """Without a gateway: orders are paid by hand."""
    return Club(clock, factory.customer(factory.merchant()))
