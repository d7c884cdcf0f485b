"""What every page, mail and receipt needs to know of a merchant."""

from __future__ import annotations

from typing import Any

from peewee import fn

from domain.accounts.viewer import MerchantFacts
from domain.merchants.look import LINKS, shown_link
from kit.bidi import isolated
from kit.config import settings
from models.merchants import GatewayAccount, Logo, Merchant


def merchant_facts(slug: str) -> MerchantFacts | None:
    """The merchant at this portal address, or None."""
    row = Merchant.select(Merchant, *along(Merchant.id)).where(Merchant.slug == slug).first()
    return None if row is None else facts_of(row, told=row)


def facts_of(merchant: Merchant, *, told: Any = None) -> MerchantFacts:
    """A merchant's row as facts. One query, unless `told` is a row that has asked `along` already.

    A stored link that we would not keep today is left out: what we refuse reaches no page.
    """
    if told is None:
        told = Merchant.select(*along(Merchant.id)).where(Merchant.id == merchant.id).get()
    return MerchantFacts(
        id=merchant.id,
        slug=merchant.slug,
        name=isolated(merchant.name),  # it stands in sentences
        currency=merchant.currency,
        zone=merchant.zone,
        locale=merchant.locale,
        country=merchant.country,
        brand=merchant.brand,
        brand_ink=merchant.brand_ink,
        test_mode=settings().demo or bool(told.tested),
        contact_email=merchant.contact_email,
        contact_phone=merchant.contact_phone,
        hours=merchant.hours,
        postal_address=merchant.postal_address,
        **{name: shown_link(getattr(merchant, name)) for name in LINKS},
        logo=told.logo_digest or "",
        logo_width=told.logo_width or 0,
        logo_height=told.logo_height or 0,
        sign_in_links=merchant.sign_in_links,
    )


def along(merchant: Any) -> tuple[Any, ...]:
    """What a query that reads a merchant's row asks along, so that its facts cost no query of their own."""
    logo = {f"logo_{name}": getattr(Logo, name) for name in ("digest", "width", "height")}
    asked = (Logo.select(field).where(Logo.merchant == merchant).alias(name) for name, field in logo.items())
    return (fn.EXISTS(in_test_mode(merchant)).alias("tested"), *asked)


def in_test_mode(merchant: Any) -> Any:
    """The query for a merchant's active test-mode processor accounts; `merchant` may be a column of an outer query."""
    return GatewayAccount.select(GatewayAccount.id).where(
        GatewayAccount.merchant == merchant, GatewayAccount.active, ~GatewayAccount.livemode
    )
