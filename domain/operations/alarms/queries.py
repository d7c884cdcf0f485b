"""Alarms as operators read them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from peewee import JOIN

from domain.operations.alarms import words
from domain.operations.alarms.facts import look
from domain.operations.alarms.judged import judged_at
from domain.operations.alarms.limits import set_limits
from domain.operations.alarms.lines import RUNBOOK, AlarmLine, line_of
from domain.operations.alarms.rules import RULES, Found, found, limit_of
from domain.operations.alarms.silence import quiet
from domain.operations.alarms.touched import with_customers
from models.base import connected
from models.merchants import Merchant, Staff
from models.operations import Alarm, AlarmCall

_LATELY = timedelta(days=7)
_TRUSTED = timedelta(minutes=1)  # somebody looks every 15 seconds
_MOST = 200


@dataclass(frozen=True)
class RuleLine:
    """A rule with the limit that counts now, and its own when that is another. An empty subject: all of the rule."""

    rule: str
    subject: str
    whose: str
    limit: str
    own: str
    runbook: str


@dataclass(frozen=True)
class Calls:
    """How the install's alarm webhook takes its messages."""

    waiting: int
    last_result: str
    last_at: datetime | None


def open_alarms(now: datetime, merchant: str | None = None) -> list[AlarmLine]:
    """What stands, as of the latest look; bad ones first, then the oldest. Of a merchant (a slug): its own, and those
    that are nobody's in particular. When neither clock nor workers have looked for a minute: as `live` sees it."""
    last = judged_at()
    if last is not None and now - last > _TRUSTED:
        return [line for line in live(now) if not merchant or line.slug in ("", merchant)]
    hush = quiet(now)
    with connected():
        rows = _rows(Alarm.cleared_at.is_null(), merchant).limit(_MOST)
        lines = [line_of(row, silenced_until=hush.until(row.rule, row.subject)) for row in rows if row.rule in RULES]
    return sorted(lines, key=_urgency)


def lately(now: datetime, merchant: str | None = None) -> list[AlarmLine]:
    """What was cleared in the last seven days, the latest first; at most 200."""
    past = Alarm.cleared_at > now - _LATELY
    with connected():
        return [line_of(row) for row in _rows(past, merchant).limit(_MOST) if row.rule in RULES]


def live(now: datetime) -> list[AlarmLine]:
    """What is beyond its limit at this moment, judged by the same rules; writes nothing. Needs no clock."""
    hush = quiet(now)
    with connected():
        past = with_customers(found(look(now).readings, set_limits()), now)
        stand = {(row.rule, row.subject): row for row in Alarm.select().where(Alarm.cleared_at.is_null())}
        lines = [
            line_of(_row(one, stand.get(one.key), now), silenced_until=hush.until(*one.key), kept=one.key in stand)
            for one in past
        ]
    return sorted(lines, key=_urgency)


def find(alarm: UUID, now: datetime) -> AlarmLine | None:
    """One alarm, open or cleared."""
    hush = quiet(now)
    with connected():
        row = Alarm.get_or_none(Alarm.id == alarm)
        if row is None or row.rule not in RULES:
            return None
        return line_of(row, silenced_until=hush.until(row.rule, row.subject))


def rules() -> list[RuleLine]:
    """Every rule with its limit, and below it the subjects that have another."""
    limits = set_limits()
    lines = []
    for name, rule in RULES.items():
        for subject in ("", *sorted(subject for named, subject in limits if named == name and subject)):
            value = limit_of(rule, subject, limits)
            own = "" if value == rule.limit else words.measured(rule, rule.limit)
            lines.append(
                RuleLine(name, subject, rule.whose.value, words.measured(rule, value), own, f"{RUNBOOK}#{name}")
            )
    return lines


def limit_now(rule: str, subject: str) -> int:
    """The limit that counts for a rule's subject. Raises KeyError for no such rule."""
    return limit_of(RULES[rule], subject, set_limits())


def calls() -> Calls:
    """Messages to the webhook that wait, and what became of the last one that was tried."""
    with connected():
        waiting = AlarmCall.select().where(AlarmCall.due_at.is_null(False)).count()
        tried: Any = AlarmCall.select().where(AlarmCall.tries > 0).order_by(AlarmCall.made_at.desc()).first()
    return Calls(waiting, tried.result if tried else "", tried.made_at if tried else None)


def _rows(which: Any, merchant: str | None) -> Any:
    query: Any = (
        Alarm.select(Alarm, Merchant, Staff)
        .join(Merchant, JOIN.LEFT_OUTER)
        .switch(Alarm)
        .join(Staff, JOIN.LEFT_OUTER, on=(Alarm.acknowledged_by == Staff.id), attr="acknowledged_by")
        .where(which)
        .order_by(Alarm.opened_at.desc(), Alarm.id)
    )
    return query.where(Alarm.merchant.is_null() | (Merchant.slug == merchant)) if merchant else query


def _row(one: Found, stands: Alarm | None, now: datetime) -> Alarm:
    row: Any = stands or Alarm(rule=one.reading.rule, subject=one.reading.subject, opened_at=now)
    row.seen_at, row.value, row.bound, row.customers = now, one.reading.value, one.bound, one.customers
    row.merchant = UUID(one.reading.merchant) if one.reading.merchant else None
    row.facts = json.dumps(dict(one.reading.facts))
    shown: Alarm = row
    return shown


def _urgency(line: AlarmLine) -> tuple[bool, bool, datetime]:
    return line.silenced_until is not None, line.tone != "bad", line.opened_at
