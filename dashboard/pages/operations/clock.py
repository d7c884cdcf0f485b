"""The clock: who goes round, what the timetable did last and does next, what was missed."""

from __future__ import annotations

from dash import html

from dashboard.fragment import Fragment
from dashboard.pages.operations import frame, live
from dashboard.render import fragment
from dashboard.said import heard
from domain.accounts.viewer import Viewer
from domain.operations.clock_board import clock_board
from kit.clock import utc_now
from kit.i18n import _


def layout(viewer: Viewer) -> html.Div:  # noqa: ARG001 - every layout is told who looks
    """The page."""
    head = frame.head(_("Clock"), _("The one process that must run for nothing to be forgotten. Times in UTC."))
    said = fragment("operations/alarms_said.html", said=heard())
    return html.Div([head, said, live.frame(board())], className="stack")


@live.board("/operations/clock")
def board() -> Fragment:
    """The clocks and the timetable as they are now."""
    now = utc_now()
    return fragment("operations/clock.html", class_name="stack", seen=clock_board(now), **frame.words(now))
