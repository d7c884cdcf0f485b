"""The operators' first page: is anything late, whose fault is it, and does everything run."""

from __future__ import annotations

from dash import html

from dashboard.fragment import Fragment
from dashboard.pages.operations import frame, live
from dashboard.pages.operations.seen_words import alarms
from dashboard.render import fragment
from domain.accounts.viewer import Viewer
from domain.operations.overview import overview
from domain.reconciliation.words import said
from kit.clock import utc_now
from kit.i18n import _

_HERE = "/operations"


def layout(viewer: Viewer, merchant: str = "") -> html.Div:  # noqa: ARG001 - every layout is told who looks
    """The page, of one merchant or of all."""
    head = frame.head(
        _("Overview"), _("What is due, and who is doing it. Times in UTC."), path=_HERE, merchant=merchant
    )
    return html.Div([head, live.frame(board(merchant)), fragment("operations/counted.html")], className="stack")


@live.board(_HERE)
def board(merchant: str = "") -> Fragment:
    """Alarms, figures and tables, as they are now."""
    now = utc_now()
    seen = overview(now, merchant=merchant or None)
    return fragment(
        "operations/board.html", class_name="stack", seen=seen, alarms=alarms(seen), said=said, **frame.words(now)
    )
