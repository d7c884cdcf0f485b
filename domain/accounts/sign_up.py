"""Creating an account: the same answer, the same work and the same time whether or not the address has one."""

from __future__ import annotations

from uuid import UUID

from domain.accounts.addresses import normalise
from domain.accounts.queries import account_by_email
from domain.accounts.throttle import may_mail
from domain.mail import letters
from domain.reports import dirty
from kit.clock import utc_now
from kit.errors import DomainError
from kit.i18n import _, current_language
from models.base import unit_of_work
from models.customers import Account

_LONGEST_NAME = 160


def sign_up(*, merchant: UUID, name: str, email: str) -> None:
    """Mails a confirmation link to a new address, and a reset link to one that has an account already.

    Nothing tells the caller which. Raises DomainError (fields `name`, `email`) for what cannot be a name or an address.
    """
    called, address = plain_name(name), normalise(email)
    with unit_of_work():
        now = utc_now()
        if not may_mail(str(merchant), address, now):
            return
        # Until the mailbox is proved, the latest sign-up's name counts: the first one may have been a stranger's.
        Account.insert(
            merchant=merchant, email=address, name=called, locale=current_language(), created_at=now
        ).on_conflict(
            conflict_target=[Account.merchant, Account.email],
            update={Account.name: called},
            where=Account.confirmed_at.is_null(),
        ).execute()
        dirty.mark(merchant, now, what=dirty.ADOPTION)
        account = account_by_email(merchant, address)
        assert account is not None
        if account.confirmed_at:
            letters.reset(account)
        else:
            letters.confirm(account)


def plain_name(text: str) -> str:
    """A name on one line. Raises DomainError (field `name`) when there is none or it is no name."""
    name = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    if not name:
        raise DomainError(_("Write your name, as it should stand on receipts."), field="name")
    if len(name) > _LONGEST_NAME:
        raise DomainError(_("Use at most 160 characters for the name."), field="name")
    return name
