"""How many different customers an alarm touches, and whether all of them are one merchant's."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from peewee import SQL, fn

from domain.operations.alarms.late import AWAITED, purpose
from domain.operations.alarms.rules import Found
from domain.operations.alarms.stuck_money import STUCK_ATTEMPT, STUCK_REFUND
from domain.operations.waves_due import PLANNED
from domain.work.due import IN_WAVES
from domain.work.wake import Work
from integrations.queue.kinds import KINDS
from models.customers import Customer
from models.methods import BillingSchedule, PaymentMethod
from models.orders import Order
from models.payments import Attempt, Payment, PlannedTry, Promise, PromiseState, Recovery, Refund
from models.work import Mail, MailState, WebhookEvent, WebhookState

_ON_ACCOUNT = ("gateway_slow", "gateway_silent", "key_refused", "webhooks_silent", "difference_open")
_MONEY = (Work.ATTEMPT, Work.COLLECT, Work.RETRY, Work.REFUND, Work.WEBHOOK, Work.SCHEDULE)


def with_customers(found: list[Found], now: datetime) -> list[Found]:
    """Each with how many customers it touches; with its merchant, where all of them are one's."""
    return [_counted(one, now) for one in found]


def _counted(one: Found, now: datetime) -> Found:
    queries = _who(one, now)
    if not queries:
        return one
    everyone: Any = reduce(or_, queries)
    query: Any = Attempt.select(
        fn.COUNT(fn.DISTINCT(SQL("who"))), fn.COUNT(fn.DISTINCT(SQL("whose"))), fn.MIN(SQL("CAST(whose AS text)"))
    )
    count, merchants, merchant = next(iter(query.from_(everyone.alias("touched")).tuples()))
    reading = one.reading
    if merchants == 1 and not reading.merchant:
        reading = replace(reading, merchant=str(UUID(merchant)))
    return replace(one, reading=reading, customers=int(count or 0))


def _who(one: Found, now: datetime) -> list[Any]:
    rule, subject = one.rule, one.reading.subject
    since = now - timedelta(seconds=one.bound)
    if rule.name == "confirmation_mail_late":
        return [_letters(Mail.template.in_(AWAITED) & (Mail.created_at <= since))]
    if rule.name == "mail_late":
        return [_letters(Mail.template.not_in(AWAITED) & (Mail.due_at <= since))]
    if rule.name == "mail_relay":
        return [_letters((Mail.tries > 0) & Mail.result.startswith("relay:"))]
    if rule.kind is not None:
        return [_not_excused(rule.kind, each, now) for each in _behind((rule.kind,), since)]
    if rule.name in ("review", "unknown_long"):
        state = SQL("'review'" if rule.name == "review" else "'unknown'")
        return [_refunds(Refund.state == state) if subject == "refund" else _attempts(Attempt.state == state)]
    if rule.name == "failed_bug":
        return [_attempts((Attempt.state == SQL("'failed_bug'")) & (Attempt.state_since > now - timedelta(days=1)))]
    if rule.name in _ON_ACCOUNT:
        return _of_account(UUID(subject), now) if rule.name != "difference_open" else []
    if rule.name == "queue_unmanned":
        return _behind([kind for kind in Work if KINDS[kind.value].queue == subject], now)
    return _behind(_MONEY, now - timedelta(minutes=2)) if rule.name in ("clock_late", "redis_away") else []


def _attempts(which: Any) -> Any:
    query: Any = Attempt.select(Payment.customer.alias("who"), Payment.merchant.alias("whose")).join(Payment)
    return query.where(STUCK_ATTEMPT & which)


def _refunds(which: Any) -> Any:
    query: Any = Refund.select(Payment.customer.alias("who"), Payment.merchant.alias("whose")).join(Payment)
    return query.where(STUCK_REFUND & which)


def _of_account(account: UUID, now: datetime) -> list[Any]:
    """Whose outcome at this account is not known, and whose payment or refund there waits."""
    here = (Attempt.gateway_account == account) & (Attempt.state == SQL("'unknown'"))
    waiting: Any = Attempt.select(Payment.customer.alias("who"), Payment.merchant.alias("whose")).join(Payment)
    return [
        _attempts(here),
        waiting.where((Attempt.gateway_account == account) & (Attempt.next_look_at <= now)),
    ]


def _letters(which: Any) -> Any:
    """By address: a letter about an account belongs to no customer's record. The address leaves no count."""
    query: Any = Mail.select(Mail.to_address.alias("who"), Mail.merchant.alias("whose"))
    return query.where((Mail.state == MailState.DUE) & which)


def _behind(kinds: Any, since: datetime) -> list[Any]:
    return [_DUE[kind](since) for kind in kinds if kind in _DUE]


def _not_excused(kind: Work, query: Any, now: datetime) -> Any:
    excused = purpose(now).excused if kind in IN_WAVES else frozenset()
    return query.where(_MERCHANTS[kind].not_in(sorted(excused))) if excused else query


_MERCHANTS: dict[Work, Any] = {Work.COLLECT: Order.merchant, Work.RETRY: PlannedTry.merchant}


def _of(table: Any, customer: Any, merchant: Any) -> Any:
    return table.select(customer.alias("who"), merchant.alias("whose"))


_DUE: dict[Work, Any] = {
    Work.ATTEMPT: lambda at: _of(Attempt, Payment.customer, Payment.merchant).join(Payment).where(
        Attempt.next_look_at <= at),
    Work.COLLECT: lambda at: _of(Order, Order.customer, Order.merchant).where(Order.collect_at <= at),
    Work.RETRY: lambda at: _of(PlannedTry, Recovery.customer, PlannedTry.merchant).join(Recovery).where(
        PLANNED & (PlannedTry.due_at <= at)),
    Work.REFUND: lambda at: _of(Refund, Payment.customer, Payment.merchant).join(Payment).where(
        Refund.next_look_at <= at),
    Work.SCHEDULE: lambda at: _of(BillingSchedule, BillingSchedule.customer, BillingSchedule.merchant).where(
        BillingSchedule.run_at <= at),
    Work.PROMISE: lambda at: _of(Promise, Promise.customer, Recovery.merchant).join(Recovery).where(
        (Promise.state == PromiseState.OPEN) & (Promise.due_at <= at)),
    Work.METHOD: lambda at: _of(PaymentMethod, PaymentMethod.customer, Customer.merchant).join(Customer).where(
        PaymentMethod.detach_at <= at),
    Work.MAIL: lambda at: _letters(Mail.due_at <= at),
    Work.WEBHOOK: lambda at: _of(WebhookEvent, Payment.customer, Payment.merchant)
    .join(Attempt, on=(Attempt.gateway_account == WebhookEvent.gateway_account)
          & (Attempt.gateway_ref == WebhookEvent.intent_ref))
    .join(Payment)
    .where((WebhookEvent.state == WebhookState.RECEIVED)
           & (WebhookEvent.due_at.is_null() | (WebhookEvent.due_at <= at)) & (WebhookEvent.received_at <= at)),
}  # fmt: skip
