"""An operator has the processor asked what became of a row's money. Nothing is charged by it, whatever it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.operations import money_rows
from domain.operations.about import About, about
from domain.operations.acts import Act, act
from domain.operations.refusals import Refused, Why, reconcile_refused
from domain.operations.requeue import name_of
from domain.payments import resolve
from domain.payments import states as attempts
from domain.payments.at_gateway import WEB_SECONDS
from domain.payments.web_turn import web_turn
from domain.refunds import ask as refunding
from domain.refunds import states as refunds
from domain.work.wake import Work, wake
from integrations.queue.remove import remove
from kit.clock import utc_now
from kit.dates import humane_moment
from kit.deadline import Deadline
from kit.i18n import _, current_zone
from kit.money import Money
from models.base import after_commit, require_unit_of_work, unit_of_work
from models.payments import Attempt, AttemptState, PaymentState, Refund, RefundState

_MOST_OF_A_WAVE = 200  # attempts in the air that are asked about at once; the clock asks about the rest by itself


@dataclass(frozen=True)
class Known:
    """What is known of the money now, in words. `settled`: it will not change by asking again."""

    sentence: str
    settled: bool


def reconcile(
    *, kind: Work, row: UUID, reason: str, staff: UUID | None, handle: UUID, deadline: Deadline | None = None
) -> Known:
    """Asks the processor now, as a worker would, and says what is known; pressed twice it only says so.

    Of a wave's charges each is handed to a worker, who asks. Raises Refused (a Conflict) where there is nothing to ask
    about, DomainError at `reason`. Not inside a unit of work.
    """
    with unit_of_work():
        found = about(kind, row)
        merchant = found.merchant if found else None
        made = act(
            act=Act.RECONCILE, staff=staff, reason=reason, handle=handle, about=name_of(kind, row), merchant=merchant
        )
        why = reconcile_refused(found)
        if why is not None:
            raise Refused(why)
        assert found is not None  # a row that is not there was refused
        behind = _behind(kind, row)
        if kind is Work.WAVE and made is not None:
            return _of_a_wave(row, utc_now())
    if behind is None:
        return Known(_("Nothing is open behind this work: nothing was taken, and nothing is on its way."), settled=True)
    if made is not None:
        with web_turn() as mine:
            if mine:
                _ask(*behind, deadline or Deadline.within(WEB_SECONDS))
        if not mine:
            with unit_of_work():
                _soon(*behind, utc_now())
            return Known(_("Too much is being asked at this moment. A worker asks about it next."), settled=False)
    return known(*behind)


def reconcile_row(found: About | None, now: datetime) -> Why | None:
    """Has a worker ask about one row now, in the caller's unit of work: why it is refused, or None when it is asked."""
    require_unit_of_work()
    why = reconcile_refused(found)
    if why is not None:
        return why
    assert found is not None  # a row that is not there was refused
    if found.kind is Work.WAVE:
        _of_a_wave(found.row, now)
        return None
    behind = _behind(found.kind, found.row)
    if behind is not None:
        _soon(*behind, now)
    return None


def known(kind: Work, row: UUID) -> Known:
    """What is known of an attempt or a refund now, in words."""
    if kind is Work.REFUND:
        refund = Refund.get_by_id(row)
        return Known(_of_refund(refund), refund.state in refunds.CLOSED)
    attempt = Attempt.get_by_id(row)
    return Known(_of_attempt(attempt), attempt.state in attempts.CLOSED)


_BEHIND: dict[Work, Callable[[list[UUID]], dict[UUID, UUID | None]]] = {
    Work.COLLECT: money_rows.of_orders,
    Work.RETRY: money_rows.of_tries,
    Work.PROMISE: money_rows.of_promises,
    Work.SCHEDULE: money_rows.of_schedules,
}


def _behind(kind: Work, row: UUID) -> tuple[Work, UUID] | None:
    """The attempt or the refund that stands behind a row of work."""
    if kind in (Work.ATTEMPT, Work.REFUND):
        return kind, row
    attempt = _BEHIND[kind]([row]).get(row) if kind in _BEHIND else None
    return (Work.ATTEMPT, attempt) if attempt is not None else None


def _ask(kind: Work, row: UUID, deadline: Deadline) -> None:
    """The look that a worker takes. One that nobody has sent yet is not looked at: that look would send it."""
    if kind is Work.REFUND:
        if Refund.get_by_id(row).state != RefundState.RESERVED:
            refunding.look(row, deadline=deadline)
    elif Attempt.get_by_id(row).state != AttemptState.RESERVED:
        resolve.look(row, deadline=deadline)


def _soon(kind: Work, row: UUID, now: datetime) -> int:
    """Its next look is now, and a worker has a fresh hint; nothing for what is closed, unsent or being asked about."""
    table: Any = Refund if kind is Work.REFUND else Attempt
    closed = refunds.CLOSED if kind is Work.REFUND else attempts.CLOSED
    free = table.lease_until.is_null() | (table.lease_until <= now)
    unsettled = table.state.not_in([*closed, AttemptState.RESERVED]) & (table.id == row)
    later = table.next_look_at > now
    table.update(next_look_at=now).where(unsettled & free & later).execute()
    if not table.select().where(unsettled & free).exists():
        return 0
    after_commit(lambda: _forget(kind, row))
    wake(kind, row)
    return 1


def _forget(kind: Work, row: UUID) -> None:
    remove(kind.value, row)


def _of_a_wave(account: UUID, now: datetime) -> Known:
    in_the_air = (
        Attempt.select(Attempt.id)
        .where(
            (Attempt.gateway_account == account)
            & Attempt.off_session
            & Attempt.state.in_((AttemptState.SENDING, AttemptState.UNKNOWN))
        )
        .order_by(Attempt.next_look_at)
        .limit(_MOST_OF_A_WAVE)
    )
    asked = sum(_soon(Work.ATTEMPT, attempt.id, now) for attempt in list(in_the_air))
    if not asked:
        return Known(_("None of this account’s charges waits for an answer."), settled=True)
    return Known(_("Workers ask about %(n)d charges now. Each outcome stands at its payment.") % {"n": asked}, False)


def _of_attempt(row: Attempt) -> str:
    amount = Money(row.amount, row.currency)
    match row.state:
        case AttemptState.SUCCEEDED if row.payment.state == PaymentState.REVERSED:
            return _("Captured, and taken back by the bank later: %(amount)s is not here any more.") % {
                "amount": amount
            }
        case AttemptState.SUCCEEDED:
            return _("Captured: the processor took %(amount)s. There is nothing to do.") % {"amount": amount}
        case AttemptState.FAILED | AttemptState.EXPIRED | AttemptState.CANCELLED | AttemptState.FAILED_BUG:
            return _("Not taken: this try is closed, and no money has moved by it.")
        case AttemptState.RESERVED:
            return _("Not sent: the processor has not been asked for this money yet.")
        case AttemptState.REQUIRES_ACTION:
            return _("Not taken yet: it waits for the customer’s confirmation at their bank.")
        case AttemptState.PENDING:
            return _("On its way: the bank has %(amount)s in hand, and its answer takes days.") % {"amount": amount}
        case AttemptState.REVIEW:
            return _("Still unknown: asking does not settle it. Decide it under Stuck money; nothing is charged again.")
    return _still(row.next_look_at)


def _of_refund(row: Refund) -> str:
    amount = Money(row.amount, row.currency)
    match row.state:
        case RefundState.SUCCEEDED:
            return _("Refunded: %(amount)s went back. There is nothing to do.") % {"amount": amount}
        case RefundState.FAILED:
            return _("Not refunded: the processor refused it, and the money is still here.")
        case RefundState.RESERVED:
            return _("Not sent: the processor has not been asked for this refund yet.")
        case RefundState.PENDING:
            return _("On its way: the processor has the refund of %(amount)s in hand.") % {"amount": amount}
        case RefundState.REVIEW:
            return _("Still unknown: asking does not settle it. Decide it under Stuck money; nothing is paid twice.")
    return _still(row.next_look_at)


def _still(again: datetime | None) -> str:
    if again is None:
        return _("Still unknown: the processor gave no answer. Nothing is charged again meanwhile.")
    return _(
        "Still unknown: the processor gave no answer. It is asked again by itself %(at)s, never charged again."
    ) % {"at": humane_moment(again, utc_now(), current_zone())}
