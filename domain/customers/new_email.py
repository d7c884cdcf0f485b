"""A new e-mail, proved: the link went to the new mailbox, and the account that wished it presses the button signed in.

Both are asked for. The link alone would let somebody write a stranger's address, wait for that stranger's press, and
see the stranger's bills, which are granted by mailbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from peewee import IntegrityError

from domain.accounts import links, sessions
from domain.accounts.access import email_changed
from domain.accounts.new_password import hold
from domain.customers.contact import OPEN, event, move
from domain.customers.folded import refold
from domain.events.record import Actor, record
from domain.mail import letters
from domain.mail.outbox import follow
from domain.mail.reach import reached
from kit.clock import utc_now
from models.base import require_unit_of_work, unit_of_work
from models.customers import Access, Account, ChangeState, ContactChange, ContactKind, Customer, LinkPurpose, LinkToken


@dataclass(frozen=True)
class Waiting:
    """What a link would do: the address of now, the new one, and whether it also signs in from then on."""

    old: str
    new: str
    signs_in: bool


@dataclass(frozen=True)
class Proved:
    """What became of it. `taken`: another account has the address; nothing was changed, and the wish is closed."""

    old: str
    new: str
    taken: bool
    signs_in: bool


def waiting(*, account: UUID, token: str) -> Waiting | None:
    """What a live link of this account's is for, or None. Reads only: a mail scanner consumes nothing."""
    link = links.find(token, LinkPurpose.NEW_EMAIL, utc_now())
    change = _change_of(link, account) if link else None
    if change is None:
        return None
    return Waiting(change.customer.email, change.wanted, _signs_in(change))


def _change_of(link: LinkToken, account: UUID) -> ContactChange | None:
    if link.account_id != account or link.subject is None:
        return None
    reach = Access.select(Access.customer).where(Access.account == account, Access.revoked_at.is_null())
    found: ContactChange | None = ContactChange.get_or_none(
        ContactChange.id == UUID(link.subject),
        ContactChange.state == ChangeState.PROOF,
        ContactChange.customer.in_(reach),  # of a record that is not theirs any more, nothing is theirs to finish
    )
    return found


def _signs_in(change: ContactChange) -> bool:
    """Whether the account signs in with the record's address. If not, the record's address moves alone."""
    return bool(change.account.email == change.customer.email)


def prove(*, account: UUID, session: UUID, token: str) -> Proved:
    """Uses the link up and writes the new address, in one unit of work.

    If the account signed in with the record's address, the sign-in moves, and with it every record that the account
    acts for under the old address; records under another address keep theirs. Access is reckoned anew, older links and
    other sessions end, the old mailbox is told. Raises LinkDead for a link that is not live, or not this account's.
    """
    try:
        return _prove(account, session, token)
    except IntegrityError:  # somebody confirmed that address between our look and our write: now the look sees it
        return _prove(account, session, token)


def _prove(account: UUID, session: UUID, token: str) -> Proved:
    with unit_of_work():
        person = hold(account)
        link = links.consume(token, LinkPurpose.NEW_EMAIL, utc_now())
        change = _change_of(link, account)
        if change is None:
            raise links.LinkDead
        old, signs_in = change.customer.email, _signs_in(change)
        taken = signs_in and _is_taken(person, change.wanted)
        if not move(change, ChangeState.CLOSED if taken else ChangeState.DONE, ChangeState.PROOF):
            raise links.LinkDead
        reached(change.wanted)
        if taken:
            event("contact_change.taken", change, Actor.CUSTOMER, account)
        else:
            letters.contact_change(change, letters.ContactNews.EMAIL_DONE)  # to the address of until now
            _write(change, person, session, signs_in=signs_in)
        return Proved(old, change.wanted, taken, signs_in)


def _is_taken(person: Account, wanted: str) -> bool:
    """Whether another account holds the address. One that never proved it gives way to who just did."""
    other = Account.get_or_none(
        Account.merchant == person.merchant_id, Account.email == wanted, Account.id != person.id
    )
    if other is None:
        return False
    if other.confirmed_at is not None or Access.select().where(Access.account == other).exists():
        return True
    LinkToken.delete().where(LinkToken.account == other).execute()
    Account.delete().where(Account.id == other.id, Account.confirmed_at.is_null()).execute()
    return False


def _write(change: ContactChange, person: Account, session: UUID, *, signs_in: bool) -> None:
    require_unit_of_work()
    rows = moving_with(person.id, person.email) if signs_in else [change.customer]
    ids = [row.id for row in rows]
    follow(customers=ids, old=change.customer.email, new=change.wanted)
    if signs_in:
        Account.update(email=change.wanted).where(Account.id == person.id).execute()
        links.kill(account=person)  # a reset link that waits in the old mailbox must not open the account
        sessions.revoke_all(account=person.id, keep=session)
        record("account.email_changed", merchant=person.merchant_id, actor=Actor.CUSTOMER, actor_id=person.id)
    Customer.update(email=change.wanted).where(Customer.id.in_(ids)).execute()
    refold(ids)
    ContactChange.update(state=ChangeState.CLOSED, ended_at=utc_now()).where(
        ContactChange.customer.in_(ids), ContactChange.what == ContactKind.EMAIL, ContactChange.state.in_(OPEN)
    ).execute()
    for row in rows:
        row.email = change.wanted
        email_changed(row)
        record(
            "customer.email_changed",
            merchant=row.merchant_id,
            actor=Actor.CUSTOMER,
            actor_id=person.id,
            customer=row.id,
            subject=change.id,
        )


def moving_with(account: UUID, email: str) -> list[Customer]:
    """The records that change their address together with the account's: those it acts for under that address."""
    reach = Access.select(Access.customer).where(Access.account == account, Access.revoked_at.is_null())
    rows = Customer.select().where(Customer.id.in_(reach), Customer.email == email).order_by(Customer.id)
    return list(rows)
