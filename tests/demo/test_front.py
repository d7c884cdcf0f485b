"""The front page and its one-press sign-in: in demo mode and on this machine only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from domain.demo import moving
from domain.demo.enter import enter
from domain.demo.make import begins_at
from kit import clock, config
from kit.errors import NotAllowed, NotFound
from models.customers import Session
from sandbox.stage import Stage
from tests.demo.conftest import LAST_DAY
from tests.served import portal

BASE = "http://127.0.0.1:18050"


@pytest.fixture(scope="session")
def server() -> Flask:
    """The server; settings are read anew at each request."""
    return portal()


@pytest.fixture
def client(demo: Stage, server: Flask) -> Iterator[FlaskClient]:
    """A browser at the demo's first moment."""
    with clock.stopped(begins_at(LAST_DAY)):
        yield server.test_client()


def _csrf(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/", base_url=BASE).text)
    assert found is not None
    return found[1]


def _press(client: FlaskClient, path: str, **values: str) -> tuple[int, str]:
    answer = client.post(path, data={"csrf_token": _csrf(client), **values}, base_url=BASE)
    return answer.status_code, answer.headers.get("Location", "")


def test_everybody_is_told_by_their_story(client: FlaskClient) -> None:
    text = client.get("/", base_url=BASE).text
    people = ("alex.morgan@example.com", "Card declined yesterday", "jordan.reyes@example.com", "Bank debit on its way")
    for told in (*people, "Harbor Yoga", "Kumo Coffee", "Lindenhof Bikes", "4242 4242 4242 4242", "Within a day"):
        assert told in text
    assert 'href="http://127.0.0.1:18051/"' in text


def test_stories_that_are_over_are_said_to_be(client: FlaskClient) -> None:
    said = "The clock has moved on"
    assert said not in client.get("/", base_url=BASE).text
    with clock.stopped(begins_at(LAST_DAY) + timedelta(days=2)):
        assert said in client.get("/", base_url=BASE).text


def test_one_press_opens_each_door(client: FlaskClient) -> None:
    assert _press(client, "/demo/enter", who="harbor-yoga:declined") == (303, "/p/harbor-yoga/signed-in")
    assert client.get("/p/harbor-yoga/signed-in", base_url=BASE).headers["Location"] == "/p/harbor-yoga"
    assert _press(client, "/demo/enter", who="kumo-coffee:owner") == (303, "/merchant/kumo-coffee")
    assert _press(client, "/demo/enter", who="settle:operator") == (303, "/operations")


def test_a_press_without_its_token_is_refused(client: FlaskClient) -> None:
    answer = client.post("/demo/enter", data={"who": "harbor-yoga:declined"}, base_url=BASE)
    assert answer.status_code == 400
    assert Session.select().count() == 0


@pytest.mark.parametrize("who", ["", "nobody", "harbor-yoga:no-account"])
def test_who_has_no_account_does_not_get_in(client: FlaskClient, who: str) -> None:
    status, _to = _press(client, "/demo/enter", who=who)
    assert status == 404
    assert Session.select().count() == 0


def test_outside_demo_mode_there_is_no_front_page(client: FlaskClient) -> None:
    token = _csrf(client)
    here = config.settings()
    config.use(
        config.read({"SETTLE_MODE": "test", "DATA_DIR": str(here.data_dir), "SECRET_KEY": "k" * 40, "PORT": "18050"})
    )
    assert client.get("/", base_url=BASE).status_code == 404
    for path in ("/demo/enter", "/demo/move"):
        sent = {"csrf_token": token, "who": "harbor-yoga:declined", "by": "1d"}
        assert client.post(path, data=sent, base_url=BASE).status_code == 404
    with pytest.raises(NotAllowed):
        enter("harbor-yoga:declined")
    assert Session.select().count() == 0


def test_another_machine_sees_nothing(client: FlaskClient) -> None:
    from_afar = {"REMOTE_ADDR": "192.0.2.7"}
    assert client.get("/", base_url=BASE, environ_overrides=from_afar).status_code == 404
    sent = {"csrf_token": _csrf(client), "who": "harbor-yoga:declined"}
    answer = client.post("/demo/enter", data=sent, base_url=BASE, environ_overrides=from_afar)
    assert answer.status_code == 404
    assert Session.select().count() == 0


def test_the_page_that_waits_shows_how_far_it_is(client: FlaskClient) -> None:
    moving._write(moving.Move(24, 40))
    text = client.get("/demo/moving", base_url=BASE).text
    assert 'value="40"' in text and 'http-equiv="refresh"' in text
    moving._write(moving.Move(24, 100, done=True, sentence="3 tries, 2 came back, 4 mails → inbox"))
    assert client.get("/demo/moving", base_url=BASE).headers["Location"] == "/#clock"
    assert "3 tries, 2 came back, 4 mails → inbox" in client.get("/", base_url=BASE).text


def test_a_span_from_the_browser_is_not_believed(client: FlaskClient) -> None:
    status, _to = _press(client, "/demo/move", by="5000d")
    assert status in (400, 409, 422)
    assert moving.latest() is None


def test_nobody_is_found_by_a_made_up_key(demo: Stage) -> None:
    with pytest.raises(NotFound):
        enter("harbor-yoga:")
