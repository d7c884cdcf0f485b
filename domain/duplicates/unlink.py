"""After two records were parted: nothing of one is charged to a payment method of the other."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from models.base import require_unit_of_work
from models.methods import BillingSchedule, Consent, PaymentMethod
from models.orders import Collect, Order
from models.payments import Promise, PromiseState


def unlink(customers: Collection[UUID], now: datetime) -> tuple[list[UUID], list[UUID]]:
    """Open orders and schedules that name somebody else's method are paid by hand from now on; returns their ids.

    Consents for such a method end, and a promise is left without its charge.
    """
    require_unit_of_work()
    orders = _naming_foreign(Order, customers, Order.open > 0)
    Order.update(collect=Collect.MANUAL, collect_at=None, method=None, consent=None).where(
        Order.id.in_(orders)
    ).execute()
    schedules = _naming_foreign(BillingSchedule, customers)
    BillingSchedule.update(method=None, consent=None).where(BillingSchedule.id.in_(schedules)).execute()
    consents = _naming_foreign(Consent, customers, Consent.revoked_at.is_null())
    Consent.update(revoked_at=now).where(Consent.id.in_(consents)).execute()
    promises = _naming_foreign(Promise, customers, Promise.state == PromiseState.OPEN)
    Promise.update(method=None).where(Promise.id.in_(promises)).execute()
    return orders, schedules


def _naming_foreign(table: Any, customers: Collection[UUID], *also: Any) -> list[UUID]:
    query = (
        table.select(table.id)
        .join(PaymentMethod, on=(table.method == PaymentMethod.id))
        .where(table.customer.in_(customers), PaymentMethod.customer != table.customer, *also)
    )
    return [row.id for row in query]
