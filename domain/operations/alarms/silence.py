"""Silence: nobody is told of a rule's alarms until its end. They stand on the screen all the same, marked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.operations.acts import Act, act, reason_of
from domain.operations.alarms.rules import RULES
from kit.clock import utc_now
from kit.errors import DomainError, NotFound
from kit.i18n import _
from kit.ids import uuid7
from models.base import connected, unit_of_work
from models.merchants import Staff
from models.operations import Silence

LONGEST = timedelta(days=7)


@dataclass(frozen=True)
class SilenceLine:
    """A silence that stands. An empty subject: whatever the rule is about."""

    id: UUID
    rule: str
    subject: str
    until: datetime
    reason: str
    by: str
    set_at: datetime


@dataclass(frozen=True)
class Quiet:
    """What nobody is told of now, with its end."""

    ends: dict[tuple[str, str], datetime]

    def until(self, rule: str, subject: str) -> datetime | None:
        """The end of what silences an alarm, the latest if there are two; None when it is told."""
        ends = [end for key in ((rule, subject), (rule, "")) if (end := self.ends.get(key)) is not None]
        return max(ends, default=None)

    def covers(self, rule: str, subject: str) -> bool:
        """Whether an alarm is silenced."""
        return self.until(rule, subject) is not None


def quiet(now: datetime) -> Quiet:
    """What is silenced now."""
    ends: dict[tuple[str, str], datetime] = {}
    with connected():
        for row in Silence.select().where(_stands(now)):
            key = (row.rule, row.subject)
            ends[key] = max(row.until, ends.get(key, row.until))
    return Quiet(ends)


def standing(now: datetime) -> list[SilenceLine]:
    """The silences that stand, the one that ends first first."""
    query: Any = Silence.select(Silence, Staff).join(Staff).where(_stands(now)).order_by(Silence.until, Silence.id)
    with connected():
        return [
            SilenceLine(row.id, row.rule, row.subject, row.until, row.reason, row.set_by.name, row.set_at)
            for row in query
        ]


def silence(*, rule: str, subject: str, until: datetime, reason: str, staff: UUID, handle: UUID) -> None:
    """Silences a rule's alarms, or one subject's, until then: seven days at most. Twice with a handle: once.

    Raises DomainError at `until` or `reason`; NotFound for a rule that there is not.
    """
    now = utc_now()
    if rule not in RULES:
        raise NotFound(_("There is no such rule."))
    if not now < until <= now + LONGEST:
        raise DomainError(_("Choose an end within seven days from now."), field="until")
    with unit_of_work():
        about = named(rule, subject)
        if act(act=Act.ALARM_SILENCED, staff=staff, reason=reason, handle=handle, about=about) is None:
            return
        Silence.create(
            id=uuid7(),
            rule=rule,
            subject=subject[:80],
            until=until,
            reason=reason_of(reason),
            set_by=staff,
            set_at=now,
        )


def lift(*, silence: UUID, reason: str, staff: UUID, handle: UUID) -> None:
    """Ends a silence now: what still stands is told at the next look. One that has ended stays as it is.

    Raises DomainError at `reason`; NotFound when there is none.
    """
    with unit_of_work():
        row = Silence.get_or_none(Silence.id == silence)
        if row is None:
            raise NotFound(_("There is no such silence."))
        about = named(row.rule, row.subject)
        if act(act=Act.SILENCE_LIFTED, staff=staff, reason=reason, handle=handle, about=about) is None:
            return
        Silence.update(lifted_at=utc_now()).where((Silence.id == silence) & Silence.lifted_at.is_null()).execute()


def find(silence: UUID) -> SilenceLine | None:
    """A silence, standing or not."""
    with connected():
        row = Silence.get_or_none(Silence.id == silence)
        if row is None:
            return None
        return SilenceLine(row.id, row.rule, row.subject, row.until, row.reason, row.set_by.name, row.set_at)


def named(rule: str, subject: str) -> str:
    """A rule and its subject, as the audit names them."""
    return f"{rule}:{subject}"[:80] if subject else rule


def _stands(now: datetime) -> Any:
    return Silence.lifted_at.is_null() & (Silence.until > now)
