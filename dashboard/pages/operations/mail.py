"""Mail: what is due, what the relay accepted or refused, by template and merchant. Never an address."""

from __future__ import annotations

from dash import html

from dashboard.fragment import Fragment
from dashboard.pages.operations import frame, live
from dashboard.render import fragment
from domain.accounts.viewer import Viewer
from domain.operations.houses import house_of
from domain.operations.mail_board import mail_board
from kit.clock import utc_now
from kit.i18n import _

_HERE = "/operations/mail"


def layout(viewer: Viewer, merchant: str = "") -> html.Div:  # noqa: ARG001 - every layout is told who looks
    """The page, of one merchant or of all."""
    head = frame.head(_("Mail"), _("Letters by count. Times in UTC."), path=_HERE, merchant=merchant)
    return html.Div([head, live.frame(board(merchant))], className="stack")


@live.board(_HERE)
def board(merchant: str = "") -> Fragment:
    """The letters as they are now."""
    now, house = utc_now(), house_of(merchant)
    seen = mail_board(now, house=house.id if house else None)
    return fragment("operations/mail.html", class_name="stack", seen=seen, house=house, **frame.words(now))
