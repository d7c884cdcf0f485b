"""Everything that can go wrong between us and the gateway, and inside us, drawn from one seeded source.

The transport sits where the network is. A process can die, stall or be overtaken at every call and at every step of the
protocol; an answer can be lost, late or nonsense; a request that timed out here can still arrive there.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from stripe import APIConnectionError

from domain.payments import ask, consequences, reserve, resolve
from models.base import in_unit_of_work
from sandbox.inprocess import InProcessHTTP
from sandbox.world import Fault, World

FAULTS = (
    "timeout_before",
    "timeout_after",
    "timeout_after",
    "http_500",
    "http_500_after",
    "garbage",
    "rate_limit",
    "wrong_amount",
)


class Killed(BaseException):
    """The process is gone: nothing after this line happens."""


class Weather(InProcessHTTP):
    """The way to the sandbox, on a bad day. `meanwhile` is what others do while this process waits or stalls."""

    def __init__(self, world: World, chance: random.Random, meanwhile: Callable[[], None]) -> None:
        super().__init__(world)
        self.world, self.chance, self.meanwhile = world, chance, meanwhile
        self.calm = False
        self.outage = self.rough = False
        self.delayed: list[tuple[Any, ...]] = []

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """One request, or what is left of it."""
        if self.calm:
            return super().request(method, url, headers, post_data)
        self.step()
        if method == "post" and self.chance.random() < 0.06:
            self.rough = True
            self.delayed.append((method, url, dict(headers or {}), post_data))
            raise APIConnectionError("The request is still on its way.")  # type: ignore[no-untyped-call]
        self.world.faults[:] = self._fault()
        try:
            return super().request(method, url, headers, post_data)
        finally:
            self.world.faults.clear()
            self.step()

    def _fault(self) -> list[Fault]:
        if self.outage:
            return [Fault("down")]
        self.rough = self.chance.random() < (0.5 if self.rough else 0.12)  # bad moments come together
        return [Fault(self.chance.choice(FAULTS))] if self.rough else []

    def arrive(self) -> None:
        """A request that was given up here arrives there at last; nobody hears the answer."""
        if self.delayed:
            late = self.delayed.pop(self.chance.randrange(len(self.delayed)))
            with suppress(APIConnectionError):
                super().request(*late)

    def step(self) -> None:
        """A point at which this process may die, or others overtake it."""
        if self.calm:
            return
        draw = self.chance.random()
        if draw < 0.02:
            raise Killed
        if draw < 0.2 and not in_unit_of_work():
            self.meanwhile()


@contextmanager
def steps_of(weather: Weather) -> Iterator[None]:
    """Puts a step before and after each phase of the protocol; those inside a unit of work can only die."""
    seams: list[tuple[Any, str]] = [
        (ask, "_arm"),
        (ask, "record_outcome"),
        (resolve, "record_outcome"),
        (resolve, "_take"),
        (reserve, "_take_work"),
        (consequences, "follow"),
    ]
    before = [getattr(place, name) for place, name in seams]

    def wrapped(real: Callable[..., Any]) -> Callable[..., Any]:
        def phase(*args: Any, **more: Any) -> Any:
            weather.step()
            done = real(*args, **more)
            weather.step()
            return done

        return phase

    for (place, name), real in zip(seams, before, strict=True):
        setattr(place, name, wrapped(real))
    try:
        yield
    finally:
        for (place, name), real in zip(seams, before, strict=True):
            setattr(place, name, real)
