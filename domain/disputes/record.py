"""Disputes are objects with a state of their own: read from the gateway, recorded once, in any order.

A card's dispute takes the money away until it is decided; an inquiry before it takes nothing. A bank debit that comes
back late arrives as a dispute too, but there is nothing to decide: it is a return (domain/disputes/bank_return.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import IntegrityError

from domain.disputes import bank_return, card
from domain.orders.locks import lock_payment
from domain.payments.at_gateway import WORKER_SECONDS, gateway_for
from domain.reports import dirty
from integrations.gateways.base import DisputeStatus, GatewayDispute, MethodKind
from kit.clock import utc_now
from kit.deadline import Deadline
from kit.errors import Conflict
from kit.log import log
from models.base import unit_of_work
from models.merchants import GatewayAccount
from models.orders import Order
from models.payments import Attempt, Dispute, DisputeKind, DisputeState, Payment, PaymentState

_STATES = {
    DisputeStatus.INQUIRY: DisputeState.INQUIRY,
    DisputeStatus.CLOSED: DisputeState.CLOSED,
    DisputeStatus.OPEN: DisputeState.OPEN,
    DisputeStatus.WON: DisputeState.WON,
    DisputeStatus.LOST: DisputeState.LOST,
}
_UNMOVED = (DisputeState.INQUIRY, DisputeState.CLOSED)


def hint(gateway_account_id: UUID, dispute_ref: str, *, deadline: Deadline | None = None) -> bool:
    """Something happened to a dispute at the gateway: it is read and recorded. False when it is not about our money.

    Raises GatewayError or DeadlinePassed when it cannot be read now, Conflict when its payment is not recorded yet:
    come again.
    """
    account = GatewayAccount.get_by_id(gateway_account_id)
    found = gateway_for(account).read_dispute(dispute_ref, deadline=deadline or Deadline.within(WORKER_SECONDS))
    return learn(account, found)


def learn(account: GatewayAccount, found: GatewayDispute) -> bool:
    """The same for a dispute that has been read already (reconciliation lists them)."""
    attempt = Attempt.get_or_none((Attempt.gateway_account == account) & (Attempt.gateway_ref == found.intent))
    if attempt is None or found.intent is None:
        return False
    try:
        with unit_of_work():
            payment, orders = lock_payment(attempt.payment_id)
            _record(payment, orders, found, utc_now())
            dirty.mark(payment.merchant_id, payment.closed_at)
    except IntegrityError:  # recorded at the same moment: the next hint, or the nightly run, takes it on
        raise Conflict("somebody records it") from None
    return True


def _record(payment: Payment, orders: list[Order], found: GatewayDispute, now: datetime) -> None:
    if payment.state not in (PaymentState.SUCCEEDED, PaymentState.REVERSED):
        raise Conflict("its payment is not recorded yet")
    if found.amount.currency != payment.currency:
        log().error("dispute.other_currency", dispute=found.id, payment=str(payment.id))
        raise Conflict("it is in another currency than its payment")
    known = (Dispute.gateway_account == payment.gateway_account_id) & (Dispute.gateway_ref == found.id)
    row = Dispute.get_or_none(known)
    if found.kind == MethodKind.BANK:
        _bank(row, payment, orders, found, now)
        return
    state = _STATES[found.status]
    if row is None or row.state in _UNMOVED:
        row = _begin(row, payment, orders, found, now)
    elif found.answer_by and found.answer_by != row.answer_by:
        Dispute.update(answer_by=found.answer_by).where(Dispute.id == row.id).execute()
    _decided(row, payment, orders, state, now)


def _begin(row: Dispute | None, payment: Payment, orders: list[Order], found: GatewayDispute, now: datetime) -> Dispute:
    """An inquiry is noted and moves nothing; the first status that is none opens the dispute, whatever it is."""
    state = _STATES[found.status]
    begun = state if state in _UNMOVED else DisputeState.OPEN
    known = row is not None
    if row is None:
        row = _insert(payment, found, begun, now)
    elif begun in (row.state, DisputeState.INQUIRY):  # nothing new, or the read was slow
        Dispute.update(**_facts(found)).where(Dispute.id == row.id).execute()
        return row
    else:
        closed = now if begun == DisputeState.CLOSED else None
        Dispute.update(**_facts(found), state=begun, closed_at=closed).where(Dispute.id == row.id).execute()
        row = Dispute.get_by_id(row.id)
    if begun == DisputeState.INQUIRY:
        card.asked(row, payment)
    elif begun == DisputeState.CLOSED:
        card.asked_no_more(row, payment, told=known)
    else:
        card.opened(row, payment, orders, now)
    return row


def _decided(row: Dispute, payment: Payment, orders: list[Order], state: DisputeState, now: datetime) -> None:
    """Never back to open: a hint may be days late. A loss that nobody has booked yet may still turn into a win."""
    if state == DisputeState.CLOSED and row.state != DisputeState.CLOSED:
        state = DisputeState.WON  # what was taken is back
    if state in (row.state, DisputeState.OPEN, DisputeState.INQUIRY):
        return
    if row.state == DisputeState.WON or row.lost_as is not None:
        card.turned(row, payment, says=state)
        return
    Dispute.update(state=state, closed_at=now).where(Dispute.id == row.id).execute()
    fresh = Dispute.get_by_id(row.id)
    if state == DisputeState.WON:
        card.won(fresh, payment, orders, now)
    else:
        card.lost(fresh, payment)


def _bank(row: Dispute | None, payment: Payment, orders: list[Order], found: GatewayDispute, now: datetime) -> None:
    won = found.status in (DisputeStatus.WON, DisputeStatus.CLOSED)
    if row is None and not won and found.status != DisputeStatus.INQUIRY:
        bank_return.returned(_insert(payment, found, DisputeState.LOST, now), payment, orders, now)
    elif row is not None and won and row.state != DisputeState.WON:
        Dispute.update(state=DisputeState.WON, closed_at=now).where(Dispute.id == row.id).execute()
        bank_return.given_back(row, payment, now)


def _insert(payment: Payment, found: GatewayDispute, state: DisputeState, now: datetime) -> Dispute:
    bank, over = found.kind == MethodKind.BANK, state in (DisputeState.LOST, DisputeState.CLOSED)
    return Dispute.create(
        payment=payment,
        gateway_account=payment.gateway_account_id,
        gateway_ref=found.id,
        kind=DisputeKind.BANK_RETURN if bank else DisputeKind.CARD,
        currency=found.amount.currency,
        state=state,
        opened_at=found.created,
        closed_at=now if over else None,
        **_facts(found),
    )


def _facts(found: GatewayDispute) -> dict[str, Any]:
    """What may change while nothing is booked: an inquiry may be about less than the dispute that follows."""
    return {
        "code": found.code[:32],
        "reason": found.reason[:64],
        "amount": found.amount.minor,
        "answer_by": found.answer_by,
    }
