"""Walks our own route table and views: a stranger, the wrong people, a typo and a foreign id at every row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from dashboard import callbacks, routes
from dashboard.door import door_of
from domain.accounts.viewer import Audience
from tests.served import portal
from tests.web.conftest import token_in

UPDATE = "/_dash-update-component"
WHO = {Audience.CUSTOMER: "alex", Audience.STAFF: "kim", Audience.OPERATOR: "ola"}


@pytest.fixture
def server(sqlite_store: str) -> Iterator[Flask]:
    """The server as it is in production."""
    yield portal()
    routes.use(None)


def _filled(path: str) -> str:
    """The address with harbor as slug and a new id for every other variable."""
    return "".join(_sample(part) if is_variable else part for part, is_variable in _parts(path))


def _sample(variable: str) -> str:
    if variable.startswith("any("):
        return variable.removeprefix("any(").split(",")[0].split(")")[0].strip(" '\"")
    return "harbor" if variable == "slug" else str(uuid4()) if "uuid" in variable else "x"


def _parts(path: str) -> Iterator[tuple[str, bool]]:
    for piece in path.replace("<", "\0<").replace(">", "\0").split("\0"):
        yield piece.removeprefix("<"), piece.startswith("<")


def _guarded(server: Flask) -> list[tuple[str, Audience]]:
    rows = [(_filled(row.path), row.audience) for row in routes.rows()]
    views = [(rule, door_of(server.view_functions[rule.endpoint])) for rule in server.url_map.iter_rules()]
    return rows + [
        (_filled(rule.rule), door.audience)
        for rule, door in views
        if door and door.audience is not Audience.PUBLIC and "GET" in (rule.methods or ())
    ]


def test_a_stranger_and_the_wrong_people_are_sent_to_sign_in(
    server: Flask, browser_of: Callable[[str], FlaskClient]
) -> None:
    for address, audience in _guarded(server):
        assert server.test_client().get(address).status_code == 303, address
        for who in {*WHO.values(), "sam"} - {WHO[audience]}:
            at_another_desk = who in ("kim", "ola") and audience is not Audience.CUSTOMER
            refused = {303, 403} if at_another_desk else {303}  # whose desk it is not is told so, and where theirs is
            assert browser_of(who).get(address).status_code in refused, (address, who)


def test_a_typo_under_every_page_is_a_404(server: Flask, browser_of: Callable[[str], FlaskClient]) -> None:
    for row in routes.rows():
        assert browser_of(WHO[row.audience]).get(_filled(row.path) + "/no-such-page-x").status_code == 404, row.path


def test_every_page_about_an_object_asks_whether_it_is_there(
    server: Flask, browser_of: Callable[[str], FlaskClient]
) -> None:
    for row in routes.rows():
        if "<uuid:" in row.path:
            assert row.exists is not None, row.path
            assert browser_of(WHO[row.audience]).get(_filled(row.path)).status_code == 404, row.path


def test_forms_that_change_something_are_closed_to_strangers(server: Flask) -> None:
    def closed(rule: Rule) -> bool:
        return server.test_client().post(_filled(rule.rule)).status_code in (303, 400)

    posts = [rule for rule in server.url_map.iter_rules() if "POST" in (rule.methods or ())]
    ours = [rule for rule in posts if (door := door_of(server.view_functions[rule.endpoint])) and not door.machine]
    assert ours and [rule.rule for rule in ours if not closed(rule)] == []


HOMES = {Audience.CUSTOMER: "/p/harbor", Audience.STAFF: "/merchant/harbor", Audience.OPERATOR: "/operations"}


def _call(output: str, spec: dict[str, Any]) -> dict[str, Any]:
    """The body that Dash's renderer would send for a callback."""
    names = [name.rpartition(".") for name in output.strip(".").split("...")]
    outputs = [{"id": name, "property": prop} for name, _dot, prop in names]
    known = {"output": output, "outputs": outputs if output.startswith("..") else outputs[0], "changedPropIds": []}
    return known | {part: [one | {"value": "x"} for one in spec[part]] for part in ("inputs", "state")}


def test_every_callback_is_closed_to_strangers_and_to_other_audiences(
    server: Flask, browser_of: Callable[[str], FlaskClient]
) -> None:
    ours = {
        output: spec
        for output, spec in server.extensions["settle_dash"].callback_map.items()
        if callbacks.audience_of(output)
    }
    assert len(ours) >= 2
    clients = {home: browser_of(WHO[audience]) for audience, home in HOMES.items()}
    tokens = {home: token_in(client.get(home).text) for home, client in clients.items()}
    for output, spec in ours.items():
        body = _call(output, spec)
        own = HOMES[callbacks.audience_of(output) or Audience.PUBLIC]
        for page in HOMES.values():
            answer = server.test_client().post(UPDATE, json=body, headers={"X-Settle-Page": page})
            assert answer.status_code == 401, (output, page)
        for home, client in clients.items():
            for page in HOMES.values():
                headers = {"X-Settle-Page": page, "X-CSRFToken": tokens[home]}
                admitted = client.post(UPDATE, json=body, headers=headers).status_code != 401
                assert admitted == (page == home == own), (output, home, page)
