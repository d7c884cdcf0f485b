"""Opens, keeps up and clears alarms. Twice at once is harmless: one alarm of a thing can be open, and one look claims.

An alarm clears after two looks that found its thing well, so that what goes to and fro is told once.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from domain.operations.alarms.facts import Seen, look
from domain.operations.alarms.judged import JUDGED
from domain.operations.alarms.limits import set_limits
from domain.operations.alarms.rules import RULES, Found, found
from domain.operations.alarms.tell import WELL, tell
from domain.operations.alarms.touched import with_customers
from domain.work import rounds
from kit.ids import uuid7
from kit.log import log
from models.base import connected, unit_of_work
from models.operations import Alarm
from models.work import Fact

EVERY = timedelta(seconds=15)
_CLOCK_SILENT = timedelta(seconds=30)  # it notes every five seconds that it goes round
_FORGOTTEN = timedelta(hours=1)  # a host that has not looked for so long is no more


def judge_if_time(now: datetime) -> bool:
    """A look every 15 seconds, however many clocks go round; whether this was it."""
    if not _claim(now):
        return False
    judge(now)
    return True


def judge_for_the_clock(now: datetime) -> bool:
    """The same by a worker, and only while the clock is silent: somebody must say that it is."""
    last = rounds.latest()
    if last is not None and now - last <= _CLOCK_SILENT:
        return False
    return judge_if_time(now)


def judge(now: datetime) -> None:
    """One look: measures, then opens, updates and clears, and tells whoever must know, all in one unit of work."""
    seen = look(now)
    with connected():
        past = with_customers(found(seen.readings, set_limits()), now)
    with unit_of_work():
        before = {(row.rule, row.subject): row for row in _open()}
        for one in past:
            row = before.pop(one.key, None)
            if row is None:
                _open_one(one, now)
            else:
                _update(row, one, now)
        tell(_clear(before.values(), seen, now), now)


def _claim(now: datetime) -> bool:
    """By a conditional update: of two clocks that come at once, one looks. A look in the future is a moved day's."""
    stamp, since, ahead = _stamp(now), _stamp(now - EVERY), _stamp(now + EVERY)
    with connected():
        fresh = Fact.insert(id=uuid7(), key=JUDGED, value=stamp).on_conflict_ignore()
        if Fact.get_or_none(Fact.key == JUDGED) is None and fresh.execute():
            return Fact.get(Fact.key == JUDGED).value == stamp
        old = (Fact.value <= since) | (Fact.value > ahead)
        return int(Fact.update(value=stamp).where((Fact.key == JUDGED) & old).execute()) == 1


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")  # fixed width: compared as text


def _open() -> list[Alarm]:
    return list(Alarm.select().where(Alarm.cleared_at.is_null()))


def _open_one(one: Found, now: datetime) -> None:
    Alarm.insert(
        id=uuid7(),
        rule=one.reading.rule,
        subject=one.reading.subject,
        opened_at=now,
        seen_at=now,
        **_measured(one),
    ).on_conflict_ignore().execute()
    log().warning("alarm.opened", rule=one.reading.rule, subject=one.reading.subject, value=one.reading.value)


def _update(row: Alarm, one: Found, now: datetime) -> None:
    Alarm.update(seen_at=now, **_measured(one)).where((Alarm.id == row.id) & Alarm.cleared_at.is_null()).execute()


def _measured(one: Found) -> dict[str, Any]:
    return {
        "merchant": UUID(one.reading.merchant) if one.reading.merchant else None,
        "value": one.reading.value,
        "bound": one.bound,
        "customers": one.customers,
        "facts": json.dumps(dict(one.reading.facts), sort_keys=True),
    }


def _clear(rows: Iterable[Alarm], seen: Seen, now: datetime) -> list[Alarm]:
    """Those that have just been cleared."""
    cleared = []
    for row in rows:
        rule = RULES.get(row.rule)
        if rule is not None and _is_unseen(row, seen, local=rule.local, now=now):
            continue
        facts = json.loads(row.facts)
        since = facts.get(WELL)
        if rule is not None and since is None:
            Alarm.update(facts=json.dumps({**facts, WELL: _stamp(now)})).where(Alarm.id == row.id).execute()
            continue
        ended = Alarm.update(cleared_at=now).where((Alarm.id == row.id) & Alarm.cleared_at.is_null())
        if ended.execute() == 1:
            cleared.append(row)
            log().info("alarm.cleared", rule=row.rule, subject=row.subject)
    return cleared


def _is_unseen(row: Alarm, seen: Seen, *, local: bool, now: datetime) -> bool:
    return row.rule in seen.unread or (row.rule, row.subject) in seen.blind or (local and not _ours(row, now))


def _ours(row: Alarm, now: datetime) -> bool:
    return row.subject == socket.gethostname()[:80] or now - row.seen_at > _FORGOTTEN
