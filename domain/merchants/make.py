"""Making a merchant: the tenant, its portal address, its money and its look."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from domain.events.record import Actor, record
from domain.merchants.brand import checked_colour
from domain.merchants.portal_address import checked_slug, refuse_taken
from kit.clock import utc_now
from kit.errors import DomainError
from kit.i18n import _
from kit.money import is_currency
from models.base import require_unit_of_work
from models.merchants import Merchant

_FIRST_ORDER = 1001  # a first invoice numbered 1 tells customers that they are the first


def make_merchant(
    *,
    slug: str,
    name: str,
    currency: str,
    country: str,
    zone: str,
    locale: str = "en",
    brand: str = "#0f5c5c",
    brand_ink: str = "#ffffff",
    contact_email: str = "",
    contact_phone: str = "",
    hours: str = "",
    order_prefix: str | None = None,
    collect_hour: int = 9,
) -> Merchant:
    """Makes a merchant in the caller's unit of work and records `merchant.made`.

    `order_prefix` is the name's initials when left out. Raises DomainError (with `field`) for a wrong value, Conflict
    when the portal address is taken.
    """
    require_unit_of_work()
    facts = {
        "slug": checked_slug(slug),
        "name": _text(name, "name"),
        "currency": checked_currency(currency),
        "country": _country(country),
        "zone": checked_zone(zone),
        "brand": checked_colour(brand),
        "brand_ink": checked_colour(brand_ink),
        "collect_hour": _hour(collect_hour),
    }
    refuse_taken(slug)
    merchant: Merchant = Merchant.create(
        **facts,
        locale=locale,
        contact_email=contact_email.strip(),
        contact_phone=contact_phone.strip(),
        hours=hours.strip(),
        order_prefix=_initials(name) if order_prefix is None else order_prefix,
        next_order=_FIRST_ORDER,
        created_at=utc_now(),
    )
    record("merchant.made", merchant=merchant.id, actor=Actor.COMMAND)
    return merchant


def _text(text: str, field: str) -> str:
    if not text.strip():
        raise DomainError(_("The merchant needs a name."), field=field)
    return text.strip()


def checked_currency(code: str) -> str:
    """A currency's code. Raises DomainError."""
    if not is_currency(code.upper()):
        raise DomainError(_("“%(code)s” is not a currency. Use a code like USD.") % {"code": code}, field="currency")
    return code.upper()


def _country(code: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2}", code):
        raise DomainError(_("“%(code)s” is not a country. Use a code like US.") % {"code": code}, field="country")
    return code.upper()


def checked_zone(name: str) -> str:
    """A time zone's name. Raises DomainError."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # an unknown name, one that is a path, one that is a folder
        raise DomainError(
            _("“%(zone)s” is not a time zone. Use a name like America/New_York.") % {"zone": name}, field="zone"
        ) from None
    return name


def _hour(hour: int) -> int:
    if not 0 <= hour <= 23:
        raise DomainError(_("The hour of automatic payments is a number from 0 to 23."), field="collect_hour")
    return hour


def _initials(name: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", name)
    return "".join(word[0] for word in words[:4]).upper()
