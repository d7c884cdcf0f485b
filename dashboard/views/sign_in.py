"""Customers: signing in and out, and choosing among several records of one mailbox."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.guard import safe_next
from dashboard.render import page
from dashboard.routes import home_of
from dashboard.viewer import signed_in, viewer
from dashboard.views import door_form as form
from domain.accounts import sessions
from domain.accounts.queries import customers_of
from domain.accounts.sign_in import SignedIn, sign_in
from domain.accounts.viewer import Audience, MerchantFacts
from kit.errors import DomainError, NotFound
from kit.i18n import _
from kit.ids import as_uuid

views = Blueprint("sign_in", __name__)
_DONE = ("changed", "out")


@views.get("/p/<slug>/sign-in")
@door(Audience.PUBLIC)
def show(slug: str) -> ResponseReturnValue:
    """The form; somebody who is signed in goes on at once."""
    house, back = form.house_of(slug), safe_next(request.args.get("next"), Audience.CUSTOMER, slug)
    if viewer():
        return redirect(back or home_of(Audience.CUSTOMER, slug), HTTPStatus.SEE_OTHER)
    done = request.args.get("done", "")
    return page("sign_in/sign_in.html", errors={}, email="", **_frame(house, back), done=done if done in _DONE else "")


def _frame(house: MerchantFacts, back: str | None) -> dict[str, object]:
    return {"title": _("Sign in"), "merchant": house, "back": back or ""}


@views.post("/p/<slug>/sign-in")
@door(Audience.PUBLIC)
def press(slug: str) -> ResponseReturnValue:
    """Signs in and goes on by a page that checks whether the cookie came back."""
    house, back = form.house_of(slug), safe_next(form.typed("next"), Audience.CUSTOMER, slug)
    try:
        done = sign_in(
            merchant=house.id,
            email=form.typed("email"),
            password=form.typed("password"),
            address=form.caller(),
            device=form.device(),
        )
    except DomainError as error:
        return form.again("sign_in/sign_in.html", error, email=form.typed("email"), done="", **_frame(house, back))
    return let_in(slug, done, back)


def let_in(slug: str, done: SignedIn, back: str | None) -> ResponseReturnValue:
    """Hands the new session out; the one that the browser had ends."""
    sessions.close(form.held_token(Audience.CUSTOMER))
    asked = {"next": back} if back else {}
    if done.customers > 1:
        asked["choose"] = "1"
    query = "?" + urlencode(asked) if asked else ""
    return form.handing_out(Audience.CUSTOMER, done.token, f"/p/{slug}/signed-in{query}")


@views.get("/p/<slug>/signed-in")
@door(Audience.PUBLIC)
def check(slug: str) -> ResponseReturnValue:
    """Says so when the browser did not keep the cookie; else onwards."""
    house, back = form.house_of(slug), safe_next(request.args.get("next"), Audience.CUSTOMER, slug)
    if viewer() is None:
        return page("sign_in/no_cookie.html", title=_("Cookies are off"), merchant=house, again=f"/p/{slug}/sign-in")
    query = "?" + urlencode({"next": back}) if back else ""
    onwards = back or home_of(Audience.CUSTOMER, slug)
    return redirect(f"/p/{slug}/choose{query}" if request.args.get("choose") else onwards, HTTPStatus.SEE_OTHER)


@views.get("/p/<slug>/choose")
@door(Audience.CUSTOMER)
def choices(slug: str) -> ResponseReturnValue:
    """The customer records that the account may act for. Shown after sign-in only, so after proof of the mailbox."""
    person, back = signed_in(), safe_next(request.args.get("next"), Audience.CUSTOMER, slug)
    mine = customers_of(person.account_id) if person.account_id else []
    return page("sign_in/choose.html", title=_("Choose an account"), slug=slug, mine=mine, back=back or "")


@views.post("/p/<slug>/choose")
@door(Audience.CUSTOMER)
def choose(slug: str) -> ResponseReturnValue:
    """Turns the session to one of them."""
    chosen = as_uuid(form.typed("customer"))
    if chosen is None:
        raise NotFound(_("Choose one of the accounts listed."))
    sessions.choose_customer(viewer=signed_in(), customer=chosen)
    back = safe_next(form.typed("next"), Audience.CUSTOMER, slug)
    return redirect(back or home_of(Audience.CUSTOMER, slug), HTTPStatus.SEE_OTHER)


@views.post("/p/<slug>/sign-out")
@door(Audience.PUBLIC)
def leave(slug: str) -> ResponseReturnValue:
    """Ends the session, also one that has expired."""
    form.house_of(slug)
    sessions.close(form.held_token(Audience.CUSTOMER))
    return form.taking_back(Audience.CUSTOMER, f"/p/{slug}/sign-in?done=out")
