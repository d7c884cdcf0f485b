"""The pages beside the overview: each is drawn empty and full, of one merchant too, and nobody else sees any."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from redis import Redis

from domain.operations import measures
from domain.operations.acts import Act, act
from domain.work import rounds
from kit import measure
from kit.clock import Stopped, utc_now
from kit.measure import What
from models.base import unit_of_work
from models.operations import Alarm, AlarmCall
from models.work import Mail, MailState, Tick, WebhookEvent, WebhookState
from tests import factory
from tests.pages.console import drawn, signed_in
from tests.workers.conftest import queue, valkey_socket  # noqa: F401 - fixtures
from workers.worker import make_worker

pytestmark = pytest.mark.usefixtures("sqlite_store")
PAGES = ("clock", "workers", "webhooks", "mail", "audit", "history")
ADDRESS = "jordan.reyes@example.test"


def _shown(client: Any, address: str) -> str:
    answer = drawn(client, f"/operations/{address}")
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True)).encode().decode("unicode_escape", "ignore")


def test_each_is_drawn_with_nothing_there_and_for_operators_only(server: Flask, clock: Stopped) -> None:
    operator = signed_in(server, factory.staff(operator=True))
    owner = signed_in(server, factory.staff(of=factory.merchant()))
    for name in PAGES:
        assert "Something went wrong" not in _shown(operator, name)
        assert owner.get(f"/operations/{name}").status_code == 303
        assert drawn(owner, f"/operations/{name}").status_code == 401
    assert owner.get("/operations/audit.csv").status_code == 303


def test_the_clock_says_what_failed_and_what_was_missed(server: Flask, clock: Stopped) -> None:
    now = utc_now()
    rounds.note(now, "shop#7")
    made = {"name": "write-digests", "result": "failed: OSError"}
    Tick.create(due_at=now - timedelta(hours=3, minutes=58), done_at=now, name="write-digests", result="2 digests")
    tick = Tick.create(due_at=now - timedelta(minutes=58), **made)
    shown = _shown(signed_in(server, factory.staff(operator=True)), "clock")
    for words in ("shop#7", "failed: OSError", f"/operations/jobs/tick-{tick.id}", "/operations/clock/reconcile/run"):
        assert words in shown
    assert '<span class="pill warn">2</span>' in shown, "09:02 and 10:02"


def test_a_worker_is_shown_with_its_way_to_stop(server: Flask, clock: Stopped, queue: Redis) -> None:  # noqa: F811
    worker = make_worker("mail", queue)
    worker.register_birth()
    shown = _shown(signed_in(server, factory.staff(operator=True)), "workers")
    assert worker.name in shown and "idle" in shown
    assert f"/operations/workers/{worker.name.replace('@', '%40').replace('#', '%23')}/stop" in shown
    assert "No worker serves the queue “charges”" in shown


def test_mail_and_webhooks_are_counted_by_merchant_and_name_nobody(server: Flask, clock: Stopped) -> None:
    now, house = utc_now(), factory.merchant("harbor", name="Harbor Yoga")
    other = factory.merchant("other", name="Other House")
    for of, state in ((house, MailState.FAILED), (other, MailState.SENT)):
        Mail.create(
            merchant=of,
            template="receipt",
            to_address=ADDRESS,
            to_name="Jordan Reyes",
            dedup_key=str(uuid4()),
            state=state,
            due_at=now,
            created_at=now,
            result=f"550 no mailbox {ADDRESS}" if state is MailState.FAILED else "",
        )
    account = factory.gateway_account(house)
    event = WebhookEvent.create(
        gateway_account=account,
        event_id="evt_1",
        kind="charge.updated",
        object_id="ch_1",
        state=WebhookState.FAILED,
        received_at=now,
        note=f"of {ADDRESS}",
    )
    alarm = Alarm.create(rule="mail_late", opened_at=now, seen_at=now)
    AlarmCall.create(alarm=alarm, what="opened", due_at=now, tries=2, result="503", made_at=now)
    client = signed_in(server, factory.staff(operator=True))
    mail, hooks = _shown(client, "mail"), _shown(client, "webhooks")
    assert "550 no mailbox [hidden]" in mail and "Harbor Yoga" in mail and "Other House" in mail
    assert f"/operations/jobs/webhook-{event.id}" in hooks and "of [hidden]" in hooks and "503" in hooks
    for shown in (mail, hooks):
        assert ADDRESS not in shown and "Jordan" not in shown
    assert "550" not in _shown(client, "mail?merchant=other")
    assert "ch_1" not in _shown(client, "webhooks?merchant=other")


def test_the_trail_has_reasons_filters_and_a_file(server: Flask, clock: Stopped) -> None:
    person = factory.staff(operator=True)
    job = f"mail-{uuid4()}"
    with unit_of_work():
        act(act=Act.DISCARD, staff=person.id, reason="bounced for good", handle=uuid4(), about=job)
        act(act=Act.PAUSE_QUEUE, staff=None, reason="=relay() is away", handle=uuid4(), about="mail")
    client = signed_in(server, person)
    shown = _shown(client, "audit")
    assert "bounced for good" in shown and "relay() is away" in shown and f"/operations/jobs/{job}" in shown
    narrowed = _shown(client, "audit?who=command&act=nonsense&from=yesterday")
    assert "relay() is away" in narrowed and "bounced for good" not in narrowed
    file = client.get("/operations/audit.csv?act=operation.discard").text
    assert "bounced for good" in file and "relay()" not in file
    assert ",=relay" not in client.get("/operations/audit.csv").text, "a formula is a text"


def test_the_last_days_are_drawn_and_stand_in_a_table(server: Flask, clock: Stopped) -> None:
    measure.take()  # what other tests left in this process
    measure.took(What.RAN, "mail", 1)
    measure.took(What.WAITED, "mail", 3)
    measures.flush()
    shown = _shown(signed_in(server, factory.staff(operator=True)), "history?queue=mail")
    for words in ("Queue mail", "history--wait", "1 done, 0 failed", "within 5 s"):
        assert words in shown
