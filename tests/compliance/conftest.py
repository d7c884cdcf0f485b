"""The refunds' counter, with a past of bank debits."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kit.clock import utc_now
from models.base import unit_of_work
from models.methods import PaymentMethod
from models.payments import Attempt, AttemptState, Origin, Payment, PaymentState
from tests.payments.conftest import shop
from tests.refunds.conftest import Counter, counter

__all__ = ["counter", "past", "shop"]

pytestmark = pytest.mark.usefixtures("store")


def past(counter: Counter, method: PaymentMethod, debits: int) -> None:
    """So many bank debits that the bank took in lately, and that were called back before any money moved."""
    now = utc_now()
    at = now - timedelta(days=20)
    with unit_of_work():
        for _each in range(debits):
            payment = Payment.create(
                merchant=counter.merchant,
                customer=counter.shop.customer,
                gateway_account=counter.account,
                method=method,
                amount=100,
                currency="USD",
                origin=Origin.AUTOMATIC,
                state=PaymentState.CANCELLED,
                created_at=at,
                closed_at=at,
            )
            Attempt.create(
                payment=payment,
                gateway_account=counter.account,
                method=method,
                state=AttemptState.CANCELLED,
                amount=100,
                currency="USD",
                fingerprint=f"past-{payment.id}",
                off_session=True,
                reserved_at=at,
                sent_at=at,
                state_since=at,
                closed_at=at,
                final_on=date(2026, 11, 1),
            )
