"""Changing one's details: addresses by a form of their country, name, phone and e-mail by a wish or with proof."""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple
from uuid import UUID

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.said import say
from dashboard.viewer import signed_in
from dashboard.views import buying, door_form
from domain.accounts.viewer import Audience, MerchantFacts
from domain.customers import contact
from domain.customers.addresses import NAMES, AddressWrong, countries, country_name, fields_of
from domain.customers.contact import ChangeState, ContactKind
from domain.customers.details import AddressKind, details_of, moving, written_address
from domain.customers.set_address import remove_shipping, set_address
from kit.errors import DomainError, NotFound
from kit.i18n import _

views = Blueprint("details", __name__)


class Me(NamedTuple):
    """Who asks, and for which record."""

    account: UUID
    customer: UUID


def _me() -> Me:
    """The signed-in person. Raises NotAllowed for somebody who only looks."""
    who = buying.buyer()
    assert who.account is not None
    return Me(who.account, who.customer)


@views.get("/p/<slug>/details/address/billing", defaults={"kind": AddressKind.BILLING})
@views.get("/p/<slug>/details/address/shipping", defaults={"kind": AddressKind.SHIPPING})
@door(Audience.CUSTOMER)
def address(slug: str, kind: AddressKind) -> ResponseReturnValue:
    """The form of the stored address, or an empty one of the merchant's country."""
    stored = written_address(_me().customer, kind) or {}
    return _address_form(slug, kind, {name: stored.get(name, "") for name in NAMES}, {})


def _address_form(
    slug: str, kind: AddressKind, typed: dict[str, str], errors: dict[str, str], *, redrawn: bool = False
) -> str:
    country = typed["country"] or _house().country
    fields = fields_of(country, typed)
    billing = kind is AddressKind.BILLING
    return page(
        "customer/details_address.html",
        title=_("Billing address") if billing else _("Shipping address"),
        kind=kind,
        fields=fields,
        unused=[name for name in NAMES if name != "country" and all(name != field.name for field in fields)],
        countries=countries(),
        country=country,
        redrawn=country_name(country) if redrawn else "",
        typed=typed,
        errors=errors,
        back=f"/p/{slug}/details",
    )


def _house() -> MerchantFacts:
    house = signed_in().merchant
    assert house is not None
    return house


@views.post("/p/<slug>/details/address/billing", defaults={"kind": AddressKind.BILLING})
@views.post("/p/<slug>/details/address/shipping", defaults={"kind": AddressKind.SHIPPING})
@door(Audience.CUSTOMER)
def write_address(slug: str, kind: AddressKind) -> ResponseReturnValue:
    """Keeps the address. Another country first draws that country's fields, with all that was typed."""
    who, typed = _me(), {name: door_form.typed(name) for name in NAMES}
    if door_form.typed("act") == "country" or typed["country"] != door_form.typed("drawn"):
        return _address_form(slug, kind, typed, {}, redrawn=True)
    try:
        set_address(account=who.account, customer=who.customer, kind=kind, typed=typed)
    except AddressWrong as problem:
        return _address_form(slug, kind, typed, problem.errors), HTTPStatus.UNPROCESSABLE_ENTITY
    billing = kind is AddressKind.BILLING
    say(_("Your billing address is saved.") if billing else _("Your shipping address is saved."), "good")
    return buying.onwards(f"/p/{slug}/details")


@views.post("/p/<slug>/details/address/shipping/remove")
@door(Audience.CUSTOMER)
def same_as_billing(slug: str) -> ResponseReturnValue:
    """From now on the billing address is used for both."""
    who = _me()
    remove_shipping(account=who.account, customer=who.customer)
    say(_("Things are sent to your billing address from now on."), "good")
    return buying.onwards(f"/p/{slug}/details")


@views.get("/p/<slug>/details/change/name", defaults={"what": ContactKind.NAME})
@views.get("/p/<slug>/details/change/email", defaults={"what": ContactKind.EMAIL})
@views.get("/p/<slug>/details/change/phone", defaults={"what": ContactKind.PHONE})
@door(Audience.CUSTOMER, proof=True)
def change(slug: str, what: ContactKind) -> ResponseReturnValue:
    """The form: what happens when it is sent, and for which records."""
    return _change_form(slug, what, "", {})


def _change_form(slug: str, what: ContactKind, typed: str, errors: dict[str, str]) -> str:
    who = _me()
    titles = {ContactKind.NAME: _("Change your name"), ContactKind.PHONE: _("Change your phone number")}
    details = details_of(who.customer, account=who.account)
    return page(
        "customer/details_change.html",
        title=titles.get(what, _("Change your e-mail address")),
        what=what,
        own=what in details.own,
        now=getattr(details, what),
        moving=moving(who.customer, account=who.account) if what is ContactKind.EMAIL else None,
        typed=typed,
        errors=errors,
        house=_house(),
        back=f"/p/{slug}/details",
    )


@views.post("/p/<slug>/details/change/name", defaults={"what": ContactKind.NAME})
@views.post("/p/<slug>/details/change/email", defaults={"what": ContactKind.EMAIL})
@views.post("/p/<slug>/details/change/phone", defaults={"what": ContactKind.PHONE})
@door(Audience.CUSTOMER, proof=True)
def wish(slug: str, what: ContactKind) -> ResponseReturnValue:
    """Takes the wish and says on the details page what becomes of it."""
    who, wanted = _me(), door_form.typed("wanted")
    try:
        state = contact.change_contact(account=who.account, customer=who.customer, what=what, wanted=wanted)
    except NotFound:
        abort(404)
    except DomainError as problem:
        return _change_form(
            slug, what, wanted, {problem.field or "": problem.sentence}
        ), HTTPStatus.UNPROCESSABLE_ENTITY
    say(*_what_next(state, _house()))
    return buying.onwards(f"/p/{slug}/details")


def _what_next(state: ChangeState, house: MerchantFacts) -> tuple[str, str]:
    words = {"merchant": house.name, "phone": house.contact_phone}
    if state is ChangeState.DONE:
        return _("Your phone number is changed."), "good"
    if state is ChangeState.PROOF:
        return _("We sent a link to the new address. Open it within 24 hours; until then nothing changes."), "good"
    if house.contact_email:
        return _("We tell %(merchant)s. You get a mail as soon as they have decided.") % words, "good"
    if house.contact_phone:
        return _("It is noted, but we have no address to tell %(merchant)s. Please call %(phone)s.") % words, "warn"
    return _("It is noted, but we have no address to tell %(merchant)s. Please tell them yourself.") % words, "warn"


@views.post("/p/<slug>/details/changes/<uuid:change_id>/take-back")
@door(Audience.CUSTOMER)
def take_back(slug: str, change_id: UUID) -> ResponseReturnValue:
    """Closes an open wish."""
    who = _me()
    try:
        contact.take_back(account=who.account, customer=who.customer, change=change_id)
    except NotFound:
        abort(404)
    say(_("Taken back. Everything stays as it was."), "good")
    return buying.onwards(f"/p/{slug}/details")


@views.post("/p/<slug>/details/changes/<uuid:change_id>/send-again")
@door(Audience.CUSTOMER)
def send_again(slug: str, change_id: UUID) -> ResponseReturnValue:
    """Mails a fresh link for an e-mail that waits for proof."""
    who = _me()
    try:
        contact.send_again(account=who.account, customer=who.customer, change=change_id)
        say(_("A fresh link is on its way. The older ones do not work any more."), "good")
    except NotFound:
        abort(404)
    except DomainError as problem:
        say(problem.sentence)
    return buying.onwards(f"/p/{slug}/details")
