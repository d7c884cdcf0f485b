"""A merchant's people and operators: setting a password by mailed link."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from dashboard import chrome
from dashboard.door import door
from dashboard.render import page
from dashboard.views import door_form as form
from domain.accounts.links import LinkDead
from domain.accounts.staff import ask_staff_password, minimum_for, set_staff_password, waiting
from domain.accounts.viewer import Audience
from kit.config import settings
from kit.errors import DomainError
from kit.i18n import _

views = Blueprint("staff_password", __name__)
_FORGOT = "/merchant/forgot"


def _frame(title: str) -> dict[str, Any]:
    return {"title": title, "chrome": chrome.bare(f"{title} · {chrome.PRODUCT}")}


@views.get(_FORGOT)
@door(Audience.PUBLIC)
def show() -> ResponseReturnValue:
    """The form."""
    return page("sign_in/forgot.html", errors={}, email="", sign_in="/merchant", **_frame(_("Forgot password")))


@views.post(_FORGOT)
@door(Audience.PUBLIC)
def press() -> ResponseReturnValue:
    """Mails what fits the address. The answer is the same for every address."""
    email = form.typed("email")
    try:
        ask_staff_password(email=email)
    except DomainError as error:
        return form.again(
            "sign_in/forgot.html", error, email=email, sign_in="/merchant", **_frame(_("Forgot password"))
        )
    return redirect("/merchant/check-your-mail", HTTPStatus.SEE_OTHER)


@views.get("/merchant/check-your-mail")
@door(Audience.PUBLIC)
def mailed() -> ResponseReturnValue:
    """What to do now."""
    inbox = settings().inbox_url if settings().demo else ""
    links = {"again": _FORGOT, "sign_in": "/merchant"}
    return page("sign_in/check_your_mail.html", inbox=inbox, **links, **_frame(_("Check your mail")))


@views.get("/merchant/set-password/<token>")
@door(Audience.PUBLIC, token_in_address=True)
def link(token: str) -> ResponseReturnValue:
    """A page with a button; opening it consumes nothing."""
    address = waiting(token=token)
    if address is None:
        return _dead()
    return page("sign_in/set_password.html", errors={}, **_password_frame(token, address))


def _dead() -> ResponseReturnValue:
    title = _("This link no longer works")
    return form.dead_link(chrome=chrome.bare(f"{title} · {chrome.PRODUCT}"), forgot=_FORGOT)


def _password_frame(token: str, address: str) -> dict[str, Any]:
    lead = _("For your staff sign-in, %(address)s.") % {"address": address}
    return {"lead": lead, "address": address, "minimum": minimum_for(token=token), **_frame(_("Choose a password"))}


@views.post("/merchant/set-password/<token>")
@door(Audience.PUBLIC, token_in_address=True)
def press_set(token: str) -> ResponseReturnValue:
    """Consumes the link and sets the password; signing in is the next step."""
    address = waiting(token=token) or ""
    try:
        set_staff_password(token=token, password=form.typed("password"))
    except LinkDead:
        return _dead()
    except DomainError as error:
        return form.again("sign_in/set_password.html", error, **_password_frame(token, address))
    return form.taking_back(Audience.STAFF, "/merchant?done=changed")
