"""An install in which one thing after another is broken, and mended: what alarms must see."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.work import rounds
from integrations.queue.kinds import QUEUES
from integrations.queue.snapshot import QueueSnapshot, WorkerView
from kit.ids import uuid7
from kit.measure import What, count, took
from models.console import ImportRun
from models.customers import Customer
from models.merchants import GatewayAccount, Staff
from models.methods import BillingSchedule, PaymentMethod
from models.operations import Alarm, AlarmCall, AlarmLimit, Stop, StopWhat
from models.orders import Order
from models.payments import (
    Attempt,
    AttemptState,
    Origin,
    Payment,
    PlannedTry,
    Promise,
    Recovery,
    Refund,
    RefundState,
)
from models.reports import DirtyDay
from models.work import Difference, Mail, MailState, Tick, WebhookEvent
from tests import factory


@dataclass
class House:
    """A merchant with one customer and a payment method; an operator; what workers and Redis are said to do."""

    customer: Customer
    account: GatewayAccount
    method: PaymentMethod
    operator: Staff
    now: datetime
    workers: list[WorkerView] = field(default_factory=list)
    reachable: bool = True
    wrong: dict[str, str] = field(default_factory=dict)

    def snapshot(self) -> QueueSnapshot:
        """What Redis would say of workers."""
        return QueueSnapshot(self.reachable, (), tuple(self.workers) if self.reachable else (), at=self.now)

    def unsafe(self) -> dict[str, str] | None:
        """What Redis would say of its settings."""
        return self.wrong if self.reachable else None

    def ago(self, **by: float) -> datetime:
        """So long before now."""
        return self.now - timedelta(**by)

    def mail(self, template: str, **values: Any) -> Mail:
        """A letter in the outbox."""
        made: Mail = Mail.create(
            **{
                "merchant": self.customer.merchant,
                "template": template,
                "to_address": self.customer.email,
                "dedup_key": str(uuid7()),
                "state": MailState.DUE,
                "due_at": self.now,
                "created_at": self.now,
                **values,
            }
        )
        return made

    def attempt(self, state: AttemptState, **values: Any) -> Attempt:
        """An attempt of a payment of its own."""
        payment = Payment.create(
            merchant=self.customer.merchant,
            customer=self.customer,
            gateway_account=self.account,
            method=self.method,
            amount=8900,
            currency="USD",
            origin=Origin.PORTAL,
            created_at=self.now,
        )
        made: Attempt = Attempt.create(
            **{
                "payment": payment,
                "gateway_account": self.account,
                "method": self.method,
                "state": state,
                "amount": 8900,
                "currency": "USD",
                "fingerprint": "f",
                "off_session": True,
                "reserved_at": self.now,
                "state_since": self.now,
                **values,
            }
        )
        return made

    def refund(self, state: RefundState, **values: Any) -> Refund:
        """A refund of a payment of its own."""
        made: Refund = Refund.create(
            payment=self.attempt(AttemptState.SUCCEEDED).payment,
            gateway_account=self.account,
            amount=8900,
            currency="USD",
            state=state,
            **{"state_since": self.now, "created_at": self.now, **values},
        )
        return made

    def recovery(self) -> Recovery:
        """A recovery of an order of its own."""
        made: Recovery = Recovery.create(
            merchant=self.customer.merchant,
            customer=self.customer,
            order=factory.order(self.customer),
            attempt=self.attempt(AttemptState.FAILED),
            amount=8900,
            currency="USD",
            reason="insufficient_funds",
            opened_at=self.now,
        )
        return made


def house(now: datetime) -> House:
    """All is well: the clock goes round, every queue has its worker."""
    merchant = factory.merchant("harbor", name="Harbor Yoga")
    customer = factory.customer(merchant, email="ann@example.com")
    account = factory.gateway_account(merchant)
    method = PaymentMethod.create(
        customer=customer,
        gateway_account=account,
        gateway_ref="pm_1",
        gateway_customer="cus_1",
        kind="card",
        brand="visa",
        last4="4242",
        fingerprint="f",
        created_at=now,
    )
    made = House(customer, account, method, factory.staff(operator=True), now)
    made.workers = [WorkerView(f"{queue}@host#1", queue, 1, now) for queue in QUEUES]
    rounds.note(now)
    return made


Mend = Callable[[], Any]
Break = Callable[[House], Mend]


def _row(row: Any) -> Mend:
    table, key = type(row), row.id
    return lambda: table.delete().where(table.id == key).execute()


def _order(h: House) -> Mend:
    order = factory.order(h.customer)
    Order.update(collect_at=h.ago(hours=2)).where(Order.id == order.id).execute()
    return lambda: Order.update(collect_at=None).where(Order.id == order.id).execute()


def _retry(h: House) -> Mend:
    return _row(
        PlannedTry.create(
            merchant=h.customer.merchant,
            recovery=h.recovery(),
            n=1,
            due_at=h.ago(hours=2),
            method=h.method,
            slots="[]",
            probability="1",
            reason="",
            created_at=h.now,
        )
    )


def _promise(h: House) -> Mend:
    recovery = h.recovery()
    return _row(
        Promise.create(
            recovery=recovery,
            order=recovery.order,
            customer=h.customer,
            day=h.now.date(),
            due_at=h.ago(hours=2),
            made_at=h.now,
        )
    )


def _schedule(h: House) -> Mend:
    return _row(
        BillingSchedule.create(
            merchant=h.customer.merchant,
            customer=h.customer,
            title="Membership",
            amount=8900,
            currency="USD",
            anchor_day=1,
            starts_on=h.now.date(),
            run_at=h.ago(hours=2),
            created_at=h.now,
        )
    )


def _method(h: House) -> Mend:
    change = PaymentMethod.update(detach_at=h.ago(hours=2)).where(PaymentMethod.id == h.method.id)
    change.execute()
    return lambda: PaymentMethod.update(detach_at=None).where(PaymentMethod.id == h.method.id).execute()


def _import(h: House) -> Mend:
    return _row(
        ImportRun.create(
            merchant=h.customer.merchant,
            staff=h.operator,
            what="customers",
            filename="a.csv",
            digest="d",
            size=1,
            due_at=h.ago(hours=1),
            made_at=h.now,
        )
    )


def _webhook(h: House) -> Mend:
    event = WebhookEvent.create(
        gateway_account=h.account, event_id="evt_1", kind="x", object_id="o", received_at=h.ago(minutes=6)
    )
    return _row(event)


def _alarm_call(h: House) -> Mend:
    alarm = Alarm.create(rule="gone", subject="x", opened_at=h.now, seen_at=h.now, cleared_at=h.now)
    return _row(AlarmCall.create(alarm=alarm, what="opened", due_at=h.ago(hours=1), made_at=h.now))


def _tick(h: House, **values: Any) -> Tick:
    made: Tick = Tick.create(**{"name": "some-line", "due_at": h.ago(hours=1), **values})
    return made


def _difference(h: House) -> Mend:
    return _row(
        Difference.create(gateway_account=h.account, kind="still_open", reference="pi_1", found_at=h.now, seen_at=h.now)
    )


def _worker(h: House, **values: Any) -> Mend:
    before = list(h.workers)
    h.workers = [worker for worker in before if worker.queue != "mail"]
    if values:
        h.workers.append(WorkerView("mail@host#1", "mail", 1, **values))
    return lambda: setattr(h, "workers", before)


def _unmanned(h: House) -> Mend:
    mend, letter = _worker(h), _row(h.mail("receipt", due_at=h.ago(minutes=2)))
    return lambda: (mend(), letter())


def _clock(h: House) -> Mend:
    rounds.note(h.ago(minutes=2))
    return lambda: rounds.note(h.now)


def _redis(h: House) -> Mend:
    h.reachable = False
    return lambda: setattr(h, "reachable", True)


def _policy(h: House) -> Mend:
    h.wrong = {"maxmemory-policy": "allkeys-lru"}
    return lambda: setattr(h, "wrong", {})


def _stop(h: House) -> Mend:
    return _row(Stop.create(what=StopWhat.QUEUE, name="figures", reason="deploy", set_at=h.ago(hours=2)))


def _measures(what: What, times: int, seconds: float | None = None) -> Break:
    def broken(h: House) -> Mend:
        for _time in range(times):
            took(What.GATEWAY, str(h.account.id), seconds or 0.1)
        if what != What.GATEWAY:
            count(what, str(h.account.id), times)
        return lambda: None  # ten minutes later nobody counts it any more

    return broken


def _failing(_h: House) -> Mend:
    count(What.FAILED, "mail", 11)
    return lambda: None


def _no_webhooks(h: House) -> Mend:
    GatewayAccount.update(created_at=h.ago(days=2)).where(GatewayAccount.id == h.account.id).execute()
    for _time in range(10):
        took(What.GATEWAY, str(h.account.id), 0.1)
    return lambda: GatewayAccount.update(created_at=h.now).where(GatewayAccount.id == h.account.id).execute()


def _refused(h: House) -> Mend:
    letters = [_row(h.mail("receipt", state=MailState.FAILED)) for _letter in range(21)]
    return lambda: [letter() for letter in letters]


def _disk(_h: House) -> Mend:
    """No disk has so much room: a limit of a thousand terabytes. A test leaves the disk itself alone."""
    AlarmLimit.update(value=10**9).where(AlarmLimit.rule == "disk_low").execute()
    return lambda: AlarmLimit.update(value=0).where(AlarmLimit.rule == "disk_low").execute()


BREAKS: dict[str, Break] = {  # what breaks, by rule; each answers with what mends it
    "disk_low": _disk,
    "confirmation_mail_late": lambda h: _row(h.mail("confirm", created_at=h.ago(minutes=3))),
    "mail_late": lambda h: _row(h.mail("receipt", due_at=h.ago(minutes=16))),
    "collects_late": _order,
    "retries_late": _retry,
    "outcomes_late": lambda h: _row(h.attempt(AttemptState.PENDING, next_look_at=h.ago(minutes=3))),
    "webhooks_late": _webhook,
    "refunds_late": lambda h: _row(h.refund(RefundState.PENDING, next_look_at=h.ago(hours=1))),
    "schedules_late": _schedule,
    "promises_late": _promise,
    "methods_late": _method,
    "figures_late": lambda h: _row(
        DirtyDay.create(merchant=h.customer.merchant, day=h.now.date(), due_at=h.ago(hours=2))
    ),
    "imports_late": _import,
    "ticks_late": lambda h: _row(_tick(h)),
    "alarm_calls_late": _alarm_call,
    "review": lambda h: _row(h.attempt(AttemptState.REVIEW)),
    "unknown_long": lambda h: _row(h.refund(RefundState.UNKNOWN, state_since=h.ago(hours=2))),
    "failed_bug": lambda h: _row(h.attempt(AttemptState.FAILED_BUG)),
    "invariant_broken": lambda h: _row(_tick(h, name="check-invariants", done_at=h.now, result="2 broken")),
    "difference_open": _difference,
    "worker_silent": lambda h: _worker(h, heartbeat_at=h.ago(minutes=3)),
    "workers_missing": _worker,
    "queue_unmanned": _unmanned,
    "clock_late": _clock,
    "redis_away": _redis,
    "redis_unsafe": _policy,
    "jobs_fail": _failing,
    "stop_lasts": _stop,
    "gateway_slow": _measures(What.GATEWAY, 20, 20.0),
    "gateway_silent": _measures(What.GATEWAY_SILENT, 5),
    "key_refused": _measures(What.GATEWAY_KEY, 1),
    "webhooks_silent": _no_webhooks,
    "mail_relay": lambda h: _row(h.mail("receipt", tries=2, result="relay: away")),
    "mail_refused": _refused,
}


@contextmanager
def seen_by(monkeypatch: Any, h: House) -> Iterator[None]:
    """Alarms see this house's workers and Redis."""
    from domain.operations.alarms import processes

    with monkeypatch.context() as patch:
        patch.setattr(processes, "snapshot", h.snapshot)
        patch.setattr(processes, "unsafe", h.unsafe)
        yield


def opened() -> dict[tuple[str, str], Alarm]:
    """The alarms that stand, by rule and subject."""
    return {(row.rule, row.subject): row for row in Alarm.select().where(Alarm.cleared_at.is_null())}


def of(rule: str) -> Alarm:
    """The only alarm of a rule that stands."""
    (found,) = [row for (name, _subject), row in opened().items() if name == rule]
    return found


def here() -> str:
    """This host's name, as alarms know it."""
    return socket.gethostname()[:80]


def read(alarm: UUID) -> Alarm:
    """The row as the store has it."""
    found: Alarm = Alarm.get_by_id(alarm)
    return found
