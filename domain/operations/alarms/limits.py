"""Other limits than the rules' own, set by operators for a rule or for one queue, kind or account of it."""

from __future__ import annotations

from uuid import UUID

from domain.operations.acts import Act, act
from domain.operations.alarms.rules import RULES, Limits, Unit
from domain.operations.alarms.silence import named
from kit.clock import utc_now
from kit.errors import DomainError, NotFound
from kit.i18n import _
from kit.ids import uuid7
from models.base import connected, unit_of_work
from models.operations import AlarmLimit

_LARGEST = {Unit.SECONDS: 7 * 86_400, Unit.PERCENT: 100, Unit.COUNT: 1_000_000}
_LARGEST_OTHER = 10_000_000


def set_limits() -> Limits:
    """Every limit that an operator has set, by rule and subject."""
    with connected():
        return {(row.rule, row.subject): row.value for row in AlarmLimit.select()}


def set_limit(*, rule: str, subject: str, value: int, reason: str, staff: UUID, handle: UUID) -> None:
    """Another limit, in the rule's unit; the rule's own value takes the other one away. Twice with a handle: once.

    It counts from the next look on. Raises DomainError at `value` or `reason`; NotFound for a rule that there is not.
    """
    if rule not in RULES:
        raise NotFound(_("There is no such rule."))
    most = _LARGEST.get(RULES[rule].unit, _LARGEST_OTHER)
    if not 0 <= value <= most:
        raise DomainError(_("A number from 0 to %(most)d.") % {"most": most}, field="value")
    with unit_of_work():
        about = named(rule, subject)
        if act(act=Act.LIMIT_CHANGED, staff=staff, reason=reason, handle=handle, about=f"{about} = {value}") is None:
            return
        here = (AlarmLimit.rule == rule) & (AlarmLimit.subject == subject)
        AlarmLimit.delete().where(here).execute()
        if value != RULES[rule].limit or subject:
            AlarmLimit.create(id=uuid7(), rule=rule, subject=subject[:80], value=value, set_by=staff, set_at=utc_now())
