"""How a merchant presents itself: name, colours, ways to reach it, pages of its own. Checked before it is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from domain.accounts.addresses import is_address
from domain.events.record import Actor, record
from domain.merchants.brand import Look, checked_colour, readable_look
from kit.errors import DomainError
from kit.i18n import _
from models.base import unit_of_work
from models.merchants import Merchant

LINKS = ("website", "help_url", "terms_url", "privacy_url")
_LONGEST = {"name": 120, "contact_phone": 40, "hours": 120}


def set_look(
    *, merchant: UUID, actor: Actor, actor_id: UUID | None = None, changes: Mapping[str, str]
) -> tuple[str, ...]:
    """Changes a merchant's look; what `changes` does not name stays. Answers what had to be adjusted, in sentences.

    `changes` may name `name`, `brand`, `brand_ink`, `contact_email`, `contact_phone`, `hours` and LINKS; "" takes a
    detail away. Nothing is kept when one is refused: DomainError, with its field.
    """
    wanted = {name: checked(name, text) for name, text in changes.items()}
    with unit_of_work():
        if wanted:
            Merchant.update(**wanted).where(Merchant.id == merchant).execute()
            facts = {"what": ",".join(sorted(wanted))}
            record("look.changed", merchant=merchant, actor=actor, actor_id=actor_id, facts=facts)
        return look_of(merchant).notes


def look_of(merchant: UUID) -> Look:
    """A merchant's colours as both themes show them. One query."""
    row = Merchant.get_by_id(merchant)
    return readable_look(row.brand, row.brand_ink)


def checked(name: str, text: str) -> str:
    """One detail of a look, as it is kept. Raises DomainError, with its field."""
    checks: dict[str, Callable[[str], str]] = {
        "brand": checked_colour,
        "brand_ink": checked_colour,
        "contact_email": _address,
        **dict.fromkeys(LINKS, checked_link),
    }
    if name not in checks and name not in _LONGEST:
        raise ValueError(f"{name} is no part of a look")
    try:
        return checks[name](text.strip()) if name in checks else _text(name, text)
    except DomainError as wrong:
        raise DomainError(wrong.sentence, field=name) from None


def checked_link(text: str) -> str:
    """A link that may stand on our pages: https:// or mailto: and nothing else. "" is no link.

    Raises DomainError for another scheme (javascript: would run on our page), a name and password in the address, or
    more than the column holds.
    """
    if not text or _is_link(text):
        return text
    raise DomainError(
        _("“%(text)s” cannot be a link here. Write it like https://example.com or mailto:help@example.com.")
        % {"text": text[:60]}
    )


def shown_link(text: Any) -> str:
    """A stored link, or "" when it could not have been stored by us: no page draws an unchecked address."""
    return text if isinstance(text, str) and _is_link(text) else ""


def _is_link(text: str) -> bool:
    if len(text) > Merchant.website.max_length or not text.isascii() or not text.isprintable():
        return False
    if any(sign in text for sign in " \"'<>\\`"):
        return False
    if text.startswith("mailto:"):
        return is_address(text.removeprefix("mailto:").lower())
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    return parts.scheme == "https" and "." in host.strip(".") and "@" not in parts.netloc


def _address(text: str) -> str:
    if text and not is_address(text.lower()):
        raise DomainError(_("Write one e-mail address, like name@example.com."))
    return text


def _text(name: str, text: str) -> str:
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    if name == "name" and not line:
        raise DomainError(_("The merchant needs a name."))
    most = _LONGEST[name]
    if len(line) > most:
        raise DomainError(_("That is too long: %(most)d characters at most.") % {"most": most})
    return line
