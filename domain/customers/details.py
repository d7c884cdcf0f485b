"""What a customer's record says of the person, and which changes of it are open. The owner comes first in each read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from domain.customers.addresses import NAMES, lines_of
from domain.customers.contact import OPEN
from domain.customers.new_email import moving_with
from kit.calendar import local_day
from models.customers import Access, Account, Address, AddressKind, ChangeState, ContactChange, ContactKind, Customer
from models.merchants import Merchant

__all__ = ["AddressKind", "ContactKind"]


@dataclass(frozen=True)
class Wish:
    """An open change. `by` is empty when the asking account wished it itself."""

    id: UUID
    what: ContactKind
    wanted: str
    proof: bool  # waits for the new mailbox; else the merchant was asked
    day: date
    by: str


@dataclass(frozen=True)
class DetailsView:
    """The page. Addresses are lines to show, empty when there is none; `own` parts are changed without the merchant."""

    name: str
    email: str
    phone: str
    signs_in_with: str  # the account's address, when the record has another
    billing: tuple[str, ...]
    shipping: tuple[str, ...]
    wishes: tuple[Wish, ...]
    own: frozenset[ContactKind] = field(default_factory=frozenset)


def details_of(customer: UUID, *, account: UUID | None) -> DetailsView:
    """The details of a record as an account sees it; None: somebody of the merchant looks."""
    row = Customer.select(Customer, Merchant).join(Merchant).where(Customer.id == customer).get()
    person = Account.get_by_id(account) if account else None
    places = {each.kind: each for each in Address.select().where(Address.customer == customer)}
    lines = {kind: _lines(places.get(kind), row.merchant.country) for kind in AddressKind}
    return DetailsView(
        name=row.name,
        email=row.email,
        phone=row.phone,
        signs_in_with=person.email if person and person.email != row.email else "",
        billing=lines[AddressKind.BILLING],
        shipping=lines[AddressKind.SHIPPING],
        wishes=_wishes(row, account),
        own=_own(row, person),
    )


def _lines(address: Address | None, at_home: str) -> tuple[str, ...]:
    return lines_of({name: getattr(address, name) for name in NAMES}, at_home=at_home) if address else ()


def _own(row: Customer, person: Account | None) -> frozenset[ContactKind]:
    if not row.merchant.own_contact:
        return frozenset()
    signs_in = person is not None and person.email == row.email
    return frozenset({ContactKind.PHONE, ContactKind.EMAIL} if signs_in else {ContactKind.PHONE})


def _wishes(row: Customer, account: UUID | None) -> tuple[Wish, ...]:
    rows = (
        ContactChange.select(ContactChange, Account)
        .join(Account)
        .where(ContactChange.customer == row, ContactChange.state.in_(OPEN))
        .order_by(ContactChange.made_at)
    )
    return tuple(
        Wish(
            id=each.id,
            what=ContactKind(each.what),
            wanted=each.wanted,
            proof=each.state == ChangeState.PROOF,
            day=local_day(each.made_at, row.merchant.zone),
            by="" if each.account_id == account else each.account.name,
        )
        for each in rows
    )


def written_address(customer: UUID, kind: AddressKind) -> dict[str, str] | None:
    """The stored address of a kind by its field names, or None."""
    row = Address.get_or_none(Address.customer == customer, Address.kind == kind)
    return {name: getattr(row, name) for name in NAMES} if row else None


@dataclass(frozen=True)
class Moving:
    """Which records a new e-mail would reach: their names, and of the others that keep their own address."""

    names: tuple[str, ...]
    staying: tuple[str, ...]


def moving(customer: UUID, *, account: UUID) -> Moving:
    """What a change of this record's e-mail would change, for an account: every record that it reaches under it.

    A record whose address is not the account's moves alone.
    """
    person, row = Account.get_by_id(account), Customer.get_by_id(customer)
    reached = Customer.select().join(Access).where(Access.account == account, Access.revoked_at.is_null())
    moved = moving_with(account, person.email) if person.email == row.email else [row]
    ids = {each.id for each in moved}
    staying = tuple(each.name for each in reached.order_by(Customer.id) if each.id not in ids)
    return Moving(tuple(each.name for each in moved), staying)


@dataclass(frozen=True)
class Asked:
    """A change that waits for the merchant."""

    id: UUID
    customer: str
    reference: str
    what: ContactKind
    now: str
    wanted: str
    day: date


def asked_of(merchant: UUID) -> tuple[Asked, ...]:
    """The changes that customers of a merchant asked for, the oldest first."""
    rows = (
        ContactChange.select(ContactChange, Customer, Merchant)
        .join(Customer)
        .join(Merchant)
        .where(Customer.merchant == merchant, ContactChange.state == ChangeState.ASKED)
        .order_by(ContactChange.made_at)
    )
    return tuple(
        Asked(
            id=each.id,
            customer=each.customer.name,
            reference=each.customer.reference or "",
            what=ContactKind(each.what),
            now=getattr(each.customer, each.what),
            wanted=each.wanted,
            day=local_day(each.made_at, each.customer.merchant.zone),
        )
        for each in rows
    )
