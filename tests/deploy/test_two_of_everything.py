"""Two hosts on one store: two web servers, two clocks, two workers. Each thing happens once, and one host may go."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from peewee import fn

from domain.ledger import invariants
from integrations.queue.connection import breaker
from kit.clock import utc_now
from models.orders import Order
from models.payments import Attempt, AttemptState
from models.work import Mail, MailState, Tick
from tests import factory
from tests.conftest import _empty_postgres
from tests.hard.house import PATIENCE, House
from tests.hard.person import Person
from tests.postgres import free_port
from tests.sandbox.running import until
from workers import plans

pytestmark = pytest.mark.slow
CUSTOMERS = 12


@pytest.fixture
def house(_golden: Path, _postgres_store: str) -> Iterator[House]:
    _empty_postgres(_postgres_store)
    made = House(_golden)
    made.env |= {"DATABASE_URL": _postgres_store, "CHARGE_WORKERS": "1"}
    made.mail.lead_on()
    with made.move_in():
        yield made
    made.clear()
    breaker.reset()


class Host:
    """A machine's part: a web server, a clock, a worker for charges and one for mail."""

    def __init__(self, house: House) -> None:
        self._house, self.port = house, free_port()
        words = [*plans.web(house.settings, with_queue=False).command]
        words[words.index("--bind") + 1] = f"127.0.0.1:{self.port}"
        workers = [[sys.executable, "-m", "workers", name] for name in ("clock", "charges", "mail")]
        self.parts: list[subprocess.Popen[bytes]] = [house.start(*command) for command in (words, *workers)]
        until(self._answers, PATIENCE)

    @property
    def origin(self) -> str:
        """Where its web server listens."""
        return f"http://127.0.0.1:{self.port}"

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.origin}/readyz", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def dies(self) -> None:
        """Somebody pulls its plug."""
        for part in self.parts:
            part.send_signal(signal.SIGKILL)


def _bills(number: int) -> list[Order]:
    """Orders that the clocks collect at once, one a customer."""
    shop, made = factory.merchant(), []
    for _n in range(number):
        customer = factory.customer(shop)
        method = factory.method(customer)
        made.append(factory.automatic(customer, method, factory.consented(customer, method)))
    Order.update(collect_at=utc_now() - timedelta(minutes=1)).where(Order.id.in_([one.id for one in made])).execute()
    return made


def _paid(orders: list[Order]) -> int:
    return int(Order.select().where(Order.id.in_([one.id for one in orders]) & (Order.paid == Order.total)).count())


def test_two_hosts_do_each_thing_once_and_one_is_enough(house: House) -> None:
    house.start_valkey()
    house.redis.lead_on()
    one, other = Host(house), Host(house)
    bills = _bills(CUSTOMERS)

    person = Person(one.origin, factory.merchant())
    person.sign_in()
    where = person.choose()
    tab = person.another_tab()  # the load balancer sends it to the other host: cookies are of the name, not the port
    tab.origin = other.origin
    tab.see(where.replace(one.origin, other.origin))
    with ThreadPoolExecutor(2) as both:
        presses = [both.submit(person.press, where), both.submit(tab.press, where.replace(one.origin, other.origin))]
        assert all(press.result().status_code == 200 for press in presses)
    until(lambda: person.left() == 0, PATIENCE)
    assert person.charges(house.sandbox) == [8900], "one press on each host is one charge"

    until(lambda: _paid(bills) == CUSTOMERS, PATIENCE)
    until(lambda: Mail.select().where(Mail.state == MailState.DUE).count() == 0, PATIENCE)  # one being sent may repeat
    other.dies()
    later = _bills(3)
    until(lambda: _paid(later) == 3, PATIENCE)
    until(lambda: Mail.select().where(Mail.state == MailState.DUE).count() == 0, PATIENCE)

    succeeded = Attempt.select().where(Attempt.state == AttemptState.SUCCEEDED).count()
    taken = [charge for charge in house.sandbox.charges() if charge["status"] == "succeeded"]
    assert (len(taken), succeeded) == (CUSTOMERS + 4, CUSTOMERS + 4)
    sent = Counter((mail.to, mail.subject) for mail in house.mails())
    assert max(sent.values()) == 1, "each letter once"
    twice = Tick.select(Tick.name).group_by(Tick.name, Tick.due_at).having(fn.COUNT(Tick.id) > 1)
    assert [tick.name for tick in twice] == []
    assert [broken for broken in invariants.check() if broken.rule != "I6"] == []
