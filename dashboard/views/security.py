"""Customers: the way in. The address one signs in with, the password, and where one is signed in."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.said import heard, say
from dashboard.viewer import signed_in
from dashboard.views import door_form as form
from domain.accounts import devices
from domain.accounts.new_password import change_password
from domain.accounts.passwords import CUSTOMER_MINIMUM
from domain.accounts.viewer import Audience
from kit.clock import utc_now
from kit.errors import DomainError, NotAllowed
from kit.i18n import _, ngettext

views = Blueprint("security", __name__)


@views.get("/p/<slug>/security")
@door(Audience.CUSTOMER)
def show(slug: str) -> ResponseReturnValue:
    """What stands, with the way to change each."""
    person = signed_in()
    return page(
        "customer/security.html",
        title=_("Sign-in and security"),
        base=f"/p/{slug}",
        changed=devices.password_changed(person),
        devices=devices.devices_of(person, utc_now()),
        said=heard(),
    )


@views.get("/p/<slug>/security/password")
@door(Audience.CUSTOMER, proof=True)
def password(slug: str) -> ResponseReturnValue:
    """The form; its door has asked for the present password."""
    return page("customer/security_password.html", errors={}, **_password_frame(slug))


def _password_frame(slug: str) -> dict[str, object]:
    return {"title": _("Change password"), "back": f"/p/{slug}/security", "minimum": CUSTOMER_MINIMUM}


@views.post("/p/<slug>/security/password")
@door(Audience.CUSTOMER, proof=True)
def press_password(slug: str) -> ResponseReturnValue:
    """Sets it; this browser stays signed in, every other one does not."""
    try:
        change_password(viewer=signed_in(), password=form.typed("password"))
    except NotAllowed:
        return _back(slug)  # this browser was signed out meanwhile: the door asks it to sign in
    except DomainError as error:
        return form.again("customer/security_password.html", error, **_password_frame(slug))
    say(_("Your password was changed, and every other device was signed out."), "good")
    return _back(slug)


def _back(slug: str) -> ResponseReturnValue:
    return redirect(f"/p/{slug}/security", HTTPStatus.SEE_OTHER)


@views.post("/p/<slug>/security/devices/<uuid:device>/out")
@door(Audience.CUSTOMER)
def sign_out(slug: str, device: UUID) -> ResponseReturnValue:
    """Signs one device out; it is asked to sign in again with its next click."""
    devices.sign_out(viewer=signed_in(), session=device)
    say(_("That device is signed out."), "good")
    return _back(slug)


@views.post("/p/<slug>/security/devices/others/out")
@door(Audience.CUSTOMER)
def sign_out_others(slug: str) -> ResponseReturnValue:
    """Signs every device out but this one."""
    ended = devices.sign_out_others(viewer=signed_in())
    told = ngettext("%(n)d other device is signed out.", "%(n)d other devices are signed out.", ended) % {"n": ended}
    say(told if ended else _("No other device was signed in."), "good")
    return _back(slug)
