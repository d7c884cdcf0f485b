"""P3 of the money protocol: the one place where an outcome becomes true.

A press, an automatic try, a webhook, the return from the bank and the sweeper all end here. Idempotent and independent
of order: it is a compare-and-set from an open state, and what follows happens in the same transaction or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from domain.payments import consequences
from domain.payments.states import CLOSED, UNKNOWN_BOUND, next_look, sources
from integrations.gateways.base import Decline
from kit.calendar import add_banking_days, local_day
from kit.clock import utc_now
from kit.log import log
from models.base import after_commit, locked, require_unit_of_work, unit_of_work
from models.orders import Order
from models.payments import Allocation, Attempt, OrderHold
from models.payments import AttemptState as S


@dataclass(frozen=True)
class Outcome:
    """What was observed at the gateway."""

    state: S
    decline: Decline | None = None
    charge: str | None = None
    action_url: str | None = None
    final_on: date | None = None
    note: str | None = None


def record_outcome(
    attempt_id: UUID, outcome: Outcome, *, epoch: int | None = None, without_intent: bool = False
) -> bool:
    """Moves an attempt to an observed state, with everything that follows from it. False when nothing changed.

    `epoch` fences a caller that may have been overtaken; `without_intent` closes only while no intent id is stored.
    """
    with unit_of_work():
        return record_within(attempt_id, outcome, epoch=epoch, without_intent=without_intent)


def record_within(
    attempt_id: UUID, outcome: Outcome, *, epoch: int | None = None, without_intent: bool = False
) -> bool:
    """The same in the caller's unit of work."""
    require_unit_of_work()
    now = utc_now()
    orders = _lock_orders(attempt_id)
    before = Attempt.get_by_id(attempt_id)
    if not _compare_and_set(before, outcome, epoch, without_intent, now):
        return False
    attempt = Attempt.get_by_id(attempt_id)
    if outcome.state in CLOSED:
        _release(attempt)
        consequences.follow(attempt, orders, now)
    elif outcome.state != before.state:
        consequences.tell_of_waiting(attempt)
    after_commit(lambda: log().info("attempt.recorded", attempt=str(attempt_id), was=before.state, state=outcome.state))
    return True


def _lock_orders(attempt_id: UUID) -> list[Order]:
    mine = Allocation.select(Allocation.order).join(Attempt, on=(Attempt.payment == Allocation.payment))
    return list(locked(Order.select().where(Order.id.in_(mine.where(Attempt.id == attempt_id))).order_by(Order.id)))


def _compare_and_set(before: Attempt, outcome: Outcome, epoch: int | None, without_intent: bool, now: datetime) -> bool:
    """Same state again only moves the next look; a closed attempt never changes."""
    if before.state in CLOSED:
        return False
    allowed = [*sources(outcome.state), outcome.state]
    condition = (Attempt.id == before.id) & (Attempt.state == before.state) & (Attempt.epoch == before.epoch)
    if before.state not in allowed or (epoch is not None and before.epoch != epoch):
        return False
    if without_intent:
        condition &= Attempt.gateway_ref.is_null()
    return bool(Attempt.update(**_values(before, outcome, now)).where(condition).execute())


def _values(before: Attempt, outcome: Outcome, now: datetime) -> dict[str, Any]:
    same = before.state == outcome.state
    looks = before.looks + 1 if same else 0
    closed = outcome.state in CLOSED
    values: dict[str, Any] = {
        "state": outcome.state,
        "looks": looks,
        "lease_until": None,
        "next_look_at": _next_look(before, outcome.state, looks, now),
        "action_url": outcome.action_url,
    }
    if not same:
        values |= {"state_since": now, "epoch": before.epoch + 1}
    if closed:
        values["closed_at"] = now
    if outcome.state == S.PENDING:
        values["final_on"] = outcome.final_on or before.final_on or _expected_final(before, now)
    if outcome.charge:
        values["charge_ref"] = outcome.charge
    if outcome.note:
        values["note"] = outcome.note
    if outcome.decline:
        values |= consequences.decline_columns(outcome.decline, brand=before.method.brand, now=now)
    return values


def _next_look(before: Attempt, state: S, looks: int, now: datetime) -> datetime | None:
    """As the table says, but never past the moment when "unknown" goes to a person."""
    at = next_look(state, looks=looks, now=now)
    bound = before.state_since + UNKNOWN_BOUND
    return min(at, bound) if at and before.state == state == S.UNKNOWN and bound > now else at


def _expected_final(attempt: Attempt, now: datetime) -> date:
    """Stripe says 4 banking days for ACH (docs/gateway-facts.md)."""
    return add_banking_days(local_day(now, attempt.payment.merchant.zone), 4)


def _release(attempt: Attempt) -> None:
    """Hold <=> open attempt."""
    OrderHold.delete().where(OrderHold.attempt == attempt).execute()
