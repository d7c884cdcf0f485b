"""A POST is ours only if it carries our token and does not come from another site."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import token_in

Browser = Callable[[str], FlaskClient]


@pytest.fixture
def alex(browser_of: Browser) -> tuple[FlaskClient, dict[str, str]]:
    """Alex's browser on the home, and the form it would send."""
    client = browser_of("alex")
    return client, {"csrf_token": token_in(client.get("/p/harbor").text)}


def test_with_the_token_it_is_taken(alex: tuple[FlaskClient, dict[str, str]]) -> None:
    client, form = alex
    assert client.post("/p/harbor/pay", data=form).text == "paid"


def test_without_it_is_refused(alex: tuple[FlaskClient, dict[str, str]]) -> None:
    client, _form = alex
    for form in ({}, {"csrf_token": "forged"}):
        answer = client.post("/p/harbor/pay", data=form)
        assert answer.status_code == 400
        assert "open too long" in answer.text


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}],
)
def test_another_site_is_refused_even_with_the_token(
    alex: tuple[FlaskClient, dict[str, str]], headers: dict[str, str]
) -> None:
    client, form = alex
    assert client.post("/p/harbor/pay", data=form, headers=headers).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8050"},
        {"Origin": "http://localhost"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_our_own_pages_are_known(alex: tuple[FlaskClient, dict[str, str]], headers: dict[str, str]) -> None:
    client, form = alex
    assert client.post("/p/harbor/pay", data=form, headers=headers).status_code == 200


def test_a_token_of_another_browser_is_refused(alex: tuple[FlaskClient, dict[str, str]], browser_of: Browser) -> None:
    _client, form = alex
    assert browser_of("alex").post("/p/harbor/pay", data=form).status_code == 400


def test_a_declared_machine_needs_none(anybody: FlaskClient) -> None:
    answer = anybody.post("/webhooks/abc", data="{}", headers={"Origin": "https://gateway.example"})
    assert answer.text == "taken"


def test_a_form_sent_after_the_session_ended_leads_to_sign_in(anybody: FlaskClient) -> None:
    answer = anybody.post("/p/harbor/pay", headers={"Referer": "http://localhost/p/harbor"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/p/harbor/sign-in?next=/p/harbor")
