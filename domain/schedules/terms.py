"""What a run of a schedule comes to: moment, amount, title, and the runs that are coming. Pure, over the row."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from babel.dates import format_date

from domain.mail.quiet import FIRST_HOUR, LAST_HOUR
from domain.schedules.dates import next_run, run_from
from kit.calendar import at_local_hour, banking_day_from
from kit.dates import full_day
from kit.money import Money
from models.methods import BillingSchedule, Cadence, ScheduleState

NOTICE = timedelta(days=10)  # Regulation E, 12 CFR 1005.10(d)(1): a varying debit is told 10 days before its day


@dataclass(frozen=True)
class Period:
    """A run that is coming. `changed`: it is the first one of another amount."""

    day: date  # the period's own, by which it is known
    on: date  # on which it is due: the customer's other day, else its own
    amount: Money
    skipped: bool
    changed: bool


def follower(schedule: BillingSchedule, day: date) -> date:
    """The run after the one on `day`."""
    return next_run(day, cadence=schedule.cadence, every=schedule.every, anchor_day=schedule.anchor_day)


def run_on_or_after(schedule: BillingSchedule, day: date) -> date | None:
    """The first run on or after `day` that is still to come; None when there is none any more."""
    if schedule.next_on is None:
        return None
    found = run_from(
        day,
        run=schedule.next_on,
        cadence=schedule.cadence,
        every=schedule.every,
        anchor_day=schedule.anchor_day,
    )
    return None if is_over(schedule, found) else found


def billed_on(schedule: BillingSchedule, day: date) -> date:
    """On which day the run of the period of `day` is due: the next one perhaps on the customer's other day."""
    return schedule.moved_to if schedule.moved_to is not None and day == schedule.next_on else day


def due_on_or_after(schedule: BillingSchedule, day: date) -> date | None:
    """The first run that is due on or after `day`, as after a pause: one that was put off beyond it is still billed."""
    own = schedule.next_on
    if own is not None and own < day <= billed_on(schedule, own) and not is_over(schedule, own):
        return own
    return run_on_or_after(schedule, day)


def days_offered(
    schedule: BillingSchedule, *, move_days: int, bank: bool, today: date, skipped: Collection[date] = ()
) -> tuple[date, date] | None:
    """The first and the last day to which the next run may be put; None when it stays where it is.

    Later only, so that whatever was told ten days ahead stays told (NOTICE). At most `move_days` after its own day and
    before the period that follows; of a bank debit, the banking day on which it is asked for is before that as well.
    """
    own = schedule.next_on
    if schedule.state != ScheduleState.ACTIVE or own is None or own in skipped:
        return None
    following = follower(schedule, own)
    last = min(own + timedelta(days=move_days), following - timedelta(days=1))
    while bank and last > own and banking_day_from(last) >= following:
        last -= timedelta(days=1)
    return (max(own, today), last) if last > own and last >= today else None


def is_over(schedule: BillingSchedule, day: date) -> bool:
    """Whether a schedule has ended before a run on `day`: by its last day or by the number of its runs."""
    return schedule.runs_left == 0 or (schedule.ends_on is not None and day > schedule.ends_on)


def made_at(day: date, *, ahead: int, hour: int, collect_hour: int, zone: str) -> datetime:
    """When the order of a run on `day` is made: `ahead` days before, by day, and never after it is collected.

    `hour` is the merchant's hour of automatic payments, `collect_hour` the schedule's own. A local hour that daylight
    saving skips is an hour later by the wall; of one that comes twice it is the first (kit.calendar.at_local_hour).
    """
    waking = min(max(hour, FIRST_HOUR), LAST_HOUR - 1)
    made = at_local_hour(day - timedelta(days=ahead), waking, zone)
    return min(made, at_local_hour(day, collect_hour, zone))


def amount_on(schedule: BillingSchedule, day: date) -> Money:
    """What a run on `day` bills, a change that waits included."""
    waiting, since = schedule.next_amount, schedule.next_amount_from
    if waiting is None or since is None or day < since:
        return Money(schedule.amount, schedule.currency)
    return Money(waiting, schedule.currency)


def period_title(title: str, day: date, *, cadence: Cadence, locale: str) -> str:
    """What a run's order is called: "Membership, March 2027"; by days and weeks "Class, 3 March 2027"."""
    month = cadence in (Cadence.MONTH, Cadence.YEAR)
    return f"{title}, {format_date(day, 'LLLL y', locale=locale) if month else full_day(day, locale)}"


def upcoming(schedule: BillingSchedule, until: date, *, skipped: Collection[date] = ()) -> tuple[Period, ...]:
    """The runs whose orders are not made yet, up to and including `until`, the skipped ones marked.

    Nothing while it is paused without a day; a skipped run does not count towards the number of runs.
    """
    return tuple(_periods(schedule, until, skipped))


def _periods(schedule: BillingSchedule, until: date, skipped: Collection[date]) -> Iterator[Period]:
    day, left = _first(schedule), schedule.runs_left
    before = schedule.amount
    while day is not None and day <= until and left != 0 and not (schedule.ends_on and day > schedule.ends_on):
        amount = amount_on(schedule, day)
        on = day if day in skipped else billed_on(schedule, day)
        yield Period(day, on, amount, day in skipped, changed=amount.minor != before)
        if day not in skipped:
            before = amount.minor
            left = left and left - 1
        day = follower(schedule, day)


def _first(schedule: BillingSchedule) -> date | None:
    if schedule.state == ScheduleState.ENDED or (schedule.state == ScheduleState.PAUSED and not schedule.paused_until):
        return None
    return due_on_or_after(schedule, schedule.paused_until) if schedule.paused_until else schedule.next_on
