"""Customers: a mailed link that signs in once, where the merchant offers it."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.guard import safe_next
from dashboard.render import page
from dashboard.viewer import viewer
from dashboard.views import door_form as form
from dashboard.views.sign_in import let_in
from domain.accounts.links import LinkDead
from domain.accounts.sign_in_link import ask_link, use_link, waiting
from domain.accounts.viewer import Audience, MerchantFacts
from kit.errors import DomainError
from kit.i18n import _

views = Blueprint("sign_in_link", __name__)
_LONGEST_WAY_BACK = 300  # characters; it travels in the mail


@views.get("/p/<slug>/link")
@door(Audience.PUBLIC)
def show(slug: str) -> ResponseReturnValue:
    """The form for the address."""
    house = _house(slug)
    return page("sign_in/ask_link.html", errors={}, email="", **_frame(house, _back(request.args.get("next"), slug)))


def _house(slug: str) -> MerchantFacts:
    """The merchant of the address. Aborts with 404 when it offers no links."""
    house = form.house_of(slug)
    return house if house.sign_in_links else abort(404)


def _back(wanted: str | None, slug: str) -> str:
    back = safe_next(wanted, Audience.CUSTOMER, slug) or ""
    return back if len(back) <= _LONGEST_WAY_BACK else ""


def _frame(house: MerchantFacts, back: str) -> dict[str, object]:
    sign_in = f"/p/{house.slug}/sign-in" + _query(back)
    return {"title": _("A link to sign in"), "merchant": house, "back": back, "sign_in": sign_in}


def _query(back: str) -> str:
    return "?" + urlencode({"next": back}, safe="/") if back else ""


@views.post("/p/<slug>/link")
@door(Audience.PUBLIC)
def press(slug: str) -> ResponseReturnValue:
    """Mails what fits the address. The answer is the same for every address."""
    house, email, back = _house(slug), form.typed("email"), _back(form.typed("next"), slug)
    try:
        ask_link(merchant=house.id, email=email, back=back)
    except DomainError as error:
        return form.again("sign_in/ask_link.html", error, email=email, **_frame(house, back))
    return redirect(f"/p/{slug}/check-your-mail", HTTPStatus.SEE_OTHER)


@views.get("/p/<slug>/link/<token>")
@door(Audience.PUBLIC, token_in_address=True)
def link(slug: str, token: str) -> ResponseReturnValue:
    """A page with a button: mail scanners follow links, so opening one consumes nothing."""
    house, back = form.house_of(slug), _back(request.args.get("next"), slug)
    address = waiting(merchant=house.id, token=token)
    if address is None:
        return _dead(house, back)
    return page("sign_in/use_link.html", title=_("Sign in"), merchant=house, address=address, back=back)


def _dead(house: MerchantFacts, back: str) -> ResponseReturnValue:
    fresh = f"/p/{house.slug}/link" if house.sign_in_links else f"/p/{house.slug}/forgot"
    return form.dead_link(merchant=house, forgot=fresh, back=back, to_sign_in=house.sign_in_links)


@views.post("/p/<slug>/link/<token>")
@door(Audience.PUBLIC, token_in_address=True)
def press_link(slug: str, token: str) -> ResponseReturnValue:
    """Consumes the link and signs in; this browser stays with the customer record that it looked at."""
    house, back, before = form.house_of(slug), _back(form.typed("next"), slug), viewer()
    try:
        done = use_link(merchant=house.id, token=token, device=form.device(), at=before.customer_id if before else None)
    except LinkDead:
        return _dead(house, back)
    return let_in(slug, done, back)
