"""The words that a person's password must not be made of, because others know them."""

from __future__ import annotations

from models.customers import Account
from models.merchants import Membership, Merchant, Staff

_PRODUCT = "Settle"


def words_of(account: Account) -> list[str]:
    """Of a customer's account: name, address, the merchant."""
    return [_PRODUCT, account.name, account.email, account.merchant.name, account.merchant.slug]


def words_of_staff(staff: Staff) -> list[str]:
    """Of a merchant's person: name, address, the merchants worked for."""
    merchants = Merchant.select(Merchant.name, Merchant.slug).join(Membership).where(Membership.staff == staff)
    return [_PRODUCT, staff.name, staff.email, *(word for row in merchants for word in (row.name, row.slug))]
