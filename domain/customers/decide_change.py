"""What a merchant decides about a change of contact details that a customer asked for."""

from __future__ import annotations

from uuid import UUID

from domain.customers.contact import begin_proof, event, move, write
from domain.events.record import Actor
from domain.mail import letters
from kit.errors import Conflict, NotFound
from kit.i18n import _
from models.base import locked, unit_of_work
from models.customers import ChangeState, ContactChange, ContactKind, Customer


def waiting_of(customer: UUID) -> list[tuple[UUID, str, str]]:
    """What a customer, known to be the reader's, has asked for and nobody has decided: id, which part, the new text."""
    asked = (ContactChange.customer == customer) & (ContactChange.state == ChangeState.ASKED)
    rows = ContactChange.select().where(asked).order_by(ContactChange.made_at)
    return [(row.id, str(row.what), row.wanted) for row in rows]


def finish_change(*, merchant: UUID, change: UUID, staff: UUID | None = None) -> ChangeState:
    """The merchant agrees: a name or phone is written and told; a new e-mail must now prove itself (PROOF).

    `staff` is who did it; None: the command. Raises NotFound for another merchant's, Conflict for one that is not asked
    any more.
    """
    with unit_of_work():
        row = _asked(merchant, change)
        state = ChangeState.PROOF if row.what == ContactKind.EMAIL else ChangeState.DONE
        _decide(row, state, "agreed", staff)
        if state is ChangeState.PROOF:
            begin_proof(row)
        else:
            write(row)
    return state


def decline_change(*, merchant: UUID, change: UUID, staff: UUID | None = None) -> None:
    """The merchant does not agree: the wish is closed and the person told. Raises as `finish_change` does."""
    with unit_of_work():
        row = _asked(merchant, change)
        _decide(row, ChangeState.CLOSED, "declined", staff)
        letters.contact_change(row, letters.ContactNews.DECLINED)


def _asked(merchant: UUID, change: UUID) -> ContactChange:
    mine = Customer.select(Customer.id).where(Customer.merchant == merchant)
    row: ContactChange | None = ContactChange.get_or_none(ContactChange.id == change, ContactChange.customer.in_(mine))
    if row is None:
        raise NotFound(_("There is no such change."))
    locked(Customer.select().where(Customer.id == row.customer_id)).get()  # the record first, as every wish does
    return row


def _decide(row: ContactChange, to: ChangeState, how: str, staff: UUID | None) -> None:
    if not move(row, to, ChangeState.ASKED):
        raise Conflict(_("This change is not asked for any more."))
    event(f"contact_change.{how}", row, Actor.STAFF if staff else Actor.COMMAND, staff)
