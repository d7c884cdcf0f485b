"""The business itself, and the address of its portal."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.said import say
from dashboard.viewer import signed_in
from dashboard.views import door_form
from dashboard.views import settings_form as forms
from dashboard.views.settings_form import Form
from domain.accounts.viewer import Audience, Role
from domain.merchants.business import FIELDS, business_of, has_billed, set_business
from domain.merchants.portal_address import change_slug, old_addresses
from kit.config import settings
from kit.errors import DomainError
from kit.i18n import LOCALES, _

views = Blueprint("settings_business", __name__)
_AT = "/merchant/<slug>/settings/business"
_ADDRESS = f"{_AT}/address"


def _labels() -> dict[str, str]:
    return {
        "name": _("name"),
        "contact_email": _("contact e-mail"),
        "contact_phone": _("contact phone"),
        "hours": _("support hours"),
        "postal_address": _("postal address"),
        "zone": _("time zone"),
        "currency": _("currency"),
        "locale": _("language"),
        "website": _("website"),
        "help_url": _("help page"),
        "terms_url": _("terms"),
        "privacy_url": _("privacy notice"),
    }


def _form() -> Form:
    now = business_of(forms.editor().merchant)
    return Form("merchant/settings/business.html", _("Business"), now, _labels())


def _around() -> dict[str, Any]:
    billed = has_billed(forms.editor().merchant)
    return {
        "billed": billed,
        "may_money": signed_in().may(Role.OWNER) and not billed,
        "zones": _zones(),
        "languages": list(LOCALES.items()),
    }


def _zones() -> list[tuple[str, str]]:
    kept = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return [(name, name.replace("_", " ")) for name in ["UTC", *kept]]


@views.get(_AT)
@door(Audience.STAFF)
def show(slug: str) -> ResponseReturnValue:
    """The form; for a viewer to look at."""
    return forms.draw(slug, _form(), **_around())


@views.post(_AT)
@door(Audience.STAFF)
def save(slug: str) -> ResponseReturnValue:
    """Keeps what was changed."""
    who = forms.editor()
    typed = {name: request.form[name] for name in FIELDS if name in request.form}
    owner = signed_in().may(Role.OWNER)
    try:
        changed = set_business(
            merchant=who.merchant, staff=who.staff, owner=owner, was=door_form.typed("was"), wanted=typed
        )
    except DomainError as problem:
        return forms.refused(slug, _form(), typed, problem, **_around())
    return forms.saved(slug, changed, _labels(), "/business")


def _address_form(slug: str) -> Form:
    return Form("merchant/settings/address.html", _("Portal address"), {"slug": slug}, {}, Role.OWNER)


def _address_around() -> dict[str, Any]:
    return {"public": settings().public_url, "old": old_addresses(forms.editor().merchant)}


@views.get(_ADDRESS)
@door(Audience.STAFF, role=Role.OWNER)
def address(slug: str) -> ResponseReturnValue:
    """What another address changes, and the form."""
    return forms.draw(slug, _address_form(slug), **_address_around())


@views.post(_ADDRESS)
@door(Audience.STAFF, role=Role.OWNER)
def move(slug: str) -> ResponseReturnValue:
    """Gives the portal another address and goes on there."""
    who, typed = forms.editor(), {"slug": door_form.typed("slug")}
    try:
        present = change_slug(merchant=who.merchant, staff=who.staff, was=door_form.typed("at"), slug=typed["slug"])
    except DomainError as problem:
        return forms.refused(slug, _address_form(slug), typed, problem, **_address_around())
    say(_("Your portal is at /p/%(slug)s now. The old address leads there.") % {"slug": present}, "good")
    return redirect(f"{forms.base(present)}/business", 303)
