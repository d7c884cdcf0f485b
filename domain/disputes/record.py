"""Disputes are objects with a state of their own: read from the gateway, recorded once, in any order.

A card's dispute takes the money away until it is decided. A bank debit that comes back late arrives as a dispute too,
but there is nothing to decide: it is a return (domain/disputes/bank_return.py).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from peewee import IntegrityError

from domain.disputes import bank_return, card
from domain.orders.locks import lock_payment
from domain.payments.at_gateway import WORKER_SECONDS, gateway_for
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
    DisputeStatus.OPEN: DisputeState.OPEN,
    DisputeStatus.WON: DisputeState.WON,
    DisputeStatus.LOST: DisputeState.LOST,
}


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
    if row is None:
        row = _insert(payment, found, now)
        card.opened(row, payment, orders, now)
    elif found.answer_by and found.answer_by != row.answer_by:
        Dispute.update(answer_by=found.answer_by).where(Dispute.id == row.id).execute()
    _decided(row, payment, orders, _STATES[found.status], now)


def _decided(row: Dispute, payment: Payment, orders: list[Order], state: DisputeState, now: datetime) -> None:
    """Never back to open: a hint may be days late. A loss that nobody has booked yet may still turn into a win."""
    if state in (row.state, DisputeState.OPEN):
        return
    if row.state == DisputeState.WON or row.lost_as is not None:
        log().error("dispute.turned", dispute=str(row.id), was=row.state, says=state)
        card.turned(row, payment, says=state)
        return
    Dispute.update(state=state, closed_at=now).where(Dispute.id == row.id).execute()
    fresh = Dispute.get_by_id(row.id)
    if state == DisputeState.WON:
        card.won(fresh, payment, orders, now)
    else:
        card.lost(fresh, payment)


def _bank(row: Dispute | None, payment: Payment, orders: list[Order], found: GatewayDispute, now: datetime) -> None:
    won = found.status == DisputeStatus.WON
    if row is None and not won:
        bank_return.returned(_insert(payment, found, now), payment, orders, now)
    elif row is not None and won and row.state != DisputeState.WON:
        Dispute.update(state=DisputeState.WON, closed_at=now).where(Dispute.id == row.id).execute()
        bank_return.given_back(row, payment, now)


def _insert(payment: Payment, found: GatewayDispute, now: datetime) -> Dispute:
    bank = found.kind == MethodKind.BANK
    return Dispute.create(
        payment=payment,
        gateway_account=payment.gateway_account_id,
        gateway_ref=found.id,
        kind=DisputeKind.BANK_RETURN if bank else DisputeKind.CARD,
        code=found.code[:32],
        reason=found.reason[:64],
        amount=found.amount.minor,
        currency=found.amount.currency,
        state=DisputeState.LOST if bank else DisputeState.OPEN,
        answer_by=found.answer_by,
        opened_at=found.created,
        closed_at=now if bank else None,
    )
