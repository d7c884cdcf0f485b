"""The operators' first page: is anything late, and does everything run."""

from __future__ import annotations

from dash import Input, Output, dcc, html

from dashboard.callbacks import callback
from dashboard.fragment import Fragment
from dashboard.pages.operations.alarms import alarms
from dashboard.pages.operations.spans import span
from dashboard.render import fragment
from domain.accounts.viewer import Audience, Viewer
from domain.operations.overview import overview
from domain.reconciliation.words import said
from domain.work.wake import Work
from kit.clock import utc_now
from kit.i18n import _

_EVERY = 5_000  # milliseconds
_BEATS = 360  # half an hour: a page left open must not keep a session alive for ever


def layout(viewer: Viewer) -> html.Div:  # noqa: ARG001 - every layout is told who looks
    """The page."""
    return html.Div(
        [
            fragment("operations/head.html"),
            html.Div(board(), id="operations--board"),
            fragment("operations/counted.html"),
            dcc.Interval(id="operations--beat", interval=_EVERY, max_intervals=_BEATS),
        ],
        className="stack",
    )


@callback(
    Audience.OPERATOR,
    Output("operations--board", "children"),
    Input("operations--beat", "n_intervals"),
    prevent_initial_call=True,
)
def refresh(beats: int | None) -> Fragment:
    """The figures as they are now."""
    return board(last=(beats or 0) >= _BEATS)


def board(*, last: bool = False) -> Fragment:
    """Alarm, figures and tables; `last` says that they are not refreshed any more."""
    seen = overview(utc_now())
    return fragment(
        "operations/board.html",
        class_name="stack",
        seen=seen,
        alarms=alarms(seen),
        span=span,
        kinds=_kinds(),
        said=said,
        last=last,
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
        Work.ROLLUP: _("Days to count"),
        Work.IMPORT: _("Import and export"),
        Work.TICK: _("Timetable"),
    }
