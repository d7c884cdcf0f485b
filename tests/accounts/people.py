"""Merchants, accounts and staff for these tests, as rows."""

from __future__ import annotations

from uuid import UUID

from domain.accounts import sessions
from kit.clock import utc_now
from models.base import unit_of_work
from models.customers import Access, AccessSource, Account, Customer
from models.merchants import Merchant, Staff


def merchant(slug: str = "harbor", name: str = "Harbor Yoga") -> Merchant:
    """A merchant in New York that bills in dollars."""
    return Merchant.create(
        slug=slug,
        name=name,
        currency="USD",
        country="US",
        zone="America/New_York",
        contact_email="billing@example.com",
        contact_phone="(555) 010-0100",
        created_at=utc_now(),
    )


def customer(shop: Merchant, email: str, name: str = "Ann Lee") -> Customer:
    """A customer record."""
    return Customer.create(merchant=shop, name=name, email=email, created_at=utc_now())


def account(shop: Merchant, email: str, *, customers: int = 1, password_hash: str = "x") -> Account:
    """A confirmed account that may act for as many records of its address."""
    row = Account.create(
        merchant=shop,
        email=email,
        name="Ann Lee",
        password_hash=password_hash,
        confirmed_at=utc_now(),
        created_at=utc_now(),
    )
    for _n in range(customers):
        source = AccessSource.MAILBOX_MATCH
        Access.create(account=row, customer=customer(shop, email), source=source, granted_at=utc_now())
    return row


def staff(email: str, *, operator: bool = False, password_hash: str = "x") -> Staff:
    """A merchant's person, or an operator."""
    return Staff.create(
        email=email, name="Olga Ray", operator=operator, password_hash=password_hash, created_at=utc_now()
    )


def session(*, account: Account | None = None, staff: Staff | None = None) -> str:
    """A signed-in browser's token."""
    ids: dict[str, UUID] = {"account": account.id} if account else {"staff": staff.id}
    with unit_of_work():
        return sessions.open_session(**ids)
