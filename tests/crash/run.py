"""One run: an install under load, hurt every few seconds, then left alone to heal, then judged from the outside."""

from __future__ import annotations

import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from domain.work.due import due
from kit.clock import utc_now
from models.base import connected
from models.merchants import GatewayAccount, Merchant
from models.payments import Attempt, AttemptState, Refund, RefundState
from sandbox.stage import Stage
from tests import factory
from tests.crash import judge
from tests.crash.blows import Blows
from tests.crash.crowd import Shopper
from tests.crash.office import Office
from tests.crash.patience import patiently
from tests.crash.place import Place
from tests.proof.verdict import tally
from tests.run.conftest import processes_of

_PEOPLE = 6
_DAY = timedelta(days=1)
_FIRST_STEPS = (timedelta(seconds=61), timedelta(minutes=4), timedelta(minutes=35), timedelta(hours=7))  # leases first
_MOST_REST = 30.0  # seconds for what is due at one standing of the clock
_MOST_DAYS = 14  # a bank debit and its second try


@dataclass
class Report:
    """What happened, and what was wrong at the end."""

    store: str
    seed: int
    wrong: list[str] = field(default_factory=list)
    dealt: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    longest: timedelta = timedelta(0)
    loaded: float = 0.0  # seconds under load and blows
    healed: float = 0.0  # seconds until everything had come to rest
    ended: Counter[str] = field(default_factory=Counter)
    charges: int = 0  # that the bank made
    left: int = 0  # processes after the end

    def lines(self) -> Iterator[str]:
        """For a person."""
        yield f"crash: {self.store}, seed {self.seed}: {self.loaded:.0f} s of blows, healed after {self.healed:.0f} s"
        yield f"  blows {sum(self.dealt.values())}: {_counts(self.dealt)}"
        yield f"  people: {_counts(Counter({k: n for k, n in self.told.items() if k not in _BOOKS}))}"
        yield f"  what there was: {_counts(self.ended)}; charges at the bank: {self.charges}"
        yield f"  books: {_counts(Counter({k: self.told[k] for k in _BOOKS}))}"
        yield f"  longest time to a known outcome: {self.longest.total_seconds():.1f} s"
        yield "  wrong: " + ("\n    ".join(["", *self.wrong]) if self.wrong else "nothing")


_BOOKS = ("mails", "mail repeats", "ticks", "doubles", "losses")


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counted.items())) or "none"


def crash(
    *,
    seconds: float,
    every: float,
    store: str,
    seed: int,
    say: Callable[[str], None] = lambda _text: None,
    logs: Path | None = None,
) -> Report:
    """Runs, heals, judges. Whatever happens, no process and no folder is left; `logs` keeps what was logged."""
    report, place = Report(store, seed), Place(store)
    try:
        place.open()
        shops = [_shop() for _ in range(_PEOPLE)]
        place.start()
        people = [Shopper(place, shop, random.Random(f"{seed}/{n}"), report.told) for n, shop in enumerate(shops)]
        blows = Blows(place, random.Random(f"{seed}/blows"), report.dealt)
        say(f"up: {', '.join(sorted(place.parts()))}; blows for {seconds:.0f} s")
        began = time.monotonic()
        office = Office(people, random.Random(f"{seed}/office"), report.told)
        office.open_schedules()
        with _load(people, office):
            _strike(place, blows, seconds=seconds, every=every, chance=random.Random(f"{seed}/when"), say=say)
        report.loaded = time.monotonic() - began
        blows.relent()
        _heal(place, say)
        report.healed = time.monotonic() - began - report.loaded
        report.wrong = judge.wrong(place, report.dealt, report.told)
        report.longest = judge.longest(place, {method for person in people for method in person.unhurried})
        report.ended = _states()
        report.charges = sum(charge["status"] == "succeeded" for charge in place.charges())
    finally:
        if logs is not None:
            shutil.copytree(place.home / "logs", logs, dirs_exist_ok=True)
        place.clear()
        report.left = len(processes_of(place.home))
    return report


def _shop() -> Merchant:
    """In UTC, collecting at midnight: an automatic order is due at once. The bank's events find it from the start."""
    made = factory.merchant(zone="UTC", collect_hour=0)
    door = GatewayAccount.merchant == made
    GatewayAccount.update(external_id=Stage.account_of(f"sk_test_{made.id.hex}")).where(door).execute()
    return made


@contextmanager
def _load(people: list[Shopper], office: Office) -> Iterator[None]:
    stop = threading.Event()
    lives = (*(person.live for person in people), office.work)
    threads = [threading.Thread(target=life, args=(stop,), daemon=True) for life in lives]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
    for thread in threads:  # not after a failure or Ctrl-C: then nobody waits for their last answers
        thread.join(60)


def _strike(
    place: Place, blows: Blows, *, seconds: float, every: float, chance: random.Random, say: Callable[[str], None]
) -> None:
    """Blow after blow, the weather between them, and a day that passes after each third of the time."""
    began, next_blow, next_weather = time.monotonic(), every, 0.0
    days = [seconds / 3, 2 * seconds / 3]
    while (now := time.monotonic() - began) < seconds:
        if days and now >= days[0]:
            days.pop(0)
            place.move(_DAY)
        if now >= next_weather:
            blows.weather()
            next_weather = now + 2
        if now >= next_blow:
            say(f"{now:6.1f} s  {blows.strike()}")
            next_blow = now + every * chance.uniform(0.5, 1.5)
        blows.tend()
        time.sleep(0.1)


def _heal(place: Place, say: Callable[[str], None]) -> None:
    """Nobody presses, nothing breaks; the clock goes on until every lease is over and every debit has found its end."""
    place.wait_for_web()
    _rest(say, "now")
    for step in _FIRST_STEPS:
        place.move(step)
        _rest(say, f"after {step}")
    for day in range(_MOST_DAYS):
        if not patiently(_is_open):
            break
        place.move(_DAY)
        _rest(say, f"after {day + 1} days")


def _rest(say: Callable[[str], None], when: str) -> None:
    """Until nothing is due that nobody has claimed. What the dead had claimed waits for the next step of the clock."""
    time.sleep(2.2)  # every process has seen the clock move, and the clock has gone round
    began = time.monotonic()
    while (waiting := patiently(_due)) and time.monotonic() - began < _MOST_REST:
        time.sleep(0.2)
    say(f"rest {when}: {time.monotonic() - began:.1f} s, {waiting or 'nothing'} due")


def _due() -> dict[str, int]:
    """What nobody has claimed, by kind."""
    return dict(Counter(row.kind.value for row in due(utc_now())))


def _is_open() -> bool:
    """Whether a payment or a refund is still under way."""
    ended = (RefundState.FAILED, RefundState.SUCCEEDED, RefundState.REVIEW)
    with connected():
        paying = Attempt.select().where(Attempt.closed_at.is_null() & (Attempt.state != AttemptState.REVIEW)).exists()
        return bool(paying or Refund.select().where(Refund.state.not_in(ended)).exists())


def _states() -> Counter[str]:
    with connected():
        return tally()
