"""A house for each file of tests here, and what every test may rely on: it is the one that we talk about, and clean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from domain.ledger import invariants
from domain.payments.states import OPEN
from domain.work.drain import Drained, drain
from integrations.queue.connection import breaker
from kit import clock, config
from kit.clock import utc_now
from models.payments import Attempt, OrderHold
from tests.hard.house import House


@pytest.fixture(scope="module")
def bare_house(_golden: Path) -> Iterator[House]:
    """A house in which nothing runs yet but its neighbours."""
    made = House(_golden)
    yield made
    made.clear()


@pytest.fixture
def house(bare_house: House, settings: config.Settings) -> Iterator[House]:
    """The house, with its neighbours well. After the test every promise about money holds and nothing is held."""
    bare_house.sandbox.control(clear=True)
    bare_house.gateway.lead_on()
    breaker.reset()
    with bare_house.move_in():
        yield bare_house
        assert [broken for broken in invariants.check() if broken.rule != "I6"] == []
        assert OrderHold.select().count() == 0
    breaker.reset()


@pytest.fixture
def later() -> Callable[[timedelta], Drained]:
    """Does what is due after a while, as clock and workers would."""

    def done(by: timedelta = timedelta(0)) -> Drained:
        with clock.stopped(utc_now() + by):
            return drain()

    return done


def nothing_open() -> bool:
    """Whether every attempt has found its end."""
    return Attempt.select().where(Attempt.state.in_(list(OPEN))).count() == 0
