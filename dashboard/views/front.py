"""The demo's front page: three portals, their people by their story, the test cards, and the clock that can be moved.

In demo mode only, and for this machine only; anywhere else these addresses do not exist.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue

from dashboard import chrome
from dashboard.door import door
from dashboard.render import page
from dashboard.views import door_form as form
from domain.accounts import sessions
from domain.accounts.viewer import Audience
from domain.demo import moving
from domain.demo.advance import behind, span
from domain.demo.enter import enter
from domain.demo.tour import tour
from kit.config import is_loopback, settings
from kit.errors import Conflict
from kit.i18n import _

views = Blueprint("front", __name__)


@views.before_request
def _here_only() -> None:
    if not settings().demo or not is_loopback(request.remote_addr):
        abort(404)


@views.get("/")
@door(Audience.PUBLIC)
def show() -> ResponseReturnValue:
    """Who one may be, what the clock does next, which cards do what."""
    found = tour()
    places = {"inbox": settings().inbox_url, "sandbox": settings().sandbox_url}
    return page("front/front.html", **_frame(_("Demo")), tour=found, places=places)


def _frame(title: str) -> dict[str, object]:
    return {"title": title, "chrome": chrome.bare(f"{title} · {chrome.PRODUCT}")}


@views.post("/demo/enter")
@door(Audience.PUBLIC)
def press() -> ResponseReturnValue:
    """Signs in as one of the people of the front page."""
    entered = enter(form.typed("who"))
    sessions.close(form.held_token(entered.audience))
    return form.handing_out(entered.audience, entered.token, entered.to)


@views.post("/demo/move")
@door(Audience.PUBLIC)
def move() -> ResponseReturnValue:
    """Begins to move the clock; the page that follows waits for it."""
    wanted = form.typed("by")
    by = behind() if wanted == "now" else span(wanted)
    try:
        if by:
            moving.begin(by)
    except Conflict:
        pass  # it moves already: the page that waits shows that one
    return redirect("/demo/moving", HTTPStatus.SEE_OTHER)


@views.get("/demo/moving")
@door(Audience.PUBLIC)
def wait() -> ResponseReturnValue:
    """How far the clock is; in the end what happened."""
    latest = moving.latest()
    if latest is None or not latest.running:
        return redirect("/#clock", HTTPStatus.SEE_OTHER)
    return page("front/moving.html", **_frame(_("The clock moves")), move=latest)
