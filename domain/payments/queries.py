"""Reads of one payment: what its page shows. The merchant or the customer comes first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from domain.methods.queries import label
from domain.payments.intention import Buyer, Then, following
from domain.payments.stage import Stage, stage_of
from domain.recoveries.declines import Reason, reason, verdict_on
from domain.work.wake import Work, wake
from integrations.gateways.base import MethodKind
from kit.clock import utc_now
from kit.money import Money
from models.orders import Order, PayIntention
from models.payments import Allocation, Attempt, Payment, Receipt

__all__ = ["MethodKind", "PaidOrder", "PaymentView", "Stage"]


@dataclass(frozen=True)
class PaidOrder:
    """An order that the payment is for, with its share."""

    id: UUID
    number: str
    title: str
    amount: Money


@dataclass(frozen=True)
class PaymentView:
    """A payment as its page shows it."""

    id: UUID
    stage: Stage
    amount: Money
    method: str  # as it is called; nothing for one outside the portal
    is_bank: bool
    orders: tuple[PaidOrder, ...]
    at: datetime
    attempt: UUID | None
    receipt: str
    mailed_to: str
    final_on: date | None
    reason: Reason | None  # of a decline
    try_again: bool  # whether the same method may be tried again by hand
    confirm_at: str  # the bank's page, while the person must confirm there
    then: Then | None = None  # what was chosen with it, in another currency


def payment_of(customer: UUID, payment: UUID) -> PaymentView | None:
    """A payment of this customer, or None."""
    row = Payment.get_or_none((Payment.id == payment) & (Payment.customer == customer))
    return _view(row) if row is not None else None


def payment_through_link(merchant: UUID, handle: str) -> PaymentView | None:
    """The latest payment that was pressed on the fix-it page with this handle, or None."""
    row = (
        Payment.select()
        .join(PayIntention)
        .where((PayIntention.merchant == merchant) & (PayIntention.handle == handle) & PayIntention.link.is_null(False))
        .order_by(Payment.press.desc())
        .first()
    )
    return _view(row) if row is not None else None


def _view(row: Payment) -> PaymentView:
    attempt = Attempt.select().where(Attempt.payment == row).order_by(Attempt.n.desc()).first()
    stage, method = stage_of(row, attempt), row.method
    called = label(method.brand, method.last4) if method else ""
    receipt = Receipt.get_or_none(Receipt.payment == row)
    judged = verdict_on(attempt) if attempt and stage == Stage.DECLINED else None
    intention = row.intention
    return PaymentView(
        id=row.id,
        stage=stage,
        amount=Money(row.amount, row.currency),
        method=called,
        is_bank=bool(method and method.kind == MethodKind.BANK),
        orders=_orders(row),
        at=row.closed_at or row.created_at,
        attempt=attempt.id if attempt else None,
        receipt=receipt.number if receipt else "",
        mailed_to=row.customer.email,
        final_on=attempt.final_on if attempt else None,
        reason=reason(judged.code, method=called) if judged else None,
        try_again=not (judged and judged.ends_method),
        confirm_at=(attempt.action_url or "") if attempt and stage == Stage.CONFIRM else "",
        then=following(intention) if intention else None,
    )


def _orders(row: Payment) -> tuple[PaidOrder, ...]:
    rows = Allocation.select(Allocation, Order).join(Order).where(Allocation.payment == row).order_by(Order.number)
    return tuple(
        PaidOrder(each.order_id, each.order.number, each.order.title, Money(each.amount, row.currency)) for each in rows
    )


def attempt_of(merchant: UUID, payment: UUID) -> UUID | None:
    """The latest attempt of a merchant's payment: for the return from the bank, which needs no sign-in."""
    row = (
        Attempt.select(Attempt.id)
        .join(Payment)
        .where((Payment.id == payment) & (Payment.merchant == merchant))
        .order_by(Attempt.n.desc())
        .first()
    )
    return row.id if row is not None else None


def pressed_through(merchant: UUID, payment: UUID, handle: str) -> bool:
    """Whether the payment was pressed on the page of this fix-it handle."""
    rows = (
        Payment.select()
        .join(PayIntention)
        .where((Payment.id == payment) & (Payment.merchant == merchant) & (PayIntention.handle == handle))
    )
    return bool(rows.where(PayIntention.link.is_null(False)).exists())


def payment_of_press(handle: str, press: int, *, buyer: Buyer) -> UUID | None:
    """The payment that this very press of this form has made, if it has."""
    row = (
        Payment.select(Payment.id)
        .join(PayIntention)
        .where((PayIntention.handle == handle) & (Payment.customer == buyer.customer) & (Payment.press == press))
        .first()
    )
    return row.id if row is not None else None


def nudge(attempt: UUID) -> None:
    """Somebody waits for this attempt: wakes a worker when it is due. Never waits for the gateway itself."""
    due: Any = (Attempt.id == attempt) & (Attempt.next_look_at <= utc_now())
    if Attempt.select().where(due).exists():
        wake(Work.ATTEMPT, attempt)
