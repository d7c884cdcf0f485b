"""One seeded run of the real payment code against the sandbox, with everybody pressing, retrying and failing at once.

`simulate(seed)` says what ended wrong. Real: every use case, the driver, the store. Made up: the network (weather.py),
who does what when (people.py, machines.py), and the clock (day.py).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from domain.payments.hints import SignatureInvalid
from integrations.gateways import registry
from integrations.gateways.base import GatewayError
from kit.deadline import DeadlinePassed
from kit.errors import DomainError
from tests.proof import machines, merchant, merging, people, self_service
from tests.proof.boundaries import INSIDE, Killed, watched
from tests.proof.cast import Cast, furnish
from tests.proof.day import Day, day
from tests.proof.verdict import figures, tally, verdict
from tests.proof.waits import Wait, waits
from tests.proof.weather import Weather

if TYPE_CHECKING:
    from tests.proof.people import Tab

_ANSWERS = (DomainError, SignatureInvalid, GatewayError, DeadlinePassed)
_DEEP = 3  # how many may overtake one another
_DIES, _DIES_INSIDE = 0.02, 0.006
_OVERTAKEN, _OVERTAKEN_ASKING = 0.04, 0.12
_STALLS = (61, 61, 90, 90, 600, 90000)  # seconds; a lease is 60
# A refund has no intent to cancel: its only fence is the key, which the processor keeps for a day. Nobody sleeps longer
# between the last look and this request (docs/decisions/0006 says so).
_KEYED = "before POST /refunds"


@dataclass
class Told:
    """What became of a run: what is wrong, and what happened, so that a quiet run is not taken for a good one."""

    wrong: list[str]
    happened: Counter[str]
    waits: list[Wait]
    trace: list[str]


@dataclass
class Run:
    """One customer and the merchant, two tabs, the clock, the workers, the queue, the bank, the network."""

    seed: int
    day: Day
    sweeps: bool = True  # whether anybody ever looks at open attempts
    chance: random.Random = field(init=False)
    weather: Weather = field(init=False)
    cast: Cast = field(init=False)
    tabs: list[Tab] = field(default_factory=list)
    dark: list[tuple[float, float]] = field(default_factory=list)  # when no worker ran
    crashes: list[str] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)
    trace: list[str] = field(default_factory=list)
    depth: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.weather = Weather(self.day.sandbox.world, self.chance, self.boundary, self._no_answer)

    def furnish(self) -> None:
        """A fair day."""
        self.weather.calm = True
        self.cast = furnish(self.day.sandbox, self.chance)
        self.weather.calm = False

    def play(self, steps: int) -> None:
        """So many turns, each by somebody."""
        for _turn in range(steps):
            self.turn()

    def turn(self) -> None:
        """Somebody does something, and may die of it."""
        name, _weight, act = self.chance.choices(ACTS, weights=_WEIGHTS)[0]
        self.happened[name] += 1
        self.guarded(name, lambda: act(self))

    def guarded(self, name: str, act: Callable[[], object]) -> None:
        """A process of its own: its death and its answers stay with it; anything else is a bug."""
        self.note(name)
        self.depth += 1
        try:
            act()
        except Killed:
            self.happened["killed"] += 1
            self.note("KILLED")
        except _ANSWERS as answer:
            self.happened[type(answer).__name__] += 1
            self.note(f"{type(answer).__name__}: {answer}")
        except Exception as problem:
            self.crashes.append(f"{name}: {type(problem).__name__}: {problem}"[:300])
            self.note(f"CRASHED {problem!r}"[:300])
        finally:
            self.depth -= 1

    def boundary(self, name: str) -> None:
        """A point at which this process may die, or others overtake it."""
        if self.weather.calm:
            return
        inside, asking = name.startswith(INSIDE), "/" in name
        draw = self.chance.random()
        dies = _DIES_INSIDE if inside else _DIES
        overtaken = 0.0 if inside or self.depth > _DEEP else _OVERTAKEN_ASKING if asking else _OVERTAKEN
        if draw < dies:
            self.note(f"dies {name}")
            raise Killed
        if draw < dies + overtaken:
            self.note(f"{name}:")
            self._meanwhile(name == _KEYED)

    def _meanwhile(self, keyed: bool) -> None:
        """While somebody waits: others go on, or a long time passes and the sweeper comes."""
        self.happened["overtaken"] += 1
        self.depth += 1
        try:
            if keyed or self.chance.random() < 0.3:
                self._stall(timedelta(seconds=self.chance.choice(_STALLS[: -1 if keyed else None])))
                self.guarded("sweep", lambda: machines.sweep(self))
            else:
                self.turn()
        finally:
            self.depth -= 1

    def _stall(self, by: timedelta) -> None:
        """Half the time the machine slept, and the deadline of whoever sleeps has not moved."""
        self.happened["stalled past the lease"] += 1
        if self.chance.random() < 0.5:
            self.day.suspended += by
        self.pass_dark(by)

    def _no_answer(self) -> None:
        self.wait(self.chance.choice((1, 5, 11)))

    def wait(self, seconds: float) -> None:
        """Somebody waits for so long."""
        self.day.move(timedelta(seconds=seconds))

    def pass_dark(self, by: timedelta) -> None:
        """Time passes and no worker runs."""
        began = self.day.clock.at.timestamp()
        self.day.move(by)
        self.dark.append((began, self.day.clock.at.timestamp()))
        self.note(f"{by} later")

    def note(self, line: str) -> None:
        """A line of the trace."""
        self.trace.append(f"{self.day.clock.at:%d %H:%M:%S} {'  ' * self.depth}{line}")

    def told(self, seen: list[Wait]) -> Told:
        """The judgement over the whole run."""
        self.happened += tally()
        wrong = [*verdict(self.day.sandbox), *figures(), *(f"crash: {text}" for text in self.crashes)]
        return Told(wrong, self.happened, seen, self.trace)


ACTS = (*people.ACTS, *self_service.ACTS, *merchant.ACTS, *merging.ACTS, *machines.ACTS)
_WEIGHTS = [weight for _name, weight, _act in ACTS]


@contextmanager
def _opened(seed: int, sweeps: bool) -> Iterator[Run]:
    with ExitStack() as stack:
        run = Run(seed, stack.enter_context(day(seed)), sweeps)
        stack.enter_context(registry.use_transport(lambda: run.weather))
        run.furnish()
        stack.enter_context(watched(run.boundary))
        yield run


def simulate(seed: int, *, steps: int = 40, sweeps: bool = True) -> Told:
    """One run in the store that is configured and empty."""
    with waits() as watching, _opened(seed, sweeps) as run:
        run.play(steps)
        machines.settle_down(run)
        return run.told(watching.found(run.dark))
