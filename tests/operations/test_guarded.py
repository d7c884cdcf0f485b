"""What could be slipped in: bytes that a store refuses, words as labels, names in the trail, another form's handle."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import pytest
from flask import Flask

from dashboard import guard, metrics
from dashboard.app import create_server
from domain.events.audit import Wanted, page_of
from domain.events.record import Actor, record
from domain.operations import pause
from domain.operations.alarms.acknowledge import acknowledge
from domain.operations.pause import pause_queue
from domain.operations.suspend import suspend_merchant
from kit.clock import utc_now
from kit.errors import Conflict
from kit.ids import uuid7
from models.base import connected, unit_of_work
from models.operations import Alarm, Decision, OperatorAct, Stop
from models.payments import AttemptState
from tests import factory
from tests.operations.test_stuck import Desk, desk  # noqa: F401 - a fixture
from tests.pages.console import signed_in
from tests.payments.conftest import fresh, shop  # noqa: F401 - a fixture
from tests.web.conftest import token_in

BULK = "/operations/jobs/bulk"


@pytest.fixture
def server(store: str) -> Flask:
    made = create_server()
    made.test_client().get("/healthz")
    return made


@pytest.mark.usefixtures("clock", "sandbox")
def test_a_nul_in_an_address_asks_the_store_nothing(server: Flask) -> None:
    client = signed_in(server, factory.staff(operator=True))
    for path in (f"{BULK}?order=a%00b", "/operations/merchants?merchant=%00", "/operations/audit.csv?merchant=a%00"):
        assert client.get(path).status_code == 400, path
    with server.test_request_context("/"):
        place = guard._place("/operations", "merchant=a%00b")
    assert place is not None and place.query == {"merchant": "ab"}


@pytest.mark.usefixtures("clock", "sandbox")
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_word_that_a_browser_sends_makes_no_series(server: Flask) -> None:
    client = server.test_client()
    for word in ("BREW", "PROPFINDX"):
        client.open("/healthz", method=word)
    told = metrics.exposition()[0].decode()
    assert 'method="other"' in told and "BREW" not in told and "PROPFINDX" not in told


@pytest.mark.usefixtures("clock", "sandbox")
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_who_was_looked_for_stays_out_of_the_trail(server: Flask) -> None:
    customer = factory.customer(factory.merchant("harbor"), name="Zora Quill", email="zora@example.com")
    client = signed_in(server, factory.staff(operator=True))
    token = token_in(client.get("/operations").text)
    for typed in ({"customer": "zora quill"}, {"customer": customer.email}, {"order": "zora@example.com"}):
        form = {"csrf_token": token, "handle": str(uuid7()), "reason": "a test", **typed}
        assert client.post(BULK, data=form).status_code == 303
    kept = [row.picked for row in OperatorAct.select().order_by(OperatorAct.at, OperatorAct.id)]
    assert kept == [f"customer={customer.id}", f"customer={customer.id}", ""]


@pytest.mark.usefixtures("clock")
def test_what_an_operator_does_for_all_is_not_told_to_the_merchant_that_they_work_for(store: str) -> None:
    house = factory.merchant("harbor")
    both = factory.staff(of=house, operator=True)
    pause_queue(queue="mail", until=None, reason="x", staff=both.id, handle=uuid7())
    with unit_of_work():
        record("staff.signed_in", merchant=None, actor=Actor.STAFF, actor_id=both.id, subject=both.id)
    suspend_merchant(merchant=house.slug, until=None, reason="x", staff=both.id, handle=uuid7())
    told = [entry.kind for entry in page_of(house.id, Wanted(), zone="UTC").entries]
    assert sorted(told) == ["operation.suspend", "staff.signed_in"], "what was done to the merchant is told"


def _spent(staff: UUID) -> UUID:
    """A handle that stands for another act."""
    handle = uuid7()
    pause_queue(queue="figures", until=None, reason="x", staff=staff, handle=handle)
    return handle


def test_nothing_is_decided_under_another_acts_handle(desk: Desk) -> None:  # noqa: F811
    first, second = desk.lost("timeout_before"), desk.lost("timeout_before", order=desk.shop.order())
    desk.control(clear=True)
    desk.control(fault={"mode": "down", "path": "/v1/payment_intents", "ends": "/cancel"})
    assert {desk.ask(first).said, desk.ask(second).said} == {"requires_payment_method"}
    with pytest.raises(Conflict, match="not good any more"):
        desk.cancel(first, _spent(desk.staff))
    assert not Decision.select().count(), "no decision without its act"
    mine = uuid7()
    desk.cancel(first, mine)
    with pytest.raises(Conflict, match="not good any more"):
        desk.cancel(second, mine)
    assert fresh(second).state == AttemptState.REVIEW and Decision.select().count() == 1


@pytest.mark.usefixtures("clock", "sqlite_store")
def test_nobody_looks_after_an_alarm_without_an_act() -> None:
    staff, now = factory.staff(operator=True).id, utc_now()
    alarm = Alarm.create(rule="mail_relay", subject="", opened_at=now, seen_at=now, value=1, bound=0)
    with pytest.raises(Conflict, match="not good any more"):
        acknowledge(alarm=alarm.id, note="I do", staff=staff, handle=_spent(staff))
    assert Alarm.get().acknowledged_at is None


@pytest.mark.usefixtures("clock")
def test_two_who_stop_a_thing_at_once_stop_it_once(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    staff, both = factory.staff(operator=True).id, threading.Barrier(2)
    told: list[object] = []

    def late() -> datetime:
        """Both are in the middle of it, where the store lets two write."""
        with suppress(threading.BrokenBarrierError):
            both.wait(0.5)
        return utc_now()

    monkeypatch.setattr(pause, "utc_now", late)

    def press() -> None:
        with connected():
            try:
                told.append(pause_queue(queue="mail", until=None, reason="x", staff=staff, handle=uuid7()))
            except Exception as problem:
                told.append(type(problem).__name__)

    threads = [threading.Thread(target=press) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)
    assert sorted(map(str, told)) == ["Conflict", "True"]
    assert Stop.select().where(Stop.lifted_at.is_null()).count() == OperatorAct.select().count() == 1
