"""The operators' page: who may see it, what its refresh answers, that it is drawn without a queue."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq.utils import utcformat

from dashboard import chrome
from domain.operations import runs
from domain.operations.pause import pause_queue
from domain.work import rounds
from domain.work.wake import Work
from integrations.queue.wake import enqueue
from kit.clock import Stopped, real_now, utc_now
from kit.ids import uuid7
from models.merchants import Role
from models.operations import Alarm
from models.work import Mail, MailState
from tests import factory
from tests.pages.console import counted, drawn, signed_in
from tests.web import sample
from tests.web.conftest import token_in
from tests.workers.conftest import queue, valkey_socket  # noqa: F401 - fixtures

pytestmark = pytest.mark.usefixtures("sqlite_store")
PAGE = "/operations"
BEAT = sample.call("operations--live.children", ("operations--ask", "value", "1"))


def test_operators_see_it_under_the_products_mark(server: Flask, clock: Stopped) -> None:
    client = signed_in(server, factory.staff(operator=True))
    page = client.get(PAGE)
    assert (page.status_code, f">{chrome.PRODUCT[0]}</span>" in page.text) == (200, True)
    shown = json.dumps(drawn(client, PAGE).get_json(), ensure_ascii=False)
    for words in (
        "Due and not done",
        "Unknown outcomes",
        "not checked yet",
        "Redis does not answer",
        "Letters to send",
    ):
        assert words in shown


def test_an_operator_who_also_works_for_a_merchant_sees_no_merchants_mark(server: Flask, clock: Stopped) -> None:
    client = signed_in(server, factory.staff(of=factory.merchant("harbor", name="Harbor Yoga"), operator=True))
    assert "Harbor Yoga" not in client.get(PAGE).text


def test_nobody_else_sees_it(server: Flask, clock: Stopped) -> None:
    merchant = factory.merchant()
    for person in (None, *(factory.staff(of=merchant, role=role) for role in Role)):
        client = signed_in(server, person)
        assert client.get(PAGE).status_code == 303
        for body in (sample.PAGE_CALL, BEAT):
            answer = drawn(client, PAGE, body)
            assert (answer.status_code, "Due and not done" in answer.text) == (401, False)


def test_the_refresh_shows_what_has_changed(server: Flask, clock: Stopped, queue: Redis) -> None:  # noqa: F811
    client = signed_in(server, factory.staff(operator=True))
    enqueue("mail", uuid7())
    rounds.note(utc_now())
    answer = drawn(client, PAGE, BEAT)
    assert answer.status_code == 200
    assert "no worker serves the queue mail" in answer.text, "a hint waits and nobody serves its queue"
    queue.flushall()
    assert "no worker serves" not in drawn(client, PAGE, BEAT).text


def test_of_many_workers_the_silent_ones_stand_first_and_the_rest_are_counted(
    server: Flask,
    clock: Stopped,
    queue: Redis,  # noqa: F811
) -> None:
    for n in range(15):
        at = utcformat(real_now() - (timedelta(hours=1) if n == 14 else timedelta(0)))
        facts = {"birth": at, "last_heartbeat": at, "queues": "mail", "hostname": f"box-{n}", "state": "idle"}
        queue.hset(f"rq:worker:w{n}", mapping=facts)
        queue.sadd("rq:workers", f"rq:worker:w{n}")
    shown = _html(signed_in(server, factory.staff(operator=True)), PAGE)
    assert "box-14" in shown
    assert (shown.count("box-"), "and 3 more" in shown) == (12, True)


def test_what_is_wrong_leads_to_what_can_be_done(server: Flask, clock: Stopped, queue: Redis) -> None:  # noqa: F811
    now, operator = utc_now(), factory.staff(operator=True)
    harbor, other = factory.merchant("harbor", name="Harbor Yoga"), factory.merchant("other", name="Other House")
    letter = Mail.create(
        merchant=harbor,
        template="receipt",
        to_address="jordan@example.test",
        dedup_key="1",
        due_at=now,
        created_at=now,
        state=MailState.FAILED,
    )
    with pytest.raises(OSError), runs.noted(Work.MAIL, letter.id):
        raise OSError("mailbox busy")
    runs.flush()
    alarm = Alarm.create(rule="mail_late", opened_at=now, seen_at=now, value=900, bound=600, customers=3)
    pause_queue(queue="figures", until=None, reason="a slow disk", staff=operator.id, handle=uuid4())
    client = signed_in(server, operator)
    shown = _html(client, PAGE)
    for words in (
        f"/operations/alarms/{alarm.id}/acknowledge",
        "/operations/runbook#mail_late",
        "/operations/queues/charges/pause",
        "/operations/queues/figures/resume",
        "a slow disk",
        f"/operations/jobs/mail-{letter.id}",
        "OSError",
        "Safe to restart?",
        "nothing is in flight",
        '<option value="harbor">Harbor Yoga</option>',
    ):
        assert words in shown, words
    assert "jordan@example.test" not in shown
    assert "OSError" in _html(client, f"{PAGE}?merchant=harbor")
    assert "OSError" not in _html(client, f"{PAGE}?merchant={other.slug}"), "nothing of another merchant"
    assert "Something went wrong" not in _html(client, f"{PAGE}?merchant=nobody")


def _html(client: FlaskClient, path: str) -> str:
    """What the page draws, as the browser gets it."""
    return json.dumps(drawn(client, path).get_json(), ensure_ascii=False).replace('\\"', '"')


def test_a_page_left_open_ends_with_the_session(server: Flask, clock: Stopped) -> None:
    client = signed_in(server, factory.staff(operator=True))
    headers = {"X-Settle-Page": PAGE, "X-CSRFToken": token_in(client.get(PAGE).text)}
    answers = []
    for _ in range(4):
        clock.advance(timedelta(minutes=9))
        with counted() as asked:
            answers.append(client.post("/_dash-update-component", headers=headers, json=BEAT))
        assert not [sql for sql in asked if not sql.startswith("SELECT")]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 401], "30 minutes idle, whoever polls"
    assert answers[-1].headers["X-Settle-Sign-In"] == "/operations/sign-in?next=/operations"


def test_a_refresh_takes_few_queries(server: Flask, clock: Stopped) -> None:
    client = signed_in(server, factory.staff(operator=True))
    headers = {"X-Settle-Page": PAGE, "X-CSRFToken": token_in(client.get(PAGE).text)}
    client.post("/_dash-update-component", headers=headers, json=BEAT)
    with counted() as asked:
        client.post("/_dash-update-component", headers=headers, json=BEAT)
    assert len(asked) <= 20, asked
