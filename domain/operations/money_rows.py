"""The rows that tell whether money may have moved: which attempt stands behind a row of work, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from peewee import JOIN, fn

from models.ledger import Journal
from models.merchants import GatewayAccount
from models.methods import BillingSchedule
from models.orders import Order
from models.payments import (
    Allocation,
    Attempt,
    AttemptState,
    OrderHold,
    Origin,
    Payment,
    PaymentState,
    PlannedTry,
    Promise,
    Recovery,
    Refund,
    TryState,
)

_IN_THE_AIR = (AttemptState.SENDING, AttemptState.UNKNOWN)


@dataclass(frozen=True)
class Asked:
    """What the store knows of an attempt or a refund. `sent`: the processor may have heard of it."""

    state: str
    sent: bool
    reversed: bool = False
    booked_without_success: bool = False  # its payment is in the books, and none of its attempts says that it succeeded


def attempts(ids: list[UUID]) -> dict[UUID, Asked]:
    """What is known of these attempts."""
    query: Any = (
        Attempt.select(Attempt.id, Attempt.state, Attempt.sent_at, Attempt.gateway_ref, Attempt.payment, Payment.state)
        .join(Payment)
        .where(Attempt.id.in_(ids))
        .tuples()
    )
    rows = list(query)
    odd = _booked_without_success({row[4] for row in rows if row[1] != AttemptState.SUCCEEDED})
    return {
        id_: Asked(state, bool(sent or ref), of_payment == PaymentState.REVERSED, payment in odd)
        for id_, state, sent, ref, payment, of_payment in rows
    }


def _booked_without_success(payments: set[UUID]) -> set[UUID]:
    """Payments that the books hold though no attempt of theirs succeeded."""
    if not payments:
        return set()
    kept = (Journal.kind == "payment") & Journal.source.in_([str(each) for each in payments])
    journals: Any = Journal.select(Journal.source).where(kept).tuples()
    booked = {UUID(row[0]) for row in journals}
    if not booked:
        return set()
    won = (Attempt.state == AttemptState.SUCCEEDED) & Attempt.payment.in_(list(booked))
    successes: Any = Attempt.select(Attempt.payment).where(won).tuples()
    return booked - {row[0] for row in successes}


def refunds(ids: list[UUID]) -> dict[UUID, Asked]:
    """What is known of these refunds."""
    query: Any = Refund.select(Refund.id, Refund.state, Refund.sent_at, Refund.gateway_ref)
    return {id_: Asked(state, bool(sent or ref)) for id_, state, sent, ref in query.where(Refund.id.in_(ids)).tuples()}


def of_orders(ids: list[UUID]) -> dict[UUID, UUID | None]:
    """Per order the open attempt that holds it; else, when its first try was made, the attempt that was it."""
    query: Any = Order.select(Order.id, Order.collect_at, OrderHold.attempt)
    rows = list(query.join(OrderHold, JOIN.LEFT_OUTER).where(Order.id.in_(ids)).tuples())
    made = _collected([id_ for id_, due, held in rows if held is None and due is None])
    return {id_: held or made.get(id_) for id_, _due, held in rows}


def _collected(orders: list[UUID]) -> dict[UUID, UUID]:
    """The newest automatic attempt on each of these orders."""
    if not orders:
        return {}
    query: Any = (
        Allocation.select(Allocation.order, Attempt.id)
        .join(Payment)
        .join(Attempt, on=(Attempt.payment == Payment.id))
        .where(Allocation.order.in_(orders) & (Payment.origin == Origin.AUTOMATIC))
        .order_by(Attempt.reserved_at, Attempt.id)
        .tuples()
    )
    return dict(query)


def of_tries(ids: list[UUID]) -> dict[UUID, UUID | None]:
    """Per planned try the attempt that it became; else the open one that holds its order."""
    query: Any = (
        PlannedTry.select(PlannedTry.id, fn.COALESCE(PlannedTry.attempt, OrderHold.attempt))
        .join(Recovery)
        .join(OrderHold, JOIN.LEFT_OUTER, on=(OrderHold.order == Recovery.order))
        .where(PlannedTry.id.in_(ids))
        .tuples()
    )
    return {id_: _uuid(attempt) for id_, attempt in query}


def of_promises(ids: list[UUID]) -> dict[UUID, UUID | None]:
    """Per promise the open attempt that holds its order."""
    query: Any = Promise.select(Promise.id, OrderHold.attempt)
    held = query.join(OrderHold, JOIN.LEFT_OUTER, on=(OrderHold.order == Promise.order))
    return dict(held.where(Promise.id.in_(ids)).tuples())


def of_schedules(ids: list[UUID]) -> dict[UUID, UUID | None]:
    """Per schedule the open attempt that holds the newest order that it made."""
    made = Order.alias()
    newest = made.select(made.id).where(made.schedule == BillingSchedule.id).order_by(made.created_at.desc()).limit(1)
    query: Any = BillingSchedule.select(BillingSchedule.id, OrderHold.attempt)
    held = query.join(OrderHold, JOIN.LEFT_OUTER, on=(OrderHold.order == newest))
    return dict(held.where(BillingSchedule.id.in_(ids)).tuples())


def waves(ids: list[UUID]) -> dict[UUID, tuple[bool, bool]]:
    """Per processor account: whether an automatic charge may have moved money, and whether any has its time planned."""
    found: dict[UUID, tuple[bool, bool]] = {}
    for account in GatewayAccount.select(GatewayAccount.id, GatewayAccount.merchant).where(GatewayAccount.id.in_(ids)):
        found[account.id] = (_in_the_air(account.id), _planned(account.merchant_id))
    return found


def _in_the_air(account: UUID) -> bool:
    open_ = Attempt.next_look_at.is_null(False) & Attempt.state.in_(_IN_THE_AIR)
    mine = (Attempt.gateway_account == account) & Attempt.off_session
    return bool(Attempt.select().where(open_ & mine).exists())


def _planned(merchant: UUID) -> bool:
    orders = Order.select().where((Order.merchant == merchant) & Order.collect_at.is_null(False))
    tries = PlannedTry.select().where((PlannedTry.merchant == merchant) & (PlannedTry.state == TryState.PLANNED))
    return bool(orders.exists() or tries.exists())


def _uuid(stored: Any) -> UUID | None:
    return stored if stored is None or isinstance(stored, UUID) else UUID(str(stored))
