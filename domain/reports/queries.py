"""Reads behind the merchants' figures. The owner comes first; the store does the counting, whatever the rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import JOIN, SQL, Case, Field, fn

from domain.accounts.viewer import MerchantFacts
from domain.recoveries.words import rule_words, why_words
from domain.reports.adoption import Adoption, Step, Week
from domain.reports.failures import Counted, FailedPage, FailedPayment, Failures, added_up, helper_of
from domain.reports.terms import term
from domain.reports.window import Window, days, weeks
from kit.calendar import local_day
from kit.money import Money
from models.customers import Access, Account, Customer
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
from models.work import Event

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


def adoption(merchant: MerchantFacts, now: datetime) -> Adoption:
    """How far the merchant's customers have come with the portal, and week by week. Four queries."""
    lately, by_week = days(now, merchant.zone), weeks(now, merchant.zone)
    owned: Any = Customer.select(fn.COUNT(Customer.id), *_steps(Customer.invited_at, Customer.id, lately, by_week))
    customers, *invited = owned.where(Customer.merchant == merchant.id).tuples().get()
    reach: Any = (
        Access.select(
            *_steps(Account.confirmed_at, Access.customer, lately, by_week),
            _different(Account.signed_in_at, Access.customer),
        )
        .join(Account)
        .where((Account.merchant == merchant.id) & Access.revoked_at.is_null())
    )
    *confirmed, ever_signed_in = reach.tuples().get()
    visits = _steps(Event.at, Event.customer_id, lately, by_week)
    seen: Any = Event.select(*visits[1:]).where(
        (Event.merchant == merchant.id)
        & (Event.kind == "account.signed_in")
        & (Event.at >= min(lately.edges[0], by_week.edges[0]))
    )
    signed_in = [ever_signed_in, *seen.tuples().get()]
    own: Any = Payment.select(*_steps(Payment.closed_at, Payment.customer, lately, by_week)).where(
        (Payment.merchant == merchant.id)
        & (Payment.state == PaymentState.SUCCEEDED)
        & Payment.origin.in_(_BY_THEMSELVES)
    )
    paid = own.tuples().get()
    columns = (invited, confirmed, signed_in, paid)
    steps = [Step(column[0], column[1]) for column in columns]
    return Adoption(
        customers=customers,
        invited=steps[0],
        confirmed=steps[1],
        signed_in=steps[2],
        paid=steps[3],
        weeks=tuple(Week(monday, *counts) for monday, *counts in _weekly(by_week, columns)),
    )


def _steps(at: Field, counted: Field, lately: Window, by_week: Window) -> list[Any]:
    """Columns: different ones ever, in the last 30 days, in each week."""
    recent = fn.COUNT(fn.DISTINCT(Case(None, [(lately.holds(at), counted)])))
    return [_different(at, counted), recent, *by_week.distinct(at, counted)]


def _different(at: Field, counted: Field) -> Any:
    return fn.COUNT(fn.DISTINCT(Case(None, [(at.is_null(False), counted)])))


def _weekly(by_week: Window, columns: Iterable[Any]) -> Iterable[tuple[Any, ...]]:
    return zip(by_week.starts, *(column[2:] for column in columns), strict=True)
