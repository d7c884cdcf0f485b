"""What a person decides about an attempt that is stuck: cancelled at the processor, closed as not taken, kept waiting.

An attempt whose intent may still be taken is never closed from here: it is cancelled at the processor, and what is then
observed is recorded. Each decision is judged again in its own unit of work and is made once, however often its form is
sent: the decision's id is the form's handle.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from domain.events.record import Actor, record
from domain.operations.acts import Act, acted
from domain.operations.stuck import evidence as asking
from domain.operations.stuck import terms
from domain.operations.stuck.made import compare, facts_of, keep, of_something_else, put_off, refuse, still_unreadable
from domain.operations.stuck.terms import UNREADABLE, Decided, Why
from domain.operations.stuck.words import why_not
from domain.orders.locks import lock_payment
from domain.payments import resolve
from domain.payments.at_gateway import WEB_SECONDS
from domain.payments.record import Outcome, record_within
from domain.recoveries.cases import replan
from kit.clock import utc_now
from kit.deadline import Deadline
from kit.errors import Conflict, NotFound
from kit.i18n import _
from kit.money import Money
from models.base import unit_of_work
from models.operations import Decision
from models.orders import Collect, Order
from models.payments import Attempt, AttemptState, Payment, Recovery, RecoveryState


def close_not_taken(
    *, attempt: UUID, staff: UUID, reason: str, handle: UUID, typed: Money | None = None
) -> AttemptState:
    """Closes an attempt of which the processor said, minutes ago, that it took nothing; its orders can be paid again.

    Where the account cannot be read any more, `typed` must be the attempt's amount; then nothing is collected by itself
    afterwards, since the money may have been taken after all. Reconciliation raises money that shows up later. Returns
    the state that stands. Raises NotFound, Conflict, DomainError (at `reason`, `amount`, or with what to do instead).
    """
    now = utc_now()
    with unit_of_work():
        row, payment, orders = _mine(attempt)
        if acted(handle):
            return AttemptState(row.state)
        found = asking.latest(attempt=attempt)
        refuse(terms.against_closing(facts_of(row, found, now), now))
        assert found is not None  # no evidence was refused
        blind = found.said in UNREADABLE
        if blind:
            still_unreadable(row.gateway_account, found)
            compare(typed, Money(row.amount, row.currency))
        keep(row, found, what=Decided.NOT_TAKEN, how=Act.CLOSE_NOT_TAKEN, staff=staff, reason=reason, handle=handle)
        if blind:
            _by_hand_from_now_on(orders)
        note = f"closed by hand: the processor said {found.said}"
        if not record_within(attempt, Outcome(AttemptState.CANCELLED, note=note), epoch=row.epoch):
            raise Conflict(why_not(Why.BUSY))
        if blind:
            _plan_anew(orders, now)
        _tell(row, payment, staff, found.said, blind)
        Decision.update(led_to=AttemptState.CANCELLED).where(Decision.id == handle).execute()
    return AttemptState.CANCELLED


def cancel_at_processor(
    *, attempt: UUID, staff: UUID, reason: str, handle: UUID, deadline: Deadline | None = None
) -> AttemptState:
    """Cancels the intent at the processor and records what is then observed; returns the state that stands.

    The decision is kept before the processor is asked: a kill between the two leaves the attempt as it was, and the
    same form sent again asks again, which is harmless. Raises as `close_not_taken`.
    """
    now = utc_now()
    with unit_of_work():
        row, *_locked = _mine(attempt)
        done = Decision.get_or_none(Decision.id == handle)
        if done is not None and done.attempt_id != attempt:
            raise Conflict(of_something_else())
        if done is None:
            found = asking.latest(attempt=attempt)
            refuse(terms.against_cancelling(facts_of(row, found, now), now))
            keep(row, found, what=Decided.CANCEL, how=Act.CANCEL_STUCK, staff=staff, reason=reason, handle=handle)
        elif done.led_to:
            return AttemptState(row.state)
    asked = resolve.cancel_stuck(attempt, deadline=deadline or Deadline.within(WEB_SECONDS))
    with unit_of_work():
        state: AttemptState = Attempt.get_by_id(attempt).state
        if not asked and state in (AttemptState.UNKNOWN, AttemptState.REVIEW):
            raise Conflict(why_not(Why.BUSY))
        Decision.update(led_to=state).where(Decision.id == handle).execute()
    return state


def keep_waiting(*, attempt: UUID, staff: UUID, reason: str, handle: UUID, wait: timedelta) -> datetime | None:
    """Writes down why it is left as it is, and looks again after `wait` (one of terms.WAITS). Returns when that is.

    What is still asked about by itself is never asked about later than it would have been.
    """
    with unit_of_work():
        row, *_locked = _mine(attempt)
        if not acted(handle):
            now = utc_now()
            found = asking.latest(attempt=attempt)
            refuse(terms.against_waiting(facts_of(row, found, now)))
            keep(row, found, what=Decided.WAIT, how=Act.KEEP_WAITING, staff=staff, reason=reason, handle=handle)
            put_off(row, wait, now)
            Decision.update(led_to=row.state).where(Decision.id == handle).execute()
        at: datetime | None = Attempt.get_by_id(attempt).next_look_at
    return at


def _mine(attempt: UUID) -> tuple[Attempt, Payment, list[Order]]:
    """The attempt with its orders locked, read after they are."""
    row = Attempt.get_or_none(Attempt.id == attempt)
    if row is None:
        raise NotFound(_("This attempt is not there."))
    payment, orders = lock_payment(row.payment_id)
    return Attempt.get_by_id(attempt), payment, orders


def _by_hand_from_now_on(orders: list[Order]) -> None:
    """Nobody knows whether the money was taken: a person may pay again, the clock does not."""
    Order.update(collect=Collect.MANUAL, collect_at=None).where(
        Order.id.in_([order.id for order in orders]) & (Order.collect == Collect.AUTOMATIC)
    ).execute()


def _plan_anew(orders: list[Order], now: datetime) -> None:
    """A try that was planned for one of these orders gives way: nothing may be charged by itself any more."""
    mine = Recovery.order.in_([order.id for order in orders]) & (Recovery.state == RecoveryState.OPEN)
    for case in list(Recovery.select().where(mine)):
        replan(case, now)


def _tell(row: Attempt, payment: Payment, staff: UUID, said: str, blind: bool) -> None:
    record(
        "attempt.closed_by_hand",
        merchant=payment.merchant_id,
        actor=Actor.OPERATOR,
        actor_id=staff,
        customer=payment.customer_id,
        subject=payment.id,
        facts={"attempt": str(row.id), "said": said, "account_read": "no" if blind else "yes"},
    )
