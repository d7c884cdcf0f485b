"""Signing a customer in. A wrong password, an unknown and an unconfirmed address look and take the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from domain.accounts import passwords, sessions, throttle
from domain.accounts.access import make_own_record
from domain.accounts.addresses import is_address
from domain.accounts.queries import account_by_email, customers_of
from domain.events.record import Actor, record
from kit.clock import utc_now
from kit.errors import DomainError
from kit.i18n import _, ngettext
from models.base import unit_of_work
from models.customers import Account


@dataclass(frozen=True)
class SignedIn:
    """A fresh session's token, and for how many customer records it may act: with several, one is chosen."""

    token: str
    customers: int


class MustWait(DomainError):
    """Too many tries without success. The words are the same for addresses without an account."""

    def __init__(self, wait: timedelta) -> None:
        seconds = max(int(wait.total_seconds()), 1)
        minutes = -(-seconds // 60)
        if seconds <= 60:
            span = ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
        else:
            span = ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
        super().__init__(
            _("Too many tries without success. Wait %(span)s, then try again, or ask for a reset link.")
            % {"span": span}
        )


class WrongPassword(DomainError):
    """The address or the password is wrong; it is not said which."""

    def __init__(self) -> None:
        sentence = _("This e-mail and password do not fit together. Check both, or ask for a reset link.")
        super().__init__(sentence, field="password")


def sign_in(*, merchant: UUID, email: str, password: str, address: str, device: str = "") -> SignedIn:
    """Opens a session for the account of this e-mail at this merchant. `address` is the IP address it is tried from.

    Raises WrongPassword, or MustWait after five tries without success for the account or from the address.
    """
    claimed = email.strip(" \t").lower()
    tries = count_try(realm=str(merchant), email=claimed, address=address)
    account = account_by_email(merchant, claimed if is_address(claimed) else "")
    stored = account.password_hash if account and account.confirmed_at else None
    if not passwords.verify(stored, password) or account is None or stored is None:
        raise WrongPassword
    better = passwords.hash_of(password) if passwords.outdated(stored) else stored
    with unit_of_work():
        throttle.succeeded(tries)
        # The password may have been changed while we were checking the old one: then this sign-in comes too late.
        still = Account.update(password_hash=better, signed_in_at=utc_now()).where(
            Account.id == account.id, Account.password_version == account.password_version
        )
        if still.execute() != 1:
            raise WrongPassword
        mine = customers_of(account.id)
        first = mine[0].customer_id if mine else make_own_record(account).id
        record("account.signed_in", merchant=merchant, actor=Actor.CUSTOMER, actor_id=account.id, customer=first)
        opened = sessions.open_session(account=account.id, customer=first, device=device)
        return SignedIn(opened, max(len(mine), 1))


def count_try(*, realm: str, email: str, address: str) -> throttle.Tries:
    """Counts a try before the password is looked at. Raises MustWait when it comes too soon."""
    tries = throttle.tries_of(realm=realm, email=email, address=address)
    with unit_of_work():
        wait = throttle.begin_try(tries, utc_now())
    if wait:
        raise MustWait(wait)
    return tries
