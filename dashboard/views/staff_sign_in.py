"""A merchant's people and operators: one sign-in, in two steps with a second factor, then the desk that is theirs."""

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
from domain.accounts.staff import SignInAgain, StaffSignedIn, give_code, sign_in_staff, waits_for_code
from domain.accounts.viewer import Audience, Viewer
from kit.errors import DomainError
from kit.i18n import _

views = Blueprint("staff_sign_in", __name__)
_DONE = ("changed", "out")
_OPERATIONS = "/operations"
_CODE = "sign_in/staff_code.html"


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
    if done.pending:
        return form.handing_out(Audience.STAFF, done.token, f"{_head()}/code?{_asked()}")
    return _go_on(done)


def _head() -> str:
    return _OPERATIONS if request.path.startswith(_OPERATIONS) else "/merchant"


def _asked() -> str:
    return urlencode({"check": "1", "next": form.typed("next")} if form.typed("next") else {"check": "1"})


def _go_on(done: StaffSignedIn) -> ResponseReturnValue:
    at_operations = done.operator and (_head() == _OPERATIONS or not done.desks)
    to = "/operations/sign-in" if at_operations else "/merchant"
    return form.handing_out(Audience.STAFF, done.token, f"{to}?{_asked()}")


@views.get("/merchant/code")
@views.get("/operations/code", endpoint="code_operations")
@door(Audience.PUBLIC)
def code() -> ResponseReturnValue:
    """The second step: the code of the app."""
    token = form.held_token(Audience.STAFF)
    if not token and request.args.get("check"):
        return _no_cookie(f"{_head()}/sign-in")
    if not waits_for_code(token):
        return redirect(f"{_head()}/sign-in", HTTPStatus.SEE_OTHER)
    return page(_CODE, errors={}, **_code_frame(request.args.get("next", "")))


def _code_frame(back: str) -> dict[str, Any]:
    return {"back": back, "action": request.path, "out": f"{_head()}/sign-out", **_frame(_("Enter your code"))}


@views.post("/merchant/code")
@views.post("/operations/code", endpoint="press_code_operations")
@door(Audience.PUBLIC)
def press_code() -> ResponseReturnValue:
    """Checks the code and hands out the session that opens doors."""
    try:
        done = give_code(token=form.held_token(Audience.STAFF), code=form.typed("code"), address=form.caller())
    except SignInAgain as late:
        kept = {"email": "", "back": form.typed("next"), "action": f"{_head()}/sign-in", "done": ""}
        return form.again("sign_in/staff_sign_in.html", late, **_frame(_("Sign in")), **kept)
    except DomainError as error:
        return form.again(_CODE, error, **_code_frame(form.typed("next")))
    return _go_on(done)


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
