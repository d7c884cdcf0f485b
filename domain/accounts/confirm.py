"""Confirming a mailbox: the first password, access to the customer records of the address, and the first sign-in."""

from __future__ import annotations

from uuid import UUID

from domain.accounts import links, passwords, sessions
from domain.accounts.access import grant_matching, make_own_record
from domain.accounts.new_password import hold, write_password
from domain.accounts.own_words import words_of
from domain.accounts.queries import customers_of
from domain.accounts.sign_in import SignedIn
from domain.events.record import Actor, record
from domain.mail.reach import reached
from kit.clock import utc_now
from models.base import unit_of_work
from models.customers import Account, LinkPurpose


def waiting(*, merchant: UUID, token: str) -> str | None:
    """The address that a confirmation link is for, or None when the link is dead or another merchant's. Reads only."""
    link = links.find(token, LinkPurpose.CONFIRM, utc_now())
    return link.account.email if link and link.account and link.account.merchant_id == merchant else None


def confirm(*, merchant: UUID, token: str, password: str, device: str = "") -> SignedIn:
    """Sets the password, confirms the mailbox, grants what it may see, and signs in.

    Raises LinkDead for a link that is not live here, and DomainError (field `password`) for a password that must not be
    used; the link then stays good.
    """
    link = links.find(token, LinkPurpose.CONFIRM, utc_now())
    if link is None or link.account is None or link.account.merchant_id != merchant:
        raise links.LinkDead
    passwords.accept(password, minimum=passwords.CUSTOMER_MINIMUM, own_words=words_of(link.account))
    hashed = passwords.hash_of(password)
    with unit_of_work():
        now = utc_now()
        hold(link.account_id)
        links.consume(token, LinkPurpose.CONFIRM, now)
        Account.update(confirmed_at=now, signed_in_at=now).where(Account.id == link.account_id).execute()
        account = write_password(link.account_id, hashed, now)
        reached(account.email)
        grant_matching(account)
        mine = customers_of(account.id)
        first = mine[0].customer_id if mine else make_own_record(account).id
        for kind in ("account.confirmed", "account.signed_in"):
            record(kind, merchant=merchant, actor=Actor.CUSTOMER, actor_id=account.id, customer=first)
        opened = sessions.open_session(account=account.id, customer=first, device=device)
        return SignedIn(opened, max(len(mine), 1))
