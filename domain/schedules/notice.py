"""A bank debit of another amount is told ten days before its day (Regulation E, 12 CFR 1005.10(d)(1)); cases.md 70."""

from __future__ import annotations

import json
from datetime import date

from domain.mail.catalogue import Template
from domain.schedules.consents import standing
from domain.schedules.terms import NOTICE
from integrations.gateways.base import MethodKind
from kit.calendar import local_day
from models.methods import BillingSchedule
from models.work import Mail, MailState


def is_debited(schedule: BillingSchedule) -> bool:
    """Whether a run is a preauthorized debit of a bank account: charged by itself, on a bank account."""
    consent = standing(schedule)
    return consent is not None and consent.method.kind == MethodKind.BANK


def was_told(schedule: BillingSchedule, day: date) -> bool:
    """Whether the mail about the amount that waits left at least ten days before `day`. One that waits told nobody."""
    key = f"{Template.SCHEDULE_CHANGED}:{schedule.id}:"
    mail = Mail.select().where(Mail.dedup_key.startswith(key)).order_by(Mail.id.desc()).first()
    if mail is None or mail.state != MailState.SENT or json.loads(mail.facts)["amount"] != str(schedule.next_amount):
        return False
    return bool(local_day(mail.sent_at, schedule.merchant.zone) + NOTICE <= day)
