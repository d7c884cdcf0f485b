"""The coming seven days: what will be charged by itself, and what of the tries is likely to come back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from typing import Any

from peewee import SQL, Case, fn

from domain.accounts.viewer import MerchantFacts
from domain.desk.figures import Standing, sums_of
from domain.desk.terms import Sum
from kit.calendar import at_local_hour, local_day
from kit.money import Money
from models.methods import BillingSchedule, ScheduleState
from models.orders import Order
from models.payments import Attempt, AttemptState, OrderHold, PlannedTry, Recovery, TryState

DAYS = 7
BACK = timedelta(days=90)
ENOUGH = 30  # tries within the 90 days: with fewer a rate says nothing
ENOUGH_OF_ONE = 5  # tries of one number: with fewer the rate of all numbers stands in


@dataclass(frozen=True)
class Day:
    """One local day: tries after a failure, and first automatic charges."""

    day: date
    tries: Sum
    charges: Sum


@dataclass(frozen=True)
class Rates:
    """Of the merchant's own tries of the last 90 days: by number, how many were made and how many succeeded."""

    made: Mapping[int, int]
    good: Mapping[int, int]

    @property
    def enough(self) -> bool:
        """Whether there are enough to say anything."""
        return sum(self.made.values()) >= ENOUGH

    def expected(self, n: int, minor: int) -> int:
        """What is likely to come back of tries of that number over so much, in minor units, rounded down."""
        made, good = self.made.get(n, 0), self.good.get(n, 0)
        if made < ENOUGH_OF_ONE:
            made, good = sum(self.made.values()), sum(self.good.values())
        return minor * good // made if made else 0


@dataclass(frozen=True)
class Week:
    """The seven days, today first. `expected`: None while too few tries were made. And how the money stands."""

    days: tuple[Day, ...]
    tries: Sum
    charges: Sum
    expected: tuple[Money, ...] | None
    rates: Rates
    standing: Standing


def week(merchant: MerchantFacts, now: datetime) -> Week:
    """What comes by itself within seven local days, today included; what is overdue counts as today. One query."""
    today = local_day(now, merchant.zone)
    days = [today + timedelta(days=ahead) for ahead in range(DAYS)]
    edges = [at_local_hour(day + timedelta(days=1), 0, merchant.zone) for day in days]
    branches = (
        _tries(merchant, edges),
        _charges(merchant, edges),
        _schedules(merchant, days),
        _made(merchant, now),
        *sums_of(merchant),
    )
    asked: Any = reduce(lambda before, one: before.union_all(one), branches)
    return _added_up(list(asked.tuples()), days)


def _added_up(rows: Sequence[tuple[Any, ...]], days: Sequence[date]) -> Week:
    rates = _rates(rows)
    tries = [Sum() for _each in days]
    charges = [Sum() for _each in days]
    all_tries, all_charges, back = Sum(), Sum(), Sum()
    standing = Standing(Sum(), Sum())
    for what, bucket, n, currency, count, minor in rows:
        total = int(minor or 0)
        if what in ("risk", "pending"):
            getattr(standing, what).add(int(count), currency, total)
        if what not in ("try", "charge"):
            continue
        (tries if what == "try" else charges)[bucket].add(int(count), currency, total)
        (all_tries if what == "try" else all_charges).add(int(count), currency, total)
        if what == "try":
            back.add(int(count), currency, rates.expected(n, total))
    listed = tuple(Day(day, tries[n], charges[n]) for n, day in enumerate(days))
    return Week(listed, all_tries, all_charges, back.amounts if rates.enough else None, rates, standing)


def _rates(rows: Iterable[tuple[Any, ...]]) -> Rates:
    made: dict[int, int] = {}
    good: dict[int, int] = {}
    for what, _bucket, n, state, count, _minor in rows:
        if what == "made":
            made[n] = made.get(n, 0) + int(count)
            good[n] = good.get(n, 0) + (int(count) if state == AttemptState.SUCCEEDED else 0)
    return Rates(made, good)


def _bucket(column: Any, edges: Sequence[datetime]) -> Any:
    return Case(None, [(column < edge, SQL(str(number))) for number, edge in enumerate(edges)])


def _free() -> Any:
    return ~fn.EXISTS(OrderHold.select(SQL("1")).where(OrderHold.order == Order.id))


def _tries(merchant: MerchantFacts, edges: Sequence[datetime]) -> Any:
    """Planned tries by day and number, over what is open now."""
    return (
        PlannedTry.select(
            SQL("'try'"), _bucket(PlannedTry.due_at, edges).alias("bucket"), PlannedTry.n, Order.currency,
            fn.COUNT(PlannedTry.id), fn.SUM(Order.open),
        )
        .join(Recovery)
        .join(Order)
        .where(
            (PlannedTry.merchant == merchant.id)
            & (PlannedTry.state == TryState.PLANNED)
            & (PlannedTry.due_at < edges[-1])
            & _free()
        )
        .group_by(SQL("bucket"), PlannedTry.n, Order.currency)
    )  # fmt: skip


def _charges(merchant: MerchantFacts, edges: Sequence[datetime]) -> Any:
    """Orders that are collected by themselves for the first time."""
    return (
        Order.select(
            SQL("'charge'"), _bucket(Order.collect_at, edges).alias("bucket"), SQL("0"), Order.currency,
            fn.COUNT(Order.id), fn.SUM(Order.open),
        )
        .where((Order.merchant == merchant.id) & (Order.collect_at < edges[-1]) & (Order.open > 0) & _free())
        .group_by(SQL("bucket"), Order.currency)
    )  # fmt: skip


def _schedules(merchant: MerchantFacts, days: Sequence[date]) -> Any:
    """Runs of schedules whose order is not made yet: an order is made a few days before it is collected."""
    on = next_run_on()
    bucket = Case(None, [(on <= day, SQL(str(number))) for number, day in enumerate(days)])
    return (
        BillingSchedule.select(
            SQL("'charge'"), bucket.alias("bucket"), SQL("0"), BillingSchedule.currency,
            fn.COUNT(BillingSchedule.id), fn.SUM(amount_of_next_run()),
        )
        .where(runs_of(merchant) & (on <= days[-1]))
        .group_by(SQL("bucket"), BillingSchedule.currency)
    )  # fmt: skip


def next_run_on() -> Any:
    """The day on which the next run of a schedule is due, in the store's words."""
    return fn.COALESCE(BillingSchedule.moved_to, BillingSchedule.next_on)


def amount_of_next_run() -> Any:
    """What the next run of a schedule bills, in the store's words."""
    changed = BillingSchedule.next_amount_from.is_null(False) & (
        BillingSchedule.next_amount_from <= BillingSchedule.next_on
    )
    return Case(None, [(changed, BillingSchedule.next_amount)], BillingSchedule.amount)


def runs_of(merchant: MerchantFacts) -> Any:
    """The condition for schedules of which a next run is charged by itself."""
    return (
        (BillingSchedule.merchant == merchant.id)
        & (BillingSchedule.state == ScheduleState.ACTIVE)
        & BillingSchedule.consent.is_null(False)
        & BillingSchedule.next_on.is_null(False)
    )


def _made(merchant: MerchantFacts, now: datetime) -> Any:
    """The tries that were made within 90 days, by number and outcome: what the rates are counted from."""
    over = Attempt.state.in_([AttemptState.SUCCEEDED, AttemptState.FAILED])
    return (
        PlannedTry.select(
            SQL("'made'"), SQL("0"), PlannedTry.n, Attempt.state, fn.COUNT(PlannedTry.id), SQL("0"),
        )
        .join(Attempt, on=PlannedTry.attempt)
        .where(
            (PlannedTry.merchant == merchant.id)
            & (PlannedTry.state == TryState.MADE)
            & (PlannedTry.due_at >= now - BACK)
            & over
        )
        .group_by(PlannedTry.n, Attempt.state)
    )  # fmt: skip
