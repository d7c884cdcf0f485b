"""What happens besides in the demo's past: pauses, skips, refunds, disputes, cheques. By our own use cases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypedDict
from uuid import UUID

from domain.demo import bills, till
from domain.demo.cast import Person, Twist
from domain.demo.play import Play
from domain.demo.wallet import back_up
from domain.disputes.decide import decide
from domain.orders.outside import Outside, Received, record_outside
from domain.refunds import ask
from domain.refunds.reserve import refund
from domain.schedules.change import change_amount
from domain.schedules.pause import end, pause
from domain.schedules.skip import skip
from kit.calendar import local_day
from kit.errors import DomainError
from kit.ids import uuid7
from kit.money import Money
from models.methods import BillingSchedule, ScheduleState
from models.orders import Order
from models.payments import Allocation, Attempt, AttemptState, Dispute, LostAs, Payment, PaymentState, Refund


def begin(play: Play, person: Person) -> None:
    """Puts a new customer's twists on the agenda, somewhere between joining and the last day."""
    left = (person.house.last_day - person.joins_on).days
    for twist in person.twists:
        act = _ON_THE_WAY.get(twist)
        if act is not None and left > 0:
            day = person.joins_on + timedelta(days=person.rng.randrange(left) if left > 1 else 0)
            moment = person.house.moment(day, 11, person.rng.randrange(300))
            play.at(max(moment, play.now + timedelta(hours=1)), person.who, lambda act=act: act(play, person))  # type: ignore[misc]


def bought(play: Play, person: Person, order: Order) -> None:
    """Puts on the agenda what becomes of a purchase later."""
    for twist in person.twists:
        act = _AFTER_A_PURCHASE.get(twist)
        if act is not None:
            days = 16 if twist is Twist.CHEQUE else person.rng.randrange(4, 20)
            moment = play.now + timedelta(days=days, minutes=person.rng.randrange(200))
            play.at(moment, person.who, lambda act=act: act(play, person, order.id))  # type: ignore[misc]


class _Its(TypedDict):
    merchant: UUID
    schedule: UUID


def _of(person: Person) -> _Its:
    assert person.schedule is not None
    return {"merchant": person.house.merchant.id, "schedule": person.schedule}


def _running(person: Person) -> BillingSchedule | None:
    row = BillingSchedule.get_or_none(BillingSchedule.id == person.schedule)
    return row if row is not None and row.state == ScheduleState.ACTIVE else None


def rest(play: Play, person: Person, *, weeks: int = 7) -> None:
    """The merchant pauses the schedule for some weeks."""
    if _running(person) is not None:
        until = local_day(play.now, person.house.trade.zone) + timedelta(weeks=weeks)
        pause(**_of(person), until=until, note="On a journey")
        bills.watch(play, person, _of(person)["schedule"])


def leave_one_out(_play: Play, person: Person) -> None:
    """The merchant skips the next period."""
    row = _running(person)
    if row is not None and row.next_on is not None:
        skip(**_of(person), day=row.next_on)


def _dearer(play: Play, person: Person) -> None:
    row = _running(person)
    if row is not None and not person.pays_by_bank:  # a debit's notice would have to leave while the past is played
        from_on = local_day(play.now, person.house.trade.zone) + timedelta(days=40)
        change_amount(**_of(person), amount=Money(row.amount + row.amount // 10, row.currency), from_on=from_on)


def _leaves(_play: Play, person: Person) -> None:
    if _running(person) is not None:
        end(**_of(person), note="Has moved away")


def _yearly(play: Play, person: Person) -> None:
    if _running(person) is not None and not person.pays_by_bank:
        bills.add(play, person, person.house.trade.yearly, after=local_day(play.now, person.house.trade.zone))


def _backup(play: Play, person: Person) -> None:
    back_up(play, person)


def _cheque(play: Play, person: Person, order: UUID) -> None:
    """The customer's cheque is in the post, or a transfer has arrived."""
    row = Order.get_by_id(order)
    if not row.open:
        return
    kind, note = person.rng.choice(((Outside.CHEQUE, "Cheque 10%02d"), (Outside.TRANSFER, "Bank statement, line %d")))
    received = Received(
        handle=uuid7(),
        customer=row.customer_id,
        shares={row.id: Money(row.open, row.currency)},
        kind=kind,
        received_on=local_day(play.now, person.house.trade.zone),
        note=note % person.rng.randrange(10, 90),
    )
    record_outside(merchant=person.house.merchant.id, received=received, staff=None)


def _refund(play: Play, person: Person, order: UUID) -> None:
    give_back(play, person, order, whole=person.rng.random() < 0.5)


def give_back(play: Play, person: Person, order: UUID, *, whole: bool) -> None:
    """The merchant gives a payment back, all of it or a quarter, and the processor says yes."""
    paid = _paid(order)
    if paid is None:
        return
    amount = paid.amount if whole else paid.amount // 4
    try:
        made = refund(
            merchant=person.house.merchant.id,
            payment=paid.id,
            amount=Money(amount, paid.currency),
            reason="Returned by the customer",
        )
    except DomainError:
        return
    look_at_refund(play, person, made)


def look_at_refund(play: Play, person: Person, made: UUID) -> None:
    """Sends a refund and looks again until it is known what became of it."""
    ask.look(made)
    again = Refund.get_by_id(made).next_look_at
    if again is not None:
        play.once(f"refund {made}", again, person.who, lambda: look_at_refund(play, person, made))


def taken_back(play: Play, order: UUID, **how: str) -> Attempt | None:
    """The bank takes an order's payment back: its holder disputes it, or (`return`) a settled debit comes back."""
    paid = _paid(order)
    attempt = Attempt.get_or_none((Attempt.payment == paid) & (Attempt.state == AttemptState.SUCCEEDED))
    if attempt is not None:
        till.charge_back(play, attempt, **how)
    return attempt


def _complain(play: Play, person: Person, order: UUID) -> None:
    """The holder disputes a payment, and the network decides three weeks later."""
    attempt = taken_back(play, order)
    if attempt is not None:
        play.at(play.now + timedelta(days=21), person.who, lambda: _decided(play, person, attempt))


def _decided(play: Play, person: Person, attempt: Attempt) -> None:
    dispute = Dispute.get(Dispute.payment == attempt.payment_id)
    won = person.rng.random() < 0.4
    play.bank.control(disputes=[{"id": dispute.gateway_ref, "status": "won" if won else "lost"}])
    till.hear_of_disputes(play, attempt)
    if not won:
        decide(merchant=person.house.merchant.id, dispute=dispute.id, lost_as=LostAs.WRITE_OFF)


def _paid(order: UUID) -> Payment | None:
    rows = Payment.select().join(Allocation).where(Allocation.order == order, Payment.state == PaymentState.SUCCEEDED)
    found: Payment | None = rows.where(Payment.external.is_null()).first()
    return found


_ON_THE_WAY: dict[Twist, Callable[[Play, Person], None]] = {
    Twist.PAUSE: rest,
    Twist.SKIP: leave_one_out,
    Twist.DEARER: _dearer,
    Twist.LEAVES: _leaves,
    Twist.YEARLY: _yearly,
    Twist.BACKUP: _backup,
}
_AFTER_A_PURCHASE: dict[Twist, Callable[[Play, Person, UUID], None]] = {
    Twist.CHEQUE: _cheque,
    Twist.REFUND: _refund,
    Twist.DISPUTE: _complain,
}
