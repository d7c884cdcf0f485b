"""The operators' first page: is anything late, whose fault is it, and does everything run."""

from __future__ import annotations

from dash import html

from dashboard.fragment import Fragment
from dashboard.pages.operations import frame, live, pace
from dashboard.pages.operations.jobs import told
from dashboard.render import fragment
from domain.accounts.viewer import Viewer
from domain.operations import board as operations
from domain.operations.houses import house_of
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
    """Whose fault it is, alarms, figures and tables, as they are now."""
    now = utc_now()
    found = operations.board(now, merchant=frame.of(house_of(merchant)) or None)
    return fragment(
        "operations/board.html",
        class_name="stack",
        seen=found.seen,
        alarms=found.alarms,
        failed=[told(line, offer, now) for line, offer in found.failed],
        clearing=lambda one: pace.clearing(one, now),
        in_flight=pace.in_flight,
        points=pace.points,
        said=said,
        **frame.words(now),
    )
