"""Reads behind the merchants' figures. The owner comes first; the store does the counting, whatever the rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import JOIN, SQL, fn

from domain.accounts.viewer import MerchantFacts
from domain.recoveries.words import rule_words, why_words
from domain.reports.failures import Counted, FailedPage, FailedPayment, Failures, added_up, helper_of
from domain.reports.terms import term
from domain.reports.window import days
from kit.calendar import local_day
from kit.money import Money
from models.customers import Customer
from models.orders import Order
from models.payments import (
    OrderHold,
    Origin,
    Payment,
    PaymentState,
    PlannedTry,
    Recovery,
    RecoveryState,
    TryState,
)

_BY_THEMSELVES = (Origin.PORTAL, Origin.FIX_IT)
PAGE = 12


def failures(merchant: MerchantFacts, now: datetime) -> Failures:
    """What failed in the merchant's last 30 days and what came back by now. One query."""
    window = days(now, merchant.zone)
    planned = fn.EXISTS(
        PlannedTry.select(SQL("1")).where((PlannedTry.recovery == Recovery.id) & (PlannedTry.state == TryState.PLANNED))
    )
    columns = [
        window.bucket(Recovery.opened_at).alias("bucket"),
        Recovery.state,
        Recovery.by,
        Payment.origin,
        Recovery.reason,
        Recovery.currency,
        planned.alias("planned"),
    ]
    query: Any = (
        Recovery.select(*columns, fn.COUNT(Recovery.id), fn.SUM(Recovery.amount))
        .join(Payment, JOIN.LEFT_OUTER, on=Recovery.payment)
        .where((Recovery.merchant == merchant.id) & window.holds(Recovery.opened_at))
        .group_by(SQL("bucket"), *columns[1:-1], SQL("planned"))
        .tuples()
    )
    counted = [
        Counted(bucket, state, by, origin, code, currency, bool(has_try), int(count), int(minor))
        for bucket, state, by, origin, code, currency, has_try, count, minor in query
    ]
    return added_up(counted, window, merchant.currency)


def declined_presses(merchant: MerchantFacts, now: datetime) -> int:
    """How often a bank said no to a customer who pressed *Pay* in the last 30 days. Not part of `failures`."""
    window = days(now, merchant.zone)
    query: Any = Payment.select().where(
        (Payment.merchant == merchant.id)
        & (Payment.state == PaymentState.FAILED)
        & Payment.origin.in_(_BY_THEMSELVES)
        & window.holds(Payment.created_at)
    )
    return int(query.count())


def failed_payments(merchant: MerchantFacts, now: datetime, *, page: int = 1) -> FailedPage:
    """The failed payments of the last 30 days, the latest first, a page at a time. Three queries."""
    window = days(now, merchant.zone)
    mine = (Recovery.merchant == merchant.id) & window.holds(Recovery.opened_at)
    total = int(Recovery.select().where(mine).count())
    pages = max(-(-total // PAGE), 1)
    number = min(max(page, 1), pages)
    under_way = fn.EXISTS(OrderHold.select(SQL("1")).where(OrderHold.order == Recovery.order))
    rows = list(
        Recovery.select(
            under_way.alias("under_way"),
            Recovery,
            Customer.id,
            Customer.name,
            Order.id,
            Order.number,
            Payment.id,
            Payment.origin,
        )
        .join(Customer)
        .switch(Recovery)
        .join(Order, on=Recovery.order)
        .switch(Recovery)
        .join(Payment, JOIN.LEFT_OUTER, on=Recovery.payment)
        .where(mine)
        .order_by(Recovery.opened_at.desc(), Recovery.id.desc())
        .limit(PAGE)
        .offset((number - 1) * PAGE)
    )
    tries = _tries([row.id for row in rows if row.state == RecoveryState.OPEN])
    listed = tuple(_failed(row, tries.get(row.id, (None, "")), merchant.zone) for row in rows)
    return FailedPage(listed, total, number, pages)


def _failed(row: Any, planned: tuple[datetime | None, str], zone: str) -> FailedPayment:
    return FailedPayment(
        customer=row.customer.name,
        order=row.order.number,
        on=local_day(row.opened_at, zone),
        amount=Money(row.amount, row.currency),
        term=term(row.reason),
        state=row.state,
        helper=(
            helper_of(row.by, row.payment.origin if row.payment_id else None)
            if row.state == RecoveryState.RECOVERED
            else None
        ),
        closed_at=row.closed_at,
        next_try=planned[0],
        next_rule=rule_words(planned[1]),
        under_way=bool(row.under_way),
        note=why_words(row.why, row.note),
    )


def _tries(recoveries: list[UUID]) -> dict[UUID, tuple[datetime | None, str]]:
    query: Any = PlannedTry.select(PlannedTry.recovery, PlannedTry.due_at, PlannedTry.rule).where(
        PlannedTry.recovery.in_(recoveries) & (PlannedTry.state == TryState.PLANNED)
    )
    return {recovery: (at, rule) for recovery, at, rule in query.tuples()}
