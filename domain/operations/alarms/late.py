"""For how long the oldest row of each kind of work has waited. What waits on purpose does not count.

On purpose: a stopped queue, a merchant whose automatic charges are suspended, a wave that goes at its account's pace.
Work that was stopped counts from the moment on which it was let go on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from peewee import Case, fn

from domain.mail.catalogue import AT_ONCE
from domain.operations import stops
from domain.operations.alarms.rules import RULES, Reading
from domain.operations.waves_due import PLANNED
from domain.work.due import IN_WAVES, backlog
from domain.work.wake import Work
from integrations.queue.kinds import KINDS
from models.merchants import GatewayAccount
from models.operations import Stop, StopWhat
from models.orders import Order
from models.payments import PlannedTry
from models.work import Mail, MailState

_GOING = timedelta(seconds=30)  # slots of an account's pace are taken a second ahead; workers may be at something else
_LONGEST_WAVE = timedelta(hours=12)  # one that takes longer is late, however well it goes
_LETS_GO = timedelta(hours=1)  # a merchant whose charges were let go on has so long until they count as late
_RELAY_RESTS = timedelta(hours=1)  # the longest pause of a letter that the relay did not take

AWAITED = tuple(sorted(str(template) for template in AT_ONCE))  # letters that somebody sits and waits for
_TABLES: dict[Work, tuple[Any, Any, Any]] = {
    Work.COLLECT: (Order, Order.collect_at, Order.collect_at.is_null(False)),
    Work.RETRY: (PlannedTry, PlannedTry.due_at, PLANNED),
}


@dataclass(frozen=True)
class Purpose:
    """What waits on purpose at `now`, and since when what was stopped goes on."""

    now: datetime
    kinds: frozenset[Work]
    suspended: frozenset[UUID]
    resumed: dict[str, datetime]  # by queue

    def since(self, kind: Work, oldest: datetime) -> datetime:
        """From when on a row's waiting counts."""
        return max(oldest, self.resumed.get(KINDS[kind.value].queue, oldest))

    @cached_property
    def excused(self) -> frozenset[UUID]:
        """Merchants whose automatic charges wait on purpose or go at their account's pace."""
        going = GatewayAccount.select(GatewayAccount.merchant).where(
            GatewayAccount.active & (GatewayAccount.paced_until > self.now - _GOING)
        )
        return self.suspended | {row.merchant_id for row in going}


def purpose(now: datetime) -> Purpose:
    """What operators have stopped, and what they have let go on within a day."""
    active = stops.active(now)
    lately = list(Stop.select().where(Stop.lifted_at > now - timedelta(days=1)))
    resumed: dict[str, datetime] = {}
    for stop in lately:
        if stop.what == StopWhat.QUEUE:
            resumed[stop.name] = max(stop.lifted_at, resumed.get(stop.name, stop.lifted_at))
    queues = {line.name for line in active if line.what == StopWhat.QUEUE}
    return Purpose(
        now,
        frozenset(kind for kind in Work if KINDS[kind.value].queue in queues) - stops.NEVER_STOPPED,
        frozenset(line.merchant for line in active if line.what == StopWhat.MERCHANT and line.merchant)
        | {stop.merchant_id for stop in lately if stop.what == StopWhat.MERCHANT and stop.lifted_at > now - _LETS_GO},
        resumed,
    )


def late(now: datetime) -> list[Reading]:
    """A reading for each rule about late work: the age in seconds, 0 when nothing waits."""
    meant = purpose(now)
    counted = {one.kind: (one.count, one.oldest) for one in backlog(now)}
    readings = list(_letters(meant))
    for rule in RULES.values():
        if rule.kind is None or rule.kind == Work.MAIL:
            continue
        count, oldest = counted[rule.kind]
        if rule.kind in IN_WAVES and count:
            oldest = _oldest_charge(rule.kind, meant)
        readings.append(_reading(rule.name, rule.kind, count, oldest, meant))
    return readings


def _reading(rule: str, kind: Work, count: int, oldest: datetime | None, meant: Purpose) -> Reading:
    if oldest is None or kind in meant.kinds:
        return Reading(rule, 0)
    return Reading(rule, seconds(meant.now - meant.since(kind, oldest)), facts={"rows": str(count)})


def _letters(meant: Purpose) -> Iterable[Reading]:
    """A letter that somebody waits for counts from when it was written: the relay may have put it off since."""
    awaited = Mail.template.in_(AWAITED)
    waiting = (Mail.state == MailState.DUE) & (Mail.due_at <= meant.now + _RELAY_RESTS)
    written, arrived = Mail.created_at, Mail.due_at
    here = Mail.due_at <= meant.now
    query: Any = Mail.select(
        fn.COUNT(Case(None, ((awaited, 1),))),
        fn.MIN(Case(None, ((awaited, written),))),
        fn.COUNT(Case(None, ((~awaited & here, 1),))),
        fn.MIN(Case(None, ((~awaited & here, arrived),))),
    ).where(waiting)
    asked, since, others, due = next(iter(query.tuples()))
    moment = Mail.due_at.python_value
    yield _reading("confirmation_mail_late", Work.MAIL, asked, since and moment(since), meant)
    yield _reading("mail_late", Work.MAIL, others, due and moment(due), meant)


def _oldest_charge(kind: Work, meant: Purpose) -> datetime | None:
    table, due_at, is_open = _TABLES[kind]
    past = due_at <= meant.now - _LONGEST_WAVE
    theirs = table.merchant.not_in(sorted(meant.excused)) if meant.excused else is_open
    counts = theirs | (past & table.merchant.not_in(sorted(meant.suspended))) if meant.suspended else theirs | past
    query: Any = table.select(due_at).where(is_open & (due_at <= meant.now) & counts).order_by(due_at).limit(1)
    found = query.tuples().first()
    return found[0] if found else None


def seconds(age: timedelta) -> int:
    """Whole seconds, never less than none."""
    return max(int(age.total_seconds()), 0)
