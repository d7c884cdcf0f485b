"""Which account may act for which customer record: granted by a proved mailbox, revoked when it no longer matches."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from domain.accounts import sessions
from domain.customers.make import make_customer
from domain.duplicates.follow import survivors_of
from domain.events.record import Actor, record
from domain.mail import letters
from kit.clock import utc_now
from models.base import require_unit_of_work
from models.customers import Access, AccessSource, Account, Customer

_LIVE = Access.revoked_at.is_null()


def grant_by_mailbox(merchant: UUID, email: str) -> int:
    """Lets the confirmed account of a normalised address act for every customer record of it; returns how many are new.

    Whoever writes a customer's e-mail calls it, in the same unit of work; the account is told.
    """
    return grant_by_mailboxes(merchant, (email,))


def grant_by_mailboxes(merchant: UUID, emails: Collection[str]) -> int:
    """`grant_by_mailbox` for a batch, in one query when none of them has an account."""
    require_unit_of_work()
    accounts = Account.select().where(
        Account.merchant == merchant, Account.email.in_(set(emails)), Account.confirmed_at.is_null(False)
    )
    return sum(_grant_and_tell(account) for account in list(accounts))


def _grant_and_tell(account: Account) -> int:
    granted = grant_matching(account)
    if granted:
        letters.security_change(account, letters.ACCESS)
    return granted


def grant_matching(account: Account) -> int:
    """Grants a confirmed account its mailbox's records, in a unit of work. Tells nobody: it is just signing up."""
    require_unit_of_work()
    settled = Access.select(Access.customer).where(
        Access.account == account, Access.revoked_at.is_null() | (Access.source != AccessSource.MAILBOX_MATCH)
    )
    matching = Customer.select(Customer.id).where(
        Customer.merchant == account.merchant_id, Customer.email == account.email, Customer.id.not_in(settled)
    )
    ids = [row.id for row in matching]
    granted = 0
    for found, stands in survivors_of(ids).items():
        if found == stands:
            granted += _grant(account, found, AccessSource.MAILBOX_MATCH)
        elif not Access.select().where(Access.account == account, Access.customer == stands, _LIVE).exists():
            granted += _grant(account, stands, AccessSource.MERGE)  # its own mailbox may be another one
    return granted


def make_own_record(account: Account) -> Customer:
    """For an account that matches no record: a customer record of its own, in a unit of work."""
    customer = make_customer(
        merchant=account.merchant_id,
        name=account.name,
        email=account.email,
        actor=Actor.CUSTOMER,
        actor_id=account.id,
    )
    _grant(account, customer.id, AccessSource.SELF)
    return customer


def _grant(account: Account, customer: UUID, source: AccessSource) -> int:
    now = utc_now()
    Access.insert(account=account, customer=customer, source=source, granted_at=now).on_conflict(
        conflict_target=[Access.account, Access.customer],
        update={Access.revoked_at: None, Access.source: source, Access.granted_at: now},
    ).execute()
    _event("access.granted", account, customer, source)
    return 1


def email_changed(customer: Customer) -> None:
    """After a customer's e-mail changed, in the same unit of work: the old mailbox's access ends, with its sessions."""
    require_unit_of_work()
    stale = (
        Access.select(Access, Account)
        .join(Account)
        .where(
            Access.customer == customer,
            Access.source == AccessSource.MAILBOX_MATCH,
            Access.revoked_at.is_null(),
            Account.email != customer.email,
        )
    )
    for access in list(stale):
        Access.update(revoked_at=utc_now()).where(Access.id == access.id).execute()
        sessions.revoke_all(account=access.account_id, customer=customer.id)
        _event("access.revoked", access.account, customer.id, AccessSource.MAILBOX_MATCH)
    if customer.email:
        grant_by_mailbox(customer.merchant_id, customer.email)


def _event(kind: str, account: Account, customer: UUID, source: AccessSource) -> None:
    record(
        kind,
        merchant=account.merchant_id,
        actor=Actor.CUSTOMER,
        actor_id=account.id,
        customer=customer,
        facts={"source": source},
    )
