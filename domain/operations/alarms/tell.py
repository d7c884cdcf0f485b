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
WELL = "well_at"  # in an alarm's facts: the first of the two looks that found it well
_AGAIN = timedelta(days=1)


def tell(cleared: Iterable[Alarm], now: datetime) -> None:
    """Writes letters and messages about what has just opened, still stands after a day, or was cleared."""
    require_unit_of_work()
    hush = quiet(now)
    open_now = sorted(Alarm.select().where(Alarm.cleared_at.is_null()), key=lambda row: row.opened_at)
    news = {
        CLEARED: [row for row in cleared if row.told_at is not None and not hush.covers(row.rule, row.subject)],
        OPENED: [row for row in open_now if _is_news(row, now, hush) and _claim(row, now)],
        DAILY: [row for row in open_now if _is_told_long_ago(row, now, hush) and _claim(row, now)],
    }
    for what, rows in news.items():
        for row in rows:
            call.write(row.id, what, now)
    if any(news.values()):
        _letters({what: [str(row.id) for row in rows] for what, rows in news.items() if rows})


def _is_news(row: Alarm, now: datetime, hush: Quiet) -> bool:
    """Whether nobody was told of it, and it is older than its rule's patience and not about to clear."""
    rule = RULES.get(row.rule)
    if rule is None or row.told_at is not None or hush.covers(row.rule, row.subject):
        return False
    return now - row.opened_at >= timedelta(seconds=rule.patience) and WELL not in json.loads(row.facts)


def _is_told_long_ago(row: Alarm, now: datetime, hush: Quiet) -> bool:
    rule = RULES.get(row.rule)
    if rule is None or row.told_at is None or now - row.told_at < _AGAIN or hush.covers(row.rule, row.subject):
        return False
    return row.acknowledged_at is None or rule.nags


def _claim(row: Alarm, now: datetime) -> bool:
    same = Alarm.told_at.is_null() if row.told_at is None else Alarm.told_at == row.told_at
    return int(Alarm.update(told_at=now).where((Alarm.id == row.id) & same).execute()) == 1


def _letters(news: dict[str, list[str]]) -> None:
    look = uuid7()
    for operator in Staff.select().where(Staff.operator & Staff.disabled_at.is_null()).order_by(Staff.id):
        staff_letters.alarm(operator, look, news)
