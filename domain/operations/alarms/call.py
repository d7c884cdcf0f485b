"""Messages to the install's alarm webhook: rows first, sent by a worker, or by the clock when Redis is away."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from uuid import UUID

from domain.mail.send import pause_after
from domain.operations.alarms.lines import line_of
from domain.work.wake import Work, wake
from integrations.alarms.webhook import CallFailed, post
from kit.clock import utc_now
from kit.config import settings
from kit.ids import uuid7
from kit.log import log
from models.base import require_unit_of_work, unit_of_work
from models.operations import AlarmCall

_LEASE = timedelta(minutes=2)  # longer than a call takes
_GIVE_UP = timedelta(days=1)


def write(alarm: UUID, what: str, now: datetime) -> None:
    """Puts one message into the outbox, in the caller's unit of work: opened, daily or cleared. None without a URL."""
    require_unit_of_work()
    if settings().alarm_webhook_url is None:
        return
    made = AlarmCall.create(id=uuid7(), alarm=alarm, what=what, due_at=now, made_at=now)
    wake(Work.ALARM, made.id)


def send(call_id: UUID) -> None:
    """Sends a due message and marks it; nothing for one that is sent, not due, or in another worker's hands.

    What is not taken is tried again with growing pauses for a day. At least once: a repeat carries the same id.
    """
    call = _claim(call_id)
    if call is None:
        return
    url, secret = settings().alarm_webhook_url, settings().alarm_webhook_secret
    if url is None or secret is None:
        _close(call, "no webhook is set", sent=False)
        return
    try:
        status = post(url, body(call), secret=secret, call_id=str(call.id), at=utc_now())
    except CallFailed as trouble:
        _later(call, str(trouble))
    else:
        _close(call, f"answered {status}", sent=True)


def body(call: AlarmCall) -> bytes:
    """The message as JSON: codes, counts, ids and addresses of the console, and what operators read. Nobody's data."""
    line = line_of(call.alarm)
    return json.dumps(
        {
            "id": str(call.id),
            "what": call.what,
            "alarm": str(line.id),
            "rule": line.rule,
            "subject": line.subject,
            "merchant": line.slug,
            "whose": line.whose,
            "tone": line.tone,
            "heading": line.heading,
            "text": line.sentence,
            "customers": line.customers,
            "value": line.value,
            "limit": line.bound,
            "unit": line.unit,
            "opened_at": line.opened_at.isoformat(),
            "cleared_at": line.cleared_at and line.cleared_at.isoformat(),
            "open": settings().public_url + line.place,
            "runbook": settings().public_url + line.runbook,
        },
        sort_keys=True,
    ).encode()


def _claim(call_id: UUID) -> AlarmCall | None:
    now = utc_now()
    with unit_of_work():
        free = AlarmCall.lease_until.is_null() | (AlarmCall.lease_until <= now)
        claim = AlarmCall.update(lease_until=now + _LEASE, tries=AlarmCall.tries + 1).where(
            AlarmCall.id == call_id, AlarmCall.due_at <= now, free
        )
        if claim.execute() != 1:
            return None
        found: AlarmCall = AlarmCall.get_by_id(call_id)
        return found


def _close(call: AlarmCall, result: str, *, sent: bool) -> None:
    with unit_of_work():
        AlarmCall.update(due_at=None, lease_until=None, sent_at=utc_now() if sent else None, result=result[:80]).where(
            AlarmCall.id == call.id, AlarmCall.due_at.is_null(False)
        ).execute()
    log().info("alarm.called", call=str(call.id), result=result)


def _later(call: AlarmCall, result: str) -> None:
    now = utc_now()
    if now - call.made_at > _GIVE_UP:
        _close(call, f"given up: {result}", sent=False)
        return
    with unit_of_work():
        AlarmCall.update(due_at=now + pause_after(call.tries), lease_until=None, result=result[:80]).where(
            AlarmCall.id == call.id, AlarmCall.due_at.is_null(False)
        ).execute()
    log().warning("alarm.call_later", call=str(call.id), tries=call.tries, result=result)
