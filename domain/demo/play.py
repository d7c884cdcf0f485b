"""The demo's past, played moment by moment: an agenda of what happens when, under one clock that it moves."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime

from domain.demo.bank import Bank
from kit.clock import Stopped

Act = Callable[[], None]


class Play:
    """An agenda. Same moment: by `who`, then in the order in which it was planned; so a play repeats exactly."""

    def __init__(self, *, bank: Bank, clock: Stopped) -> None:
        self.bank = bank
        self._clock = clock
        self._agenda: list[tuple[datetime, str, int, Act]] = []
        self._count = itertools.count()
        self._planned: set[tuple[str, datetime]] = set()
        self.luck: dict[str, tuple[str, int]] = {}  # by method: why and how often its next payments fail

    @property
    def now(self) -> datetime:
        """The moment that the play has come to."""
        return self._clock.at

    def at(self, moment: datetime, who: str, act: Act) -> None:
        """Plans something; what lies in the past happens next."""
        heapq.heappush(self._agenda, (max(moment, self.now), who, next(self._count), act))

    def once(self, key: str, moment: datetime, who: str, act: Act) -> None:
        """Plans something unless the same is planned for that moment already."""
        moment = max(moment, self.now)
        if (key, moment) not in self._planned:
            self._planned.add((key, moment))
            self.at(moment, who, act)

    def run(self, until: datetime, watch: Callable[[datetime], None]) -> None:
        """Plays up to and including a moment, with our clock and the bank's day moving together."""
        while self._agenda and self._agenda[0][0] <= until:
            moment, _who, _n, act = heapq.heappop(self._agenda)
            if moment > self.now:
                self._move(moment)
            act()
            watch(moment)
        self._move(until)

    def _move(self, moment: datetime) -> None:
        self._clock.set(moment)
        self.bank.stand_at(moment)
