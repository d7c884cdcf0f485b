"""Schedules: what is charged again and again, when next, with what; all that comes in a year; and each plan whole."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from babel.dates import format_date

from dashboard.fragment import Fragment
from dashboard.render import fragment
from dashboard.said import heard, typed
from dashboard.views.buying import customer_of
from domain.accounts.viewer import Viewer
from domain.schedules.months import by_month
from domain.schedules.queries import Cadence, ScheduleView, coming_runs, schedules_of
from domain.schedules.whole import is_own, whole
from kit.i18n import _, current_locale, ngettext


def layout(viewer: Viewer) -> Fragment:
    """Every plan as it stands, and the year to come."""
    customer = customer_of(viewer)
    return fragment(
        "customer/schedules.html",
        base=_base(viewer),
        plans=[(plan, _rhythm(plan)) for plan in schedules_of(customer)],
        months=[(_month(month.day), month) for month in by_month(coming_runs(customer))],
        merchant=viewer.merchant,
        left=_left,
    )


def schedule(viewer: Viewer, schedule_id: UUID) -> Fragment:
    """One plan: what comes, what was billed, what was allowed, and what may be done."""
    shown = whole(customer_of(viewer), schedule_id)
    return fragment(
        "customer/schedule.html",
        base=_base(viewer),
        shown=shown,
        plan=shown.plan,
        rhythm=_rhythm(shown.plan),
        merchant=viewer.merchant,
        left=_left,
        said=heard(),
        typed=typed(f"move:{schedule_id}"),
    )


def exists(viewer: Viewer, schedule_id: UUID) -> bool:
    """Whether the schedule is this customer's."""
    return is_own(customer_of(viewer), schedule_id)


def _base(viewer: Viewer) -> str:
    return f"/p/{viewer.merchant.slug}" if viewer.merchant else ""


def _month(day: date) -> str:
    return format_date(day, "LLLL y", locale=current_locale())


def _left(runs: int) -> str:
    return ngettext("%(n)d more time", "%(n)d more times", runs) % {"n": runs}


def _rhythm(plan: ScheduleView) -> str:
    words = {
        Cadence.DAY: ngettext("Every day", "Every %(n)d days", plan.every),
        Cadence.WEEK: ngettext("Every week", "Every %(n)d weeks", plan.every),
        Cadence.MONTH: ngettext("Every month", "Every %(n)d months", plan.every),
        Cadence.YEAR: ngettext("Every year", "Every %(n)d years", plan.every),
    }
    said = words.get(plan.cadence, _("Again and again"))
    return said % {"n": plan.every} if "%(n)d" in said else said
