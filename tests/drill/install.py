"""An install whose parts are started one by one, an operator before it, and limits that keep nobody waiting."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from domain.accounts import sessions
from domain.ledger import invariants
from domain.operations.alarms import judge
from domain.operations.alarms.lines import AlarmLine
from domain.operations.alarms.queries import open_alarms
from integrations.queue.connection import breaker
from integrations.queue.kinds import QUEUES
from kit.clock import utc_now
from models.base import unit_of_work
from models.merchants import Merchant
from models.operations import AlarmLimit
from models.orders import Order
from tests import factory
from tests.hard.house import House
from tests.hard.person import Visitor
from tests.sandbox.running import until

# The rules as they are, but for their patience: what is told after minutes is told after seconds.
SHORT = {"collects_late": 2, "queue_unmanned": 2, "confirmation_mail_late": 2, "unknown_long": 1, "outcomes_late": 60}
LONG = 150.0  # seconds: a worker that was killed is missed after two minutes at the most


class Install:
    """Web, clock and a worker for each queue, on one store, with all neighbours behind gates."""

    def __init__(self, golden: Path, say: Callable[[str], None]) -> None:
        self.house, self._say = House(golden), say
        self.parts: dict[str, subprocess.Popen[bytes]] = {}
        self._began = time.monotonic()

    def open(self) -> None:
        """Everything runs when this returns."""
        self.house.mail.lead_on()
        self.start_queue()
        for name in ("clock", *QUEUES):
            self.start(name)
        self.house.start_web()
        self.shop: Merchant = factory.merchant()
        person = factory.staff(operator=True)
        for rule, value in SHORT.items():
            AlarmLimit.create(rule=rule, value=value, set_by=person, set_at=utc_now())
        with unit_of_work():
            token = sessions.open_session(staff=person.id)
        self.operator = Visitor(self.house.origin, "/operations")
        self.operator.browser.cookies.set("staff", token)
        self.is_well("at the start")

    def start_queue(self) -> None:
        """Valkey as operators are told to run it, and its gate open."""
        self.parts["valkey"] = self.house.start_valkey()
        with self.house.redis_client() as redis:
            redis.config_set("appendonly", "yes")
        self.house.redis.lead_on()
        breaker.reset()

    def start(self, name: str) -> None:
        """The clock, or the worker of a queue."""
        self.parts[name] = self.house.start(sys.executable, "-m", "workers", name)

    def kill(self, name: str) -> None:
        """Without warning."""
        self.parts[name].send_signal(signal.SIGKILL)
        self.parts[name].wait(10)

    def say(self, text: str) -> None:
        """To whoever watches, with the seconds since the start."""
        self._say(f"{time.monotonic() - self._began:6.1f} s  {text}")

    # -- what is seen --------------------------------------------------------------------------------------------------

    def screen(self, page: str = "/operations") -> str:
        """What the operator reads, as it is drawn."""
        return json.dumps(json.loads(self.operator.page(page)), ensure_ascii=False).replace("\\n", " ")

    def alarms(self) -> dict[str, AlarmLine]:
        """What stands, by rule; judged once more now, as a second clock might."""
        breaker.reset()
        judge.judge(utc_now())
        return {line.rule: line for line in open_alarms(utc_now())}

    def fires(self, rule: str, whose: str) -> AlarmLine:
        """Waits for the alarm; then the screen has its words and says whose the trouble is."""
        until(lambda: rule in self.alarms(), LONG)
        line = self.alarms()[rule]
        until(lambda: line.heading.partition(":")[0] in self.screen(), 30)
        until(lambda: f"{whose}:" in self.screen(), 30)
        self.say(f"alarm: {line.heading}")
        return line

    def clears(self, *rules: str) -> None:
        """Waits until they are gone, on the screen too."""
        until(lambda: not set(rules) & set(self.alarms()), LONG)
        self.is_well(f"{', '.join(rules)} cleared")

    def start_again(self) -> None:
        """Workers that ended by themselves, as systemd does: one whose Redis goes away at work ends."""
        for name in QUEUES:
            if self.parts[name].poll() is not None:
                self.start(name)

    def is_well(self, when: str) -> None:
        """No bad alarm stands, the screen says so, and every promise about money holds."""
        until(lambda: not [line for line in self.alarms().values() if line.tone == "bad"], LONG)
        until(lambda: "All is well" in self.screen(), LONG)
        assert [broken for broken in invariants.check() if broken.rule != "I6"] == []
        self.say(f"well: {when}")

    # -- what there is to do -------------------------------------------------------------------------------------------

    def bills(self, number: int) -> list[Order]:
        """Orders that are collected at once, one a customer."""
        made = []
        for _n in range(number):
            customer = factory.customer(self.shop)
            method = factory.method(customer)
            made.append(factory.automatic(customer, method, factory.consented(customer, method)))
        due = utc_now() - timedelta(seconds=1)
        Order.update(collect_at=due).where(Order.id.in_([one.id for one in made])).execute()
        return made

    def paid(self, orders: list[Order]) -> bool:
        """Whether all of them are."""
        ids = [one.id for one in orders]
        return bool(Order.select().where(Order.id.in_(ids) & (Order.paid == Order.total)).count() == len(ids))

    def taken(self) -> int:
        """Charges that the processor made: the independent truth."""
        return sum(charge["status"] == "succeeded" for charge in self.house.sandbox.charges())
