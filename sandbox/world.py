"""Everything that one running sandbox is made of: store, day, faults, events."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.store import Store, Thing
from sandbox.wire import Json, missing

API_VERSION = "2026-10-28.endive"  # what the SDK 16.1 pins


Timers = Mapping[str, "Callable[[World, Thing], None]"]


@dataclass
class Fault:
    """Something that goes wrong for requests whose path fits; `left` None means until cleared."""

    mode: str
    path: str = "/v1/"
    ends: str = ""
    left: int | None = None

    def fits(self, path: str) -> bool:
        """Whether this request is hit."""
        return path.startswith(self.path) and path.endswith(self.ends)


@dataclass
class World:
    """One sandbox. `patience` is how long a hanging answer hangs; 0 answers at once with a mark (in process)."""

    store: Store
    public_url: str
    patience: float = 30.0
    latency_ms: int = 0
    faults: list[Fault] = field(default_factory=list)
    repeat: int = 1  # how often each webhook is delivered
    shuffle: bool = False
    paused: bool = False
    in_flight: set[tuple[str, str]] = field(default_factory=set)
    stopping: threading.Event = field(default_factory=threading.Event)
    news: threading.Event = field(default_factory=threading.Event)
    _offset: float = 0.0
    _standing: float | None = None
    _firing: float | None = None

    def __post_init__(self) -> None:
        day = self.store.setting("day", {})
        self._offset, self._standing = day.get("offset", 0.0), day.get("standing")

    # -- the day ------------------------------------------------------------------------------------------------

    def now(self) -> int:
        """The sandbox's present, in seconds since the epoch."""
        if self._firing is not None:
            return int(self._firing)
        return int(self._standing if self._standing is not None else time.time() + self._offset)

    def moment(self) -> datetime:
        """The sandbox's present, in UTC."""
        return datetime.fromtimestamp(self.now(), UTC)

    def set_day(self, *, offset: float | None = None, standing: float | None = None) -> None:
        """The day is real time plus an offset, or stands at a moment."""
        self._offset, self._standing = offset or 0.0, standing
        self.store.set("day", {"offset": self._offset, "standing": self._standing})

    def advance(self, days: float) -> None:
        """Moves the day forward."""
        if self._standing is not None:
            self.set_day(standing=self._standing + days * 86400)
        else:
            self.set_day(offset=self._offset + days * 86400)

    def later(self, what: str, key: str, at: datetime) -> None:
        """Remembers to do `what` with an object at a moment of the sandbox's day."""
        self.store.rows("INSERT INTO timer (at, what, id) VALUES (?,?,?)", int(at.timestamp()), what, key)

    def fire(self, does: Timers) -> int:
        """Does what is due, each at its own moment. Answers how many."""
        count = 0
        if not self.store.rows("SELECT 1 FROM timer WHERE at <= ? LIMIT 1", self.now()):
            return count
        with self.store.work():
            self.store.rows("DELETE FROM answered WHERE created < ?", self.now() - 86400)
            while due := self.store.rows(
                "SELECT seq, at, what, id FROM timer WHERE at <= ? ORDER BY at, seq LIMIT 1", self.now()
            ):
                seq, at, what, key = due[0]
                self.store.rows("DELETE FROM timer WHERE seq = ?", seq)
                thing = self.store.get(key)
                if thing is not None:
                    with self._at(at):
                        does[what](self, thing)
                count += 1
        return count

    @contextmanager
    def _at(self, moment: float) -> Iterator[None]:
        self._firing = moment
        try:
            yield
        finally:
            self._firing = None

    # -- objects ------------------------------------------------------------------------------------------------

    def make(self, kind: str, prefix: str, account: str, body: Json, **columns: Any) -> Thing:
        """A new object with id, kind, moment and mode filled in."""
        hidden = columns.pop("hidden", {})
        key = f"{prefix}_{secrets.token_hex(12)}"
        full = {"id": key, "object": kind, "created": self.now(), "livemode": False, **body}
        return self.store.add(Thing(key, account, kind, full, hidden), **columns)

    def need(self, kind: str, key: str, account: str, param: str = "id") -> Thing:
        """An object that must be there, else 404."""
        thing = self.store.get(key, account=account, kind=kind)
        if thing is None:
            raise missing(kind, key, param)
        return thing

    def tell(self, kind: str, account: str, about: Json) -> None:
        """Notes an event and queues it for the endpoints that want it."""
        event = self.make(
            "event",
            "evt",
            account,
            {
                "api_version": API_VERSION,
                "data": {"object": about},
                "pending_webhooks": 0,
                "request": {"id": None, "idempotency_key": None},
                "type": kind,
            },
            parent=kind,
        )
        for endpoint in self.store.every("webhook_endpoint", account=account):
            wanted = endpoint.body["enabled_events"]
            if "*" in wanted or kind in wanted:
                due = time.time() + (0.3 if self.shuffle else 0)
                for _ in range(self.repeat):
                    self.store.rows(
                        "INSERT INTO delivery (event, endpoint, due, tries) VALUES (?,?,?,0)",
                        event.id,
                        endpoint.id,
                        due,
                    )
        self.news.set()

    # -- what a method does ---------------------------------------------------------------------------------------

    def plan(self, target: str, steps: list[str], *, repeat_last: bool) -> None:
        """Scripts a method (by id or fingerprint): each payment takes the next step; no steps removes the script."""
        if not steps:
            self.store.rows("DELETE FROM plan WHERE target = ?", target)
            return
        value = json.dumps({"steps": steps, "stay": repeat_last})
        self.store.rows("INSERT OR REPLACE INTO plan (target, steps) VALUES (?,?)", target, value)

    def next_step(self, *targets: str) -> str | None:
        """The next scripted behaviour for a method, and takes it off the script."""
        marks = ",".join("?" * len(targets))
        found = self.store.rows(f"SELECT target, steps FROM plan WHERE target IN ({marks})", *targets)
        if not found:
            return None
        target, raw = found[0]
        script = json.loads(raw)
        steps: list[str] = script["steps"]
        if len(steps) > 1 or not script["stay"]:
            self.plan(target, steps[1:], repeat_last=script["stay"])
        return steps[0]

    def fault_for(self, path: str) -> str | None:
        """The fault that hits this request, counted down."""
        with self.store.lock:
            for fault in self.faults:
                if fault.fits(path):
                    if fault.left is not None:
                        fault.left -= 1
                        if fault.left <= 0:
                            self.faults.remove(fault)
                    return fault.mode
        return None

    def hang(self) -> None:
        """Holds the caller up, until patience or the process ends."""
        self.stopping.wait(self.patience)


def at_nine(day: datetime, add_days: int = 0) -> datetime:
    """09:00 UTC of a day, when banks tell."""
    return (day + timedelta(days=add_days)).replace(hour=9, minute=0, second=0, microsecond=0)
