"""Every operators' address, asked by everybody else, without a form's token, and by GET: nothing happens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from dashboard import cookies, routes
from dashboard.door import door_of
from domain.accounts import sessions
from domain.accounts.viewer import Audience, Role
from kit.clock import Stopped, utc_now
from kit.ids import uuid7
from models.base import unit_of_work
from models.operations import OperatorAct
from models.work import Event, Mail, MailState
from tests import factory
from tests.pages.console import counted, signed_in
from tests.served import portal

pytestmark = pytest.mark.usefixtures("sqlite_store", "clock", "sandbox")
_OWN = ("/operations/sign-in", "/operations/sign-out", "/operations/prove", "/operations/you")  # of every person
_WORDS = {"line": "reconcile", "queue": "mail", "worker": "w1", "slug": "harbor"}


@pytest.fixture
def server(sqlite_store: str, clock: Stopped) -> Flask:
    made = portal()
    made.test_client().get("/healthz")
    return made


def _addresses(server: Flask) -> Iterator[tuple[str, str]]:
    """Method and address of all that is declared for operators, with an id for each variable."""
    mail = Mail.create(template="receipt", to_address="a@example.com", dedup_key="x", created_at=utc_now(),
                       due_at=utc_now(), state=MailState.DUE)  # fmt: skip
    factory.merchant("harbor")
    for rule in server.url_map.iter_rules():
        door = door_of(server.view_functions[rule.endpoint])
        if door is not None and door.audience is Audience.OPERATOR and not rule.rule.startswith(_OWN):
            values = {name: _value(rule, name, mail) for name in rule.arguments}
            built = rule.build(values)
            assert built is not None
            yield from ((method, built[1]) for method in ("GET", "POST") if method in (rule.methods or ()))
    yield from (("GET", row.path) for row in routes.rows() if row.audience is Audience.OPERATOR and "<" not in row.path)


def _value(rule: Rule, name: str, mail: Mail) -> Any:
    if name == "job":
        return f"mail-{mail.id}"
    converter = rule._converters[name]
    words = getattr(converter, "items", None)
    uuid = type(converter).__name__ == "UUIDConverter"
    return sorted(words)[0] if words else uuid7() if uuid else _WORDS.get(name, "1")


def _customer(server: Flask) -> FlaskClient:
    account = factory.account(factory.customer(factory.merchant("summit")))
    with unit_of_work():
        token = sessions.open_session(account=account.id)
    client = server.test_client()
    client.set_cookie(cookies.name_of(Audience.CUSTOMER), token)
    return client


def test_nobody_else_comes_in(server: Flask) -> None:
    asked = list(_addresses(server))
    assert len([path for _method, path in asked if path.startswith("/operations/jobs")]) >= 9, "the table is found"
    house = factory.merchant("harbor-two")
    people = {str(role): signed_in(server, factory.staff(of=house, role=role)) for role in Role}
    people |= {"customer": _customer(server), "nobody": server.test_client()}
    wrong = []
    for who, client in people.items():
        for method, path in asked:
            answer = client.open(path, method=method, data={"reason": "mine"} if method == "POST" else None)
            away = answer.status_code == 303 and "/sign-in" in answer.headers["Location"]
            if not (answer.status_code in (400, 403) or away):
                wrong.append(f"{who} {method} {path}: {answer.status_code}")
    assert wrong == [] and not OperatorAct.select().count()


def test_an_operator_does_nothing_by_looking_or_without_the_forms_token(server: Flask) -> None:
    asked = list(_addresses(server))
    client, wrong = signed_in(server, factory.staff(operator=True)), []
    before = Event.select().count()
    for method, path in asked:
        with counted() as statements:
            answer = client.open(path, method=method, data={"reason": "mine"} if method == "POST" else None)
        writes = [
            one for one in statements if one.startswith(("INSERT", "UPDATE", "DELETE")) and '"session"' not in one
        ]
        known = (200, 303, 400, 404) if method == "GET" else (400, 403)
        if writes or answer.status_code not in known:
            wrong.append(f"{method} {path}: {answer.status_code} {writes[:1]}")
    assert wrong == [] and (OperatorAct.select().count(), Event.select().count()) == (0, before)
