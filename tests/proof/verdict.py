"""What must be true when everything has come to rest: what the processor took is what we booked, once.

Judged from outside: the store and the processor's own list, none of the code that brought them there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from domain.ledger import invariants
from domain.reports.dirty import MONEY
from domain.reports.recompute import recount
from models.orders import Order
from models.payments import Attempt, AttemptState, OrderHold, Payment, PaymentState, Receipt
from models.reports import DirtyDay
from models.schedules import ScheduleRun
from models.work import Event
from sandbox.inprocess import InProcess
from tests.proof import going_back, self_service
from tests.reports.conftest import differences

_BILLS = ("schedule.moved", "schedule.skipped", "schedule.skip_undone", "schedule.billed_early")
_CAPTURED = (PaymentState.SUCCEEDED, PaymentState.REVERSED)


def verdict(sandbox: InProcess) -> list[str]:
    """Every wrong thing, its kind before the colon."""
    return [
        *_charges(sandbox),
        *_orders(sandbox),
        *_overflow(),
        *going_back.verdict(sandbox),
        *_open(),
        *_followed_once(),
        *_periods(),
        *self_service.verdict(sandbox),
        *_invariants(),
    ]


def tally() -> Counter[str]:
    """How much there was of everything."""
    counted: Counter[str] = Counter(f"attempt {row.state}" for row in Attempt.select(Attempt.state))
    counted += Counter(f"refund {state}" for state in going_back.states())
    counted["went to review"] = Event.select().where(Event.kind == "attempt.needs_a_person").count()
    counted["in review at the end"] = Attempt.select().where(Attempt.state == AttemptState.REVIEW).count()
    counted["payments"] = Payment.select().count()
    counted["methods removed"] = Event.select().where(Event.kind == "method.removed").count()
    counted["bills changed"] = Event.select().where(Event.kind.in_(_BILLS)).count()
    counted["schedule runs"] = ScheduleRun.select().count()
    return counted


def _taken(sandbox: InProcess) -> Counter[str]:
    taken: Counter[str] = Counter()
    for charge in sandbox.charges():
        if charge["status"] == "succeeded":
            taken[str(charge["metadata"].get("settle_attempt"))] += charge["amount"]
    return taken


def _charges(sandbox: InProcess) -> Iterator[str]:
    taken = _taken(sandbox)
    for attempt in Attempt.select():
        was = taken.pop(str(attempt.id), 0)
        if attempt.state == AttemptState.SUCCEEDED and was != attempt.amount:
            yield f"phantom credit: attempt {attempt.id} succeeded, the processor took {was} of {attempt.amount}"
        if attempt.state not in (AttemptState.SUCCEEDED, AttemptState.REVIEW) and was:
            yield f"captured, not credited: attempt {attempt.id} is {attempt.state}, the processor took {was}"
    for attempt_id in taken:
        yield f"captured, not credited: the processor took money for {attempt_id}, which is not ours"


def _orders(sandbox: InProcess) -> Iterator[str]:
    """Orders that were paid together are judged together: what stayed with the merchant is at most their total."""
    taken, back, excused = _taken(sandbox), going_back.by_attempt(sandbox), going_back.excused()
    group: dict[object, object] = {}
    kept: Counter[object] = Counter()
    payments = list(Payment.select().order_by(Payment.id))
    orders_of = {row.id: [share.order_id for share in row.allocations] for row in payments}
    for orders in orders_of.values():
        for order in orders:
            _join(group, orders[0], order)
    for row in payments:
        mine = [str(attempt.id) for attempt in row.attempts]
        amount = sum(taken[each] - back[each] for each in mine)
        if row.external and row.state == PaymentState.SUCCEEDED:
            amount = row.amount - going_back.outside(row.id)
        kept[_root(group, orders_of[row.id][0])] += amount
    totals: Counter[object] = Counter()
    for order in Order.select():
        totals[_root(group, order.id)] += order.total
    became_credit = {_root(group, orders[0]) for payment, orders in orders_of.items() if payment in excused}
    for root, amount in kept.items():
        if amount > totals[root] and root not in became_credit:
            yield f"double charge: orders over {totals[root]} were charged {amount}"


def _root(group: dict[object, object], order: object) -> object:
    while group.get(order, order) != order:
        order = group[order]
    return order


def _join(group: dict[object, object], one: object, other: object) -> None:
    group[_root(group, other)] = _root(group, one)


def _overflow() -> Iterator[str]:
    """Money that found nothing open: nobody should have been asked for it."""
    excused = going_back.excused()
    for payment in Payment.select().where(Payment.state.in_(_CAPTURED)):
        allocated = sum(share.amount for share in payment.allocations)
        if allocated != payment.amount and payment.id not in excused:
            yield f"double charge: {payment.amount - allocated} of {payment.id} found nothing open"


def _open() -> Iterator[str]:
    review = AttemptState.REVIEW
    for attempt in Attempt.select().where(Attempt.closed_at.is_null() & (Attempt.state != review)):
        yield f"stuck: attempt {attempt.id} is {attempt.state}"
    waits = Attempt.select(Attempt.payment).where(Attempt.state == review)
    for payment in Payment.select().where((Payment.state == PaymentState.OPEN) & Payment.id.not_in(waits)):
        yield f"stuck: payment {payment.id} is open"
    for hold in OrderHold.select(OrderHold, Attempt).join(Attempt).where(Attempt.state != review):
        yield f"stuck: order {hold.order_id} is held"


def _followed_once() -> Iterator[str]:
    """One receipt and one line in the trail for each success, whatever was repeated."""
    captured = {str(row.id) for row in Payment.select().where(Payment.state.in_(_CAPTURED))}
    outside = {str(row.id) for row in Payment.select().where(Payment.external.is_null(False))}
    receipts = Counter(str(row.payment_id) for row in Receipt.select())
    told = Counter(row.subject_id for row in Event.select().where(Event.kind == "payment.succeeded"))
    told += Counter(row.subject_id for row in Event.select().where(Event.kind == "payment.recorded"))
    for payment in captured | outside | set(receipts) | set(told):
        if (payment in captured, receipts[payment], told[payment]) != (True, 1, 1):
            yield f"followed wrongly: {payment} has {receipts[payment]} receipts and was told {told[payment]} times"


def _periods() -> Iterator[str]:
    """A period of a schedule makes one order at most, and no order is of no period."""
    made = Counter(row.order_id for row in ScheduleRun.select() if row.order_id)
    for order in Order.select().where(Order.schedule.is_null(False)):
        if made[order.id] != 1:
            yield f"period: order {order.number} belongs to {made[order.id]} periods"
    per_day = Counter((row.schedule_id, row.due_on) for row in Order.select().where(Order.schedule.is_null(False)))
    for (schedule, day), count in per_day.items():
        if count > 1:
            yield f"period: {count} orders of schedule {schedule} for {day}"


def figures() -> Iterator[str]:
    """What is marked and counted is what the raw rows say: no change of a life has forgotten its mark."""
    for mark in list(DirtyDay.select(DirtyDay.id).where(DirtyDay.what == MONEY).tuples()):
        recount(mark[0])
    for one in differences(date(2026, 10, 1), date(2027, 6, 30)):
        yield f"figures: {one}"


def _invariants() -> Iterator[str]:
    for broken in invariants.check():
        if broken.rule != "I6":
            yield f"invariant {broken.rule}: {broken.subject} {broken.detail}"
