"""Webhooks: what processors told us, by account, and our own messages about alarms."""

from __future__ import annotations

from dash import html

from dashboard.fragment import Fragment
from dashboard.pages.operations import frame, live
from dashboard.render import fragment
from domain.accounts.viewer import Viewer
from domain.operations.houses import house_of
from domain.operations.webhook_board import webhook_board
from kit.clock import utc_now
from kit.i18n import _

_HERE = "/operations/webhooks"


def layout(viewer: Viewer, merchant: str = "") -> html.Div:  # noqa: ARG001 - every layout is told who looks
    """The page, of one merchant or of all."""
    head = frame.head(
        _("Webhooks"),
        _("What processors tell by themselves, and what we tell about alarms. Times in UTC."),
        path=_HERE,
        merchant=merchant,
    )
    return html.Div([head, live.frame(board(merchant))], className="stack")


@live.board(_HERE)
def board(merchant: str = "") -> Fragment:
    """The webhooks as they are now."""
    now, house = utc_now(), house_of(merchant)
    seen = webhook_board(now, house=house.id if house else None)
    return fragment("operations/webhooks.html", class_name="stack", seen=seen, house=house, **frame.words(now))
