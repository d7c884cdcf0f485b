"""A letter as people receive it: text and HTML in the merchant's look, under headers that mail programs expect."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.accounts.addresses import is_address
from domain.accounts.viewer import MerchantFacts
from domain.mail import places
from domain.mail.letter import Envelope, Letter
from domain.merchants.brand import readable_look
from domain.merchants.logo import logo_of
from kit.config import settings
from kit.i18n import _, current_locale

_TEMPLATES = Path(__file__).parent / "templates"
_LOGO_HIGH, _LOGO_WIDE = 40, 180
_PRODUCT, _OUR_BRAND, _OUR_INK = "Settle", "#0f5c5c", "#ffffff"


def message(letter: Letter, envelope: Envelope, *, mail_id: str, made_at: datetime) -> EmailMessage:
    """The whole message. The same mail row gives the same Message-ID, date and boundary however often it is made."""
    house = envelope.merchant
    values = _values(letter, envelope)
    made = EmailMessage()
    made["Subject"] = _one_line(letter.subject)
    made["From"] = Address(_one_line(house.name if house else _PRODUCT), addr_spec=settings().mail_from)
    made["To"] = Address(_one_line(envelope.to_name), addr_spec=envelope.to_address)
    if house and is_address(house.contact_email.lower()):
        made["Reply-To"] = Address(_one_line(house.name), addr_spec=house.contact_email)
    made["Date"] = format_datetime(made_at)
    made["Message-ID"] = f"<{mail_id}@{settings().mail_from.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday note answers it
    made.set_content(_environment(html=False).get_template("layout.txt").render(values))
    made.add_alternative(_page(values), subtype="html")
    if logo := values["logo"]:
        _bring_along(made, logo, logo_of(house.id) if house else None, mail_id)
    made.set_boundary(f"part-{mail_id}")
    return made


def shown(letter: Letter, envelope: Envelope, *, logo: str) -> str:
    """The HTML part as a page, for a preview; `logo` is the address of the picture (`data:` will do), or ""."""
    return _page(_values(letter, envelope) | {"logo_at": logo, "logo": logo})


def _page(values: dict[str, Any]) -> str:
    return str(_inliner().inline(_environment(html=True).get_template("layout.html").render(values)))


def _bring_along(made: EmailMessage, name: str, image: bytes | None, mail_id: str) -> None:
    """The logo inside the mail: mail programs fetch no picture from elsewhere, and nobody learns who has read it."""
    page = made.get_payload(1)
    if image is None or not isinstance(page, EmailMessage):  # taken away a moment ago: its place says nothing
        return
    page.add_related(image, "image", "png", cid=f"<{name}>", disposition="inline", filename="logo.png")
    page.set_boundary(f"page-{mail_id}")


def _values(letter: Letter, envelope: Envelope) -> dict[str, Any]:
    house = envelope.merchant
    return {
        "letter": letter,
        "lang": current_locale().partition("_")[0],
        "name": house.name if house else _PRODUCT,
        "mark": house.initials if house else _PRODUCT[0],
        "look": readable_look(house.brand, house.brand_ink) if house else readable_look(_OUR_BRAND, _OUR_INK),
        "testing": settings().demo or bool(house and house.test_mode),
        "manage": _manage(letter, envelope),
        "logo": _logo(house),
        "logo_at": f"cid:{_logo(house)}",
        "logo_size": _fitted(house.logo_width, house.logo_height) if house and house.logo else (0, 0),
        "contact": " · ".join(filter(None, (house.contact_email, house.contact_phone, house.hours))) if house else "",
        "address": ", ".join(house.postal_address.splitlines()) if house else "",
        "links": _links(house) if house else (),
    }


def _manage(letter: Letter, envelope: Envelope) -> str:
    """Where *Manage my account* leads, unless the letter's own button leads there."""
    home = places.portal(envelope.merchant.slug) if envelope.merchant and letter.manage else ""
    return "" if letter.button and letter.button.url == home else home


def _logo(house: MerchantFacts | None) -> str:
    """The Content-ID of the merchant's logo; empty: the initials stand in."""
    return f"{house.logo[:32]}@{settings().mail_from.rpartition('@')[2]}" if house and house.logo else ""


def _fitted(width: int, height: int) -> tuple[int, int]:
    """A logo's size in a mail, in whole pixels: attributes, since Outlook reads no style."""
    high = min(_LOGO_HIGH, height, _LOGO_WIDE * height // width)
    return width * high // height, high


def _links(house: MerchantFacts) -> tuple[tuple[str, str], ...]:
    named = (
        (_("Website"), house.website),
        (_("Help"), house.help_url),
        (_("Terms"), house.terms_url),
        (_("Privacy"), house.privacy_url),
    )
    return tuple((label, link) for label, link in named if link)


def _one_line(text: str) -> str:
    """A header's value: a line break in a name must not begin a header of its own."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


@lru_cache
def _environment(*, html: bool) -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=html,  # noqa: S701 - the text part is text
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["_"] = _
    return made


@lru_cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
