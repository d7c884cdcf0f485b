"""The promises about money, checked from the store (protocol.md 6): by command, on a timetable, after tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from peewee import JOIN, Case, fn

from domain.payments.states import ACTION_BOUND, CLOSED, LEASE, OPEN, RESERVED_BOUND, UNKNOWN_BOUND
from domain.recoveries import ceiling
from kit.clock import utc_now
from models.base import connected
from models.ledger import Journal, Posting
from models.methods import BillingSchedule, Consent, ConsentScope, PaymentMethod
from models.orders import Adjustment, Order
from models.payments import (
    Allocation,
    Attempt,
    AttemptState,
    OrderHold,
    Origin,
    Payment,
    PaymentState,
    Refund,
    RefundAllocation,
    RefundState,
)
from models.work import Mail, MailState, Tick

_GRACE = timedelta(minutes=10)  # the sweeper's own time, beyond a state's bound
_UNATTENDED = (Origin.AUTOMATIC, Origin.RETRY)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Broken:
    """An invariant that does not hold, and the row that shows it."""

    rule: str
    subject: str
    detail: str


def check() -> list[Broken]:
    """Every violation; empty when all hold."""
    now = utc_now()
    with connected():
        return [broken for rule in _RULES for broken in rule(now)]


def _captured_once(_now: datetime) -> Iterator[Broken]:
    """I2: a captured payment has exactly one journal, and a journal a captured payment."""
    captured = [PaymentState.SUCCEEDED, PaymentState.REVERSED]
    posted = Journal.select(Journal.source).where(Journal.kind == "payment")
    sources = {row.source for row in posted}
    if len(sources) != posted.count():
        yield Broken("I2", "journal", "a payment was posted twice")
    paid = {str(row.id) for row in Payment.select(Payment.id).where(Payment.state.in_(captured))}
    for lost in paid - sources:
        yield Broken("I2", lost, "captured without a journal")
    for phantom in sources - paid:
        yield Broken("I2", phantom, "a journal without a captured payment")


def _journals_balance(_now: datetime) -> Iterator[Broken]:
    """I3: every journal sums to zero per currency."""
    rows = (
        Posting.select(Posting.journal, Posting.currency, fn.SUM(Posting.amount).alias("total"))
        .group_by(Posting.journal, Posting.currency)
        .having(fn.SUM(Posting.amount) != 0)
    )
    for row in rows:
        yield Broken("I3", str(row.journal_id), f"sums to {row.total} {row.currency}")


def _cached_sums(_now: datetime) -> Iterator[Broken]:
    """I1, I3, I5: `paid`, `adjusted` and `open` equal the sums of the rows behind them, and the ledger agrees."""
    succeeded = _sum_by_order(
        Allocation.select(Allocation.order, fn.SUM(Allocation.amount).alias("total"))
        .join(Payment)
        .where(Payment.state == PaymentState.SUCCEEDED)
        .group_by(Allocation.order)
    )
    refunded = _sum_by_order(
        RefundAllocation.select(RefundAllocation.order, fn.SUM(RefundAllocation.amount).alias("total"))
        .join(Refund)
        .where(Refund.state == RefundState.SUCCEEDED)
        .group_by(RefundAllocation.order)
    )
    adjusted = _sum_by_order(
        Adjustment.select(Adjustment.order, fn.SUM(Adjustment.amount).alias("total")).group_by(Adjustment.order)
    )
    ledger = {
        row.account.removeprefix("receivable:"): -int(row.total)
        for row in Posting.select(Posting.account, fn.SUM(Posting.amount).alias("total"))
        .where(Posting.account.startswith("receivable:"))
        .group_by(Posting.account)
    }
    columns = (Order.id, Order.total, Order.adjusted, Order.paid, Order.open)
    for order_id, total, was_adjusted, paid, left in Order.select(*columns).tuples().iterator():
        expected = succeeded.get(order_id, 0) - refunded.get(order_id, 0)
        if paid != expected:
            yield Broken("I5", str(order_id), f"paid is {paid}, payments say {expected}")
        if ledger.get(str(order_id), 0) != paid:
            yield Broken("I3", str(order_id), f"paid is {paid}, the ledger says {ledger.get(str(order_id), 0)}")
        if was_adjusted != adjusted.get(order_id, 0):
            yield Broken("I3", str(order_id), f"adjusted is {was_adjusted}, rows say {adjusted.get(order_id, 0)}")
        if left != total - was_adjusted - paid or left < 0:
            yield Broken("I1", str(order_id), f"open is {left} of {total}, adjusted {was_adjusted}, paid {paid}")


def _sum_by_order(query: Any) -> dict[Any, int]:
    return {row.order_id: int(row.total) for row in query}


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
            Payment.id, Payment.customer, Payment.method, Payment.created_at, Order.id, Order.consent, Order.schedule
        )
        .join(Allocation)
        .join(Order)
        .where(Payment.origin.in_(_UNATTENDED))
        .tuples()
    )
    consents: dict[tuple[Any, Any], list[Consent]] = {}
    for consent in Consent.select():
        consents.setdefault((consent.customer_id, consent.method_id), []).append(consent)
    schedules: Any = BillingSchedule.select(BillingSchedule.id, BillingSchedule.consent).tuples()
    of_schedule = dict(schedules)
    for payment, customer, method, at, order, named, schedule in rows:
        live = [c for c in consents.get((customer, method), []) if c.shown_at <= at <= (c.revoked_at or _NEVER)]
        if not any(_covers(c, order, {named, of_schedule.get(schedule)}) for c in live):
            yield Broken("I7", str(payment), "charged unattended without a consent")


def _covers(consent: Consent, order: Any, named: set[Any]) -> bool:
    if consent.scope == ConsentScope.ALL_DUE or consent.id in named:
        return True
    return bool(consent.scope == ConsentScope.ORDER and consent.order_id == str(order))


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
    _captured_once,
    _journals_balance,
    _cached_sums,
    _states_are_young,
    _closed_are_done,
    _holds,
    _one_capture_per_payment,
    _mails_and_ticks,
    _unattended_under_consent,
    _below_the_ceiling,
    _payments_close,
)
