"""Schedules: what is charged again and again, when next, with what."""

from __future__ import annotations

from dashboard.fragment import Fragment
from dashboard.render import fragment
from dashboard.views.buying import customer_of
from domain.accounts.viewer import Viewer
from domain.schedules.queries import Cadence, ScheduleView, schedules_of
from kit.i18n import _, ngettext


def layout(viewer: Viewer) -> Fragment:
    """Every plan as it stands; to change one, the merchant is asked."""
    rows = [(plan, _rhythm(plan)) for plan in schedules_of(customer_of(viewer))]
    return fragment("customer/schedules.html", plans=rows, merchant=viewer.merchant, left=_left)


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
