"""What a merchant's people write about a customer: a new record, name, e-mail, phone, addresses, notes.

Nobody moves a sign-in with it (design.md 6): the record's e-mail changes at once, access that was granted by the old
mailbox ends with its sessions, and whoever has confirmed the new mailbox gets it and is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from peewee import IntegrityError

from domain.accounts.access import email_changed, grant_by_mailbox
from domain.accounts.addresses import normalise
from domain.customers import written
from domain.customers.addresses import check
from domain.customers.contact import OPEN
from domain.customers.folded import refold
from domain.customers.make import make_customer
from domain.customers.phones import international
from domain.events.record import Actor, record
from domain.mail import letters
from domain.mail.outbox import follow
from kit.clock import utc_now
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _
from models.base import locked, require_unit_of_work, unit_of_work
from models.console import Note
from models.customers import (
    Access,
    AccessSource,
    Account,
    Address,
    AddressKind,
    ChangeState,
    ContactChange,
    ContactKind,
    Customer,
)
from models.merchants import Merchant
from models.orders import Order

NOTE_LENGTH = 2000


@dataclass(frozen=True)
class Contact:
    """Name, e-mail and phone as they were typed; only a name is needed."""

    name: str
    email: str = ""
    phone: str = ""
    reference: str = ""


def their(merchant: UUID, customer: UUID) -> Customer:
    """The merchant's customer, locked, in a unit of work. Raises NotFound; a merged record is not there any more."""
    require_unit_of_work()
    mine = (Customer.id == customer) & (Customer.merchant == merchant) & Customer.merged_into.is_null()
    row: Customer | None = locked(Customer.select().where(mine)).first()
    if row is None:
        raise NotFound(_("This customer is not there."))
    return row


def new_customer(*, merchant: UUID, handle: UUID, contact: Contact, staff: UUID | None) -> UUID:
    """Makes a customer and returns the id, which is the form's handle: sent again it makes nothing more.

    An account that has confirmed the address may act for the record, and is told. Raises DomainError at the field that
    will not do, Conflict for a reference that another customer has.
    """
    house = Merchant.get_by_id(merchant)
    clean = _clean(contact, house)
    try:
        with unit_of_work():
            if _made(merchant, handle):
                return handle
            taken = (Customer.merchant == merchant) & (Customer.reference == clean.reference)
            if clean.reference and Customer.select().where(taken).exists():
                raise Conflict(_("Another customer has this reference."), field="reference")
            make_customer(
                id=handle, merchant=merchant, name=clean.name, email=clean.email, phone=clean.phone,
                reference=clean.reference or None, actor=Actor.STAFF, actor_id=staff,
            )  # fmt: skip
            if clean.email:
                grant_by_mailbox(merchant, clean.email)
    except IntegrityError:  # the same form at the same moment
        if not _made(merchant, handle):
            raise
    return handle


def _made(merchant: UUID, handle: UUID) -> bool:
    row = Customer.get_or_none(Customer.id == handle)
    if row is not None and row.merchant_id != merchant:
        raise NotFound(_("This form is not good any more. Open it again."))
    return row is not None


def _clean(contact: Contact, house: Merchant) -> Contact:
    phone, reference = contact.phone.strip(), written.one_line(contact.reference)
    if len(reference) > Customer.reference.max_length:
        raise DomainError(_("This reference is too long."), field="reference")
    return Contact(
        name=written.name(contact.name, field="name"),
        email=normalise(contact.email) if contact.email.strip() else "",
        phone=international(phone, country=house.country, field="phone") if phone else "",
        reference=reference,
    )


def contact_of(*, merchant: UUID, customer: UUID) -> Contact:
    """What stands on the record. Raises NotFound."""
    mine = (Customer.id == customer) & (Customer.merchant == merchant) & Customer.merged_into.is_null()
    row = Customer.get_or_none(mine)
    if row is None:
        raise NotFound(_("This customer is not there."))
    return Contact(row.name, row.email, row.phone, row.reference or "")


def edit_contact(
    *, merchant: UUID, customer: UUID, contact: Contact, seen: Contact, staff: UUID | None
) -> tuple[str, ...]:
    """Writes name, e-mail and phone where they differ from what the form was drawn with (`seen`); answers which.

    Sent again it changes nothing. Raises NotFound, DomainError at the field, Conflict when a colleague was faster.
    """
    with unit_of_work():
        row = their(merchant, customer)
        now = Contact(row.name, row.email, row.phone)
        same_phone = contact.phone.strip() == row.phone  # one that was imported may stand as no plan writes it
        clean = _clean(Contact(contact.name, contact.email, "" if same_phone else contact.phone), row.merchant)
        wished = Contact(clean.name, clean.email, row.phone if same_phone else clean.phone)
        changed = tuple(what for what in ("name", "email", "phone") if getattr(wished, what) != getattr(now, what))
        for what in changed:
            if getattr(seen, what) != getattr(now, what):
                raise Conflict(
                    _("A colleague has changed this meanwhile. Look at it again, then change it."), field=what
                )
        for what in changed:
            _write(row, what, getattr(now, what), getattr(wished, what), staff)
        return changed


def _write(row: Customer, what: str, old: str, new: str, staff: UUID | None) -> None:
    setattr(row, what, new)
    Customer.update({getattr(Customer, what): new}).where(Customer.id == row.id).execute()
    refold([row.id])
    _close_wishes(row, ContactKind(what))
    if what == "name":
        _names_of_accounts(row, old)
    elif what == "email":
        if old and new:
            follow(customers=[row.id], old=old, new=new)
        ending = _by_the_old_mailbox(row)
        email_changed(row)
        for account in ending:
            letters.security_change(account, letters.ACCESS_ENDED)
    _event(f"customer.{what}_changed", row, staff)


def _by_the_old_mailbox(row: Customer) -> list[Account]:
    """The accounts whose access ends because the record has another address now."""
    mine = Access.select(Access.account).where(
        Access.customer == row, Access.revoked_at.is_null(), Access.source == AccessSource.MAILBOX_MATCH
    )
    return list(Account.select().where(Account.id.in_(mine), Account.email != row.email))


def _names_of_accounts(row: Customer, old: str) -> None:
    """An account that goes by the record's name goes by the new one."""
    mine = Access.select(Access.account).where(Access.customer == row, Access.revoked_at.is_null())
    Account.update(name=row.name).where(Account.id.in_(mine), Account.name == old).execute()


def _close_wishes(row: Customer, what: ContactKind) -> None:
    """A wish of before would overwrite what the merchant has just written."""
    wished = (ContactChange.customer == row) & (ContactChange.what == what) & ContactChange.state.in_(OPEN)
    ContactChange.update(state=ChangeState.CLOSED, ended_at=utc_now()).where(wished).execute()


def write_address(
    *, merchant: UUID, customer: UUID, kind: AddressKind, typed: Mapping[str, str], staff: UUID | None
) -> bool:
    """Writes the address of a kind; False when it stands so already. Raises AddressWrong, NotFound."""
    values = check(typed)
    with unit_of_work():
        row = their(merchant, customer)
        mine: Any = (Address.customer == row) & (Address.kind == kind)
        if Address.select().where(mine, *(getattr(Address, name) == value for name, value in values.items())).exists():
            return False
        Address.insert(customer=row, kind=kind, **values).on_conflict(
            conflict_target=[Address.customer, Address.kind],
            update={getattr(Address, name): value for name, value in values.items()},
        ).execute()
        _event("customer.address_changed", row, staff, which=str(kind))
        return True


def add_note(
    *, merchant: UUID, customer: UUID, handle: UUID, text: str, staff: UUID, order: UUID | None = None
) -> None:
    """Keeps a note of the team; the form sent again keeps one. Raises NotFound, DomainError (field `text`)."""
    plain = written.some_lines(text)
    if not plain or len(plain) > NOTE_LENGTH:
        raise DomainError(_("Write a note of at most %(n)d characters.") % {"n": NOTE_LENGTH}, field="text")
    with unit_of_work():
        row = their(merchant, customer)
        if order is not None and not Order.select().where(Order.id == order, Order.customer == row).exists():
            raise NotFound(_("This purchase is not there."))
        values = {"id": handle, "merchant": merchant, "customer": row, "order": order, "staff": staff}
        if Note.get_or_none(Note.id == handle) is None:
            Note.create(**values, text=plain, made_at=utc_now())
            _event("note.added", row, staff)


def _event(kind: str, row: Customer, staff: UUID | None, **facts: str) -> None:
    record(
        kind,
        merchant=row.merchant_id,
        actor=Actor.STAFF,
        actor_id=staff,
        customer=row.id,
        subject=row.id,
        facts=facts,
    )
