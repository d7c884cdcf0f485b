"""Billing schedules as they are shown: what comes, what was billed, what is paused, skipped or about to change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from peewee import JOIN, fn

from domain.methods.queries import label
from domain.schedules.states import note_words
from domain.schedules.terms import Period, days_offered, follower, upcoming
from integrations.gateways.base import MethodKind
from kit.calendar import local_day
from kit.clock import utc_now
from kit.errors import NotFound
from kit.i18n import _
from kit.money import Money
from models.customers import Customer
from models.merchants import Merchant, MerchantPolicy
from models.methods import BillingSchedule, Cadence, Consent, ConsentScope, MethodState, PaymentMethod, ScheduleState
from models.orders import Order
from models.schedules import RunState, ScheduleRun

__all__ = [
    "Cadence",
    "Coming",
    "Period",
    "ScheduleState",
    "ScheduleView",
    "active_schedules",
    "coming_runs",
    "schedule_of",
    "schedules_of",
    "skipped_days",
]

A_YEAR = timedelta(days=366)
_PLACES = {ScheduleState.ACTIVE: 0, ScheduleState.PAUSED: 1, ScheduleState.ENDED: 2}


@dataclass(frozen=True)
class ScheduleView:
    """A recurring plan. `next_on` and `next_amount` are of the next run that is billed, after skips and a pause.

    What the customer may do with that run: see move.py, skip.py and early.py, which take its `period`.
    """

    id: UUID
    title: str
    amount: Money
    cadence: Cadence
    every: int
    next_on: date | None
    next_amount: Money
    ends_on: date | None
    runs_left: int | None
    method: str  # as it is called, or nothing
    automatic: bool  # charged by itself; else its orders are paid by hand
    state: ScheduleState
    paused_until: date | None
    ended_on: date | None
    note: str
    skipped: tuple[date, ...]  # coming days on which nothing is billed
    changes: tuple[date, Money] | None  # the first run of another amount, and that
    period: date | None  # the next billed run's own day: `next_on` unless the customer has put it off
    movable_from: date | None  # the days to which the customer may put the next run; none: it stays
    movable_until: date | None
    skippable: bool  # whether the customer may leave out coming runs
    payable: bool  # whether the next run's order may be made and paid now
    method_id: UUID | None = None
    consent_id: UUID | None = None
    left_out: frozenset[date] = frozenset()  # of `skipped`, what the merchant left out: not the customer's to take back


@dataclass(frozen=True)
class Coming:
    """A run of one of a customer's schedules that is coming."""

    schedule: UUID
    title: str
    period: Period
    method: str
    automatic: bool


def active_schedules(customer: UUID) -> list[ScheduleView]:
    """The schedules that will bill something, the next date first: one query."""
    views = _read(customer, BillingSchedule.state != ScheduleState.ENDED)
    return sorted((view for view in views if view.next_on), key=lambda view: (view.next_on or date.max, view.id))


def schedules_of(customer: UUID) -> list[ScheduleView]:
    """Every schedule: those that run first, then the paused and the ended ones."""
    views = _read(customer, BillingSchedule.customer == customer)
    return sorted(views, key=lambda view: _PLACES[view.state])


def schedule_of(customer: UUID, schedule: UUID) -> tuple[ScheduleView, tuple[Period, ...]]:
    """One schedule, and its runs of the twelve months to come. One query. Raises NotFound."""
    found = _rows(customer, BillingSchedule.id == schedule)
    if not found:
        raise NotFound(_("That schedule is not there any more."))
    row, skipped = found[0]
    return _view(row, skipped), upcoming(row, utc_now().date() + A_YEAR, skipped=skipped)


def coming_runs(customer: UUID, *, until: date | None = None) -> list[Coming]:
    """What all schedules of a customer will bill and when, the twelve months to come unless told otherwise."""
    rows = _rows(customer, BillingSchedule.state != ScheduleState.ENDED)
    until = until or utc_now().date() + A_YEAR
    found = [
        Coming(row.id, row.title, period, _method(row), bool(row.automatic))
        for row, skipped in rows
        for period in upcoming(row, until, skipped=skipped)
    ]
    return sorted(found, key=lambda coming: (coming.period.on, coming.schedule))


def skipped_days(schedule: BillingSchedule) -> frozenset[date]:
    """The coming days on which it bills nothing."""
    rows = ScheduleRun.select(ScheduleRun.due_on).where(
        ScheduleRun.schedule == schedule,
        ScheduleRun.state == RunState.SKIPPED,
        ScheduleRun.due_on >= schedule.next_on,
    )
    return frozenset(row.due_on for row in rows)


def _read(customer: UUID, which: object) -> list[ScheduleView]:
    return [_view(row, skipped) for row, skipped in _rows(customer, which)]


def _rows(customer: UUID, which: object) -> list[tuple[BillingSchedule, frozenset[date]]]:
    """One query: a row comes once for each of its coming skipped days, and they are put together here."""
    allowed = (
        Consent.select(Consent.id)
        .where(
            Consent.method == BillingSchedule.method,
            Consent.customer == BillingSchedule.customer,
            Consent.revoked_at.is_null(),
            (Consent.id == BillingSchedule.consent) | (Consent.scope == ConsentScope.ALL_DUE),
        )
        .where(PaymentMethod.state == MethodState.USABLE)
    )
    unpaid = Order.select(Order.id).where(Order.schedule == BillingSchedule.id, Order.open > 0)
    comes = (
        (ScheduleRun.schedule == BillingSchedule.id)
        & (ScheduleRun.state == RunState.SKIPPED)
        & (ScheduleRun.due_on >= BillingSchedule.next_on)
    )
    rows = (
        BillingSchedule.select(
            BillingSchedule,
            PaymentMethod,
            Customer.id,
            Merchant.zone,
            fn.EXISTS(allowed).alias("automatic"),
            fn.EXISTS(unpaid).alias("unpaid"),
            fn.COALESCE(MerchantPolicy.customers_skip, MerchantPolicy.customers_skip.default).alias("may_skip"),
            fn.COALESCE(MerchantPolicy.move_days, MerchantPolicy.move_days.default).alias("may_move"),
            ScheduleRun.due_on.alias("skipped_on"),
            ScheduleRun.by_merchant.alias("left_out"),
        )
        .join(PaymentMethod, JOIN.LEFT_OUTER)
        .switch(BillingSchedule)
        .join(Merchant)
        .join(MerchantPolicy, JOIN.LEFT_OUTER, on=(MerchantPolicy.merchant == Merchant.id))
        .switch(BillingSchedule)
        .join(Customer)
        .switch(BillingSchedule)
        .join(ScheduleRun, JOIN.LEFT_OUTER, on=comes, attr="skip")
        .where(BillingSchedule.customer == customer, which)
        .order_by(BillingSchedule.next_on, BillingSchedule.id)
    )
    return _together(rows)


def _together(rows: Iterable[BillingSchedule]) -> list[tuple[BillingSchedule, frozenset[date]]]:
    found: dict[UUID, tuple[BillingSchedule, frozenset[date]]] = {}
    for row in rows:
        known, days = found.get(row.id, (row, frozenset()))
        skip = getattr(row, "skip", None)
        if skip is not None and skip.skipped_on and skip.left_out:
            known.left_out = getattr(known, "left_out", frozenset()) | {skip.skipped_on}  # type: ignore[attr-defined]
        found[row.id] = (known, days | {skip.skipped_on} if skip is not None and skip.skipped_on else days)
    return list(found.values())


def _horizon(row: BillingSchedule, skipped: frozenset[date]) -> date:
    """A day by which the next billed run and a waiting change have come."""
    known = [day for day in (row.next_on, row.paused_until, row.next_amount_from, *skipped) if day is not None]
    return follower(row, follower(row, max(known))) if row.next_on else date.min


def _method(row: BillingSchedule) -> str:
    return label(row.method.brand, row.method.last4) if row.method else ""


def _days(row: BillingSchedule, skipped: frozenset[date]) -> tuple[date, date] | None:
    return days_offered(
        row,
        move_days=row.may_move,
        bank=bool(row.automatic) and row.method is not None and row.method.kind == MethodKind.BANK,
        today=local_day(utc_now(), row.merchant.zone),
        skipped=skipped,
    )


def _view(row: BillingSchedule, skipped: frozenset[date]) -> ScheduleView:
    amount = Money(row.amount, row.currency)
    periods = upcoming(row, _horizon(row, skipped), skipped=skipped)
    billed = [period for period in periods if not period.skipped]
    changed = next((period for period in billed if period.changed), None)
    coming = billed[0].day if billed and row.state == ScheduleState.ACTIVE else None
    days = _days(row, skipped)
    return ScheduleView(
        id=row.id,
        title=row.title,
        amount=amount,
        cadence=row.cadence,
        every=row.every,
        next_on=billed[0].on if billed else None,
        next_amount=billed[0].amount if billed else amount,
        ends_on=row.ends_on,
        runs_left=row.runs_left,
        method=_method(row),
        automatic=bool(row.automatic),
        state=row.state,
        paused_until=row.paused_until,
        ended_on=local_day(row.ended_at, row.merchant.zone) if row.ended_at else None,
        note=note_words(row.note),
        skipped=tuple(sorted(skipped)),
        changes=(changed.on, changed.amount) if changed else None,
        period=billed[0].day if billed else None,
        movable_from=days[0] if days else None,
        movable_until=days[1] if days else None,
        skippable=coming is not None and bool(row.may_skip),
        payable=coming is not None and coming == row.next_on and not row.unpaid,
        method_id=row.method_id,
        consent_id=row.consent_id,
        left_out=getattr(row, "left_out", frozenset()),
    )
