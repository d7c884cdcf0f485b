"""Redis refuses at the start, goes away during work, or accepts and keeps silent; the relay is down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from domain.accounts import sessions
from domain.work.drain import Drained
from integrations.queue.connection import breaker
from integrations.queue.kinds import QUEUES
from integrations.queue.snapshot import snapshot
from kit.clock import utc_now
from models.base import unit_of_work
from models.merchants import Merchant
from models.work import Mail, MailState
from tests import factory
from tests.hard.house import PATIENCE, House
from tests.hard.person import SOON, Person, Visitor
from tests.sandbox.running import until

pytestmark = pytest.mark.slow
Later = Callable[..., Drained]
RECEIPT = "$89.00"


@pytest.fixture
def own_house(_golden: Path) -> Iterator[House]:
    """A house whose web server is started by the test: how Redis is at that moment matters."""
    made = House(_golden)
    yield made
    made.clear()


def _pays(house: House, shop: Merchant) -> Person:
    """Somebody comes, signs in and pays, as if nothing were wrong. Every step has its own time-out."""
    person = Person(house.origin, shop)
    person.sign_in()
    assert RECEIPT in person.page(person.base)
    assert "Payment received" in person.pay().text
    assert person.left() == 0 and person.charges(house.sandbox) == [8900]
    return person


def _letters(house: House, person: Person) -> int:
    return len([mail for mail in house.mails() if mail.to == person.customer.email])


def _is_due(person: Person) -> bool:
    return bool(Mail.get(Mail.to_address == person.customer.email).state == MailState.DUE)


def _every_queue_is_served() -> bool:
    """What operators see, and what the supervisor looks at to find a worker that hangs."""
    breaker.reset()
    return {worker.queue for worker in snapshot().workers} == set(QUEUES)


def _operators_page(house: House) -> str:
    """What an operator reads, as Dash draws it."""
    ola = factory.staff(operator=True)
    with unit_of_work():
        token = sessions.open_session(staff=ola.id)
    operator = Visitor(house.origin, "/operations")
    operator.browser.cookies.set("staff", token)
    return operator.page("/operations")


def test_redis_is_down_at_the_start_and_goes_away_during_work(own_house: House) -> None:
    house = own_house
    house.mail.lead_on()
    house.start_all()
    with house.move_in():
        shop = factory.merchant()
        early = _pays(house, shop)
        assert _is_due(early) and requests.get(f"{house.origin}/readyz", timeout=SOON).status_code == 503
        valkey = house.start_valkey()
        house.redis.lead_on()
        until(lambda: _letters(house, early) == 1, PATIENCE)
        assert requests.get(f"{house.origin}/readyz", timeout=SOON).status_code == 200
        valkey.kill()  # and with it every hint and every worker's name: it keeps nothing
        during = _pays(house, shop)
        assert _is_due(during)
        valkey.wait(10)
        house.start_valkey()
        until(lambda: _letters(house, during) == 1 and not _is_due(during), PATIENCE)
        after = _pays(house, shop)
        until(lambda: _letters(house, after) == 1 and not _is_due(after), PATIENCE)
        until(_every_queue_is_served, PATIENCE)
        assert [_letters(house, person) for person in (early, during, after)] == [1, 1, 1]
        assert Mail.select().where(Mail.state != MailState.SENT).count() == 0


def test_redis_accepts_and_keeps_silent_and_the_relay_is_down(own_house: House, later: Later) -> None:
    house = own_house
    house.redis.keep_silent()
    house.start_web()
    with house.move_in():
        before = house.redis.accepted
        person = _pays(house, factory.merchant())
        assert house.redis.accepted > before, "it was asked, and nobody waited for it"
        assert requests.get(f"{house.origin}/readyz", timeout=SOON).status_code == 503
        assert _is_due(person)
        assert "Redis does not answer" in _operators_page(house)
        later()
        mail = Mail.get(Mail.to_address == person.customer.email)
        assert mail.state == MailState.DUE and mail.due_at > utc_now(), "the relay is down: tried later, not lost"
        assert mail.tries == 1 and _letters(house, person) == 0
        house.mail.lead_on()
        for _ in range(2):
            later(timedelta(minutes=1))
        assert _letters(house, person) == 1 and not _is_due(person)
