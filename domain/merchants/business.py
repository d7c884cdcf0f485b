"""A merchant's business facts: name, ways to reach it, where and when it is, its money and its language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from uuid import UUID

from domain.events.record import Actor, record
from domain.merchants import look
from domain.merchants.edits import Errors, locked_merchant, refuse_overtaken
from domain.merchants.make import checked_currency, checked_zone
from kit.errors import DomainError
from kit.i18n import LOCALES, _
from models.base import unit_of_work
from models.merchants import Merchant, MerchantPolicy
from models.methods import BillingSchedule
from models.orders import Order

FIELDS = (
    "name",
    "contact_email",
    "contact_phone",
    "hours",
    "postal_address",
    "zone",
    "currency",
    "locale",
    *look.LINKS,
)
_LINES, _LONGEST = 6, 300


def business_of(merchant: UUID) -> dict[str, str]:
    """The facts as they stand, by field. One query."""
    row = Merchant.get_by_id(merchant)
    return {name: getattr(row, name) for name in FIELDS}


def has_billed(merchant: UUID) -> bool:
    """Whether anything was ever billed, or is planned to be: then the currency stays."""
    orders = Order.select().where(Order.merchant == merchant)
    return bool(orders.exists() or BillingSchedule.select().where(BillingSchedule.merchant == merchant).exists())


def set_business(
    *, merchant: UUID, staff: UUID, owner: bool, was: str | None, wanted: Mapping[str, str]
) -> tuple[str, ...]:
    """Keeps the business facts and answers the names of those that changed; what `wanted` does not name stays.

    The currency is an owner's, and only while nothing was billed in it. Raises Wrong with every refused field,
    Overtaken when somebody else was faster.
    """
    with unit_of_work():
        row = locked_merchant(merchant)
        now = {name: getattr(row, name) for name in FIELDS}
        refuse_overtaken(was, now)
        checked = _checked({name: wanted[name] for name in FIELDS if name in wanted}, now)
        changed = {name: value for name, value in checked.items() if value != now[name]}
        if "currency" in changed:
            _refuse_currency(merchant, owner=owner)
            MerchantPolicy.update(part_floor=0).where(MerchantPolicy.merchant == merchant).execute()  # was in the other
        if changed:
            Merchant.update(**changed).where(Merchant.id == merchant).execute()
            facts = {"what": ",".join(sorted(changed))}
            record("business.changed", merchant=merchant, actor=Actor.STAFF, actor_id=staff, facts=facts)
    return tuple(changed)


def _checked(wanted: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    errors = Errors()
    checks: dict[str, Callable[[str], str]] = {
        "zone": checked_zone,
        "currency": checked_currency,
        "locale": _locale,
        "postal_address": _postal,
    }
    made = {}
    for name, text in wanted.items():
        check = checks.get(name) or partial(look.checked, name)
        made[name] = errors.take(name, partial(check, text), now[name])
    errors.settle()
    return made


def _refuse_currency(merchant: UUID, *, owner: bool) -> None:
    if not owner:
        raise DomainError(_("Only an owner changes the currency."), field="currency")
    if has_billed(merchant):
        raise DomainError(
            _("Something was billed already, so the currency stays: orders, receipts and the books are kept in it."),
            field="currency",
        )


def _locale(text: str) -> str:
    if text not in LOCALES:
        raise DomainError(_("Choose one of the languages."))
    return text


def _postal(text: str) -> str:
    lines = [" ".join(line.split()) for line in text.splitlines()]
    kept = [line for line in lines if line]
    if len(kept) > _LINES or len("\n".join(kept)) > _LONGEST or any(not line.isprintable() for line in kept):
        raise DomainError(
            _("Write the address in at most %(lines)d lines and %(most)d characters.")
            % {"lines": _LINES, "most": _LONGEST}
        )
    return "\n".join(kept)
