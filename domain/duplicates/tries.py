"""Planned tries whose payment method went to another record, or gave way to the same card."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from domain.recoveries.cases import replan
from models.base import require_unit_of_work
from models.methods import MethodState, PaymentMethod
from models.payments import PlannedTry, Recovery, RecoveryState, TryState


def plan_anew(customers: Collection[UUID], now: datetime) -> None:
    """Open recoveries of these customers plan again when their next try names a method that is not theirs any more."""
    require_unit_of_work()
    not_theirs = (PaymentMethod.customer != Recovery.customer) | (PaymentMethod.state == MethodState.DETACHED)
    query = (
        Recovery.select()
        .join(PlannedTry, on=(PlannedTry.recovery == Recovery.id))
        .join(PaymentMethod, on=(PlannedTry.method == PaymentMethod.id))
        .where(
            Recovery.customer.in_(customers),
            Recovery.state == RecoveryState.OPEN,
            PlannedTry.state == TryState.PLANNED,
            not_theirs,
        )
    )
    for case in list(query):
        replan(case, now)
