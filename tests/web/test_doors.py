"""Every path is closed unless its row or its door opens it for the one who asks."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from dashboard import app as dashboard_app
from dashboard import guard
from domain.accounts.viewer import Audience
from kit.errors import ConfigError
from tests.web import sample

WHO = {Audience.CUSTOMER: "alex", Audience.STAFF: "kim", Audience.OPERATOR: "ola"}
EVERY = [(audience, address) for audience, addresses in sample.ADDRESSES.items() for address in addresses]
SIGN_IN = {
    Audience.CUSTOMER: "/p/harbor/sign-in",
    Audience.STAFF: "/merchant",
    Audience.OPERATOR: "/operations/sign-in",
}


def test_the_matrix_names_every_row_that_needs_no_luck() -> None:
    assert {audience for audience, _address in EVERY} == {row.audience for row in sample.ROUTES}


@pytest.mark.parametrize(("audience", "address"), EVERY)
def test_its_own_audience_comes_in(browser_of: Callable[[str], FlaskClient], audience: Audience, address: str) -> None:
    assert browser_of(WHO[audience]).get(address).status_code == 200


@pytest.mark.parametrize(("audience", "address"), EVERY)
def test_nobody_else_comes_in(browser_of: Callable[[str], FlaskClient], audience: Audience, address: str) -> None:
    for other in {"alex", "sam", "kim", "ola"} - {WHO[audience]}:
        answer = browser_of(other).get(address)
        # Who is signed in as staff, but works elsewhere, reads where; everybody else is asked to sign in.
        works_elsewhere = other in ("kim", "ola") and audience is Audience.STAFF
        assert answer.status_code == (403 if works_elsewhere else 303), f"{other} at {address}"
        assert sample.CANARY not in answer.text


@pytest.mark.parametrize(("audience", "address"), EVERY)
def test_a_stranger_is_sent_to_sign_in_and_back(anybody: FlaskClient, audience: Audience, address: str) -> None:
    answer = anybody.get(address)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{SIGN_IN[audience]}?next={address}"


@pytest.mark.parametrize(("audience", "address"), EVERY)
def test_a_typo_is_a_real_404(browser_of: Callable[[str], FlaskClient], audience: Audience, address: str) -> None:
    for typo in (address + "x/y", address + "/" + "no-such-page", "/no" + address):
        assert browser_of(WHO[audience]).get(typo).status_code == 404, typo


@pytest.mark.parametrize("path", ["/p/%00/sign-in", "/p/a%00b/forgot", "/p/harbor/logo/%00.png"])
def test_a_nul_in_an_address_is_a_404_on_both_stores(store: str, path: str) -> None:
    assert dashboard_app.create_server().test_client().get(path).status_code == 404


@pytest.mark.parametrize("order_id", [sample.FOREIGN, uuid4(), "not-an-id", "../x"])
def test_what_is_not_yours_is_a_404(browser_of: Callable[[str], FlaskClient], order_id: object) -> None:
    answer = browser_of("alex").get(f"/p/harbor/orders/{order_id}")
    assert answer.status_code == 404
    assert "This page does not exist" in answer.text


def test_another_merchants_session_counts_as_none(browser_of: Callable[[str], FlaskClient]) -> None:
    answer = browser_of("sam").get("/p/harbor")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/p/harbor/sign-in?next=/p/harbor")
    assert "Sam" not in browser_of("sam").get("/p/harbor/sign-in").text


def test_plain_views_are_guarded_by_their_door(browser_of: Callable[[str], FlaskClient], anybody: FlaskClient) -> None:
    address = f"/p/harbor/receipts/{uuid4()}"
    assert browser_of("alex").get(address).status_code == 200
    for refused in (anybody, browser_of("sam"), browser_of("kim")):
        assert refused.get(address).status_code == 303


def test_a_trailing_slash_leads_to_the_page(browser_of: Callable[[str], FlaskClient]) -> None:
    answer = browser_of("alex").get("/p/harbor/?tab=two")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/p/harbor?tab=two")
    assert browser_of("alex").get("/p/harbor/nothing/").status_code == 404


@pytest.mark.parametrize("path", ["/_dash-layout", "/_dash-dependencies"])
def test_dash_tells_nothing_to_strangers(
    browser_of: Callable[[str], FlaskClient], anybody: FlaskClient, path: str
) -> None:
    assert anybody.get(path).status_code == 401
    assert anybody.get(path, headers={"X-Settle-Page": "/p/harbor"}).status_code == 401
    assert browser_of("alex").get(path).status_code == 401, "no page header"
    assert browser_of("alex").get(path, headers={"X-Settle-Page": "/p/summit"}).status_code == 401
    assert browser_of("alex").get(path, headers={"X-Settle-Page": "/p/harbor"}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/_reload-hash", "/_favicon.ico", "/_unused/theme.css", "/_mcp", "/", "/x", "/static/x"]
)
def test_what_nobody_opened_is_closed(anybody: FlaskClient, path: str) -> None:
    assert anybody.get(path).status_code == 404


def test_a_wrong_method_on_nothing_is_a_404(anybody: FlaskClient) -> None:
    assert anybody.post("/nothing").status_code == 404
    assert anybody.post("/healthz").status_code == 405


def test_a_view_without_a_door_stops_the_start(
    make_server: Callable[[], Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    loose = Blueprint("loose", __name__)
    loose.get("/loose")(lambda: "open")
    monkeypatch.setattr(dashboard_app, "BLUEPRINTS", (loose,))
    with pytest.raises(ConfigError, match="declares no audience"):
        dashboard_app.create_server(())


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/%09/evil.example",
        "/p/harbor\r\nX: y",
        "javascript:alert(1)",
        "/p/harbor/nothing",
        "/p/summit",
        "/merchant/harbor",
        "/p/harbor//x",
        "",
    ],
)
def test_next_is_only_ever_a_page_of_ours(server: Flask, back: str) -> None:
    with server.test_request_context("/"):
        assert guard.safe_next(back, Audience.CUSTOMER, "harbor") is None


@pytest.mark.parametrize("back", ["/p/harbor", "/p/harbor?tab=two", f"/p/harbor/orders/{sample.ORDER}"])
def test_next_leads_back(server: Flask, back: str) -> None:
    with server.test_request_context("/"):
        assert guard.safe_next(back, Audience.CUSTOMER, "harbor") == back


def test_the_machine_room_answers(anybody: FlaskClient) -> None:
    assert anybody.get("/healthz").text == "OK\n"
    not_warm = anybody.get("/readyz")
    assert (not_warm.status_code, not_warm.get_json()["store"]) == (503, "ok")
    assert not_warm.get_json()["warm"] == not_warm.get_json()["redis"] == "not ready"
    assert not_warm.get_json()["migrations"] == "ok"
    assert "settle_web_requests_total" in anybody.get("/metrics").text
    assert anybody.get("/metrics", headers={"X-Forwarded-For": "10.0.0.9"}).status_code == 404
