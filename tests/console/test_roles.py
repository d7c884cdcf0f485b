"""Role × action, from the declarations: every page and form of the console, asked by everybody there is."""

from __future__ import annotations

import re

import pytest

from dashboard import cookies
from domain.accounts import sessions
from domain.accounts.viewer import Audience, Role
from models.base import unit_of_work
from models.customers import Account
from tests import every_desk, factory
from tests.every_desk import browser, desk
from tests.served import portal

RANK = {"viewer": 0, "manager": 1, "owner": 2}


@pytest.fixture
def server(sqlite_store, sandbox, clock):
    made = portal()
    made.test_client().get("/healthz")
    return made


@pytest.fixture
def harbor(server, clock):
    return desk("harbor", "Quayside", clock)


def token_of(client, path):
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found, f"{path} has no form"
    return found.group(1)


def ask(client, address, path, token):
    if address.method == "GET":
        return client.get(path)
    return client.post(path, data={"csrf_token": token})


def test_every_variable_of_the_console_has_a_sample(server):
    assert every_desk.unknown(server) == []
    assert len(every_desk.addresses(server)) > 100, "the table itself must be found"


def test_whose_role_is_too_small_gets_403_with_words_and_nothing_happens(server, harbor):
    wrong, asked = [], 0
    for name in ("viewer", "manager"):
        client = browser(server, harbor.people[name])
        token = token_of(client, "/merchant/harbor/settings/you")
        for address in every_desk.addresses(server):
            if RANK[name] >= RANK[address.needs]:
                continue
            answer, asked = ask(client, address, address.of(harbor, name), token), asked + 1
            if answer.status_code != 403 or "Only an owner" not in answer.text or "Quayside owner" not in answer.text:
                wrong.append(f"{name} {address.method} {address.rule}: {answer.status_code}")
    assert wrong == [] and asked > 50


def test_whose_role_is_enough_sees_every_page_and_may_send_every_form(server, harbor):
    """An empty form is refused for what it lacks, never for who sends it; and nothing breaks."""
    wrong = []
    for name, method in [(name, method) for method in ("GET", "POST") for name in RANK]:
        client = browser(server, harbor.people[name], look_at=harbor)
        token = token_of(client, "/merchant/harbor/settings/you")
        for address in every_desk.addresses(server):
            if address.method != method or RANK[name] < RANK[address.needs]:
                continue
            answer = ask(client, address, address.of(harbor, name), token)
            shown = method == "POST" or answer.status_code in (200, 303)
            if not shown or answer.status_code in (401, 403) or answer.status_code >= 500 or _to_sign_in(answer):
                words = re.sub("<[^>]+>|\\s+", " ", answer.text)[-200:]
                wrong.append(f"{name} {method} {address.rule}: {answer.status_code} {words}")
    assert wrong == []


def _to_sign_in(answer):
    return answer.headers.get("Location", "").startswith(("/merchant?", "/operations/sign-in"))


def test_strangers_operators_customers_and_nobody_come_nowhere(server, harbor, clock):
    summit = factory.merchant("summit", name="Summit Bikes")
    people = {
        "stranger": (browser(server, factory.staff(of=summit)), 403, "/merchant/summit/settings/you"),
        "operator": (browser(server, factory.staff(operator=True)), 403, "/operations/you"),
        "customer": (_customer(server, harbor), 303, "/merchant"),
        "nobody": (browser(server, None), 303, "/merchant"),
    }
    wrong = []
    for who, (client, expected, at) in people.items():
        token = token_of(client, at)
        for address in every_desk.addresses(server):
            answer = ask(client, address, address.of(harbor), token)
            if answer.status_code != expected or harbor.mark in answer.text:
                wrong.append(f"{who} {address.method} {address.rule}: {answer.status_code}")
    assert wrong == []


def _customer(server, harbor):
    client = server.test_client()
    with unit_of_work():
        token = sessions.open_session(account=Account.get_by_id(harbor.ids["account"]).id)
    client.set_cookie(cookies.name_of(Audience.CUSTOMER), token)
    return client


def test_the_matrix_would_see_a_door_that_is_too_wide(server):
    """The declaration is what is compared: this holds the least roles of what hurts most."""
    needs = {(each.rule, each.method): each.needs for each in every_desk.addresses(server)}
    owners = [
        rule for rule, method in needs if rule.startswith("/merchant/<slug>/settings/payments") and method == "POST"
    ]
    owners += [rule for rule, method in needs if "/settings/team/" in rule and method == "POST"]
    assert len(owners) > 5 and all(needs[rule, "POST"] is Role.OWNER for rule in owners)
    own = ("/settings/you", "/settings/digest", "/prove", "/views", "/portal/stop")
    loose = [rule for (rule, method), least in needs.items() if method == "POST" and least is Role.VIEWER]
    assert [rule for rule in loose if not any(part in rule for part in own)] == [], "a viewer changes nothing of others"
