"""Customers: a forgotten password."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.views import door_form as form
from domain.accounts.links import LinkDead
from domain.accounts.passwords import CUSTOMER_MINIMUM
from domain.accounts.reset import ask_reset, reset_password, waiting
from domain.accounts.viewer import Audience, MerchantFacts
from kit.errors import DomainError
from kit.i18n import _

views = Blueprint("reset", __name__)


@views.get("/p/<slug>/forgot")
@door(Audience.PUBLIC)
def show(slug: str) -> ResponseReturnValue:
    """The form."""
    return page("sign_in/forgot.html", errors={}, email="", **_frame(form.house_of(slug)))


def _frame(house: MerchantFacts) -> dict[str, object]:
    return {"title": _("Forgot password"), "merchant": house, "sign_in": f"/p/{house.slug}/sign-in"}


@views.post("/p/<slug>/forgot")
@door(Audience.PUBLIC)
def press(slug: str) -> ResponseReturnValue:
    """Mails what fits the address. The answer is the same for every address."""
    house, email = form.house_of(slug), form.typed("email")
    try:
        ask_reset(merchant=house.id, email=email)
    except DomainError as error:
        return form.again("sign_in/forgot.html", error, email=email, **_frame(house))
    return redirect(f"/p/{slug}/check-your-mail", HTTPStatus.SEE_OTHER)


@views.get("/p/<slug>/reset/<token>")
@door(Audience.PUBLIC, token_in_address=True)
def link(slug: str, token: str) -> ResponseReturnValue:
    """A page with a button; opening it consumes nothing."""
    house = form.house_of(slug)
    address = waiting(merchant=house.id, token=token)
    if address is None:
        return form.dead_link(merchant=house, forgot=f"/p/{slug}/forgot")
    return page("sign_in/set_password.html", errors={}, **_password_frame(house, address))


def _password_frame(house: MerchantFacts, address: str) -> dict[str, object]:
    return {
        "title": _("Choose a new password"),
        "lead": _("For %(address)s. You will be signed out everywhere else.") % {"address": address},
        "merchant": house,
        "address": address,
        "minimum": CUSTOMER_MINIMUM,
    }


@views.post("/p/<slug>/reset/<token>")
@door(Audience.PUBLIC, token_in_address=True)
def press_reset(slug: str, token: str) -> ResponseReturnValue:
    """Consumes the link and sets the password; signing in is the next step, with the new one."""
    house = form.house_of(slug)
    address = waiting(merchant=house.id, token=token) or ""
    try:
        reset_password(merchant=house.id, token=token, password=form.typed("password"))
    except LinkDead:
        return form.dead_link(merchant=house, forgot=f"/p/{slug}/forgot")
    except DomainError as error:
        return form.again("sign_in/set_password.html", error, **_password_frame(house, address))
    return form.taking_back(Audience.CUSTOMER, f"/p/{slug}/sign-in?done=changed")
