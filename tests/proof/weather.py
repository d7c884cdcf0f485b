"""The way to the processor on a bad day, drawn from one seeded source.

A request can be lost, late or refused, its answer nonsense, for another sum or never heard; what was given up here can
still arrive there. The transport sits where the network is, so the real driver reads every answer.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from stripe import APIConnectionError

from sandbox.inprocess import InProcessHTTP
from sandbox.world import Fault, World
from tests.proof.boundaries import Watch, request_name

FAULTS = (
    "timeout_before",
    "timeout_after",
    "timeout_after",
    "dribble",
    "http_500",
    "http_500_after",
    "garbage",
    "rate_limit",
    "wrong_amount",
)
_SLOW = ("timeout_before", "timeout_after", "dribble")
_CHECKED = "/v1/payment_intents"  # only of these do we know what the amount must be
_LATEST = 12 * 3600  # seconds that a request may be under way: no network keeps one for a day


class Watched(InProcessHTTP):
    """A good road whose two ends are boundaries."""

    def __init__(self, world: World, watch: Watch) -> None:
        super().__init__(world)
        self.watch = watch

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """One request."""
        name = request_name(method, url)
        self.watch(f"before {name}")
        try:
            return self.carry(method, url, headers, post_data)
        finally:
            self.watch(f"after {name}")

    def carry(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any
    ) -> tuple[str, int, Mapping[str, str]]:
        """What happens on the way."""
        return super().request(method, url, headers, post_data)


class Weather(Watched):
    """A bad road. `wait` lets the time of an answer pass that never comes."""

    def __init__(self, world: World, chance: random.Random, watch: Watch, wait: Callable[[], None]) -> None:
        super().__init__(world, watch)
        self.world, self.chance, self.wait = world, chance, wait
        self.calm = self.outage = self.rough = False
        self.delayed: list[tuple[int, tuple[str, str, Mapping[str, str], Any]]] = []

    def carry(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any
    ) -> tuple[str, int, Mapping[str, str]]:
        """One request, or what is left of it."""
        if self.calm:
            return super().carry(method, url, headers, post_data)
        if method == "post" and self.chance.random() < 0.06:
            self.rough = True
            self.delayed.append((self.world.now(), (method, url, dict(headers or {}), post_data)))
            self.wait()
            raise APIConnectionError("The request is still on its way.")  # type: ignore[no-untyped-call]
        fault = self._fault()
        self.world.faults[:] = [Fault(fault, _CHECKED if fault == "wrong_amount" else "/v1/")] if fault else []
        try:
            return super().carry(method, url, headers, post_data)
        finally:
            self.world.faults.clear()
            if fault in _SLOW:
                self.wait()

    def _fault(self) -> str | None:
        if self.outage:
            return "down"
        self.rough = self.chance.random() < (0.5 if self.rough else 0.12)  # bad moments come together
        return self.chance.choice(FAULTS) if self.rough else None

    def arrive(self) -> None:
        """A request that was given up here arrives there at last; nobody hears the answer."""
        self.delayed = [late for late in self.delayed if self.world.now() - late[0] <= _LATEST]
        if self.delayed:
            _sent, late = self.delayed.pop(self.chance.randrange(len(self.delayed)))
            with suppress(APIConnectionError):
                Watched.carry(self, *late)
