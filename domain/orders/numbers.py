"""A merchant's own order numbers: `PREFIX-1001`, `PREFIX-1002`, … For people; no row is found by the counter."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from models.base import require_unit_of_work
from models.bulk import one_of
from models.merchants import Merchant
from models.orders import Order


@dataclass(frozen=True)
class Block:
    """Numbers that are free as long as the counter stands at `start`."""

    merchant: UUID
    start: int
    end: int  # the counter afterwards
    numbers: tuple[str, ...]

    def take(self) -> bool:
        """Moves the counter on by conditional UPDATE, in the caller's unit of work; False when somebody was faster."""
        require_unit_of_work()
        if not self.numbers:
            return True
        at_start = (Merchant.id == self.merchant) & (Merchant.next_order == self.start)
        return bool(Merchant.update(next_order=self.end).where(at_start).execute() == 1)


def free_numbers(merchant: UUID, count: int) -> Block:
    """The next `count` numbers that no order has; those that the merchant gave itself are skipped."""
    now = Merchant.get_by_id(merchant)
    numbers: list[str] = []
    end = now.next_order
    while len(numbers) < count:
        begin, end = end, end + count - len(numbers)
        some = [f"{now.order_prefix}-{n}" if now.order_prefix else str(n) for n in range(begin, end)]
        found = Order.select(Order.number).where(Order.merchant == merchant, one_of(Order.number, some))
        taken = {order.number for order in found}
        numbers += [number for number in some if number not in taken]
    return Block(merchant, now.next_order, end, tuple(numbers))


def next_number(merchant: UUID) -> str:
    """Takes the next free number in the caller's unit of work."""
    while True:
        block = free_numbers(merchant, 1)
        if block.take():
            return block.numbers[0]
