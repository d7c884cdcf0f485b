"""The one place where a refund's outcome becomes true.

Our own question, a webhook, reconciliation and the sweeper all end here. Idempotent and independent of order: a
compare-and-set, and what follows happens in the same transaction or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.orders.locks import lock_payment
from domain.refunds import effects
from domain.refunds.states import CLOSED, UNKNOWN_BOUND, may_follow, next_look
from integrations.gateways.base import GatewayRefund, RefundStatus
from kit.clock import utc_now
from kit.log import log
from models.base import require_unit_of_work, unit_of_work
from models.orders import Order
from models.payments import Payment, Refund
from models.payments import RefundState as S

_STATES = {
    RefundStatus.PENDING: S.PENDING,
    RefundStatus.REQUIRES_ACTION: S.PENDING,
    RefundStatus.SUCCEEDED: S.SUCCEEDED,
    RefundStatus.FAILED: S.FAILED,
    RefundStatus.CANCELED: S.FAILED,
}


@dataclass(frozen=True)
class Seen:
    """What was observed of a refund. `failure` says why it did not arrive."""

    state: S
    ref: str | None = None
    failure: str | None = None


def seen_of(refund: GatewayRefund) -> Seen:
    """What the gateway's own refund says."""
    state = _STATES[refund.status]
    failure = (refund.failure or refund.status.value) if state == S.FAILED else None
    return Seen(state, ref=refund.id, failure=failure)


def record_refund(refund_id: UUID, seen: Seen, *, epoch: int | None = None) -> bool:
    """Moves a refund to an observed state, with everything that follows. False when nothing changed.

    `epoch` fences a caller that may have been overtaken.
    """
    now = utc_now()
    with unit_of_work():
        before = Refund.get_by_id(refund_id)
        payment, orders = lock_payment(before.payment_id)
        changed = take_over(payment, orders, Refund.get_by_id(refund_id), seen, now, epoch=epoch)
    if changed:
        log().info("refund.recorded", refund=str(refund_id), was=before.state, state=seen.state)
    return changed


def take_over(
    payment: Payment, orders: list[Order], before: Refund, seen: Seen, now: datetime, *, epoch: int | None = None
) -> bool:
    """The same in the caller's unit of work, its payment and orders locked."""
    require_unit_of_work()
    same = before.state == seen.state
    if (epoch is not None and before.epoch != epoch) or not (same or may_follow(before, seen.state)):
        return False
    unmoved = (Refund.id == before.id) & (Refund.state == before.state) & (Refund.epoch == before.epoch)
    if same and before.state in CLOSED:
        return False
    if Refund.update(**_values(before, seen, now)).where(unmoved).execute() != 1:
        return False
    if not same:
        effects.follow(Refund.get_by_id(before.id), before.state, payment, orders, now)
    return True


def _values(before: Refund, seen: Seen, now: datetime) -> dict[str, Any]:
    same = before.state == seen.state
    looks = before.looks + 1 if same else 0
    at = next_look(seen.state, looks=looks, now=now)
    if at and seen.state == S.UNKNOWN and before.sent_at and before.sent_at + UNKNOWN_BOUND > now:
        at = min(at, before.sent_at + UNKNOWN_BOUND)
    values: dict[str, Any] = {"state": seen.state, "looks": looks, "lease_until": None, "next_look_at": at}
    if not same:
        values |= {"state_since": now, "epoch": before.epoch + 1}
        values["closed_at"] = now if seen.state in CLOSED else None
    if seen.ref and before.gateway_ref is None:
        values["gateway_ref"] = seen.ref
    if seen.state == S.FAILED:
        values["failure"] = (seen.failure or "")[:64]
    return values
