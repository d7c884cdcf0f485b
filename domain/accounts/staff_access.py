"""A merchant's person lets an account act for a customer, or ends that; and asks a customer to make an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.accounts import sessions
from domain.accounts.addresses import normalise
from domain.accounts.queries import account_by_email
from domain.customers.desk import their
from domain.events.record import Actor, record
from domain.mail import letters
from kit.clock import utc_now
from kit.config import settings
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _
from models.base import unit_of_work
from models.customers import Access, AccessSource, Account, Customer

_MADE_UP = "@example.com"  # what an import gives customers without an address; it reaches nobody (RFC 2606)


@dataclass(frozen=True)
class Reach:
    """An account that may act for a customer, and since when."""

    account: UUID
    name: str
    email: str
    confirmed: bool
    since: datetime
    by_mailbox: bool  # because it has proved the record's address


def reach_of(*, merchant: UUID, customer: UUID) -> tuple[Reach, ...]:
    """The accounts that may act for a merchant's customer, the first one first."""
    rows = (
        Access.select(Access, Account)
        .join(Account)
        .where(Access.customer == customer, Account.merchant == merchant, Access.revoked_at.is_null())
        .order_by(Access.granted_at)
    )
    return tuple(
        Reach(
            row.account_id,
            row.account.name,
            row.account.email,
            row.account.confirmed_at is not None,
            row.granted_at,
            row.source == AccessSource.MAILBOX_MATCH,
        )
        for row in rows
    )


def grant_access(*, merchant: UUID, customer: UUID, email: str, staff: UUID | None) -> bool:
    """Lets the confirmed account of that address act for the customer, and tells it. False when it may already.

    Raises NotFound, DomainError (field `email`) when nobody has confirmed an account under it.
    """
    address = normalise(email)
    with unit_of_work():
        row = their(merchant, customer)
        account = account_by_email(merchant, address)
        if account is None or account.confirmed_at is None:
            raise DomainError(
                _("Nobody has confirmed an account under this address yet. Ask them to make one first."), field="email"
            )
        mine = (Access.account == account) & (Access.customer == row)
        if Access.select().where(mine, Access.revoked_at.is_null()).exists():
            return False
        now = utc_now()
        Access.insert(account=account, customer=row, source=AccessSource.STAFF, granted_at=now).on_conflict(
            conflict_target=[Access.account, Access.customer],
            update={Access.revoked_at: None, Access.source: AccessSource.STAFF, Access.granted_at: now},
        ).execute()
        letters.security_change(account, letters.ACCESS)
        _event("access.granted", row, account.id, staff)
        return True


def revoke_access(*, merchant: UUID, customer: UUID, account: UUID, staff: UUID | None) -> bool:
    """Ends an account's access to the customer, with its sessions there; the person is told. False when it had none.

    A mailbox that matches does not bring it back: somebody has decided. Raises NotFound for another merchant's.
    """
    with unit_of_work():
        row = their(merchant, customer)
        person = Account.get_or_none((Account.id == account) & (Account.merchant == merchant))
        if person is None:
            raise NotFound(_("There is no such account."))
        mine = (Access.account == person) & (Access.customer == row) & Access.revoked_at.is_null()
        if not Access.update(revoked_at=utc_now(), source=AccessSource.STAFF).where(mine).execute():
            return False
        sessions.revoke_all(account=person.id, customer=row.id)
        letters.security_change(person, letters.ACCESS_ENDED)
        _event("access.revoked", row, person.id, staff)
        return True


def invite(*, merchant: UUID, customer: UUID, staff: UUID | None) -> bool:
    """Mails the customer how to make an account, at most once a day: False when that was done today.

    Raises NotFound, DomainError without an address that reaches somebody, Conflict when somebody has an account.
    """
    with unit_of_work():
        row = their(merchant, customer)
        if not row.email or (row.email.endswith(_MADE_UP) and settings().mode == "live"):
            raise DomainError(_("This customer has no e-mail address. Write one down first."))
        if Access.select().where(Access.customer == row, Access.revoked_at.is_null()).exists():
            raise Conflict(_("Somebody has an account for this customer already. Send them a password reset instead."))
        if row.invited_at is not None and row.invited_at.date() == utc_now().date():
            return False
        letters.invite(row)
        _event("customer.invited", row, row.id, staff)
        return True


def _event(kind: str, row: Customer, subject: UUID, staff: UUID | None) -> None:
    record(
        kind,
        merchant=row.merchant_id,
        actor=Actor.STAFF,
        actor_id=staff,
        customer=row.id,
        subject=subject,
        facts={"source": AccessSource.STAFF} if kind.startswith("access") else {},
    )
