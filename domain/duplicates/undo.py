"""Parting two records that were merged, within 30 days.

Every value that the merge changed is put back. Rows made since then stay with the survivor and are listed; what belongs
to an order that goes back (a declined payment, its recovery, a promise) goes back with it. Refused once money has moved
on an order that would go back: a payment, a refund or a dispute would part from the customer whose it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import fn

from domain.customers.folded import refold
from domain.duplicates import credit
from domain.duplicates.ended import own_mailboxes_back, pass_on_refusals, stays_ended
from domain.duplicates.merge import lock_both
from domain.duplicates.moves import made_by, moved, put_back
from domain.duplicates.tries import plan_anew
from domain.duplicates.under_way import refuse_while_under_way
from domain.duplicates.unlink import unlink
from domain.events.record import Actor, record
from kit.clock import utc_now
from kit.errors import Conflict, NotFound
from kit.i18n import _
from models.base import locked, unit_of_work
from models.console import Merge
from models.customers import Customer
from models.methods import Consent, MethodState, PaymentMethod
from models.orders import Order
from models.payments import (
    Allocation,
    Dispute,
    Payment,
    PaymentState,
    Promise,
    Recovery,
    Refund,
    RefundState,
)


@dataclass(frozen=True)
class Parted:
    """What an undo did: orders and schedules that lost a payment method which went back, by their ids."""

    orders_by_hand: tuple[UUID, ...]
    schedules_by_hand: tuple[UUID, ...]


def undo(*, merchant: UUID, merge: UUID, staff: UUID) -> Parted:
    """Parts the records again. Harmless twice.

    Raises NotFound (not this merchant's), Conflict with the reason when it cannot be undone (any more).
    """
    with unit_of_work():
        row: Merge | None = Merge.get_or_none(Merge.id == merge, Merge.merchant == merchant)
        if row is None:
            raise NotFound(_("That merge is not there."))
        kept, _gone = lock_both(merchant, row.survivor_id, row.absorbed_id)
        row = locked(Merge.select().where(Merge.id == merge)).get()
        if row.undone_at is not None:
            return Parted((), ())
        refuse_while_under_way(row.survivor_id, row.absorbed_id)
        if why := refusal(row, kept, utc_now()):
            raise Conflict(why)
        parted = _part(row)
        Merge.update(undone_at=utc_now(), undone_by=staff).where(Merge.id == row.id).execute()
        for customer in (row.survivor_id, row.absorbed_id):
            record(
                "customer.merge_undone",
                merchant=merchant,
                actor=Actor.STAFF,
                actor_id=staff,
                customer=customer,
                subject=row.id,
            )
        return parted


def refusal(merge: Merge, kept: Customer, now: datetime) -> str:
    """Why a merge cannot be undone, in a sentence; empty when it can."""
    if now >= merge.undo_until:
        return _("A merge can be undone for 30 days, and these have passed.")
    if kept.merged_into_id is not None:
        return _("The record was merged with another one since. Undo that merge first.")
    if money_moved(merge) or credit.is_used_on(merge, moved(merge.id, Order)):
        return _("Money has moved on a purchase that came from the other record, so the two cannot be parted any more.")
    if credit.is_spent(merge):
        return _("The credit that came from the other record has been used, so the two cannot be parted any more.")
    return ""


def money_moved(merge: Merge) -> bool:
    """Whether a payment, a refund or a dispute came to a moved order or payment after the merge."""
    orders, payments = moved(merge.id, Order), moved(merge.id, Payment)
    since = merge.made_at
    settled = (PaymentState.SUCCEEDED, PaymentState.REVERSED, PaymentState.OPEN)
    paid = (
        Payment.select()
        .join(Allocation)
        .where(Allocation.order.in_(orders), Payment.created_at >= since, Payment.state.in_(settled))
    )
    refunded = Refund.select().where(
        Refund.payment.in_(payments), Refund.created_at >= since, Refund.state != RefundState.FAILED
    )
    disputed = Dispute.select().where(Dispute.payment.in_(payments), Dispute.opened_at >= since)
    return bool(paid.exists() or refunded.exists() or disputed.exists())


def _part(merge: Merge) -> Parted:
    now, both = utc_now(), (merge.survivor_id, merge.absorbed_id)
    _take_along(merge)
    defaults = [
        row.id for row in PaymentMethod.select().where(PaymentMethod.customer.in_(both), PaymentMethod.is_default)
    ]
    PaymentMethod.update(is_default=False).where(PaymentMethod.customer.in_(both)).execute()
    credit.return_credit(merge)
    put_back(merge.id, always={(PaymentMethod, "is_default"): True}, but=stays_ended(merge))
    pass_on_refusals(merge)
    removed = (PaymentMethod.state == MethodState.DETACHED) & PaymentMethod.is_default
    PaymentMethod.update(is_default=False).where(PaymentMethod.customer.in_(both), removed).execute()
    _keep_default(merge.survivor_id, defaults)
    own_mailboxes_back(merge)
    Consent.update(revoked_at=now).where(
        Consent.id.in_(made_by(merge.id, Consent)), Consent.revoked_at.is_null()
    ).execute()
    orders, schedules = unlink(both, now)
    plan_anew(both, now)
    refold(both)
    return Parted(tuple(orders), tuple(schedules))


def _take_along(merge: Merge) -> None:
    """What was made since for moved orders alone goes back with them: declined payments, recoveries, promises."""
    orders = moved(merge.id, Order)
    if not orders:
        return
    for table in (Recovery, Promise):
        table.update(customer=merge.absorbed_id).where(
            table.order.in_(orders),
            table.id.not_in(moved(merge.id, table)),
        ).execute()
    theirs: Any = (
        Payment.select(Payment.id)
        .join(Allocation)
        .where(Payment.customer == merge.survivor_id, Payment.created_at >= merge.made_at)
        .group_by(Payment.id)
        .having(fn.SUM(Allocation.order.in_(orders).cast("integer")) == fn.COUNT(Allocation.id))
    )
    ids = [row.id for row in theirs]
    Payment.update(customer=merge.absorbed_id).where(Payment.id.in_(ids)).execute()


def _keep_default(survivor: UUID, before: list[UUID]) -> None:
    own = (PaymentMethod.customer == survivor) & PaymentMethod.is_default
    if not PaymentMethod.select().where(own).exists():
        mine = PaymentMethod.select().where(PaymentMethod.customer == survivor, PaymentMethod.id.in_(before)).first()
        if mine is not None:
            PaymentMethod.update(is_default=True).where(PaymentMethod.id == mine.id).execute()
