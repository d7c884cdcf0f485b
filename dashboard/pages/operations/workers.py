"""The workers: where each lives, what it does now, when it last gave a sign, and how to stop one."""

from __future__ import annotations

from collections import Counter

from dash import html

from dashboard.fragment import Fragment
from dashboard.pages.operations import frame, live
from dashboard.render import fragment
from domain.accounts.viewer import Viewer
from domain.operations.workers_board import workers_board
from kit.clock import utc_now
from kit.i18n import _


def layout(viewer: Viewer) -> html.Div:  # noqa: ARG001 - every layout is told who looks
    """The page."""
    head = frame.head(_("Workers"), _("Who does the work. A killed one loses nothing: its row is claimed again."))
    return html.Div([head, live.frame(board())], className="stack")


@live.board("/operations/workers")
def board() -> Fragment:
    """The workers as they are now."""
    now = utc_now()
    seen = workers_board(now)
    return fragment(
        "operations/workers.html",
        class_name="stack",
        seen=seen,
        states=Counter(one.state for one in seen.workers),
        **frame.words(now),
    )
