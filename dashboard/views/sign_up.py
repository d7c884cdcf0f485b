"""Customers: creating an account, and confirming its mailbox."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.views import door_form as form
from dashboard.views.sign_in import let_in
from domain.accounts.confirm import confirm, waiting
from domain.accounts.links import LinkDead
from domain.accounts.passwords import CUSTOMER_MINIMUM
from domain.accounts.sign_up import sign_up
from domain.accounts.viewer import Audience, MerchantFacts
from kit.config import settings
from kit.errors import DomainError
from kit.i18n import _

views = Blueprint("sign_up", __name__)


@views.get("/p/<slug>/create-account")
@door(Audience.PUBLIC)
def show(slug: str) -> ResponseReturnValue:
    """The form."""
    return page("sign_in/create_account.html", errors={}, name="", email="", **_frame(form.house_of(slug)))


def _frame(house: MerchantFacts) -> dict[str, object]:
    return {"title": _("Create account"), "merchant": house}


@views.post("/p/<slug>/create-account")
@door(Audience.PUBLIC)
def press(slug: str) -> ResponseReturnValue:
    """Mails a link. The answer is the same whether or not the address has an account."""
    house, name, email = form.house_of(slug), form.typed("name"), form.typed("email")
    try:
        sign_up(merchant=house.id, name=name, email=email)
    except DomainError as error:
        return form.again("sign_in/create_account.html", error, name=name, email=email, **_frame(house))
    return redirect(f"/p/{slug}/check-your-mail", HTTPStatus.SEE_OTHER)


@views.get("/p/<slug>/check-your-mail")
@door(Audience.PUBLIC)
def mailed(slug: str) -> ResponseReturnValue:
    """What to do now; one page for every request of a link."""
    house = form.house_of(slug)
    inbox = settings().inbox_url if settings().demo else ""
    links = {"again": f"/p/{slug}/create-account", "sign_in": f"/p/{slug}/sign-in"}
    return page("sign_in/check_your_mail.html", title=_("Check your mail"), merchant=house, inbox=inbox, **links)


@views.get("/p/<slug>/confirm/<token>")
@door(Audience.PUBLIC, token_in_address=True)
def link(slug: str, token: str) -> ResponseReturnValue:
    """A page with a button: mail scanners follow links, so opening one consumes nothing."""
    house = form.house_of(slug)
    address = waiting(merchant=house.id, token=token)
    if address is None:
        return form.dead_link(merchant=house, forgot=f"/p/{slug}/forgot")
    return page("sign_in/set_password.html", errors={}, **_password_frame(house, address))


def _password_frame(house: MerchantFacts, address: str) -> dict[str, object]:
    return {
        "title": _("Choose a password"),
        "lead": _("Your address %(address)s is confirmed with it.") % {"address": address},
        "merchant": house,
        "address": address,
        "minimum": CUSTOMER_MINIMUM,
    }


@views.post("/p/<slug>/confirm/<token>")
@door(Audience.PUBLIC, token_in_address=True)
def press_confirm(slug: str, token: str) -> ResponseReturnValue:
    """Consumes the link, sets the password and signs in."""
    house = form.house_of(slug)
    address = waiting(merchant=house.id, token=token) or ""
    try:
        done = confirm(merchant=house.id, token=token, password=form.typed("password"), device=form.device())
    except LinkDead:
        return form.dead_link(merchant=house, forgot=f"/p/{slug}/forgot")
    except DomainError as error:
        return form.again("sign_in/set_password.html", error, **_password_frame(house, address))
    return let_in(slug, done, None)
