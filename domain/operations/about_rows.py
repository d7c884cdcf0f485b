"""From the rows of one kind of work to what is known of each: a query for the rows, one for each thing beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.payments.claims import accounts_with_work
from domain.work.wake import Work
from kit.clock import utc_now
from kit.ids import as_uuid
from kit.log import redact
from kit.money import Money
from models.console import ImportRun
from models.customers import Customer
from models.merchants import GatewayAccount, Merchant
from models.methods import BillingSchedule, PaymentMethod
from models.operations import Alarm, AlarmCall
from models.orders import Order
from models.payments import Allocation, Attempt, Payment, PlannedTry, Promise, PromiseState, Recovery, Refund, TryState
from models.reports import DirtyDay
from models.work import Mail, MailState, Tick, WebhookEvent, WebhookState

Row = tuple[Work, UUID]  # a row of work, by its kind


@dataclass(frozen=True)
class Facts:
    """What the rows say. `due_at` is empty when nobody has to act on the row any more."""

    table: str
    state: str = ""  # the row's own word
    due_at: datetime | None = None
    lease_until: datetime | None = None
    ended_at: datetime | None = None
    what: str = ""  # a mail's template, a webhook's kind, a tick's name, an import's sort
    n: int | None = None  # the attempt's or the try's number
    amount: Money | None = None
    merchant: UUID | None = None
    merchant_slug: str = ""
    merchant_name: str = ""
    customer: UUID | None = None
    customer_name: str = ""
    order: UUID | None = None
    order_number: str = ""
    orders: int = 0  # how many orders it is about
    payment: UUID | None = None
    attempt: UUID | None = None
    account: UUID | None = None  # the processor's account
    gateway_ref: str = ""  # the processor's own name for it
    note: str = ""  # what the row says of its latest try, redacted


def facts_of(rows: Mapping[Work, list[UUID]]) -> dict[Row, Facts]:
    """What is known of these rows; those that are gone are left out."""
    found = {(kind, id_): one for kind, ids in rows.items() if ids for id_, one in _KINDS[kind](ids).items()}
    return _named(found)


def _named(found: dict[Row, Facts]) -> dict[Row, Facts]:
    """With the names of merchants, customers and orders: one query for each, whatever the kinds."""
    customers = _rows(Customer, (one.customer for one in found.values()))
    orders = _rows(Order, (one.order for one in found.values()))
    merchants = _rows(Merchant, (one.merchant or _owner(one, customers) for one in found.values()))
    return {row: _with_names(one, merchants, customers, orders) for row, one in found.items()}


def _rows(table: Any, ids: Iterable[UUID | None]) -> dict[UUID, Any]:
    wanted = {id_ for id_ in ids if id_ is not None}
    return {row.id: row for row in table.select().where(table.id.in_(list(wanted)))} if wanted else {}


def _owner(one: Facts, customers: dict[UUID, Any]) -> UUID | None:
    owner: UUID | None = customers[one.customer].merchant_id if one.customer in customers else None
    return owner


def _with_names(one: Facts, merchants: dict[UUID, Any], customers: dict[UUID, Any], orders: dict[UUID, Any]) -> Facts:
    whose = merchants.get(one.merchant or _owner(one, customers))  # type: ignore[arg-type]
    customer, order = customers.get(one.customer), orders.get(one.order)  # type: ignore[arg-type]
    return replace(
        one,
        merchant=whose.id if whose else None,
        merchant_slug=whose.slug if whose else "",
        merchant_name=whose.name if whose else "",
        customer_name=customer.name if customer else "",
        order_number=order.number if order else "",
        orders=one.orders or int(order is not None),
    )


def _attempts(ids: list[UUID]) -> dict[UUID, Facts]:
    rows: Any = Attempt.select(Attempt, Payment).join(Payment).where(Attempt.id.in_(ids))
    return {row.id: _attempt(row, Attempt, row.n) for row in _with_orders(rows)}


def _refunds(ids: list[UUID]) -> dict[UUID, Facts]:
    rows: Any = Refund.select(Refund, Payment).join(Payment).where(Refund.id.in_(ids))
    return {row.id: _attempt(row, Refund, None) for row in _with_orders(rows)}


def _with_orders(rows: Any) -> list[Any]:
    """Each with the orders of its payment, by number."""
    found = list(rows)
    query: Any = (
        Allocation.select(Allocation.payment, Order.id)
        .join(Order)
        .where(Allocation.payment.in_([row.payment_id for row in found]))
        .order_by(Order.number)
        .tuples()
    )
    orders: dict[UUID, list[UUID]] = {}
    for payment, order in query:
        orders.setdefault(payment, []).append(order)
    for row in found:
        row.its_orders = orders.get(row.payment_id, [])
    return found


def _attempt(row: Any, table: Any, n: int | None) -> Facts:
    return Facts(
        table=table._meta.table_name,
        state=row.state,
        due_at=row.next_look_at,
        lease_until=row.lease_until,
        ended_at=row.closed_at,
        n=n,
        amount=Money(row.amount, row.currency),
        merchant=row.payment.merchant_id,
        customer=row.payment.customer_id,
        order=row.its_orders[0] if row.its_orders else None,
        orders=len(row.its_orders),
        payment=row.payment_id,
        attempt=row.id if table is Attempt else None,
        account=row.gateway_account_id,
        gateway_ref=row.gateway_ref or "",
        note=redact((row.note if table is Attempt else row.failure) or ""),
    )


def _collects(ids: list[UUID]) -> dict[UUID, Facts]:
    return {
        row.id: Facts(
            table="orders",
            state=row.collect,
            due_at=row.collect_at,
            lease_until=row.lease_until,
            amount=Money(row.open, row.currency),
            merchant=row.merchant_id,
            customer=row.customer_id,
            order=row.id,
        )
        for row in Order.select().where(Order.id.in_(ids))
    }


def _tries(ids: list[UUID]) -> dict[UUID, Facts]:
    rows: Any = PlannedTry.select(PlannedTry, Recovery).join(Recovery).where(PlannedTry.id.in_(ids))
    return {
        row.id: Facts(
            table="plannedtry",
            state=row.state,
            due_at=row.due_at if row.state == TryState.PLANNED else None,
            lease_until=row.lease_until,
            n=row.n,
            amount=Money(row.recovery.amount, row.recovery.currency),
            merchant=row.merchant_id,
            customer=row.recovery.customer_id,
            order=row.recovery.order_id,
            attempt=row.attempt_id,
        )
        for row in rows
    }


def _schedules(ids: list[UUID]) -> dict[UUID, Facts]:
    return {
        row.id: Facts(
            table="billingschedule",
            state=row.state,
            due_at=row.run_at,
            ended_at=row.ended_at,
            amount=Money(row.amount, row.currency),
            merchant=row.merchant_id,
            customer=row.customer_id,
        )
        for row in BillingSchedule.select().where(BillingSchedule.id.in_(ids))
    }


def _promises(ids: list[UUID]) -> dict[UUID, Facts]:
    rows: Any = Promise.select(Promise, Recovery).join(Recovery).where(Promise.id.in_(ids))
    return {
        row.id: Facts(
            table="promise",
            state=row.state,
            due_at=row.due_at if row.state == PromiseState.OPEN else None,
            ended_at=row.closed_at,
            amount=Money(row.recovery.amount, row.recovery.currency),
            customer=row.customer_id,
            order=row.order_id,
        )
        for row in rows
    }


def _methods(ids: list[UUID]) -> dict[UUID, Facts]:
    return {
        row.id: Facts(
            table="paymentmethod",
            state=row.state,
            due_at=row.detach_at,
            customer=row.customer_id,
            account=row.gateway_account_id,
        )
        for row in PaymentMethod.select().where(PaymentMethod.id.in_(ids))
    }


def _waves(ids: list[UUID]) -> dict[UUID, Facts]:
    since = dict(accounts_with_work(utc_now()))
    return {
        row.id: Facts(
            table="gatewayaccount",
            state="" if row.active else "off",
            due_at=since.get(row.id),
            merchant=row.merchant_id,
            account=row.id,
        )
        for row in GatewayAccount.select().where(GatewayAccount.id.in_(ids))
    }


def _mails(ids: list[UUID]) -> dict[UUID, Facts]:
    return {
        row.id: Facts(
            table="mail",
            state=row.state,
            due_at=row.due_at if row.state == MailState.DUE else None,
            lease_until=row.lease_until,
            ended_at=row.sent_at,
            what=row.template,
            n=row.tries or None,
            note=redact(row.result),
            merchant=row.merchant_id,
            customer=as_uuid(row.customer_id or ""),
            order=as_uuid(row.order_id or ""),
        )
        for row in Mail.select().where(Mail.id.in_(ids))
    }


def _webhooks(ids: list[UUID]) -> dict[UUID, Facts]:
    rows: Any = WebhookEvent.select(WebhookEvent, GatewayAccount).join(GatewayAccount).where(WebhookEvent.id.in_(ids))
    return {
        row.id: Facts(
            table="webhookevent",
            state=row.state,
            due_at=(row.due_at or row.received_at) if row.state == WebhookState.RECEIVED else None,
            what=row.kind,
            note=redact(row.note),
            merchant=row.gateway_account.merchant_id,
            account=row.gateway_account_id,
            gateway_ref=row.object_id,
        )
        for row in rows
    }


def _calls(ids: list[UUID]) -> dict[UUID, Facts]:
    rows: Any = AlarmCall.select(AlarmCall, Alarm).join(Alarm).where(AlarmCall.id.in_(ids))
    return {
        row.id: Facts(
            table="alarmcall",
            state="sent" if row.sent_at else "",
            due_at=row.due_at,
            lease_until=row.lease_until,
            ended_at=row.sent_at,
            what=row.alarm.rule,
            merchant=row.alarm.merchant_id,
        )
        for row in rows
    }


def _rollups(ids: list[UUID]) -> dict[UUID, Facts]:
    return {
        row.id: Facts(table="dirtyday", due_at=row.due_at, what=row.what, merchant=row.merchant_id)
        for row in DirtyDay.select().where(DirtyDay.id.in_(ids))
    }


def _imports(ids: list[UUID]) -> dict[UUID, Facts]:
    return {
        row.id: Facts(
            table="importrun",
            state=row.state,
            due_at=row.due_at,
            lease_until=row.lease_until,
            ended_at=row.ended_at,
            what=row.what,
            merchant=row.merchant_id,
        )
        for row in ImportRun.select().where(ImportRun.id.in_(ids))
    }


def _ticks(ids: list[UUID]) -> dict[UUID, Facts]:
    return {
        row.id: Facts(
            table="tick",
            state="done" if row.done_at else "failed" if row.result.startswith("failed: ") else "",
            due_at=None if row.done_at else row.due_at,
            lease_until=row.lease_until,
            ended_at=row.done_at,
            what=row.name,
            note=redact(row.result),
        )
        for row in Tick.select().where(Tick.id.in_(ids))
    }


_KINDS: dict[Work, Callable[[list[UUID]], dict[UUID, Facts]]] = {
    Work.ATTEMPT: _attempts,
    Work.REFUND: _refunds,
    Work.COLLECT: _collects,
    Work.RETRY: _tries,
    Work.SCHEDULE: _schedules,
    Work.PROMISE: _promises,
    Work.METHOD: _methods,
    Work.WAVE: _waves,
    Work.ALARM: _calls,
    Work.MAIL: _mails,
    Work.WEBHOOK: _webhooks,
    Work.ROLLUP: _rollups,
    Work.IMPORT: _imports,
    Work.TICK: _ticks,
}
