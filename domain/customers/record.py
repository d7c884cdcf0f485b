"""A customer as the merchant's people see them: who, what is owed, what stands behind it. The merchant comes first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from peewee import JOIN, fn

from domain.ledger import post as ledger
from domain.methods.queries import MethodView, methods_of
from domain.orders.owed import OrderView, Standing, outstanding_in
from domain.schedules.queries import ScheduleState, ScheduleView, schedules_of
from kit.money import Money
from models.customers import Access, Account, Address, AddressKind, Customer
from models.ledger import Posting

__all__ = ["AddressKind", "Login", "Place", "Record", "ScheduleState", "Standing", "Who", "record_of", "who_of"]


@dataclass(frozen=True)
class Login:
    """An account that may act for the customer."""

    id: UUID
    email: str
    name: str
    source: str
    confirmed: bool
    signed_in_at: datetime | None


@dataclass(frozen=True)
class Place:
    """A postal address, line by line."""

    kind: AddressKind
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Who:
    """The record itself."""

    id: UUID
    name: str
    email: str
    phone: str
    reference: str
    since: datetime
    invited_at: datetime | None
    tries_paused_until: date | None
    merged_into: UUID | None
    has_credit: bool  # the books have held something for them
    places: tuple[Place, ...]
    logins: tuple[Login, ...]

    @property
    def seen_at(self) -> datetime | None:
        """The latest sign-in of anybody who may act for the customer."""
        return max((each.signed_in_at for each in self.logins if each.signed_in_at), default=None)


@dataclass(frozen=True)
class Record:
    """All that stands on the record's page but the timeline."""

    who: Who
    orders: tuple[OrderView, ...]  # open ones
    schedules: tuple[ScheduleView, ...]
    methods: tuple[MethodView, ...]
    credits: tuple[Money, ...]

    @property
    def owed(self) -> tuple[Money, ...]:
        """What is owed now, a sum for each currency: as the customer's own page counts it."""
        return _sums(order.open for order in self.orders if order.standing == Standing.OWED)

    @property
    def coming(self) -> tuple[Money, ...]:
        """What is open and due later."""
        return _sums(order.open for order in self.orders if order.standing == Standing.COMING)

    @property
    def failing(self) -> tuple[OrderView, ...]:
        """Open orders with a failed payment that is not settled."""
        return tuple(order for order in self.orders if order.failure is not None)


def _sums(amounts: Iterable[Money]) -> tuple[Money, ...]:
    found: dict[str, Money] = {}
    for amount in amounts:
        found[amount.currency] = found.get(amount.currency, Money(0, amount.currency)) + amount
    return tuple(found.values())


def who_of(merchant: UUID, customer: UUID) -> Who | None:
    """The record with its addresses and accounts, or None when it is not this merchant's. One query."""
    rows = list(
        Customer.select(Customer, Address, Access, Account, fn.EXISTS(_booked(customer)).alias("has_credit"))
        .join(Address, JOIN.LEFT_OUTER, on=(Address.customer == Customer.id), attr="place")
        .join_from(
            Customer,
            Access,
            JOIN.LEFT_OUTER,
            on=(Access.customer == Customer.id) & Access.revoked_at.is_null(),
            attr="reach",
        )
        .join(Account, JOIN.LEFT_OUTER)
        .where((Customer.id == customer) & (Customer.merchant == merchant))
        .order_by(Address.kind, Access.granted_at)
    )
    if not rows:
        return None
    first: Any = rows[0]
    places = {row.place.id: _place(row.place) for row in rows if getattr(row, "place", None) and row.place.id}
    logins = {row.reach.id: _login(row.reach) for row in rows if getattr(row, "reach", None) and row.reach.id}
    return Who(
        id=first.id,
        name=first.name,
        email=first.email,
        phone=first.phone,
        reference=first.reference or "",
        since=first.created_at,
        invited_at=first.invited_at,
        tries_paused_until=first.tries_paused_until,
        merged_into=first.merged_into_id,
        has_credit=bool(first.has_credit),
        places=tuple(places.values()),
        logins=tuple(logins.values()),
    )


def _place(row: Address) -> Place:
    town = " ".join(part for part in (row.city, row.region, row.postcode) if part)
    lines = (row.name, row.company, *row.street.splitlines(), row.district, town, row.country)
    return Place(row.kind, tuple(line for line in lines if line))


def _login(row: Access) -> Login:
    account = row.account
    return Login(
        id=account.id,
        email=account.email,
        name=account.name,
        source=row.source,
        confirmed=account.confirmed_at is not None,
        signed_in_at=account.signed_in_at,
    )


def record_of(who: Who, *, zone: str) -> Record:
    """What stands around a record that `who_of` found. Five queries, whatever their number."""
    return Record(
        who=who,
        orders=tuple(outstanding_in(who.id, zone=zone)),
        schedules=tuple(schedules_of(who.id)),
        methods=tuple(methods_of(who.id)),
        credits=_credits(who.id) if who.has_credit else (),
    )


def _booked(customer: UUID) -> Any:
    return Posting.select(Posting.id).where(Posting.account == ledger.credit(customer))


def _credits(customer: UUID) -> tuple[Money, ...]:
    """What the books hold for the customer, refunds under way not counted; below zero is what they got too much."""
    held: Any = _booked(customer).select(Posting.currency, fn.SUM(Posting.amount)).group_by(Posting.currency)
    return tuple(Money(-int(sum_), currency) for currency, sum_ in held.tuples() if sum_)
