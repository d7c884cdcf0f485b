"""The kinds of work in words, as operators read them."""

from __future__ import annotations

from domain.work.wake import Work
from kit.i18n import _


def kinds() -> dict[Work, str]:
    """Every kind of work, by what is to be done."""
    return {
        Work.ATTEMPT: _("Outcomes to ask about"),
        Work.WEBHOOK: _("Webhooks to apply"),
        Work.COLLECT: _("Orders to collect"),
        Work.RETRY: _("Failed payments to try again"),
        Work.WAVE: _("Automatic payments, in batches"),
        Work.REFUND: _("Refunds to send or ask about"),
        Work.SCHEDULE: _("Schedules to bill"),
        Work.PROMISE: _("Promises to judge"),
        Work.METHOD: _("Removed payment methods to forget"),
        Work.MAIL: _("Letters to send"),
        Work.ALARM: _("Messages about alarms"),
        Work.ROLLUP: _("Days to count"),
        Work.IMPORT: _("Import and export"),
        Work.TICK: _("Timetable"),
    }
