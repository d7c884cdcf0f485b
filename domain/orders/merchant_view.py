"""One order as the merchant's people see it: what it is for, what came in, what is tried next, what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.methods.queries import label
from domain.orders.timeline import Entry, Kind, timeline
from domain.orders.traces import Traces, order_at, traces_around
from domain.payments.stage import Stage, stage_of
from domain.recoveries.words import rule_words, why_words
from domain.reports.terms import Term, term
from kit.money import Money
from models.orders import AdjustmentKind, Collect, LineKind, Order, OrderSource
from models.payments import PaymentState, PromiseState, RecoveryState, TryState

__all__ = [
    "AdjustmentKind",
    "Collect",
    "Entry",
    "Kind",
    "LineKind",
    "OrderSource",
    "OrderWhole",
    "RecoveryState",
    "Stage",
    "TryState",
    "order_at",
    "order_whole",
]


@dataclass(frozen=True)
class Line:
    """A line of the order."""

    kind: LineKind
    title: str
    quantity: Decimal
    total: Money


@dataclass(frozen=True)
class TakenOff:
    """What was taken off without a payment."""

    kind: AdjustmentKind
    amount: Money
    at: datetime
    note: str


@dataclass(frozen=True)
class Paid:
    """A payment of the order, with its share."""

    id: UUID
    amount: Money
    method: str
    external: str
    state: PaymentState
    stage: Stage
    at: datetime
    code: str
    short: str  # the code in a few words
    receipt: str


@dataclass(frozen=True)
class Try:
    """A planned automatic try."""

    n: int
    due_at: datetime
    method: str
    state: TryState
    rule: str  # what chose the moment, in words
    payment: UUID | None


@dataclass(frozen=True)
class Case:
    """A recovery: the failure that opened it, where it stands, its tries."""

    id: UUID
    state: RecoveryState
    amount: Money
    term: Term
    opened_at: datetime
    closed_at: datetime | None
    why: str  # why no further try is planned, in words
    tries: tuple[Try, ...]

    @property
    def next_try(self) -> datetime | None:
        """When it is tried again, if it is."""
        return next((each.due_at for each in self.tries if each.state == TryState.PLANNED), None)


@dataclass(frozen=True)
class OrderWhole:
    """An order, whole."""

    id: UUID
    customer: UUID
    name: str
    number: str
    title: str
    placed_at: datetime
    due_on: date
    source: OrderSource
    collect: Collect
    collect_at: datetime | None
    lines: tuple[Line, ...]
    taken_off: tuple[TakenOff, ...]
    total: Money
    adjusted: Money
    paid: Money
    open: Money
    disputed: bool
    payments: tuple[Paid, ...]  # the newest first
    cases: tuple[Case, ...]  # the newest first
    promised: date | None
    timeline: tuple[Entry, ...]  # the newest first

    @property
    def failure(self) -> Case | None:
        """The failed automatic payment that is not settled, if there is one."""
        unsettled = (RecoveryState.OPEN, RecoveryState.EXHAUSTED)
        return next((each for each in self.cases if each.state in unsettled), None) if self.open else None

    @property
    def under_way(self) -> Paid | None:
        """The payment that holds the order, if one does."""
        return next((each for each in self.payments if each.stage.is_open), None)


def order_whole(row: Order) -> OrderWhole:
    """The order that `order_at` found. Nine queries at most."""
    seen = traces_around(row)
    currency = row.currency
    promised = next((each.day for each in seen.promises if each.state == PromiseState.OPEN), None)
    return OrderWhole(
        id=row.id,
        customer=row.customer_id,
        name=row.customer.name,
        number=row.number,
        title=row.title,
        placed_at=row.placed_at,
        due_on=row.due_on,
        source=row.source,
        collect=row.collect,
        collect_at=row.collect_at,
        lines=tuple(Line(each.kind, each.title, each.quantity, Money(each.total, currency)) for each in seen.lines),
        taken_off=tuple(
            TakenOff(each.kind, Money(each.amount, currency), each.created_at, each.note) for each in seen.adjustments
        ),
        total=Money(row.total, currency),
        adjusted=Money(row.adjusted, currency),
        paid=Money(row.paid, currency),
        open=Money(row.open, currency),
        disputed=row.disputed,
        payments=tuple(_paid(each, seen) for each in reversed(seen.allocations)),
        cases=_cases(seen),
        promised=promised,
        timeline=timeline(seen),
    )


def _paid(row: Any, seen: Traces) -> Paid:
    payment, slip = row.payment, getattr(row.payment, "slip", None)
    latest = next(reversed(seen.attempts_of(payment.id)), None)
    code = (latest.decline_code or "") if latest else ""
    return Paid(
        id=payment.id,
        amount=Money(row.amount or payment.amount, seen.order.currency),
        method=label(payment.method.brand, payment.method.last4) if payment.method_id else "",
        external=payment.external or "",
        state=payment.state,
        stage=stage_of(payment, latest),
        at=payment.closed_at or payment.created_at,
        code=code,
        short=term(code).short if code else "",
        receipt=slip.number if slip is not None and slip.number else "",
    )


def _cases(seen: Traces) -> tuple[Case, ...]:
    found: dict[UUID, Case] = {}
    for row in seen.recoveries:
        known = found[row.id].tries if row.id in found else ()
        planned = getattr(row, "planned", None)
        tries = known if planned is None or planned.id is None else (*known, _try(planned, seen))
        found[row.id] = Case(
            id=row.id,
            state=row.state,
            amount=Money(row.amount, row.currency),
            term=term(row.reason),
            opened_at=row.opened_at,
            closed_at=row.closed_at,
            why=why_words(row.why, row.note),
            tries=tries,
        )
    return tuple(reversed(found.values()))


def _try(row: Any, seen: Traces) -> Try:
    made = next((each.payment_id for each in seen.attempts if each.id == row.attempt_id), None)
    called = label(row.method.brand, row.method.last4)
    return Try(row.n, row.due_at, called, row.state, rule_words(row.rule), made)
