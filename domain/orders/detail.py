"""One order as its customer sees it: what it is for, what was taken off, what is under way, what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from domain.merchants.policy import policy_of
from domain.orders.timeline import Entry, timeline
from domain.orders.traces import Traces, traces_of
from domain.payments.stage import Stage, stage_of
from domain.recoveries.terms import BROKEN_MOST
from kit.calendar import local_day
from kit.money import Money
from models.orders import AdjustmentKind, LineKind, Order
from models.payments import PromiseState, RecoveryState, RefundState, TryState

__all__ = [
    "AdjustmentKind",
    "Deduction",
    "Line",
    "LineKind",
    "OrderDetail",
    "UnderWay",
    "order_detail",
    "order_is_mine",
]


@dataclass(frozen=True)
class Line:
    """A line of an order."""

    kind: LineKind
    title: str
    quantity: Decimal
    total: Money


@dataclass(frozen=True)
class Deduction:
    """What was taken off without a payment."""

    kind: AdjustmentKind
    amount: Money
    on: date


@dataclass(frozen=True)
class UnderWay:
    """The payment that holds the order."""

    payment: UUID
    stage: Stage
    final_on: date | None


@dataclass(frozen=True)
class OrderDetail:
    """One order, whole."""

    id: UUID
    number: str
    title: str
    placed_on: date
    due_on: date
    lines: tuple[Line, ...]
    deductions: tuple[Deduction, ...]
    total: Money
    paid: Money
    open: Money
    disputed: bool
    went_back: bool  # something of what was paid
    under_way: UnderWay | None
    promised: date | None  # the day by which the customer said it will be paid
    charged: bool  # we charge it then
    may_promise: bool
    timeline: tuple[Entry, ...]  # the newest first


def order_is_mine(customer: UUID, order: UUID) -> bool:
    """Whether the order exists and is this customer's."""
    return bool(Order.select().where((Order.id == order) & (Order.customer == customer)).exists())


def order_detail(customer: UUID, order: UUID, *, zone: str) -> OrderDetail | None:
    """An order of this customer with all that happened to it; None when it is not theirs."""
    seen = traces_of(customer, order)
    if seen is None:
        return None
    row, under_way = seen.order, _under_way(seen)
    promised = next((each.day for each in seen.promises if each.state == PromiseState.OPEN), None)
    return OrderDetail(
        id=row.id,
        number=row.number,
        title=row.title,
        placed_on=local_day(row.placed_at, zone),
        due_on=row.due_on,
        lines=tuple(
            Line(each.kind, each.title, Decimal(each.quantity), Money(each.total, row.currency)) for each in seen.lines
        ),
        deductions=_deductions(seen, zone),
        total=Money(row.total, row.currency),
        paid=Money(row.paid, row.currency),
        open=Money(row.open, row.currency),
        disputed=row.disputed,
        went_back=any(each.refund.state != RefundState.FAILED for each in seen.refunds),
        under_way=under_way,
        promised=promised if row.open else None,
        charged=any(_is_planned(each) for each in seen.recoveries),
        may_promise=bool(row.open) and under_way is None and not row.disputed and _may_promise(seen),
        timeline=timeline(seen),
    )


def _under_way(seen: Traces) -> UnderWay | None:
    for row in reversed(seen.allocations):
        latest = next(reversed(seen.attempts_of(row.payment_id)), None)
        stage = stage_of(row.payment, latest)
        if stage.is_open:
            return UnderWay(row.payment_id, stage, latest.final_on if latest else None)
    return None


def _may_promise(seen: Traces) -> bool:
    """Whether another day may be named; its page knows how late (domain/recoveries/promises.py: bounds)."""
    if not any(each.state == RecoveryState.OPEN for each in seen.recoveries):
        return False
    broken = sum(each.state == PromiseState.BROKEN for each in seen.promises)
    return broken < BROKEN_MOST and policy_of(seen.order.merchant_id).promise_days > 0


def _is_planned(recovery: object) -> bool:
    planned = getattr(recovery, "planned", None)
    return planned is not None and planned.id is not None and planned.state == TryState.PLANNED


def _deductions(seen: Traces, zone: str) -> tuple[Deduction, ...]:
    """What was taken off; a refund that the bank sent back was put on again, and is left out."""
    undone = {row.source for row in seen.adjustments if row.kind == AdjustmentKind.REFUND and row.amount < 0}
    return tuple(
        Deduction(row.kind, Money(row.amount, seen.order.currency), local_day(row.created_at, zone))
        for row in seen.adjustments
        if row.source is None or row.source not in undone
    )
