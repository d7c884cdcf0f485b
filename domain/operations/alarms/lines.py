"""An alarm as people and machines are told of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from domain.operations.alarms import words
from domain.operations.alarms.rules import RULES, Reading, Rule
from domain.operations.whose import Whose
from models.operations import Alarm

RUNBOOK = "/operations/runbook"
_PLACES = {
    "review": "/operations/money",
    "unknown_long": "/operations/money",
    "failed_bug": "/operations/money",
    "invariant_broken": "/operations/clock",
    "difference_open": "/operations/money",
    "worker_silent": "/operations/workers",
    "workers_missing": "/operations/workers",
    "queue_unmanned": "/operations/workers",
    "clock_late": "/operations/clock",
    "ticks_late": "/operations/clock",
    "confirmation_mail_late": "/operations/mail",
    "mail_late": "/operations/mail",
    "mail_relay": "/operations/mail",
    "mail_refused": "/operations/mail",
    "webhooks_late": "/operations/webhooks",
    "webhooks_silent": "/operations/webhooks",
    "alarm_calls_late": "/operations/webhooks",
    "stop_lasts": "/operations/stops",
}


@dataclass(frozen=True)
class AlarmLine:
    """An alarm in words and figures. `place` and `runbook` are addresses of the console, without its origin."""

    id: UUID
    rule: str
    subject: str
    whose: Whose
    tone: str
    heading: str
    sentence: str
    customers: int
    value: int
    bound: int
    unit: str
    measured: str
    limit: str
    opened_at: datetime
    seen_at: datetime
    place: str
    runbook: str
    slug: str = ""
    merchant: str = ""
    cleared_at: datetime | None = None
    told_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    note: str = ""
    silenced_until: datetime | None = None
    kept: bool = True  # it stands in the store and may be acknowledged; else it was judged just now, for the reader


def line_of(alarm: Alarm, *, silenced_until: datetime | None = None, kept: bool = True) -> AlarmLine:
    """The line of a row. A rule that is no more is not drawn: raises KeyError."""
    rule, facts = RULES[alarm.rule], json.loads(alarm.facts)
    merchant, by = alarm.merchant, alarm.acknowledged_by
    name, slug = (merchant.name, merchant.slug) if merchant else ("", "")
    shown = {key: str(value) for key, value in facts.items()}
    reading = Reading(alarm.rule, alarm.value, alarm.subject, str(alarm.merchant_id or ""), shown)
    said = words.said(reading, customers=alarm.customers, merchant=name)
    return AlarmLine(
        id=alarm.id,
        rule=alarm.rule,
        subject=alarm.subject,
        whose=rule.whose,
        tone="bad" if rule.bad else "warn",
        heading=said.heading,
        sentence=said.sentence,
        customers=alarm.customers,
        value=alarm.value,
        bound=alarm.bound,
        unit=rule.unit.value,
        measured=words.measured(rule, alarm.value),
        limit=words.measured(rule, alarm.bound),
        opened_at=alarm.opened_at,
        seen_at=alarm.seen_at,
        place=place(rule, alarm.subject, slug),
        runbook=f"{RUNBOOK}#{rule.name}",
        slug=slug,
        merchant=name,
        cleared_at=alarm.cleared_at,
        told_at=alarm.told_at,
        acknowledged_at=alarm.acknowledged_at,
        acknowledged_by=by.name if by else "",
        note=alarm.note,
        silenced_until=silenced_until,
        kept=kept,
    )


def place(rule: Rule, subject: str, slug: str) -> str:
    """Where in the console the cause stands."""
    at = _PLACES.get(rule.name)
    if at is None and (rule.kind is not None or rule.name == "jobs_fail"):
        kind, state = (rule.kind.value, "due") if rule.kind else (subject, "failed")
        asked = {"kind": kind, "state": state, "merchant": slug}
        return "/operations/jobs?" + urlencode({name: value for name, value in asked.items() if value})
    return (at or "/operations") + (f"?merchant={slug}" if slug else "")
