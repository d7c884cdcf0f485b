"""No letter rings at night, unless the person who gets it waits for it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.mail import letters
from domain.mail.quiet import by_day
from kit.clock import Stopped
from models.base import unit_of_work
from models.payments import Origin, Payment, PaymentState
from models.work import Mail
from tests import factory

NIGHT = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)  # half past three in New York


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-11-24T08:30+00:00", "2026-11-24T12:00+00:00"),  # 3:30 there: at 7:00 of the same day
        ("2026-11-25T02:00+00:00", "2026-11-25T12:00+00:00"),  # 21:00 the evening before
        ("2026-11-25T01:59+00:00", "2026-11-25T01:59+00:00"),  # 20:59: still day
        ("2026-11-24T12:00+00:00", "2026-11-24T12:00+00:00"),  # 7:00 sharp
        ("2026-11-01T04:30+00:00", "2026-11-01T12:00+00:00"),  # 0:30, before the clocks go back: 7:00 is later in UTC
        ("2026-03-08T06:30+00:00", "2026-03-08T11:00+00:00"),  # 1:30, before they go forward: 7:00 is sooner
    ],
)
def test_the_night_ends_at_seven_where_the_merchant_is(at: str, due: str) -> None:
    assert by_day(datetime.fromisoformat(at), "America/New_York") == datetime.fromisoformat(due)


@pytest.mark.parametrize(("origin", "waits"), [(Origin.PORTAL, False), (Origin.AUTOMATIC, True), (Origin.RETRY, True)])
def test_a_receipt_leaves_at_once_only_for_the_person_who_pressed(
    sqlite_store: str, clock: Stopped, origin: Origin, waits: bool
) -> None:
    clock.at = NIGHT
    customer = factory.customer(factory.merchant())
    with unit_of_work():
        paid = Payment.create(
            merchant=customer.merchant, customer=customer, amount=100, currency="USD", origin=origin,
            state=PaymentState.SUCCEEDED, created_at=NIGHT,
        )  # fmt: skip
        letters.receipt(paid.id)
    assert (Mail.get().due_at > NIGHT) is waits
