"""The acts of the list that decide something for good: the money or the record changes, so there is no undo."""

from __future__ import annotations

from uuid import UUID

from domain.customers.decide_change import decline_change, finish_change
from domain.desk.ask import ask, others_of, send_again
from domain.desk.found import found
from domain.desk.mark import Person, claimed, finish, told_of
from domain.desk.terms import Found, Kind, Step
from domain.disputes.decide import decide as decide_dispute
from domain.events.record import Actor
from domain.refunds.review import close_as_never_made
from kit.clock import utc_now
from kit.errors import DomainError, NotFound
from kit.i18n import _
from models.base import unit_of_work
from models.payments import LostAs

OFFERED: dict[Kind, tuple[Step, ...]] = {
    Kind.NEW_CARD: (Step.ASKED,),
    Kind.CONFIRM: (Step.SENT,),
    Kind.CHANGE: (Step.AGREED, Step.DECLINED),
    Kind.LOST: (Step.REOPENED, Step.WRITTEN_OFF),
    Kind.REFUND: (Step.CLOSED,),
}


def act(who: Person, row: Found, how: Step) -> str:
    """Does the one right act of a row; answers what has happened, in a sentence ("" when *Undo* says it).

    Raises DomainError for an act that the row does not offer, Conflict when a colleague was faster (and what they did).
    """
    if how not in OFFERED.get(row.kind, ()):
        raise DomainError(_("This cannot be done here."))
    match how:
        case Step.ASKED:
            ask(who, row, also=others_of(row, found(who.merchant, utc_now())))
            return ""
        case Step.SENT:
            send_again(who, row)
            return ""
    return _decided(who, row, how)


def _decided(who: Person, row: Found, how: Step) -> str:
    """Does it, then leaves the mark: whoever comes second reads who did what."""
    _free(who, row)
    said = _do(who, row, how)
    with unit_of_work():
        finish(who, row, claimed(who, row), how)
    return said


def _free(who: Person, row: Found) -> None:
    """Raises Conflict when somebody has dealt with the row."""
    with unit_of_work():
        claimed(who, row)


def _do(who: Person, row: Found, how: Step) -> str:
    match how:
        case Step.AGREED:
            finish_change(merchant=who.merchant, change=row.subject, staff=who.staff)
            return _("Accepted. The customer is told; another e-mail address must be confirmed from its mailbox first.")
        case Step.DECLINED:
            decline_change(merchant=who.merchant, change=row.subject, staff=who.staff)
            return _("Declined. The customer is told.")
        case Step.REOPENED | Step.WRITTEN_OFF:
            lost_as = LostAs.REOPEN if how is Step.REOPENED else LostAs.WRITE_OFF
            decide_dispute(
                merchant=who.merchant, dispute=row.subject, lost_as=lost_as, actor=Actor.STAFF, actor_id=who.staff
            )
            return _("It is owed again; the customer is told.") if how is Step.REOPENED else _("Written off.")
    if close_as_never_made(merchant=who.merchant, refund=row.subject, actor_id=who.staff):
        return _("Closed: this refund was never made.")
    return _("We looked once more, and the refund is there after all. Its page tells how it stands.")


def of(who: Person, kind: Kind, subject: UUID) -> Found:
    """The row of that name on the merchant's own desk. Raises NotFound with what a colleague did, if one did."""
    for row in found(who.merchant, utc_now()):
        if row.kind is kind and row.subject == subject:
            return row
    raise NotFound(_gone(who, kind, subject))


def _gone(who: Person, kind: Kind, subject: UUID) -> str:
    told = told_of(who, kind, subject)
    return told or _("This is not on the list any more: it was dealt with, or it solved itself.")
