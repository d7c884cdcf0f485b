"""Acknowledging an alarm: somebody looks after it, so it is not told again every day."""

from __future__ import annotations

from uuid import UUID

from domain.operations.acts import Act, act, reason_of
from domain.operations.alarms.silence import named
from kit.clock import utc_now
from kit.errors import Conflict, NotFound
from kit.i18n import _
from models.base import unit_of_work
from models.operations import Alarm


def acknowledge(*, alarm: UUID, note: str, staff: UUID, handle: UUID) -> bool:
    """Writes down who looks after an alarm, when, and a note; whether this press did it. The first one stands.

    Raises DomainError at `reason` without a note; NotFound when there is no such alarm.
    """
    with unit_of_work():
        row = Alarm.get_or_none(Alarm.id == alarm)
        if row is None:
            raise NotFound(_("There is no such alarm."))
        free = (Alarm.id == alarm) & Alarm.acknowledged_at.is_null() & Alarm.cleared_at.is_null()
        written = reason_of(note)
        taken = Alarm.update(acknowledged_at=utc_now(), acknowledged_by=staff, note=written).where(free).execute()
        if taken != 1:
            return False
        made = act(
            act=Act.ALARM_ACKNOWLEDGED,
            staff=staff,
            reason=note,
            handle=handle,
            about=named(row.rule, row.subject),
            merchant=row.merchant_id,
        )
        if made is None:  # this form's handle stands for another act: nobody looks after an alarm without one
            raise Conflict(_("This form is not good any more. Open it again."))
    return True
