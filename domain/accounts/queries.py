"""Reads of identity: whom an account may act for, whom a staff person works for."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.accounts.viewer import Role
from models.customers import Access, Account, Customer
from models.merchants import Membership, Merchant, Staff
from models.orders import Order


@dataclass(frozen=True)
class Reach:
    """A customer record that an account may act for."""

    customer_id: UUID
    name: str
    reference: str
    latest: str  # the title of its latest order, to tell records of one name apart


def customers_of(account_id: UUID) -> list[Reach]:
    """The customer records that an account may act for now, the longest known first."""
    titles = Order.select(Order.title).where(Order.customer == Customer.id)
    latest = titles.order_by(Order.placed_at.desc()).limit(1)
    rows = (
        Customer.select(Customer.id, Customer.name, Customer.reference, latest.alias("latest"))
        .join(Access)
        .where(Access.account == account_id, Access.revoked_at.is_null())
        .order_by(Access.granted_at, Customer.id)
    )
    return [Reach(row.id, row.name, row.reference or "", row.latest or "") for row in rows]


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


def owners_of(merchant_id: UUID) -> list[str]:
    """The names of a merchant's owners, the first one first."""
    rows = (
        Staff.select(Staff.name)
        .join(Membership)
        .where(Membership.merchant == merchant_id, Membership.role == Role.OWNER, Staff.disabled_at.is_null())
        .order_by(Membership.created_at, Staff.id)
    )
    return [row.name for row in rows]


def account_by_email(merchant_id: UUID, email: str) -> Account | None:
    """The account of a normalised address at a merchant, confirmed or not."""
    found: Account | None = Account.get_or_none(Account.merchant == merchant_id, Account.email == email)
    return found
