"""A run in fair weather in which something happens at one boundary that was named beforehand, and nowhere else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from domain.payments import intention
from domain.payments.press import Pressed, press
from integrations.gateways import registry
from kit.log import quietly
from models import base
from models.methods import PaymentMethod
from models.orders import Order
from tests.proof import cast, machines
from tests.proof.boundaries import INSIDE, Killed, watched
from tests.proof.day import day
from tests.proof.run import Run
from tests.proof.verdict import verdict

LEASE_OVER = timedelta(seconds=61)


@dataclass
class Walk(Run):
    """One customer, and the hands of everybody."""

    met: list[str] = field(default_factory=list)
    watching: bool = False
    _at: tuple[str | int, Callable[[], None]] | None = None
    _beside: threading.Thread | None = None

    # -- what happens where --------------------------------------------------------------------------------------

    def boundary(self, name: str) -> None:
        """Counts; and lets happen what was asked for, once."""
        if not self.watching or threading.current_thread() is self._beside:
            return
        if not name.startswith(INSIDE):
            self._let_go()
        self.met.append(name)
        if self._at is not None and self._at[0] in (name, len(self.met)):
            act, self._at = self._at[1], None
            self.note(f"{name}:")
            self.watching = False
            act()
            self.watching = True

    def act(self, does: Callable[[], object], *, at: str | int = "", then: Callable[[], None] | None = None) -> None:
        """Somebody acts; `then` happens when the boundary of that name, or the one of that number, is met first."""
        self.met.clear()
        self._at = (at, then) if then else None
        self.watching = True
        self.guarded("acts", does)
        self.watching = False
        self._let_go()

    def _let_go(self) -> None:
        """Whoever waited for our locks has them now, and goes on before we do."""
        if self._beside is not None:
            self._beside.join()
            self._beside = None

    def die(self) -> None:
        """The process that stands here is killed."""
        self.note("KILLED here")
        raise Killed

    def stall(self) -> None:
        """The thread that stands here sleeps for longer than its lease, and its deadline does not notice."""
        self.day.suspended += LEASE_OVER
        self.day.move(LEASE_OVER)

    def beside(self, does: Callable[[], object]) -> None:
        """Somebody else acts at this moment, over a connection of their own: until they are done, or wait for us."""

        def other() -> None:
            with base.connected():
                self.guarded("beside", does)

        self._beside = threading.Thread(target=other)
        self._beside.start()
        until = time.monotonic() + 10
        while self._beside.is_alive() and not self._waits_for_us():
            if time.monotonic() > until:
                raise TimeoutError("the other neither ends nor waits")
            time.sleep(0.002)

    def _waits_for_us(self) -> bool:
        blocked = base.db.execute_sql("SELECT COUNT(*) FROM pg_locks WHERE NOT granted").fetchone()
        return bool(blocked[0])

    # -- hands -----------------------------------------------------------------------------------------------------

    def method(self, token: str = "pm_card_visa") -> PaymentMethod:
        """A stored method more."""
        return cast.method(self.day.sandbox, self.cast.customer, token)

    def press(self, card: PaymentMethod, *orders: Order) -> UUID:
        """Opens the page and presses."""
        handle = intention.begin(buyer=self.cast.buyer, orders=[order.id for order in orders])
        shown = intention.selection(handle, buyer=self.cast.buyer)
        wish = Pressed(handle, card.id, shown.total.minor, shown.press, "203.0.113.9", "test")
        return press(wish, buyer=self.cast.buyer)

    def presses(self, card: PaymentMethod, *orders: Order) -> Callable[[], None]:
        """Somebody who does that in a process of their own, whatever comes of it."""
        return lambda: self.guarded("presses", lambda: self.press(card, *orders))

    def sweep(self) -> None:
        """Clock and workers."""
        machines.sweep(self)

    def webhooks(self) -> None:
        """The processor tells everything that ever happened, the last first, each twice; and the workers apply it."""
        for event in [*reversed(self.day.sandbox.world.store.every("event"))] * 2:
            self.guarded("tells", lambda event=event: machines.webhook(self, event))  # type: ignore[misc]
        self.sweep()

    def later(self, **by: float) -> None:
        """Time passes, and what is due is done when it is due."""
        machines.live_until(self, self.day.clock.at + timedelta(**by), turns=200)

    def charged(self) -> int:
        """What the processor took, in minor units."""
        return sum(each["amount"] for each in self.day.sandbox.charges() if each["status"] == "succeeded")

    def wrong(self) -> list[str]:
        """The judgement from outside."""
        return [*verdict(self.day.sandbox), *(f"crash: {text}" for text in self.crashes)]


@contextmanager
def walk(*cards: str) -> Iterator[Walk]:
    """A walk in the store that is configured and empty, with these methods stored."""
    with ExitStack() as stack:
        stack.enter_context(quietly())
        made = Walk(0, stack.enter_context(day(0)))
        made.weather.calm = True
        stack.enter_context(registry.use_transport(lambda: made.weather))
        made.cast = cast.people(made.day.sandbox, list(cards or ("pm_card_visa", "pm_card_mastercard")))
        stack.enter_context(watched(made.boundary))
        yield made
