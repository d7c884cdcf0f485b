"""What waits for a person at one merchant, derived from the store: three queries, whatever the rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import reduce
from typing import Any
from uuid import UUID

from peewee import SQL, Case, fn

from domain.desk.terms import Found, Kind
from domain.recoveries.ending import UNPAID
from domain.recoveries.terms import Why
from kit.crypto import digest
from kit.money import Money
from models.customers import Access, Account, ChangeState, ContactChange, Customer
from models.merchants import GatewayAccount, Merchant
from models.methods import BillingSchedule, ScheduleState
from models.orders import Order
from models.payments import (
    Attempt,
    AttemptState,
    Dispute,
    DisputeKind,
    DisputeState,
    OrderHold,
    Payment,
    PlannedTry,
    Promise,
    PromiseState,
    Recovery,
    RecoveryState,
    Refund,
    RefundState,
    TryState,
)
from models.work import UnreachableAddress

_LATELY = timedelta(days=30)  # what ended without success longer ago is for the figures, not for today
_ASK = ("", Why.EXHAUSTED, Why.METHOD, Why.NETWORK, Why.CONSENT, Why.AMOUNT)


def found(merchant: UUID, now: datetime) -> list[Found]:
    """All that waits, unordered, marks or not. Three queries."""
    failed = _failed(merchant, now)
    said = {each.schedule for each in failed}  # a schedule that stands still for a listed order is no row of its own
    return failed + [each for each in _others(merchant) if each.kind is not Kind.PAUSED or each.schedule not in said]


def _failed(merchant: UUID, now: datetime) -> list[Found]:
    """What automatic payments left behind: the recoveries that need a person."""
    rows = list(_recoveries(merchant, now))
    reached = {row.address: digest(row.address) for row in rows if row.address}
    refused = _refused(reached.values())
    return [
        each
        for row in rows
        if (each := _of_recovery(row, told=bool(row.address) and reached[row.address] not in refused)) is not None
    ]


def _recoveries(merchant: UUID, now: datetime) -> Any:
    mine = (Recovery.merchant == merchant) & (Order.open > 0) & ~Order.disputed & Customer.merged_into.is_null()
    still = (Recovery.state == RecoveryState.OPEN) | (
        (Recovery.state == RecoveryState.EXHAUSTED) & (Recovery.closed_at > now - _LATELY)
    )
    held = fn.EXISTS(OrderHold.select(SQL("1")).where(OrderHold.order == Order.id))
    planned = PlannedTry.select(PlannedTry.due_at).where(
        (PlannedTry.recovery == Recovery.id) & (PlannedTry.state == TryState.PLANNED)
    )
    promises = Promise.select(SQL("1")).where((Promise.order == Order.id) & (Promise.state == PromiseState.OPEN))
    broken = Promise.select(fn.MAX(Promise.day)).where(
        (Promise.order == Order.id) & (Promise.state == PromiseState.BROKEN)
    )
    return (
        Recovery.select(
            Recovery,
            Order.number,
            Order.open,
            Order.schedule,
            Customer.name,
            Customer.phone,
            _address().alias("address"),
            planned.alias("next_try"),
            broken.alias("broken"),
            Attempt.payment.alias("of_payment"),
        )
        .join(Order)
        .switch(Recovery)
        .join(Customer)
        .switch(Recovery)
        .join(Attempt)
        .where(mine & still & ~held & ~fn.EXISTS(promises))
        .objects()
    )


def _address() -> Any:
    """Where letters go: the record's address, else that of an account which may act for it."""
    account = (
        Access.select(fn.MIN(Account.email))
        .join(Account)
        .where((Access.customer == Customer.id) & Access.revoked_at.is_null() & Account.confirmed_at.is_null(False))
    )
    return fn.COALESCE(fn.NULLIF(Customer.email, ""), account, "")


def _refused(hashes: Iterable[str]) -> set[str]:
    query: Any = UnreachableAddress.select(UnreachableAddress.address_hash).where(
        UnreachableAddress.address_hash.in_(list(hashes))
    )
    return {found for (found,) in query.tuples()}


def _of_recovery(row: Any, *, told: bool) -> Found | None:
    kind = _kind(row, told=told)
    if kind is None:
        return None
    return Found(
        kind=kind,
        subject=row.id,
        since=row.opened_at,
        stamp="|".join((row.state, row.why, row.reason, str(row.broken or ""), str(row.open)))[:80],
        customer=row.customer_id,
        name=row.name,
        email=row.address,
        phone=row.phone,
        amount=Money(row.open, row.currency),
        code=row.reason,
        why=row.why,
        order=row.order_id,
        number=row.number,
        payment=row.of_payment,
        attempt=row.attempt_id,
        schedule=row.schedule,
        promised=_as(Promise.day, row.broken),
        next_try=_as(PlannedTry.due_at, row.next_try),
    )


def _as(field: Any, value: Any) -> Any:
    """What a subquery gives comes as the store has it: as its field would read it."""
    return field.python_value(value)


def _kind(row: Any, *, told: bool) -> Kind | None:
    """The one thing that is right to do about it; None when it goes its way without anybody."""
    if not told:
        return Kind.UNTOLD
    if row.broken and row.state == RecoveryState.OPEN:
        return Kind.PROMISE
    if row.next_try is not None:
        return None
    if row.why == Why.CONFIRM:
        return Kind.CONFIRM
    if row.why == Why.REFUSED:
        return Kind.REVIEW
    return Kind.NEW_CARD if row.why in _ASK else None


def _others(merchant: UUID) -> list[Found]:
    """All the rest, in one query: each branch gives the same columns, the first one their types."""
    branches = (
        _disputes(merchant),
        _refunds(merchant),
        _reviews(merchant),
        _changes(merchant),
        _paused(merchant),
        _gateway(merchant),
    )
    asked: Any = reduce(lambda before, one: before.union_all(one), branches)
    return [_other(row) for row in asked.tuples()]


def _other(row: tuple[Any, ...]) -> Found:
    kind, subject, since, customer, name, email, phone, payment, minor, currency, code, why, until, schedule = row
    return Found(
        kind=Kind(kind),
        subject=subject,
        since=since,
        stamp="|".join((code or "", why or ""))[:80],
        customer=customer,
        name=name or "",
        email=email or "",
        phone=phone or "",
        amount=Money(minor, currency) if minor is not None and currency else None,
        code=code or "",
        why=why or "",
        payment=payment,
        until=until,
        schedule=schedule if kind == Kind.PAUSED else None,
    )


_WHO = (Customer.id, Customer.name, Customer.email, Customer.phone)
_NULL = SQL("NULL")


def _word(kind: Kind) -> SQL:
    return SQL(f"'{kind.value}'")  # our own word; a parameter would have no type on PostgreSQL


def _disputes(merchant: UUID) -> Any:
    """Card disputes: to be answered while they are open, to be decided when they are lost."""
    waits = Dispute.state.in_([DisputeState.OPEN, DisputeState.INQUIRY])
    lost = (Dispute.state == DisputeState.LOST) & Dispute.lost_as.is_null()
    return (
        Dispute.select(
            Case(None, [(waits, _word(Kind.DISPUTE))], _word(Kind.LOST)),
            Dispute.id,
            Dispute.opened_at,
            *_WHO,
            Payment.id,
            Dispute.amount,
            Dispute.currency,
            Dispute.reason,
            Dispute.code,
            Dispute.answer_by,
            Dispute.id,  # no schedule; a typed column for the branches that have one
        )
        .join(Payment)
        .join(Customer)
        .where((Payment.merchant == merchant) & (Dispute.kind == DisputeKind.CARD) & (waits | lost))
    )


def _refunds(merchant: UUID) -> Any:
    """Money that should have gone back and did not, or of which nobody can tell."""
    return (
        Refund.select(
            _word(Kind.REFUND),
            Refund.id,
            Refund.state_since,
            *_WHO,
            Payment.id,
            Refund.amount,
            Refund.currency,
            Refund.failure,
            Refund.state,
            _NULL,
            _NULL,
        )
        .join(Payment)
        .join(Customer)
        .where((Payment.merchant == merchant) & Refund.state.in_([RefundState.FAILED, RefundState.REVIEW]))
    )


def _reviews(merchant: UUID) -> Any:
    """Attempts of which the processor's own list says nothing: a person has to look there."""
    return (
        Attempt.select(
            _word(Kind.REVIEW),
            Attempt.id,
            Attempt.state_since,
            *_WHO,
            Payment.id,
            Attempt.amount,
            Attempt.currency,
            _NULL,
            _NULL,
            _NULL,
            _NULL,
        )
        .join(Payment)
        .join(Customer)
        .where((Payment.merchant == merchant) & Attempt.closed_at.is_null() & (Attempt.state == AttemptState.REVIEW))
    )


def _changes(merchant: UUID) -> Any:
    """Customers who ask for another name, e-mail or phone."""
    return (
        ContactChange.select(
            _word(Kind.CHANGE),
            ContactChange.id,
            ContactChange.made_at,
            *_WHO,
            _NULL,
            _NULL,
            _NULL,
            ContactChange.what,
            ContactChange.wanted,
            _NULL,
            _NULL,
        )
        .join(Customer)
        .where(
            (Customer.merchant == merchant)
            & Customer.merged_into.is_null()
            & (ContactChange.state == ChangeState.ASKED)
        )
    )


def _paused(merchant: UUID) -> Any:
    """Schedules that stand still because an order of theirs was never paid."""
    return (
        BillingSchedule.select(
            _word(Kind.PAUSED),
            BillingSchedule.id,
            BillingSchedule.created_at,
            *_WHO,
            _NULL,
            BillingSchedule.amount,
            BillingSchedule.currency,
            _NULL,
            BillingSchedule.title,
            _NULL,
            BillingSchedule.id,
        )
        .join(Customer)
        .where(
            (BillingSchedule.merchant == merchant)
            & (BillingSchedule.state == ScheduleState.PAUSED)
            & (BillingSchedule.note == UNPAID)
            & Customer.merged_into.is_null()
        )
    )


def _gateway(merchant: UUID) -> Any:
    """The merchant itself, while no processor account of it takes payments."""
    active = GatewayAccount.select(SQL("1")).where((GatewayAccount.merchant == merchant) & GatewayAccount.active)
    nobody = (_NULL,) * 11
    return Merchant.select(_word(Kind.GATEWAY), Merchant.id, Merchant.created_at, *nobody).where(
        (Merchant.id == merchant) & ~fn.EXISTS(active)
    )
