"""A merchant's own order numbers: `PREFIX-1001`, `PREFIX-1002`, … For people; no row is found by the counter."""

from __future__ import annotations

from uuid import UUID

from models.base import require_unit_of_work
from models.merchants import Merchant
from models.orders import Order


def next_numbers(merchant: UUID, count: int) -> list[str]:
    """Takes the next `count` free numbers in the caller's unit of work; taken ones are skipped."""
    require_unit_of_work()
    numbers: list[str] = []
    while len(numbers) < count:
        block = _take(merchant, count - len(numbers))
        taken = {
            order.number
            for order in Order.select(Order.number).where(Order.merchant == merchant, Order.number.in_(block))
        }
        numbers += [number for number in block if number not in taken]
    return numbers


def _take(merchant: UUID, count: int) -> list[str]:
    """Moves the counter on by conditional UPDATE, so that two makers never get the same number."""
    while True:
        now = Merchant.get_by_id(merchant)
        prefix, start = now.order_prefix, now.next_order
        moved = (
            Merchant.update(next_order=start + count)
            .where(Merchant.id == merchant, Merchant.next_order == start)
            .execute()
        )
        if moved == 1:
            return [f"{prefix}-{n}" if prefix else str(n) for n in range(start, start + count)]
