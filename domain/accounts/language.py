"""The language that a person chose to read in."""

from __future__ import annotations

from uuid import UUID

from kit.i18n import LOCALES
from models.base import unit_of_work
from models.customers import Account


def keep_language(*, account: UUID, language: str) -> None:
    """Keeps an account's language, for its pages and its mails. One that we do not speak changes nothing."""
    if language in LOCALES:
        with unit_of_work():
            Account.update(locale=language).where(Account.id == account).execute()


def language_of(merchant: UUID, address: str) -> str:
    """The language that the account of this address at this merchant chose, or nothing."""
    query = Account.select(Account.locale).where(Account.merchant == merchant, Account.email == address.lower())
    return str(query.scalar() or "")
