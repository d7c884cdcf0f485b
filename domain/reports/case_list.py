"""The cases behind a number of the page *Recovery*, one by one: raw rows of the merchant, the latest first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import JOIN, SQL, fn

from domain.accounts.viewer import MerchantFacts
from domain.recoveries.words import rule_words, why_words
from domain.reports.counting import (
    code_column,
    helper_of,
    network_column,
    opened,
    planned_column,
    tries_column,
)
from domain.reports.filters import Filters, What
from domain.reports.raw_picked import brought_by, raw_picked
from domain.reports.shapes import PAGE, CasePage, ListedCase, Share
from domain.reports.terms import term
from kit.money import Money
from models.customers import Customer
from models.methods import PaymentMethod
from models.orders import Order
from models.payments import OrderHold, Payment, PlannedTry, Recovery, RecoveryState, TryState
from models.reports import CaseRollup

_AT_ONCE = 500  # rows of an export


def listed(
    merchant: MerchantFacts,
    filters: Filters,
    now: datetime,  # noqa: ARG001 - a list is of its days, whenever it is read
    *,
    page: int = 1,
    size: int = PAGE,
) -> CasePage:
    """A page of the cases that `filters` picks, `filters.what` among them (all when None). Three or four queries."""
    wanted = _wanted(merchant, filters)
    query = opened(merchant.id, fn.COUNT(Recovery.id), fn.COALESCE(fn.SUM(Recovery.amount), 0)).where(wanted)
    count, minor = query.tuples().get()
    total = Share(int(count), Money(int(minor), merchant.currency))
    pages = max(-(-total.count // size), 1)
    number = min(max(page, 1), pages)
    return CasePage(_rows(merchant, wanted, size, (number - 1) * size), total, number, pages)


def every(merchant: MerchantFacts, filters: Filters, now: datetime) -> Iterator[ListedCase]:  # noqa: ARG001 - as above
    """The whole list, for an export: a few hundred rows at a time."""
    wanted, at = _wanted(merchant, filters), 0
    while rows := _rows(merchant, wanted, _AT_ONCE, at):
        yield from rows
        at += _AT_ONCE


def _wanted(merchant: MerchantFacts, filters: Filters) -> Any:
    wanted = raw_picked(CaseRollup, merchant, filters, at=Recovery.opened_at, number=tries_column())
    wanted &= Recovery.currency == merchant.currency
    if filters.channel:
        wanted &= brought_by(filters.channel)
    match filters.what:
        case What.RECOVERED:
            wanted &= Recovery.state == RecoveryState.RECOVERED
        case What.OPEN:
            wanted &= Recovery.state == RecoveryState.OPEN
        case What.UNPLANNED:
            wanted &= (Recovery.state == RecoveryState.OPEN) & ~planned_column()
        case What.GIVEN_UP:
            wanted &= Recovery.state.in_([RecoveryState.EXHAUSTED, RecoveryState.CANCELLED])
    return wanted


def _rows(merchant: MerchantFacts, wanted: Any, limit: int, offset: int) -> tuple[ListedCase, ...]:
    columns = (
        *(Recovery.id, Recovery.opened_at, Recovery.closed_at, Recovery.amount, Recovery.currency, Recovery.reason),
        *(Recovery.state, Recovery.by, Recovery.why, Recovery.note, Recovery.customer, Customer.name),
        *(Recovery.order, Order.number, Payment.id, Payment.origin),
        *(code_column().alias("code"), network_column().alias("network"), PaymentMethod.kind.alias("kind")),
        *(tries_column().alias("tries"), _under_way().alias("under_way")),
    )
    query = (
        opened(merchant.id, *columns)
        .join(Customer, JOIN.LEFT_OUTER, on=(Recovery.customer == Customer.id))
        .join(Order, JOIN.LEFT_OUTER, on=(Recovery.order == Order.id))
        .where(wanted)
        .order_by(Recovery.opened_at.desc(), Recovery.id.desc())
        .limit(limit)
        .offset(offset)
    )
    rows = list(query.tuples())
    tries = _tries([row[0] for row in rows if row[6] == RecoveryState.OPEN])
    return tuple(_listed(row, tries) for row in rows)


def _under_way() -> Any:
    return fn.EXISTS(OrderHold.select(SQL("1")).where(OrderHold.order == Recovery.order))


def _listed(row: tuple[Any, ...], tries: dict[UUID, tuple[datetime, str]]) -> ListedCase:
    (id_, opened_at, closed_at, minor, currency, reason, state, by, why, note, customer, name, *rest) = row
    (order, number, payment, origin, code, network, kind, made, under_way) = rest
    next_try = tries.get(id_)
    return ListedCase(
        id=id_,
        customer_id=customer,
        customer=name,
        order_id=order,
        order=number,
        at=opened_at,
        amount=Money(minor, currency),
        term=term(code),
        last_code=reason,
        network=network,
        kind=kind,
        tries=int(made),
        state=state,
        helper=helper_of(by, origin) if state == RecoveryState.RECOVERED else None,
        payment_id=payment,
        closed_at=closed_at,
        next_try=next_try[0] if next_try else None,
        next_rule=rule_words(next_try[1]) if next_try else "",
        under_way=bool(under_way),
        note=why_words(why, note),
    )


def _tries(recoveries: list[UUID]) -> dict[UUID, tuple[datetime, str]]:
    query: Any = PlannedTry.select(PlannedTry.recovery, PlannedTry.due_at, PlannedTry.rule).where(
        PlannedTry.recovery.in_(recoveries) & (PlannedTry.state == TryState.PLANNED)
    )
    return {recovery: (at, rule) for recovery, at, rule in query.tuples()}
