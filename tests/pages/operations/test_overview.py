"""The operators' page: who may see it, what its refresh answers, that it is drawn without a queue."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser
from redis import Redis

from dashboard import chrome
from domain.work import rounds
from integrations.queue.wake import enqueue
from kit.clock import Stopped, utc_now
from kit.ids import uuid7
from models.merchants import Role
from tests import factory
from tests.pages.console import counted, drawn, listening, opened, shot, signed_in
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
    assert "All is well" not in answer.text, "a hint waits and nobody serves its queue"
    queue.flushall()
    assert "All is well" in drawn(client, PAGE, BEAT).text


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


def test_it_takes_few_queries(server: Flask, clock: Stopped) -> None:
    client = signed_in(server, factory.staff(operator=True))
    with counted() as opening:
        client.get(PAGE)
    with counted() as both:
        drawn(client, PAGE)
    assert len(both) - len(opening) <= 7, both[len(opening) :]


@pytest.mark.browser
def test_it_can_be_used_by_everybody_everywhere(server: Flask, queue: Redis, chromium: Browser) -> None:  # noqa: F811
    person = factory.staff(operator=True)
    enqueue("collect", uuid7())
    rounds.note(utc_now())
    with listening(server) as origin:
        for width, theme in ((1440, "light"), (1440, "dark"), (360, "light"), (360, "dark")):
            page = opened(chromium, origin, PAGE, person, width=width, theme=theme)
            page.get_by_role("heading", name="Due and not done").wait_for()
            page.locator("details.how > summary").click()
            found = Axe().run(page).response["violations"]
            assert [rule["id"] for rule in found if rule["impact"] in ("serious", "critical")] == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.said == []  # type: ignore[attr-defined]
            shot(page, f"operations-{width}-{theme}")
            page.context.close()
        page = opened(chromium, origin, PAGE, person, width=1440, theme="light")
        page.get_by_text("No worker serves the queue “charges”").wait_for()
        rounds.note(utc_now())
        queue.flushall()
        page.get_by_role("heading", name="All is well").wait_for(timeout=15_000)
        assert not any("plotly" in entry for entry in page.evaluate("performance.getEntries().map(e => e.name)"))
