"""Letters: how many wait, how long the relay takes to accept one, what it said last when it would not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from peewee import Expression, fn

from domain.mail.send import pause_after
from domain.operations.health_shapes import MailFacts
from kit.log import redact
from models.base import connected
from models.work import Mail, MailState, UnreachableAddress

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_TRIED = timedelta(hours=6)  # a letter's due time stands at its last try, at most so long before the relay took it
_LATEST = 1000  # letters that a percentile is taken of


def mail_facts(now: datetime, *, merchant: UUID | None = None) -> MailFacts:
    """Read by the index of states and due times: the last hours' letters, never all of them."""
    mine: Expression | None = None if merchant is None else (Mail.merchant == merchant)
    with connected():
        due, oldest = _due(now, mine)
        took = _took(now, mine)
        error, at = _last_error(now, mine)
        return MailFacts(
            due=due,
            oldest_due=None if oldest is None else max(now - oldest, timedelta(0)),
            sent_hour=_of(mine, _sent(now)).count(),
            p95=took[(95 * len(took) + 99) // 100 - 1] if took else None,
            failed_day=_of(mine, (Mail.state == MailState.FAILED) & (Mail.due_at > now - _DAY)).count(),
            unreachable=UnreachableAddress.select().count(),
            last_error=error,
            last_error_at=at,
        )


def _of(mine: Expression | None, wanted: Expression, *columns: Any) -> Any:
    query = Mail.select(*columns).where(wanted)
    return query if mine is None else query.where(mine)


def _sent(now: datetime) -> Expression:
    lately: Expression = (Mail.due_at > now - _HOUR - _TRIED) & (Mail.sent_at > now - _HOUR)
    return (Mail.state == MailState.SENT) & lately


def _due(now: datetime, mine: Expression | None) -> tuple[int, datetime | None]:
    wanted = (Mail.state == MailState.DUE) & (Mail.due_at <= now)
    count, oldest = _of(mine, wanted, fn.COUNT(Mail.id), fn.MIN(Mail.due_at)).tuples().get()
    return int(count), oldest


def _took(now: datetime, mine: Expression | None) -> list[timedelta]:
    """From written to accepted, of the last hour's latest letters, the quickest first."""
    query = _of(mine, _sent(now), Mail.created_at, Mail.sent_at).order_by(Mail.due_at.desc()).limit(_LATEST)
    return sorted(max(sent - written, timedelta(0)) for written, sent in query.tuples())


def _last_error(now: datetime, mine: Expression | None) -> tuple[str, datetime | None]:
    """What the relay said last when it did not take a letter, in the last day, and when."""
    waits = (Mail.state == MailState.DUE) & (Mail.due_at > now - _DAY) & (Mail.tries > 0) & (Mail.result != "")
    failed = (Mail.state == MailState.FAILED) & (Mail.due_at > now - _DAY)
    found: list[tuple[datetime, str]] = []
    for wanted, pauses in ((waits, True), (failed, False)):
        latest = _of(mine, wanted, Mail.due_at, Mail.tries, Mail.result).order_by(Mail.due_at.desc()).limit(1)
        for due_at, tries, result in latest.tuples():
            found.append((min(due_at - pause_after(tries) if pauses else due_at, now), result))
    if not found:
        return "", None
    at, result = max(found)
    return redact(result), at
