"""A mailed link that signs in once, without the password, where the merchant lets customers have one.

It stands for the mailbox, as a reset link does, and so it is braked by the same counter and dies with the password.
"""

from __future__ import annotations

from uuid import UUID

from domain.accounts import links, sessions
from domain.accounts.access import make_own_record
from domain.accounts.addresses import normalise
from domain.accounts.ask_link import mail_link
from domain.accounts.new_password import hold
from domain.accounts.queries import customers_of
from domain.accounts.sign_in import SignedIn
from domain.events.record import Actor, record
from domain.mail import letters
from domain.mail.reach import reached
from kit.clock import utc_now
from kit.errors import NotFound
from kit.i18n import _
from models.base import unit_of_work
from models.customers import Account, LinkPurpose
from models.merchants import Merchant


def ask_link(*, merchant: UUID, email: str, back: str = "") -> None:
    """Mails a sign-in link, or what `mail_link` mails instead. `back` is a page of ours that the person wanted.

    Raises DomainError (field `email`) for what cannot be an address, NotFound where the
    merchant does not offer links.
    """
    address = normalise(email)
    with unit_of_work():
        if not _offered(merchant):
            raise NotFound(_("Sign in with your password here."))
        mail_link(merchant, address, lambda account: letters.sign_in_link(account, back))


def _offered(merchant: UUID) -> bool:
    return Merchant.select().where(Merchant.id == merchant, Merchant.sign_in_links).exists()


def waiting(*, merchant: UUID, token: str) -> str | None:
    """The address that a sign-in link is for, or None when it is dead or another merchant's. Reads only."""
    account = _owner(merchant, token)
    return account.email if account else None


def _owner(merchant: UUID, token: str) -> Account | None:
    link = links.find(token, LinkPurpose.SIGN_IN, utc_now())
    account = link.account if link else None
    return account if account and account.merchant_id == merchant and _offered(merchant) else None


def use_link(*, merchant: UUID, token: str, device: str = "", at: UUID | None = None) -> SignedIn:
    """Uses the link up and opens a session, which counts as proved.

    `at` is the customer record that this browser looked at before, if it did: it stays there and is not asked to
    choose. Raises LinkDead for a link that is not live here; of two presses one wins.
    """
    with unit_of_work():
        account = _owner(merchant, token)
        if account is None:
            raise links.LinkDead
        hold(account.id)
        links.consume(token, LinkPurpose.SIGN_IN, utc_now())
        Account.update(signed_in_at=utc_now()).where(Account.id == account.id).execute()
        reached(account.email)
        mine = [reach.customer_id for reach in customers_of(account.id)] or [make_own_record(account).id]
        stays = at in mine
        first = at if at and stays else mine[0]
        record("account.signed_in", merchant=merchant, actor=Actor.CUSTOMER, actor_id=account.id, customer=first)
        opened = sessions.open_session(account=account.id, customer=first, device=device)
        return SignedIn(opened, 1 if stays else len(mine))
