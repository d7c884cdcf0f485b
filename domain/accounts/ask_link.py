"""Who asks for a mailed link gets the same page whoever they are; what is mailed depends on the address (case 1, 2)."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from domain.accounts.queries import account_by_email
from domain.accounts.throttle import may_mail
from domain.mail import letters
from kit.clock import utc_now
from models.base import require_unit_of_work
from models.customers import Account


def mail_link(merchant: UUID, address: str, letter: Callable[[Account], object]) -> None:
    """Mails `letter`, a confirmation link when the account was never confirmed, or word that there is no account.

    In a unit of work, for a normalised address, which gets at most 3 mails an hour and 10 a day. Nothing tells the
    caller which it was.
    """
    require_unit_of_work()
    if not may_mail(str(merchant), address, utc_now()):
        return
    account = account_by_email(merchant, address)
    if account is None:
        letters.no_account(merchant, address)
    else:
        (letter if account.confirmed_at else letters.confirm)(account)
