"""Who is told of alarms, when: once when one opens, every day while nobody has acknowledged it, once when it clears.

One letter a look to each operator, and one message per alarm to the webhook, in the look's own unit of work.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from domain.mail import staff_letters
from domain.operations.alarms import call
from domain.operations.alarms.rules import RULES
from domain.operations.alarms.silence import Quiet, quiet
from kit.ids import uuid7
from models.base import require_unit_of_work
from models.merchants import Staff
from models.operations import Alarm

OPENED, DAILY, CLEARED = "opened", "daily", "cleared"
_AGAIN = timedelta(days=1)


def tell(cleared: Iterable[Alarm], now: datetime) -> None:
    """Writes letters and messages about what has just opened, still stands after a day, or was cleared."""
    require_unit_of_work()
    hush = quiet(now)
    news = {
        CLEARED: [row for row in cleared if row.told_at is not None and not hush.covers(row.rule, row.subject)],
        OPENED: [row for row in _untold(now, hush) if _claim(row, now)],
        DAILY: [row for row in _told_long_ago(now, hush) if _claim(row, now)],
    }
    for what, rows in news.items():
        for row in rows:
            call.write(row.id, what, now)
    if any(news.values()):
        _letters({what: [str(row.id) for row in rows] for what, rows in news.items() if rows})


def _untold(now: datetime, hush: Quiet) -> list[Alarm]:
    """Open, older than their rule's patience, and not about to clear."""
    rows = Alarm.select().where(Alarm.cleared_at.is_null() & Alarm.told_at.is_null()).order_by(Alarm.opened_at)
    return [row for row in rows if _is_ripe(row, now) and not hush.covers(row.rule, row.subject)]


def _is_ripe(row: Alarm, now: datetime) -> bool:
    rule = RULES.get(row.rule)
    patient = rule is not None and now - row.opened_at >= timedelta(seconds=rule.patience)
    return patient and "well_at" not in json.loads(row.facts)


def _told_long_ago(now: datetime, hush: Quiet) -> list[Alarm]:
    rows = Alarm.select().where(Alarm.cleared_at.is_null() & (Alarm.told_at <= now - _AGAIN)).order_by(Alarm.opened_at)
    return [row for row in rows if _wants_more(row) and not hush.covers(row.rule, row.subject)]


def _wants_more(row: Alarm) -> bool:
    rule = RULES.get(row.rule)
    return rule is not None and (row.acknowledged_at is None or rule.nags)


def _claim(row: Alarm, now: datetime) -> bool:
    same = Alarm.told_at.is_null() if row.told_at is None else Alarm.told_at == row.told_at
    return int(Alarm.update(told_at=now).where((Alarm.id == row.id) & same).execute()) == 1


def _letters(news: dict[str, list[str]]) -> None:
    look = uuid7()
    for operator in Staff.select().where(Staff.operator & Staff.disabled_at.is_null()).order_by(Staff.id):
        staff_letters.alarm(operator, look, news)
