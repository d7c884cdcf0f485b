"""Asking customers for a new card, one or many: a letter each, ten seconds later, nobody twice in a week.

Each customer is one unit of work, under the customer's lock: of two people who press at once the second is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.desk.mark import Person, claimed, step
from domain.desk.terms import ASK_AGAIN, UNDO, Found, Kind, Row, Step
from domain.mail import letters
from domain.mail.catalogue import Template
from kit.calendar import local_day
from kit.clock import utc_now
from kit.errors import Conflict, DomainError
from kit.i18n import _
from models.base import locked, unit_of_work
from models.console import DeskMark
from models.customers import Customer
from models.methods import PaymentMethod
from models.orders import Order
from models.work import Mail, MailState


class Left(StrEnum):
    """Why somebody is not asked."""

    ASKED = "asked"  # within the last seven days
    TAKEN = "taken"  # a colleague has taken the row
    UNREACHED = "unreached"  # no address that takes e-mails


@dataclass(frozen=True)
class Choice:
    """Whom a press would ask: one row a customer, the one with the most to pay; and who is left out, and why."""

    asked: tuple[Row, ...]
    left: tuple[tuple[Row, Left], ...]


def choice(rows: Iterable[Row], *, staff: UUID, now: datetime) -> Choice:
    """Whom *Ask all* asks, of these rows. One query."""
    chosen = _one_each(rows)
    recent = asked_lately([row.found.customer for row in chosen if row.found.customer], now)
    asked: list[Row] = []
    left: list[tuple[Row, Left]] = []
    for row in chosen:
        why = _why_not(row, recent, staff)
        if why is None:
            asked.append(row)
        else:
            left.append((row, why))
    return Choice(tuple(asked), tuple(left))


def _one_each(rows: Iterable[Row]) -> Sequence[Row]:
    """Of each customer the row with the most to pay: one letter, not one an order."""
    most: dict[UUID | None, Row] = {}
    for row in rows:
        known = most.get(row.found.customer)
        if known is None or _minor(row) > _minor(known):
            most[row.found.customer] = row
    return list(most.values())


def _minor(row: Row) -> int:
    return row.found.amount.minor if row.found.amount is not None else 0


def _why_not(row: Row, recent: Collection[UUID], staff: UUID) -> Left | None:
    if row.found.customer in recent:
        return Left.ASKED
    if row.mark.taken_by not in (None, staff):
        return Left.TAKEN
    return None if row.found.email else Left.UNREACHED


def asked_lately(customers: Collection[UUID], now: datetime) -> set[UUID]:
    """Those who were asked for a new card within the last seven days, and not taken back."""
    query: Any = Mail.select(Mail.customer_id).where(
        Mail.customer_id.in_([str(each) for each in customers])
        & (Mail.created_at > now - ASK_AGAIN)
        & (Mail.template == str(Template.NEW_CARD))
        & (Mail.state != MailState.SUPPRESSED)
    )
    return {UUID(customer) for (customer,) in query.tuples()}


def ask(who: Person, row: Found, *, also: Iterable[Found] = (), at: datetime | None = None) -> None:
    """Asks one customer. The row comes back after a week if nothing has changed.

    `also`: other rows of the same customer, which rest with it. `at` names a press on several. Raises Conflict when the
    within seven days or somebody has dealt with the row, DomainError when there is no address.
    """
    now = at or utc_now()
    with unit_of_work():
        customer = locked(
            Customer.select().where((Customer.id == row.customer) & (Customer.merchant == who.merchant))
        ).get()
        mark = claimed(who, row)
        if asked_lately([customer.id], now):
            raise Conflict(_("%(name)s was asked for a new card within the last seven days.") % {"name": customer.name})
        key = _letter(row, customer, now)
        if key is None:
            raise DomainError(_("There is no e-mail address to write to."))
        _put_off(who, row, mark, (Step.ASKED, now), [key])
        for other in also:
            _put_off(who, other, claimed(who, other), (Step.ASKED, now), [])


def _letter(row: Found, customer: Customer, now: datetime) -> str | None:
    if row.kind is Kind.EXPIRING:
        return letters.new_card(customer, method=PaymentMethod.get_by_id(row.subject), not_before=now + UNDO)
    return letters.new_card(customer, order=Order.get_by_id(row.order), not_before=now + UNDO)


def send_again(who: Person, row: Found) -> None:
    """Sends the link to confirm at the bank once more. Raises Conflict when somebody has, DomainError: no address."""
    now = utc_now()
    with unit_of_work():
        mark = claimed(who, row)
        assert row.attempt is not None  # every row of a recovery has the failure that opened it
        key = letters.confirm_again(row.attempt, Order.get_by_id(row.order), not_before=now + UNDO)
        if key is None:
            raise DomainError(_("There is no e-mail address to write to."))
        _put_off(who, row, mark, (Step.SENT, now), [key])


def _put_off(who: Person, row: Found, mark: DeskMark, how: tuple[Step, datetime], mails: list[str]) -> None:
    did, now = how
    house = Order.get_by_id(row.order).merchant if row.order else Customer.get_by_id(row.customer).merchant
    back = local_day(now + ASK_AGAIN, house.zone)
    step(who, row, mark, did, at=now, mails=mails, later_until=back, stamp=row.stamp)


def ask_all(who: Person, chosen: Iterable[Found], *, everything: Sequence[Found]) -> tuple[int, int]:
    """Asks the customers of the chosen rows, as many as still can be; how many were asked, how many were left out.

    `everything` is what may be asked about. All of it is one step: undoing takes all of it back.
    """
    at, asked, left = utc_now(), 0, 0
    for row in chosen:
        try:
            ask(who, row, also=others_of(row, everything), at=at)
            asked += 1
        except DomainError:
            left += 1
    return asked, left


def others_of(row: Found, everything: Iterable[Found]) -> list[Found]:
    """The other rows of the same kind and customer."""
    return [each for each in everything if (each.kind, each.customer) == (row.kind, row.customer) and each != row]
