"""Every boundary of every journey, one after the other: a process is killed there, or others overtake it there.

What they then do is the worst they can: press with another card at once, and again when the lease is over; apply every
webhook twice. In the end the order is paid once, whatever happened, and the books hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from models.orders import Order
from tests.proof.boundaries import COMMIT, INSIDE
from tests.proof.journeys import Journey, another, order_of
from tests.proof.stores import Store, fresh
from tests.proof.walk import Walk, walk


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


def sweep(store: Store, how: str, journey: Journey, *, thorough: bool = True) -> Iterator[Found]:
    """The journey once for each of its boundaries, disturbed there. Yields every one.

    Not `thorough`: of a transaction only its first write and its commit. To die anywhere in it undoes the same.
    """
    with fresh(store), walk(*journey.cards) as here:
        here.act(journey.prepare(here))
        names = list(here.met)
    for at, boundary in enumerate(names, start=1):
        if _fits(how, boundary) and (thorough or _tells(names[max(at - 2, 0) : at])):
            with fresh(store), walk(*journey.cards) as here:
                here.act(journey.prepare(here), at=at, then=lambda: HOW[how](here))
                assert here.met[at - 1] == boundary, f"{journey.name} goes another way the second time"
                _recover(here, journey)
                yield Found(journey.name, how, at, boundary, _judge(here, journey))


def _fits(how: str, boundary: str) -> bool:
    """Inside a transaction nobody overtakes but over a connection of their own, which there waits for our locks."""
    return how == "killed" or boundary.startswith(INSIDE) == (how == "beside")


def _tells(two: list[str]) -> bool:
    """Whether the second of two boundaries is outside, or the first or the last of a transaction."""
    return not two[-1].startswith(INSIDE) or not two[0].startswith(INSIDE) or two[-1] == COMMIT


def _recover(walk: Walk, journey: Journey) -> None:
    """The person presses at once, in vain or not; the workers clear up; the person presses again."""
    _rival(walk)
    if journey.told:
        walk.webhooks()
    walk.later(days=12)
    order = order_of()
    if order is not None and order.open:
        _rival(walk)
    walk.later(days=2)


def _judge(walk: Walk, journey: Journey) -> list[str]:
    wrong = walk.wrong()
    for order in Order.select().where(Order.open > 0):
        wrong.append(f"not paid: {order.open} of {order.number} is open")
    if journey.paid and walk.charged() != sum(order.total for order in Order.select()):
        wrong.append(f"double charge: {walk.charged()}")
    return wrong
