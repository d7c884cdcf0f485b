"""What is done to a running install, one blow at a time. Which comes next is drawn from the seed."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from redis import Redis, RedisError

from tests.crash.patience import patiently
from tests.crash.place import Place, children

MAILERS = ("worker-mail", "second mail", "clock", "supervisor")  # whose death may cost a mail's mark of having gone
FAULTS: tuple[dict[str, Any], ...] = (
    {"mode": "timeout_after", "path": "/v1/payment_intents/", "ends": "/confirm", "times": 1},
    {"mode": "timeout_before", "path": "/v1/payment_intents/", "ends": "/confirm", "times": 1},
    {"mode": "http_500_after", "path": "/v1/payment_intents", "times": 1},
    {"mode": "http_500", "path": "/v1/", "times": 2},
    {"mode": "garbage", "path": "/v1/payment_intents", "times": 1},
    {"mode": "dribble", "path": "/v1/payment_intents/", "ends": "/confirm", "times": 1},
    {"mode": "rate_limit", "path": "/v1/", "times": 2},
    {"mode": "wrong_amount", "path": "/v1/payment_intents/", "ends": "/confirm", "times": 1},
    {"mode": "hang", "path": "/v1/payment_intents", "times": 1},
)


class Blows:
    """A deck of blows, dealt through before it is shuffled again: a short run meets nearly all of them."""

    def __init__(self, place: Place, chance: random.Random, dealt: Counter[str]) -> None:
        self._place, self._chance, self.dealt = place, chance, dealt
        self._deck: list[str] = []
        self._relay_back = 0.0
        self._kinds: dict[str, Callable[[], bool]] = {
            "web": self._part("web"),
            "web worker": self._web_worker,
            "worker-charges": self._part("worker-charges"),
            "second charges": self._second("charges"),
            "worker-mail": self._part("worker-mail"),
            "second mail": self._second("mail"),
            "worker-webhooks": self._part("worker-webhooks"),
            "worker-upkeep": self._part("worker-upkeep"),
            "clock": self._part("clock"),
            "valkey": self._part("valkey"),
            "valkey flushed": self._flush,
            "valkey restarted": self._restart_valkey,
            "gateway": self._part("gateway"),
            "inbox": self._part("inbox"),
            "smtp refused": self._refuse_mail,
            "supervisor": self._supervisor,
        }
        if place.server is not None:
            self._kinds |= {
                "postgres": self._postgres,
                "postgres backend": self._backend,
                "postgres restarted": lambda: self._restart_postgres("fast"),
                "postgres immediate": lambda: self._restart_postgres("immediate"),
            }

    def strike(self) -> str:
        """The next one, by name. A blow whose victim is already down counts for nothing."""
        if not self._deck:
            self._deck = [*self._kinds, "web worker", "worker-charges"]
            self._chance.shuffle(self._deck)
        name = self._deck.pop()
        if not self._kinds[name]():
            return f"{name}: down already"
        self.dealt[name] += 1
        return name

    def weather(self) -> None:
        """The bank's network: slow, losing answers, telling twice and out of order."""
        self._place.control(
            clear=True,
            latency_ms=self._chance.choice((0, 0, 50, 150, 400)),
            webhooks={"repeat": self._chance.choice((0, 1, 1, 2, 3)), "shuffle": self._chance.random() < 0.5},
            patience_seconds=12,  # longer than a press may wait
            fault=self._chance.choice((*FAULTS, *(None for _ in FAULTS))),
        )

    def tend(self) -> None:
        """Ends what lasts a while."""
        if self._relay_back and time.monotonic() > self._relay_back:
            self.relent()

    def relent(self) -> None:
        """Nothing bad lasts: relay and bank are well, and what hangs does so for a second."""
        self._relay_back = 0.0
        self._place.mail.lead_on()
        self._place.control(clear=True, patience_seconds=1)

    # -- the blows ------------------------------------------------------------------------------------------------

    def _part(self, name: str) -> Callable[[], bool]:
        return lambda: _kill(self._place.parts().get(name, 0))

    def _second(self, queue: str) -> Callable[[], bool]:
        return lambda: _kill(self._place.second[queue].pid)

    def _web_worker(self) -> bool:
        """As the kernel does when memory runs out."""
        workers = children(self._place.parts().get("web", 0))
        return bool(workers) and _kill(self._chance.choice(workers))

    def _supervisor(self) -> bool:
        """With everything that is below it."""
        return _kill(self._place.supervisor.pid)

    def _flush(self) -> bool:
        try:
            with Redis(unix_socket_path=str(self._place.valkey_socket), socket_timeout=2) as redis:
                redis.flushall()
        except (RedisError, OSError):
            return False
        return True

    def _restart_valkey(self) -> bool:
        return _kill(self._place.parts().get("valkey", 0), signal.SIGTERM)

    def _refuse_mail(self) -> bool:
        self._place.mail.refuse()
        self._relay_back = time.monotonic() + self._chance.uniform(3, 8)
        return True

    def _postgres(self) -> bool:
        assert self._place.server is not None
        _kill(self._place.server.pid)
        time.sleep(self._chance.uniform(0.0, 1.5))
        patiently(self._place.server.start)
        return True

    def _restart_postgres(self, manner: str) -> bool:
        assert self._place.server is not None
        self._place.server.stop(manner)
        time.sleep(self._chance.uniform(0.0, 1.5))
        patiently(self._place.server.start)
        return True

    def _backend(self) -> bool:
        """One of PostgreSQL's processes: it ends all others then, and recovers."""
        assert self._place.server is not None
        found = children(self._place.server.pid)
        return bool(found) and _kill(self._chance.choice(found))


def _kill(pid: int, number: signal.Signals = signal.SIGKILL) -> bool:
    with suppress(ProcessLookupError):
        if pid:
            os.kill(pid, number)
            return True
    return False
