"""The promises about money, checked from the store (protocol.md 6): by command, on a timetable, after tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from peewee import JOIN, Case, fn

from domain.ledger import sums
from domain.ledger.broken import Broken
from domain.payments.states import ACTION_BOUND, CLOSED, LEASE, OPEN, RESERVED_BOUND, UNKNOWN_BOUND
from domain.recoveries import ceiling
from domain.refunds import states as refunds
from kit.clock import utc_now
from models.base import connected
from models.methods import BillingSchedule, Consent, ConsentScope, PaymentMethod
from models.orders import Order
from models.payments import (
    Allocation,
    Attempt,
    AttemptState,
    OrderHold,
    Origin,
    Payment,
    PaymentState,
    Refund,
    RefundState,
)
from models.work import Mail, MailState, Tick

__all__ = ["Broken", "check"]

_GRACE = timedelta(minutes=10)  # the sweeper's own time, beyond a state's bound
_UNATTENDED = (Origin.AUTOMATIC, Origin.RETRY)
_REFUND_BOUNDS = {
    RefundState.RESERVED: timedelta(hours=1),  # it is sent as soon as somebody works
    RefundState.SENDING: refunds.LEASE,
    RefundState.UNKNOWN: refunds.UNKNOWN_BOUND,
    RefundState.PENDING: refunds.PENDING_BOUND + timedelta(days=1),  # looked at daily
}
_NEVER = datetime.max.replace(tzinfo=UTC)


def check() -> list[Broken]:
    """Every violation; empty when all hold."""
    now = utc_now()
    with connected():
        return [broken for rule in _RULES for broken in rule(now)]


def _states_are_young(now: datetime) -> Iterator[Broken]:
    """I4: nothing stays in a state beyond its bound. REVIEW waits for a person, PENDING for the bank."""
    bounds = {
        AttemptState.RESERVED: RESERVED_BOUND,
        AttemptState.SENDING: LEASE,
        AttemptState.UNKNOWN: UNKNOWN_BOUND,
        AttemptState.REQUIRES_ACTION: ACTION_BOUND,
        AttemptState.PENDING: timedelta(days=21),  # 10 banking days with every holiday that may fall into them
    }
    for state, bound in bounds.items():
        for row in Attempt.select().where((Attempt.state == state) & (Attempt.state_since < now - bound - _GRACE)):
            yield Broken("I4", str(row.id), f"{state} since {row.state_since:%Y-%m-%d %H:%M}")


def _refunds_are_young(now: datetime) -> Iterator[Broken]:
    """I4 for refunds: nothing stays unsent, being sent or unknown beyond its bound; a closed one is nobody's work."""
    for row in Refund.select():
        bound = _REFUND_BOUNDS.get(row.state)
        since = row.sent_at if row.state == RefundState.UNKNOWN else row.state_since
        if bound is not None and since < now - bound - _GRACE:
            yield Broken("I4", str(row.id), f"refund {row.state} since {since:%Y-%m-%d %H:%M}")
        if row.state in (RefundState.SUCCEEDED, RefundState.FAILED) and row.next_look_at is not None:
            yield Broken("I4", str(row.id), f"refund {row.state} and still to be looked at")


def _closed_are_done(_now: datetime) -> Iterator[Broken]:
    """I4: nobody is sent to look at a closed attempt."""
    for row in Attempt.select().where(Attempt.state.in_(list(CLOSED)) & Attempt.next_look_at.is_null(False)):
        yield Broken("I4", str(row.id), f"{row.state} and still to be looked at")


def _holds(_now: datetime) -> Iterator[Broken]:
    """I4: a hold exists exactly while its attempt is open."""
    for row in OrderHold.select(OrderHold, Attempt).join(Attempt):
        if row.attempt.state not in OPEN:
            yield Broken("I4", str(row.order_id), f"held by a {row.attempt.state} attempt")
    missing = (
        Allocation.select(Allocation.order, Attempt.id.alias("attempt_id"))
        .join(Attempt, on=(Attempt.payment == Allocation.payment))
        .join(OrderHold, JOIN.LEFT_OUTER, on=(OrderHold.order == Allocation.order))
        .where(Attempt.state.in_(list(OPEN)) & OrderHold.order.is_null())
    )
    for free in missing:
        yield Broken("I4", str(free.order_id), "an open attempt without a hold")


def _payments_close(_now: datetime) -> Iterator[Broken]:
    """I4: a payment is open exactly while an attempt of it is."""
    under_way = Attempt.select(Attempt.payment).where(Attempt.state.in_(list(OPEN)))
    is_open = Payment.state == PaymentState.OPEN
    for row in Payment.select(Payment.id).where(is_open & Payment.id.not_in(under_way)):
        yield Broken("I4", str(row.id), "open without an open attempt")
    for row in Payment.select(Payment.id, Payment.state).where(~is_open & Payment.id.in_(under_way)):
        yield Broken("I4", str(row.id), f"{row.state} while an attempt of it is open")


def _one_capture_per_payment(_now: datetime) -> Iterator[Broken]:
    """I1: a payment never has two succeeded attempts, and its amount is what its attempt asked for."""
    won = Case(None, [(Attempt.state == AttemptState.SUCCEEDED, 1)], 0)
    rows = Attempt.select(Attempt.payment, fn.SUM(won).alias("wins")).group_by(Attempt.payment).having(fn.SUM(won) > 1)
    for row in rows:
        yield Broken("I1", str(row.payment_id), f"{row.wins} attempts succeeded")


def _mails_and_ticks(now: datetime) -> Iterator[Broken]:
    """I6: every mail is sent or on its way; every tick ran."""
    waiting = (Mail.state == MailState.DUE) & (Mail.due_at < now - timedelta(days=2))
    for row in Mail.select(Mail.id).where(waiting):
        yield Broken("I6", str(row.id), "a mail has been due for two days")
    for tick in Tick.select().where(Tick.done_at.is_null() & (Tick.due_at < now - timedelta(days=1))):
        yield Broken("I6", str(tick.id), f"tick {tick.name} was never run")


def _unattended_under_consent(_now: datetime) -> Iterator[Broken]:
    """I7: an automatic charge's method stood under a consent of its customer that was live and covered the order."""
    rows: Any = (
        Payment.select(
            Payment.id,
            Payment.customer,
            Payment.method,
            Payment.created_at,
            Payment.origin,
            Order.id,
            Order.consent,
            Order.schedule,
        )
        .join(Allocation)
        .join(Order)
        .where(Payment.origin.in_(_UNATTENDED) | ((Payment.origin == Origin.MERCHANT) & Payment.method.is_null(False)))
        .tuples()
    )
    consents: dict[tuple[Any, Any], list[Consent]] = {}
    for consent in Consent.select():
        consents.setdefault((consent.customer_id, consent.method_id), []).append(consent)
    schedules: Any = BillingSchedule.select(BillingSchedule.id, BillingSchedule.consent).tuples()
    of_schedule = dict(schedules)
    for payment, customer, method, at, origin, order, named, schedule in rows:
        live = [c for c in consents.get((customer, method), []) if c.shown_at <= at <= (c.revoked_at or _NEVER)]
        under = {named, of_schedule.get(schedule)}
        under.add(payment)  # what the customer said has the id of its payment
        if not any(c.id in under or _covers(c, order, schedule=schedule, origin=origin) for c in live):
            yield Broken("I7", str(payment), "charged unattended without a consent")


def _covers(consent: Consent, order: Any, *, schedule: Any, origin: Origin) -> bool:
    """An order may have gone over to another consent since; a backup stands in for a retry only."""
    match consent.scope:
        case ConsentScope.ORDER:
            return bool(consent.order_id == str(order))
        case ConsentScope.SCHEDULES:
            return schedule is not None
        case ConsentScope.BACKUP:
            return origin == Origin.RETRY
    return bool(consent.scope == ConsentScope.ALL_DUE)


def _below_the_ceiling(_now: datetime) -> Iterator[Broken]:
    """I7: no automatic charge was asked for when its card had used up what the network allows."""
    declined: dict[tuple[Any, str], list[datetime]] = {}
    failed: Any = Attempt.select(Attempt.gateway_account, Attempt.fingerprint, Attempt.closed_at)
    for account, card, at in failed.where(Attempt.state == AttemptState.FAILED).order_by(Attempt.closed_at).tuples():
        declined.setdefault((account, card), []).append(at)
    smallest = ceiling.smallest()
    crowded = [key for key, moments in declined.items() if len(moments) >= smallest]
    columns = (Attempt.id, Attempt.gateway_account, Attempt.fingerprint, Attempt.reserved_at, PaymentMethod.brand)
    for account, card in crowded:
        mine = (Attempt.gateway_account == account) & (Attempt.fingerprint == card)
        unattended = mine & Payment.origin.in_(_UNATTENDED)
        joined: Any = Attempt.select(*columns).join(PaymentMethod).switch(Attempt).join(Payment)
        for attempt, _account, _card, at, brand in joined.where(unattended).tuples():
            if ceiling.is_over(declined[account, card], brand=brand, at=at):
                yield Broken("I7", str(attempt), "charged unattended above the network's ceiling")


_RULES: tuple[Callable[[datetime], Iterator[Broken]], ...] = (
    *sums.RULES,
    _states_are_young,
    _refunds_are_young,
    _closed_are_done,
    _holds,
    _one_capture_per_payment,
    _mails_and_ticks,
    _unattended_under_consent,
    _below_the_ceiling,
    _payments_close,
)
