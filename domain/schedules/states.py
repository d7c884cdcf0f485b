"""Running, paused, ended: the three states of a schedule, and when its next order is made. Building blocks.

All of them run in the caller's unit of work, on a row that the caller has locked.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from domain.events.record import Actor, record
from domain.merchants.policy import policy_of
from domain.schedules.terms import billed_on, due_on_or_after, made_at
from domain.work.wake import Work, wake
from kit.calendar import local_day
from kit.clock import utc_now
from kit.i18n import _
from models.base import require_unit_of_work
from models.methods import BillingSchedule, ScheduleState

NOT_AUTHORISED = "The bank says that debits on this account are not authorised."  # stored; shown by note_words


def note_words(note: str) -> str:
    """Why a schedule is paused or has ended: our own note in the reader's language, a person's as it was written."""
    return _("The bank says that debits on this account are not authorised.") if note == NOT_AUTHORISED else note


def plan(schedule: BillingSchedule) -> None:
    """Stores the row with the moment of its next order: none while it is paused without a day, or has ended."""
    require_unit_of_work()
    first = None if waits_for_somebody(schedule) else coming_run(schedule)
    schedule.run_at = _moment_of(schedule, first) if first else None
    schedule.save()
    if schedule.run_at is not None and schedule.run_at <= utc_now():
        wake(Work.SCHEDULE, schedule.id)


def coming_run(schedule: BillingSchedule) -> date | None:
    """The day of the next run, after a pause that ends by itself; None when nothing comes any more.

    Of a pause without a day it is the day if it were resumed now: what falls into a pause is not made up.
    """
    if schedule.paused_until is not None:
        return due_on_or_after(schedule, schedule.paused_until)
    if schedule.state == ScheduleState.PAUSED:
        return due_on_or_after(schedule, local_day(utc_now(), schedule.merchant.zone))
    return schedule.next_on


def go_on(schedule: BillingSchedule, day: date) -> None:
    """The next run is the period of `day`. The customer's other day was for the one before, and is spent."""
    if day != schedule.next_on:
        schedule.moved_to = None
    schedule.next_on = day


def waits_for_somebody(schedule: BillingSchedule) -> bool:
    """Whether it is paused until somebody resumes it: its coming day is not known."""
    return schedule.state == ScheduleState.PAUSED and schedule.paused_until is None


def pause_now(
    schedule: BillingSchedule, *, until: date | None = None, note: str = "", actor: Actor, actor_id: UUID | None = None
) -> None:
    """Nothing is billed until it resumes, or until that day. Does nothing to a schedule that has ended."""
    if schedule.state == ScheduleState.ENDED:
        return
    schedule.state, schedule.paused_until, schedule.note = ScheduleState.PAUSED, until, note[:200]
    if until is not None and coming_run(schedule) is None:
        end_now(schedule, note=note, actor=actor, actor_id=actor_id)
        return
    plan(schedule)
    tell("schedule.paused", schedule, actor, actor_id)


def resume_now(schedule: BillingSchedule, day: date, *, actor: Actor, actor_id: UUID | None = None) -> None:
    """Goes on with the first run on or after `day`; what was in between is not made up. Only from a pause."""
    if schedule.state != ScheduleState.PAUSED:
        return
    first = due_on_or_after(schedule, day)
    if first is None:
        end_now(schedule, actor=actor, actor_id=actor_id)
        return
    go_on(schedule, first)
    schedule.state, schedule.paused_until, schedule.note = ScheduleState.ACTIVE, None, ""
    plan(schedule)
    tell("schedule.resumed", schedule, actor, actor_id)


def end_now(schedule: BillingSchedule, *, note: str = "", actor: Actor, actor_id: UUID | None = None) -> None:
    """Nothing more is billed; orders that have been made stay owed."""
    if schedule.state == ScheduleState.ENDED:
        return
    schedule.state, schedule.ended_at = ScheduleState.ENDED, utc_now()
    schedule.next_on, schedule.moved_to, schedule.paused_until, schedule.note = None, None, None, note[:200]
    plan(schedule)
    tell("schedule.ended", schedule, actor, actor_id)


def tell(kind: str, schedule: BillingSchedule, actor: Actor, actor_id: UUID | None = None, **facts: str) -> None:
    """Records what happened to a schedule in the trail."""
    record(
        kind,
        merchant=schedule.merchant_id,
        actor=actor,
        actor_id=actor_id,
        customer=schedule.customer_id,
        subject=schedule.id,
        facts=facts,
    )


def _moment_of(schedule: BillingSchedule, day: date) -> datetime:
    house = schedule.merchant
    return made_at(
        billed_on(schedule, day),
        ahead=policy_of(house.id).bill_days_ahead,
        hour=house.collect_hour,
        collect_hour=house.collect_hour if schedule.hour is None else schedule.hour,
        zone=house.zone,
    )
