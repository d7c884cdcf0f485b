"""A new password: written once for every way to it, and changed by somebody who is signed in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.accounts import links, passwords, sessions
from domain.accounts.own_words import words_of
from domain.accounts.viewer import Viewer
from domain.events.record import Actor, record
from domain.mail import letters
from kit.clock import utc_now
from kit.errors import NotAllowed
from kit.i18n import _
from models.base import locked, require_unit_of_work, unit_of_work
from models.customers import Account


def hold(account: UUID) -> Account:
    """Takes the account's row until the commit, in a unit of work. Whoever uses a link up does so first.

    A change of the password ends links while a link changes the password: both begin here, so neither has what the
    other waits for, and no session is opened by a link whose password goes at the same moment.
    """
    require_unit_of_work()
    row: Account = locked(Account.select().where(Account.id == account)).get()
    return row


def write_password(account: UUID, hashed: str, now: datetime) -> Account:
    """Keeps the hash, in a unit of work; every older link of the account dies. Sessions are the caller's to end."""
    require_unit_of_work()
    Account.update(password_hash=hashed, password_version=Account.password_version + 1, password_changed_at=now).where(
        Account.id == account
    ).execute()
    row: Account = Account.get_by_id(account)
    links.kill(account=row)
    return row


def change_password(*, viewer: Viewer, password: str) -> None:
    """Sets a new password for the signed-in customer, whose door has asked for proof; the person is told by mail.

    Every other session and every mailed link of the account ends. Raises DomainError (field `password`) for a password
    that must not be used, NotAllowed when the session was ended meanwhile: who has just reset the password keeps it.
    """
    account = Account.get_by_id(viewer.account_id)
    passwords.accept(password, minimum=passwords.CUSTOMER_MINIMUM, own_words=words_of(account))
    hashed = passwords.hash_of(password)
    with unit_of_work():
        hold(account.id)
        if not sessions.is_open(viewer.session_id):
            raise NotAllowed(_("You are signed out"))
        account = write_password(account.id, hashed, utc_now())
        sessions.revoke_all(account=account.id, keep=viewer.session_id)
        letters.security_change(account, letters.PASSWORD_HERE)
        record("account.password_changed", merchant=account.merchant_id, actor=Actor.CUSTOMER, actor_id=account.id)
