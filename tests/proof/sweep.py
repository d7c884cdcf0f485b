"""Every boundary of every journey, one after the other: a process is killed there, or others overtake it there.

What they then do is the worst they can: press with another card at once, and again when the lease is over; apply every
webhook twice. In the end the order is paid once, whatever happened, and the books hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from models.base import is_sqlite
from models.orders import Order
from tests.proof.journeys import JOURNEYS, Journey, another, order_of
from tests.proof.stores import Store, fresh
from tests.proof.walk import Walk, walk

MOST = 400  # boundaries of a journey


@dataclass(frozen=True)
class Found:
    """One journey that was disturbed at one boundary."""

    journey: str
    how: str
    at: int
    boundary: str
    wrong: list[str]


def _rival(walk: Walk) -> None:
    order = order_of()
    if order is not None:
        walk.presses(another(walk), order)()


def _killed(walk: Walk) -> None:
    walk.die()


def _overtaken(walk: Walk) -> None:
    _rival(walk)
    walk.webhooks()


def _stalled(walk: Walk) -> None:
    walk.stall()
    walk.sweep()
    _rival(walk)


def _beside(walk: Walk) -> None:
    walk.beside(lambda: _rival(walk))


HOW: dict[str, Callable[[Walk], None]] = {
    "killed": _killed,
    "overtaken": _overtaken,
    "stalled": _stalled,
    "beside": _beside,
}


def sweep(store: Store, how: str, journey: Journey) -> Iterator[Found]:
    """The journey as often as it has boundaries, disturbed at each once. Yields every one."""
    for at in range(1, MOST):
        with fresh(store), walk(*journey.cards) as here:
            found = _once(here, how, journey, at)
        if found is None:
            return
        yield found
    raise AssertionError(f"{journey.name} has no end")


def _once(walk: Walk, how: str, journey: Journey, at: int) -> Found | None:
    act = journey.prepare(walk)
    boundary: list[str] = []

    def disturb() -> None:
        boundary.append(walk.met[-1])
        inside = boundary[0].startswith("inside")
        if how == "killed" or (inside and not is_sqlite() if how == "beside" else not inside):
            HOW[how](walk)

    walk.act(act, at=at, then=disturb)
    if not boundary:
        return None
    _recover(walk, journey)
    return Found(journey.name, how, at, boundary[0], _judge(walk, journey))


def _recover(walk: Walk, journey: Journey) -> None:
    """The person tries at once, then in vain or not; the workers clear up; the person tries again."""
    _rival(walk)
    walk.later(days=12)
    order = order_of()
    if order is not None and order.open and journey.paid:
        _rival(walk)
    walk.later(days=2)


def _judge(walk: Walk, journey: Journey) -> list[str]:
    wrong = walk.wrong()
    for order in Order.select().where(Order.open > 0):
        wrong.append(f"not paid: {order.open} of {order.number} is open")
    if journey.paid and walk.charged() != sum(order.total for order in Order.select()):
        wrong.append(f"double charge: {walk.charged()}")
    return wrong


def boundaries(found: list[Found]) -> dict[str, int]:
    """How many each journey has."""
    return {journey.name: sum(1 for each in found if each.journey == journey.name) for journey in JOURNEYS}
