"""What every page, mail and receipt needs to know of a merchant."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from domain.accounts.viewer import MerchantFacts
from kit.config import settings
from models.merchants import GatewayAccount, Merchant


def merchant_facts(slug: str) -> MerchantFacts | None:
    """The merchant at this portal address, or None."""
    merchant = Merchant.get_or_none(Merchant.slug == slug)
    return None if merchant is None else facts_of(merchant)


def facts_of(merchant: Merchant, *, tested: bool | None = None) -> MerchantFacts:
    """A merchant's row as facts. One query, for whether its processor account is a test one.

    None in the demo, or when the caller has asked already (`tested`).
    """
    return MerchantFacts(
        id=merchant.id,
        slug=merchant.slug,
        name=merchant.name,
        currency=merchant.currency,
        zone=merchant.zone,
        locale=merchant.locale,
        brand=merchant.brand,
        brand_ink=merchant.brand_ink,
        test_mode=settings().demo or (_has_test_account(merchant.id) if tested is None else tested),
        contact_email=merchant.contact_email,
        contact_phone=merchant.contact_phone,
        hours=merchant.hours,
    )


def _has_test_account(merchant: UUID) -> bool:
    return bool(in_test_mode(merchant).exists())


def in_test_mode(merchant: Any) -> Any:
    """The query for a merchant's active test-mode processor accounts; `merchant` may be a column of an outer query."""
    return GatewayAccount.select(GatewayAccount.id).where(
        GatewayAccount.merchant == merchant, GatewayAccount.active, ~GatewayAccount.livemode
    )
