"""Reads of identity: a merchant as pages need it, the people behind a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from peewee import SQL, Select, fn

from domain.accounts.viewer import MerchantFacts, Role
from kit.config import settings
from models.customers import Access, Account, Customer
from models.merchants import GatewayAccount, Membership, Merchant


def merchant_by_slug(slug: str) -> MerchantFacts | None:
    """The merchant of a portal address, or None when there is none."""
    return _facts_where(Merchant.slug == slug)


def merchant_by_id(merchant_id: UUID) -> MerchantFacts | None:
    """The merchant's facts by its id."""
    return _facts_where(Merchant.id == merchant_id)


def _facts_where(condition: Any) -> MerchantFacts | None:
    row = Merchant.select(*merchant_columns()).where(condition).first()
    return facts_of(row, in_test=row.in_test) if row else None


def merchant_columns() -> tuple[Any, ...]:
    """What `facts_of` needs of a query on Merchant, joined or alone: one query, whatever the mode."""
    in_test: Select = GatewayAccount.select(SQL("1")).where(
        GatewayAccount.merchant == Merchant.id, GatewayAccount.active, ~GatewayAccount.livemode
    )
    return Merchant, fn.EXISTS(in_test).alias("in_test")


def facts_of(merchant: Merchant, *, in_test: bool) -> MerchantFacts:
    """A merchant as pages see it. `in_test` comes with the row of a query on `merchant_columns()`."""
    return MerchantFacts(
        id=merchant.id,
        slug=merchant.slug,
        name=merchant.name,
        currency=merchant.currency,
        zone=merchant.zone,
        locale=merchant.locale,
        brand=merchant.brand,
        brand_ink=merchant.brand_ink,
        test_mode=settings().demo or bool(in_test),
        contact_email=merchant.contact_email,
        contact_phone=merchant.contact_phone,
        hours=merchant.hours,
    )


@dataclass(frozen=True)
class Reach:
    """A customer record that an account may act for."""

    customer_id: UUID
    name: str
    reference: str


def customers_of(account_id: UUID) -> list[Reach]:
    """The customer records that an account may act for now, the longest known first."""
    rows = (
        Customer.select(Customer.id, Customer.name, Customer.reference)
        .join(Access)
        .where(Access.account == account_id, Access.revoked_at.is_null())
        .order_by(Access.granted_at, Customer.id)
    )
    return [Reach(row.id, row.name, row.reference or "") for row in rows]


@dataclass(frozen=True)
class Desk:
    """A merchant that a staff person works for, and as what."""

    slug: str
    name: str
    role: Role


def desks_of(staff_id: UUID) -> list[Desk]:
    """The merchants of a staff person, by name."""
    rows = (
        Membership.select(Membership.role, Merchant.slug, Merchant.name)
        .join(Merchant)
        .where(Membership.staff == staff_id)
        .order_by(Merchant.name)
    )
    return [Desk(row.merchant.slug, row.merchant.name, row.role) for row in rows]


def account_by_email(merchant_id: UUID, email: str) -> Account | None:
    """The account of a normalised address at a merchant, confirmed or not."""
    found: Account | None = Account.get_or_none(Account.merchant == merchant_id, Account.email == email)
    return found
