"""A merchant's people and operators: one sign-in, then the desk that is theirs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from dashboard import chrome
from dashboard.door import door
from dashboard.guard import safe_next
from dashboard.render import page
from dashboard.routes import home_of
from dashboard.viewer import viewer
from dashboard.views import door_form as form
from domain.accounts import sessions
from domain.accounts.queries import desks_of
from domain.accounts.staff import sign_in_staff
from domain.accounts.viewer import Audience, Viewer
from kit.errors import DomainError
from kit.i18n import _

views = Blueprint("staff_sign_in", __name__)
_DONE = ("changed", "out")
_OPERATIONS = "/operations"


@views.get("/merchant")
@door(Audience.PUBLIC)
def merchant() -> ResponseReturnValue:
    """The sign-in form; somebody who is signed in goes to their desk. Also where the cookie is checked."""
    person = viewer()
    if person is not None:
        return _to_desk(person, request.args.get("next"))
    if request.args.get("check"):
        return _no_cookie("/merchant")
    return _form(errors={}, email="", back=request.args.get("next", ""), action="/merchant/sign-in")


@views.get("/merchant/sign-in")
@door(Audience.PUBLIC)
def merchant_form() -> ResponseReturnValue:
    """The form has one address."""
    return redirect("/merchant", HTTPStatus.SEE_OTHER)


@views.get("/operations/sign-in")
@door(Audience.PUBLIC)
def operations() -> ResponseReturnValue:
    """The same form for operators."""
    if viewer() is not None:
        back = safe_next(request.args.get("next"), Audience.OPERATOR, "")
        return redirect(back or _OPERATIONS, HTTPStatus.SEE_OTHER)
    if request.args.get("check"):
        return _no_cookie("/operations/sign-in")
    return _form(errors={}, email="", back=request.args.get("next", ""), action="/operations/sign-in")


@views.post("/merchant/sign-in")
@views.post("/operations/sign-in", endpoint="press_operations")
@door(Audience.PUBLIC)
def press() -> ResponseReturnValue:
    """Signs in; an operator without a merchant goes to operations, whichever form was used."""
    try:
        done = sign_in_staff(email=form.typed("email"), password=form.typed("password"), address=form.caller())
    except DomainError as error:
        kept = {"email": form.typed("email"), "back": form.typed("next"), "action": request.path}
        return form.again("sign_in/staff_sign_in.html", error, **_frame(_("Sign in")), done="", **kept)
    sessions.close(form.held_token(Audience.STAFF))
    at_operations = done.operator and (request.path.startswith(_OPERATIONS) or not done.desks)
    asked = {"check": "1", "next": form.typed("next")} if form.typed("next") else {"check": "1"}
    to = "/operations/sign-in" if at_operations else "/merchant"
    return form.handing_out(Audience.STAFF, done.token, f"{to}?{urlencode(asked)}")


def _form(**values: Any) -> ResponseReturnValue:
    done = request.args.get("done", "")
    return page("sign_in/staff_sign_in.html", **_frame(_("Sign in")), done=done if done in _DONE else "", **values)


def _frame(title: str) -> dict[str, Any]:
    """The product's own frame: no merchant is chosen yet, and no navigation before a desk is."""
    return {"title": title, "chrome": chrome.bare(f"{title} · {chrome.PRODUCT}")}


def _no_cookie(again: str) -> ResponseReturnValue:
    return page("sign_in/no_cookie.html", **_frame(_("Cookies are off")), again=again)


def _to_desk(person: Viewer, wanted: str | None) -> ResponseReturnValue:
    desks = desks_of(person.staff_id) if person.staff_id else []
    for desk in desks:
        back = safe_next(wanted, Audience.STAFF, desk.slug)
        if back and f"{back}/".startswith(f"{home_of(Audience.STAFF, desk.slug)}/"):
            return redirect(back, HTTPStatus.SEE_OTHER)
    if len(desks) == 1 and not person.operator:
        return redirect(home_of(Audience.STAFF, desks[0].slug), HTTPStatus.SEE_OTHER)
    if not desks and person.operator:
        return redirect(_OPERATIONS, HTTPStatus.SEE_OTHER)
    return page("sign_in/desks.html", **_frame(_("Choose where to work")), desks=desks, operator=person.operator)


@views.post("/merchant/sign-out")
@views.post("/operations/sign-out", endpoint="leave_operations")
@door(Audience.PUBLIC)
def leave() -> ResponseReturnValue:
    """Ends the session, also one that has expired."""
    sessions.close(form.held_token(Audience.STAFF))
    back = "/operations/sign-in" if request.path.startswith(_OPERATIONS) else "/merchant"
    return form.taking_back(Audience.STAFF, f"{back}?done=out")
