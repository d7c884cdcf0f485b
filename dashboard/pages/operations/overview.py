"""The operators' first page: is anything late, and does everything run."""

from __future__ import annotations

from dash import html

from dashboard.fragment import Fragment
from dashboard.pages.operations import live
from dashboard.pages.operations.alarms import alarms
from dashboard.pages.operations.spans import span
from dashboard.render import fragment
from domain.accounts.viewer import Viewer
from domain.operations.overview import overview
from domain.reconciliation.words import said
from domain.work.wake import Work
from kit.clock import utc_now
from kit.i18n import _


def layout(viewer: Viewer) -> html.Div:  # noqa: ARG001 - every layout is told who looks
    """The page."""
    return html.Div(
        [fragment("operations/head.html"), live.frame(board()), fragment("operations/counted.html")],
        className="stack",
    )


@live.board("/operations")
def board() -> Fragment:
    """Alarms, figures and tables, as they are now."""
    seen = overview(utc_now())
    return fragment(
        "operations/board.html",
        class_name="stack",
        seen=seen,
        alarms=alarms(seen),
        span=span,
        kinds=_kinds(),
        said=said,
    )


def _kinds() -> dict[Work, str]:
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
