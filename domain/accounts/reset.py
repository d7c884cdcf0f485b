"""A forgotten password: a mailed link, a new password, and the end of every other way in."""

from __future__ import annotations

from uuid import UUID

from domain.accounts import links, passwords, sessions
from domain.accounts.addresses import normalise
from domain.accounts.ask_link import mail_link
from domain.accounts.new_password import hold, write_password
from domain.accounts.own_words import words_of
from domain.accounts.throttle import may_mail
from domain.events.record import Actor, record
from domain.mail import letters
from kit.clock import utc_now
from kit.errors import Conflict, NotFound
from kit.i18n import _
from models.base import unit_of_work
from models.customers import Account, LinkPurpose


def ask_reset(*, merchant: UUID, email: str) -> None:
    """Mails a reset link, or what `mail_link` mails instead. Raises DomainError (field `email`) for no address."""
    address = normalise(email)
    with unit_of_work():
        mail_link(merchant, address, letters.reset)


def send_reset(*, merchant: UUID, account: UUID, staff: UUID) -> None:
    """A merchant's person has the standard reset mail sent to a customer, never sees its link, and stands in the trail.

    Raises NotFound for another merchant's account, Conflict when the address has had its mails for this hour or day.
    """
    with unit_of_work():
        row = Account.get_or_none(Account.id == account, Account.merchant == merchant)
        if row is None:
            raise NotFound(_("There is no such account."))
        if not may_mail(str(merchant), row.email, utc_now()):
            raise Conflict(_("This address has just been sent several links. Wait an hour, then try again."))
        (letters.reset if row.confirmed_at else letters.confirm)(row)
        record("account.reset_sent", merchant=merchant, actor=Actor.STAFF, actor_id=staff, subject=account)


def waiting(*, merchant: UUID, token: str) -> str | None:
    """The address that a reset link is for, or None when the link is dead or another merchant's. Reads only."""
    link = links.find(token, LinkPurpose.RESET, utc_now())
    return link.account.email if link and link.account and link.account.merchant_id == merchant else None


def reset_password(*, merchant: UUID, token: str, password: str) -> None:
    """Sets a new password; every session and older link of the account ends, and the person is told by mail.

    It does not sign in. Raises LinkDead for a link that is not live here, DomainError (field `password`) for a password
    that must not be used; the link then stays good.
    """
    link = links.find(token, LinkPurpose.RESET, utc_now())
    if link is None or link.account is None or link.account.merchant_id != merchant:
        raise links.LinkDead
    passwords.accept(password, minimum=passwords.CUSTOMER_MINIMUM, own_words=words_of(link.account))
    hashed = passwords.hash_of(password)
    with unit_of_work():
        hold(link.account_id)
        links.consume(token, LinkPurpose.RESET, utc_now())
        account = write_password(link.account_id, hashed, utc_now())
        sessions.revoke_all(account=account.id)
        letters.security_change(account, letters.PASSWORD)
        record("account.password_changed", merchant=merchant, actor=Actor.CUSTOMER, actor_id=account.id)
