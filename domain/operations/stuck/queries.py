"""What is stuck, for the desk's list: few rows among millions, found by the indexes made for them, 50 a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from peewee import SQL, Case, fn

from domain.payments.stage import Stage, stage_of_attempt
from domain.reconciliation.differences import Kind
from kit.money import Money
from models.base import connected
from models.customers import Customer
from models.merchants import GatewayAccount, Merchant
from models.operations import Evidence
from models.orders import Order
from models.payments import Allocation, Attempt, AttemptState, Payment, Refund, RefundState
from models.work import Difference

MOST = 50
BUGS = timedelta(days=7)  # for how long a request that the processor refused stands on the list
_STUCK = SQL("state IN ('unknown', 'review', 'failed_bug')")  # attempt_stuck, in its very words
_BACK_STUCK = SQL("state IN ('unknown', 'review')")  # refund_stuck


class Shelf(StrEnum):
    """The lists of the desk."""

    PAYMENTS = "payments"
    REFUSED = "refused"  # requests that the processor refused as such: a fault of ours
    REFUNDS = "refunds"
    DIFFERENCES = "differences"
    WEBHOOKS = "webhooks"  # about things with our mark that we do not know


@dataclass(frozen=True)
class Line:
    """An attempt or a refund that is stuck. What it is for is held meanwhile."""

    id: UUID
    merchant: str
    merchant_name: str
    customer: UUID
    customer_name: str
    payment: UUID
    orders: tuple[tuple[UUID, str], ...]
    amount: Money
    state: AttemptState | RefundState
    since: datetime
    looks: int
    next_look_at: datetime | None
    stage: Stage | None  # what the customer reads of the payment; None for a refund
    retired: bool  # its account takes no new payments
    said: str = ""  # by the processor, when somebody last asked; empty: nobody has
    said_at: datetime | None = None


@dataclass(frozen=True)
class DifferenceLine:
    """A difference that nobody has settled."""

    id: UUID
    merchant: str
    merchant_name: str
    kind: Kind
    reference: str
    detail: str
    amount: Money | None
    found_at: datetime
    seen_at: datetime
    retired: bool


@dataclass(frozen=True)
class Sum:
    """How many of one list, and how much in each currency."""

    count: int = 0
    for_a_person: int = 0  # in REVIEW
    totals: tuple[Money, ...] = ()


@dataclass(frozen=True)
class Page:
    """A page of a list. `number` counts from 1."""

    lines: tuple[Line, ...] | tuple[DifferenceLine, ...]
    number: int
    more: bool


def sums(now: datetime, *, merchant: UUID | None = None) -> dict[Shelf, Sum]:
    """How much is on each list. Three queries."""
    with connected():
        rows = [*_attempt_sums(now, merchant), *_refund_sums(merchant), *_difference_sums(merchant)]
    found: dict[Shelf, list[tuple[bool, str | None, int, int]]] = defaultdict(list)
    for shelf, person, currency, count, minor in rows:
        found[shelf].append((person, currency, count, minor))
    return {shelf: _sum(found[shelf]) for shelf in Shelf}


def page_of(shelf: Shelf, now: datetime, *, merchant: UUID | None = None, number: int = 1) -> Page:
    """A page of one list: what waits for a person first, then by age; three queries at most."""
    number, offset = max(number, 1), (max(number, 1) - 1) * MOST
    with connected():
        match shelf:
            case Shelf.PAYMENTS | Shelf.REFUSED:
                query = _attempts(_stuck(shelf, now), merchant)
                lines: list[Any] = _attempt_lines(query.limit(MOST + 1).offset(offset))
            case Shelf.REFUNDS:
                lines = _refund_lines(
                    _refunds(Refund.select(Refund.id).where(_BACK_STUCK), merchant).limit(MOST + 1).offset(offset)
                )
            case _:
                rows = _differences(shelf, merchant).limit(MOST + 1).offset(offset)
                lines = [difference_line(row) for row in rows]
    return Page(tuple(lines[:MOST]), number, len(lines) > MOST)


def line_of_attempt(attempt: UUID) -> Line:
    """The line of one attempt, whatever its state."""
    return _attempt_lines(_attempts([attempt], None))[0]


def line_of_refund(refund: UUID) -> Line:
    """The line of one refund through a processor, whatever its state."""
    return _refund_lines(_refunds([refund], None))[0]


def _stuck(shelf: Shelf, now: datetime) -> Any:
    if shelf is Shelf.REFUSED:
        wanted = (Attempt.state == AttemptState.FAILED_BUG) & (Attempt.state_since >= now - BUGS)
    else:
        wanted = Attempt.state.in_([AttemptState.UNKNOWN, AttemptState.REVIEW])
    return Attempt.select(Attempt.id).where(_STUCK, wanted)


def _attempts(ids: Any, merchant: UUID | None) -> Any:
    query = (
        Attempt.select(Attempt, Payment, Merchant, Customer, GatewayAccount)
        .join(Payment)
        .join(Merchant)
        .switch(Payment)
        .join(Customer)
        .switch(Attempt)
        .join(GatewayAccount)
        .where(Attempt.id.in_(ids))
        .order_by(Case(Attempt.state, ((AttemptState.REVIEW, 0),), 1), Attempt.state_since, Attempt.id)
    )
    return query.where(Payment.merchant == merchant) if merchant else query


def _refunds(ids: Any, merchant: UUID | None) -> Any:
    query = (
        Refund.select(Refund, Payment, Merchant, Customer, GatewayAccount)
        .join(Payment)
        .join(Merchant)
        .switch(Payment)
        .join(Customer)
        .switch(Refund)
        .join(GatewayAccount)
        .where(Refund.id.in_(ids))
        .order_by(Case(Refund.state, ((RefundState.REVIEW, 0),), 1), Refund.state_since, Refund.id)
    )
    return query.where(Payment.merchant == merchant) if merchant else query


def _differences(shelf: Shelf, merchant: UUID | None) -> Any:
    about = Difference.kind == Kind.UNKNOWN_OBJECT
    query = (
        Difference.select(Difference, GatewayAccount, Merchant)
        .join(GatewayAccount)
        .join(Merchant)
        .where(Difference.settled_at.is_null(), about if shelf is Shelf.WEBHOOKS else ~about)
        .order_by(Difference.found_at, Difference.id)
    )
    return query.where(GatewayAccount.merchant == merchant) if merchant else query


def _attempt_lines(query: Any) -> list[Line]:
    rows = list(query)
    orders, said = _orders(row.payment_id for row in rows), _said(Evidence.attempt, [row.id for row in rows])
    return [_line(row, orders, said, stage_of_attempt(row.state)) for row in rows]


def _refund_lines(query: Any) -> list[Line]:
    rows = list(query)
    orders, said = _orders(row.payment_id for row in rows), _said(Evidence.refund, [row.id for row in rows])
    return [_line(row, orders, said, None) for row in rows]


def _line(row: Any, orders: Any, said: Any, stage: Stage | None) -> Line:
    payment, last = row.payment, said.get(row.id)
    return Line(
        id=row.id,
        merchant=payment.merchant.slug,
        merchant_name=payment.merchant.name,
        customer=payment.customer_id,
        customer_name=payment.customer.name,
        payment=payment.id,
        orders=tuple(orders[payment.id]),
        amount=Money(row.amount, row.currency),
        state=row.state,
        since=row.state_since,
        looks=row.looks,
        next_look_at=row.next_look_at,
        stage=stage,
        retired=not row.gateway_account.active,
        said=last[0] if last else "",
        said_at=last[1] if last else None,
    )


def difference_line(row: Any) -> DifferenceLine:
    """A difference's row with its account and merchant, as a line."""
    return DifferenceLine(
        id=row.id,
        merchant=row.gateway_account.merchant.slug,
        merchant_name=row.gateway_account.merchant.name,
        kind=Kind(row.kind),
        reference=row.reference,
        detail=row.detail,
        amount=Money(row.amount, row.currency) if row.currency else None,
        found_at=row.found_at,
        seen_at=row.seen_at,
        retired=not row.gateway_account.active,
    )


def _orders(payments: Iterable[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    found: dict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
    query: Any = (
        Allocation.select(Allocation.payment, Order.id, Order.number)
        .join(Order)
        .where(Allocation.payment.in_(list(payments)))
        .order_by(Order.number)
    )
    for payment, order, number in query.tuples():
        found[payment].append((order, number))
    return found


def _said(about: Any, ids: list[UUID]) -> dict[UUID, tuple[str, datetime]]:
    """What the processor said last of each, when it was asked by hand."""
    query: Any = Evidence.select(about, Evidence.said, Evidence.at).where(about.in_(ids)).order_by(Evidence.at)
    return {row_id: (said, at) for row_id, said, at in query.tuples()}


_Row = tuple[Shelf, bool, str | None, int, int]


def _attempt_sums(now: datetime, merchant: UUID | None) -> list[_Row]:
    recent = (Attempt.state != AttemptState.FAILED_BUG) | (Attempt.state_since >= now - BUGS)
    ids = Attempt.select(Attempt.id).where(_STUCK, recent)
    query: Any = Attempt.select(Attempt.state, Attempt.currency, fn.COUNT(Attempt.id), fn.SUM(Attempt.amount))
    query = query.where(Attempt.id.in_(ids)).group_by(Attempt.state, Attempt.currency)
    if merchant:
        query = query.join(Payment).where(Payment.merchant == merchant)
    return [
        (
            Shelf.REFUSED if state == AttemptState.FAILED_BUG else Shelf.PAYMENTS,
            state == AttemptState.REVIEW,
            currency,
            int(count),
            int(minor),
        )
        for state, currency, count, minor in query.tuples()
    ]


def _refund_sums(merchant: UUID | None) -> list[_Row]:
    query: Any = Refund.select(Refund.state, Refund.currency, fn.COUNT(Refund.id), fn.SUM(Refund.amount))
    query = query.where(Refund.id.in_(Refund.select(Refund.id).where(_BACK_STUCK)))
    query = query.group_by(Refund.state, Refund.currency)
    if merchant:
        query = query.join(Payment).where(Payment.merchant == merchant)
    return [
        (Shelf.REFUNDS, state == RefundState.REVIEW, currency, int(count), int(minor))
        for state, currency, count, minor in query.tuples()
    ]


def _difference_sums(merchant: UUID | None) -> list[_Row]:
    query: Any = Difference.select(
        Difference.kind, Difference.currency, fn.COUNT(Difference.id), fn.SUM(Difference.amount)
    )
    query = query.where(Difference.settled_at.is_null()).group_by(Difference.kind, Difference.currency)
    if merchant:
        query = query.join(GatewayAccount).where(GatewayAccount.merchant == merchant)
    return [
        (
            Shelf.WEBHOOKS if kind == Kind.UNKNOWN_OBJECT else Shelf.DIFFERENCES,
            True,
            currency,
            int(count),
            int(minor or 0),
        )
        for kind, currency, count, minor in query.tuples()
    ]


def _sum(rows: list[tuple[bool, str | None, int, int]]) -> Sum:
    totals: dict[str, int] = defaultdict(int)
    for _person, currency, _count, minor in rows:
        if currency:
            totals[currency] += minor
    return Sum(
        count=sum(count for _person, _currency, count, _minor in rows),
        for_a_person=sum(count for person, _currency, count, _minor in rows if person),
        totals=tuple(Money(minor, currency) for currency, minor in sorted(totals.items())),
    )
