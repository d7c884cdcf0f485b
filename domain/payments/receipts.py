"""Receipts are issued in one place: a payment has one, and its number is unique at the merchant."""

from __future__ import annotations

from datetime import datetime

from peewee import IntegrityError

from kit.ids import code
from models.base import require_unit_of_work
from models.payments import Payment, Receipt


def issue(payment: Payment, now: datetime) -> None:
    """Issues the receipt of a succeeded payment, in the caller's unit of work."""
    require_unit_of_work()
    for _attempt in range(5):  # 40 random bits: a clash within one merchant is a curiosity
        number = f"R-{code(8)}"
        if not Receipt.select().where((Receipt.merchant == payment.merchant_id) & (Receipt.number == number)).exists():
            Receipt.create(payment=payment, merchant=payment.merchant_id, number=number, issued_at=now)
            return
    raise IntegrityError("no free receipt number")
