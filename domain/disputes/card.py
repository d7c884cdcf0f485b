"""A card dispute's steps in the books: asked about, opened, won, lost. Inside the unit of work of its record only."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from domain.events.record import Actor, record
from domain.ledger import post as ledger
from domain.ledger.balance import till_of
from domain.mail import letters
from domain.mail.letters import DisputeNews
from domain.refunds.split import refunded_of
from domain.refunds.states import COUNTED
from kit.log import log
from kit.money import Money
from models.orders import Order
from models.payments import Allocation, Dispute, DisputeKind, DisputeState, Payment
from models.work import Event


def asked(dispute: Dispute, payment: Payment) -> None:
    """The bank asks about a payment and may dispute it later. No money has moved, and it may be refunded."""
    letters.dispute(dispute.id, DisputeNews.INQUIRY)
    note("dispute.inquiry", dispute, payment, refunded_before=refunded_of(payment, counting=COUNTED))


def asked_no_more(dispute: Dispute, payment: Payment, *, told: bool) -> None:
    """The inquiry led to nothing. The merchant gets a letter when `told` of the inquiry before."""
    if told:
        letters.dispute(dispute.id, DisputeNews.CLOSED)
    note("dispute.inquiry_closed", dispute, payment)


def opened(dispute: Dispute, payment: Payment, orders: list[Order], now: datetime) -> None:
    """The network has the money until it decides; the orders stay paid and are closed to payment and refund."""
    amount = Money(dispute.amount, dispute.currency)
    ledger.post(
        merchant=payment.merchant_id,
        kind="dispute",
        source=str(dispute.id),
        at=now,
        lines=[(till_of(payment), -amount), (ledger.dispute(payment.id), amount)],
    )
    flag([order.id for order in orders])
    letters.dispute(dispute.id, DisputeNews.OPENED)
    note("dispute.opened", dispute, payment, refunded_before=refunded_of(payment, counting=COUNTED))


def won(dispute: Dispute, payment: Payment, orders: list[Order], now: datetime) -> None:
    """The money is back: a counter-entry."""
    amount = Money(dispute.amount, dispute.currency)
    ledger.post(
        merchant=payment.merchant_id,
        kind="dispute_won",
        source=str(dispute.id),
        at=now,
        lines=[(ledger.dispute(payment.id), -amount), (till_of(payment), amount)],
    )
    flag([order.id for order in orders])
    letters.dispute(dispute.id, DisputeNews.WON)
    note("dispute.won", dispute, payment)


def lost(dispute: Dispute, payment: Payment) -> None:
    """Nothing moves until the merchant has chosen (domain/disputes/decide.py)."""
    letters.dispute(dispute.id, DisputeNews.LOST)
    note("dispute.lost", dispute, payment)


def turned(dispute: Dispute, payment: Payment, *, says: DisputeState) -> None:
    """The gateway says another end than the one that is booked: a person looks at it, told once of each such end."""
    kind = "dispute.needs_a_person"
    before = Event.select().where(
        (Event.merchant == payment.merchant_id) & (Event.kind == kind) & (Event.subject_id == str(dispute.id))
    )
    if any(json.loads(event.facts).get("says") == says.value for event in before):
        return
    log().error("dispute.turned", dispute=str(dispute.id), was=dispute.state, says=says)
    note(kind, dispute, payment, says=says.value)


def flag(orders: Collection[UUID]) -> None:
    """Sets or clears `disputed`: an order is disputed while a card dispute on a payment of it waits for somebody."""
    waiting = (Dispute.state == DisputeState.OPEN) | (
        (Dispute.state == DisputeState.LOST) & Dispute.lost_as.is_null() & (Dispute.kind == DisputeKind.CARD)
    )
    mine = (
        Allocation.select(Allocation.order)
        .join(Dispute, on=(Dispute.payment == Allocation.payment))
        .where(Allocation.order.in_(list(orders)) & waiting)
    )
    disputed = {row.order_id for row in mine}
    for order in orders:
        Order.update(disputed=order in disputed).where(Order.id == order).execute()


def note(
    kind: str,
    dispute: Dispute,
    payment: Payment,
    *,
    actor: Actor = Actor.GATEWAY,
    actor_id: UUID | None = None,
    **facts: str | int,
) -> None:
    """Writes an event about a dispute."""
    record(
        kind,
        merchant=payment.merchant_id,
        actor=actor,
        actor_id=actor_id,
        customer=payment.customer_id,
        subject=dispute.id,
        facts={"payment": str(payment.id), "amount": dispute.amount, "code": dispute.code, **facts},
    )
