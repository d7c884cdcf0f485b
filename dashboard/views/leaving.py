"""The step out of our site: a page that navigates, because a form's answer must not (form-action 'self')."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.views.buying import LEAVING
from domain.accounts.viewer import Audience
from kit.clock import utc_now
from kit.crypto import unseal
from kit.i18n import _

views = Blueprint("leaving", __name__)


@views.get("/leaving/<token>")
@door(Audience.PUBLIC, token_in_address=True)
def leave(token: str) -> ResponseReturnValue:
    """Goes where the sealed token says. Only we can seal one, so this is no open redirect."""
    facts = unseal(LEAVING, token)
    if facts is None or int(facts["until"]) < utc_now().timestamp():
        abort(404)
    to = str(facts["to"])
    return page("customer/leaving.html", title=_("One moment"), to=to, host=urlsplit(to).hostname or "")
