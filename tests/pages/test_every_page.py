"""What holds for every page, generated from the route table, the views and the callback map: who sees it, what it
costs, what an unknown id gets. A page made tomorrow is held to it tomorrow."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dashboard.callbacks import audience_of
from domain.accounts.viewer import Audience
from kit.clock import Stopped
from sandbox.inprocess import InProcess
from tests import every_page
from tests.every_page import ALEX, ANONYMOUS, Address, Life
from tests.pages.console import counted
from tests.served import portal
from tests.web import sample
from tests.web.conftest import token_in

QUERIES, COMPONENTS, PLAIN_KB, FIRST_LOAD_KB = 12, 150, 60, 500

# What belongs to the account, not to the customer record: a colleague has their own, and gets a 404 for this one.
PERSONAL = ("/p/<slug>/pay/<handle>", "/p/<slug>/new-email/<token>")


@pytest.fixture
def server(sqlite_store: str, sandbox: InProcess, clock: Stopped) -> Iterator[Flask]:
    """The portal with its real routes and views."""
    made = portal()
    made.test_client().get("/healthz")
    yield made


@pytest.fixture
def life(server: Flask, clock: Stopped) -> Life:
    """Alex with one of everything, and those around."""
    return every_page.life(clock)


@pytest.fixture
def pages(server: Flask, life: Life) -> list[Address]:
    """Every page, filled in."""
    return every_page.pages(server, life)


def test_every_variable_has_a_sample(server: Flask) -> None:
    assert every_page.unknown(server) == []
    assert len(every_page.rules(server)) > 25, "the table itself must be found"


def test_the_owner_sees_every_page(server: Flask, life: Life, pages: list[Address]) -> None:
    wrong = []
    for page in pages:
        answer = life.browser(server, page.person).get(page.path)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            wrong.append(f"{page.rule}: {answer.status_code} {answer.mimetype} {answer.headers.get('Location', '')}")
        elif page.dash and (drawn := draw(life.browser(server, ALEX), page.path)).status_code != 200:
            wrong.append(f"{page.rule}: its callback answers {drawn.status_code}")
        elif page.dash and "Something went wrong" in drawn.text:
            wrong.append(f"{page.rule}: its layout fails")
    assert wrong == [], "no page? Then say so in NO_PAGE of tests/every_page.py"


def test_a_colleague_sees_the_customers_pages_and_nobody_elses(server: Flask, life: Life, pages: list[Address]) -> None:
    for page in (each for each in pages if not each.open_to_all):
        if page.person == ALEX:
            colleague = life.browser(server, "colleague").get(page.path)
            assert colleague.status_code in ((200, 404) if page.rule in PERSONAL else (200,)), page.rule
            neighbour = life.browser(server, "neighbour").get(page.path)
            assert neighbour.status_code == (404 if page.variables else 200), f"{page.rule}: another customer's"
        for who in (ANONYMOUS, "stranger"):
            answer = life.browser(server, who).get(page.path)
            assert answer.status_code == 303, f"{page.rule}: {who}"
            assert answer.headers["Location"].startswith("/p/harbor/sign-in"), page.rule


def test_no_page_shows_another_customer(server: Flask, life: Life, pages: list[Address]) -> None:
    secrets = ("alex.morgan@example.com", "12 Quay Street", "Yoga mat and blocks")
    for page in (each for each in pages if not each.open_to_all and not each.variables):
        browser = life.browser(server, "neighbour")
        shown = browser.get(page.path).text + (draw(browser, page.path).text if page.dash else "")
        assert not [each for each in secrets if each in shown], page.rule


def test_what_is_open_to_all_names_nobody(server: Flask, life: Life, pages: list[Address]) -> None:
    for page in (each for each in pages if each.open_to_all):
        shown = life.browser(server, ANONYMOUS).get(page.path).text
        assert "Alex Morgan" not in shown and "Quay Street" not in shown, page.rule


def test_an_unknown_id_is_a_real_404_everywhere(server: Flask, life: Life, pages: list[Address]) -> None:
    for page in (each for each in pages if each.variables):
        answer = life.browser(server, ALEX).get(page.with_foreign_ids())
        dead_link = page.open_to_all and answer.status_code in (200, 410) and "no longer works" in answer.text
        unnamed = page.rule == "/p/<slug>/payments/<uuid:payment_id>/confirmed"  # it tells nothing of any payment
        assert answer.status_code == 404 or dead_link or unnamed, f"{page.rule}: {answer.status_code}"
        if page.dash:
            assert draw(life.browser(server, ALEX), page.with_foreign_ids(), page.path).status_code == 404, page.rule


def test_no_page_asks_the_store_more_than_twelve_times(server: Flask, life: Life, pages: list[Address]) -> None:
    over = []
    for page in pages:
        browser = life.browser(server, page.person)
        with counted() as asked:
            shown = browser.get(page.path).text
        if page.dash:
            token = token_in(shown)
            with counted() as asked:
                draw(browser, page.path, token=token)
        if len(asked) > QUERIES:
            over.append(f"{page.rule}: {len(asked)}")
    assert over == []


def test_every_page_is_light(server: Flask, life: Life, pages: list[Address]) -> None:
    heavy = []
    for page in pages:
        browser = life.browser(server, page.person)
        html = browser.get(page.path).text
        drawn = draw(browser, page.path) if page.dash else None
        if drawn is not None and components(drawn.json) > COMPONENTS:
            heavy.append(f"{page.rule}: {components(drawn.json)} components")
        most = FIRST_LOAD_KB if page.dash else PLAIN_KB
        weighs = sum(map(zipped, (html.encode(), *parts(browser, html), *((drawn.data,) if drawn else ()))))
        if weighs > most * 1000:
            heavy.append(f"{page.rule}: {weighs // 1000} KB, {most} allowed")
    assert heavy == []


def test_every_callback_answers_only_its_audience(server: Flask, life: Life) -> None:
    known = server.extensions["settle_dash"].callback_map
    assert len(known) > 1
    for output, declared in known.items():
        body = body_of(output, declared)
        for who in (ANONYMOUS, "stranger"):
            answer = send(life.browser(server, who), "/p/harbor", body)
            assert answer.status_code == 401, f"{output}: {who}"
        if audience_of(output) not in (Audience.CUSTOMER, None):
            assert send(life.browser(server, ALEX), "/p/harbor", body).status_code == 401, output


def test_every_customer_callback_keeps_to_its_owner(server: Flask, life: Life, pages: list[Address]) -> None:
    known = server.extensions["settle_dash"].callback_map
    for output in (each for each in known if audience_of(each) is Audience.CUSTOMER):
        for page in (each for each in pages if each.dash and each.variables):
            body = body_of(output, known[output])
            assert send(life.browser(server, "neighbour"), page.path, body).status_code == 404, (output, page.rule)


def draw(browser: FlaskClient, path: str, opened: str = "", token: str | None = None) -> Any:
    """What the router callback answers for a page, as door.js asks for it."""
    token = token if token is not None else token_in(browser.get(opened or path).text)
    headers = {"X-Settle-Page": path, "X-CSRFToken": token}
    return browser.post("/_dash-update-component", headers=headers, json=sample.PAGE_CALL)


def send(browser: FlaskClient, path: str, body: Any) -> Any:
    """A callback of any kind from that page, with this browser's own token."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/p/harbor/forgot").text)
    assert found
    headers = {"X-Settle-Page": path, "X-CSRFToken": found.group(1)}
    return browser.post("/_dash-update-component", headers=headers, json=body)


def body_of(output: str, declared: dict[str, Any]) -> dict[str, Any]:
    """A well-formed request for a callback, from what Dash has registered."""
    pairs = [each.rsplit(".", 1) for each in output.strip(".").split("...")]
    outputs = [{"id": id, "property": name} for id, name in pairs]
    named = [{**each, "value": None} for each in declared["inputs"]]
    return {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": named,
        "state": [{**each, "value": None} for each in declared["state"]],
        "changedPropIds": [f"{each['id']}.{each['property']}" for each in named],
    }


def components(node: Any) -> int:
    """How many Dash components a callback's answer holds."""
    if isinstance(node, dict):
        return ("type" in node and "namespace" in node) + sum(components(each) for each in node.values())
    return sum(components(each) for each in node) if isinstance(node, list) else 0


def parts(browser: FlaskClient, html: str) -> list[bytes]:
    """The style sheets, scripts and pictures that a page names."""
    named = set(re.findall(r'(?:src|href)="(/(?:assets|_dash-component-suites|p/[^"]+/logo)[^"]*)"', html))
    found = [browser.get(each) for each in sorted(named)]
    assert all(each.status_code == 200 for each in found), html[:200]
    return [each.data for each in found]


def zipped(data: bytes) -> int:
    """Its bytes over the wire. What is compressed already stays as it is."""
    return min(len(data), len(gzip.compress(data, 6)))
