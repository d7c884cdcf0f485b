"""Any registered callback answers a POST with no page open, so each is held to its audience, page and body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from dash import Input, Output
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.callbacks import callback
from domain.accounts.viewer import Audience
from tests.web import sample
from tests.web.conftest import token_in

Browser = Callable[[str], FlaskClient]
Post = Callable[..., TestResponse]


def test_the_page_arrives_in_the_router_callback(browser_of: Browser, post_callback: Post) -> None:
    answer = post_callback(browser_of("alex"), "/p/harbor?tab=two&secret=1", sample.PAGE_CALL)
    assert answer.status_code == 200
    assert f"{sample.CANARY} Alex" in answer.text
    assert "tab" in answer.text and "secret" not in answer.text, "only query keys that the row names"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_callback_answers_its_audience(browser_of: Browser, post_callback: Post) -> None:
    answer = post_callback(browser_of("alex"), "/p/harbor", sample.ECHO_CALL)
    assert "you said hello" in answer.text
    assert sample.echo("again") == "you said again", "the plain function is handed back"


@pytest.mark.parametrize("body", [sample.PAGE_CALL, sample.ECHO_CALL, sample.STAFF_CALL])
def test_without_a_session_nothing_answers(anybody: FlaskClient, body: dict[str, Any]) -> None:
    for page in ("/p/harbor", "/merchant/harbor", "/operations", "/nothing", ""):
        answer = anybody.post("/_dash-update-component", json=body, headers={"X-Settle-Page": page})
        assert answer.status_code == 401
        assert sample.CANARY not in answer.text


def test_a_401_says_where_to_sign_in(anybody: FlaskClient) -> None:
    answer = anybody.post(
        "/_dash-update-component", json=sample.PAGE_CALL, headers={"X-Settle-Page": "/p/harbor?tab=x"}
    )
    assert answer.headers["X-Settle-Sign-In"] == "/p/harbor/sign-in?next=/p/harbor%3Ftab%3Dx"


def test_another_audiences_callback_is_refused(browser_of: Browser, post_callback: Post) -> None:
    assert post_callback(browser_of("alex"), "/p/harbor", sample.STAFF_CALL).status_code == 401
    assert post_callback(browser_of("kim"), "/merchant/harbor", sample.ECHO_CALL).status_code == 401
    assert post_callback(browser_of("kim"), "/merchant/harbor", sample.STAFF_CALL).status_code == 200


def test_another_merchants_page_is_refused(browser_of: Browser, post_callback: Post) -> None:
    client = browser_of("alex")
    forged = {"X-Settle-Page": "/p/summit"}
    assert (
        post_callback(client, "/p/harbor", sample.PAGE_CALL, json=sample.PAGE_CALL, headers=forged).status_code == 401
    )


def test_a_foreign_id_is_a_404_in_the_callback_too(browser_of: Browser, post_callback: Post) -> None:
    forged = {"X-Settle-Page": f"/p/harbor/orders/{sample.FOREIGN}"}
    answer = post_callback(browser_of("alex"), "/p/harbor", None, json=sample.PAGE_CALL, headers=forged)
    assert answer.status_code == 404


def _without(key: str) -> dict[str, Any]:
    return {name: value for name, value in sample.ECHO_CALL.items() if name != key}


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        7,
        _without("output"),
        _without("inputs"),
        sample.ECHO_CALL | {"output": "unknown.children"},
        sample.ECHO_CALL | {"output": ["x"]},
        sample.ECHO_CALL | {"inputs": []},
        sample.ECHO_CALL | {"inputs": [7]},
        sample.ECHO_CALL | {"inputs": [{"id": 7, "property": "value"}]},
        sample.ECHO_CALL | {"inputs": "sample--say.value"},
        sample.ECHO_CALL | {"state": [{"id": "x", "property": "y"}]},
        sample.ECHO_CALL | {"changedPropIds": 7},
        sample.ECHO_CALL | {"changedPropIds": [7]},
        sample.ECHO_CALL | {"outputs": "x"},
        sample.ECHO_CALL | {"outputs": []},
        sample.ECHO_CALL | {"outputs": {}},
    ],
)
def test_a_malformed_body_is_a_400(browser_of: Browser, post_callback: Post, body: Any) -> None:
    assert post_callback(browser_of("alex"), "/p/harbor", None, json=body).status_code == 400


@pytest.mark.parametrize("data", ["", "null", "{", "[" * 100_000, b"\xff\xfe"])
def test_what_is_not_json_is_a_400(browser_of: Browser, post_callback: Post, data: Any) -> None:
    answer = post_callback(browser_of("alex"), "/p/harbor", None, data=data, content_type="application/json")
    assert answer.status_code == 400
    assert "Traceback" not in answer.text


def test_a_form_is_no_callback(browser_of: Browser, post_callback: Post) -> None:
    answer = post_callback(browser_of("alex"), "/p/harbor", None, data={"output": "page.children"})
    assert answer.status_code in (400, 415)


def test_a_callback_needs_the_csrf_token(browser_of: Browser) -> None:
    client = browser_of("alex")
    token = token_in(client.get("/p/harbor").text)
    headers = {"X-Settle-Page": "/p/harbor"}
    assert client.post("/_dash-update-component", json=sample.ECHO_CALL, headers=headers).status_code == 400
    headers["X-CSRFToken"] = token
    assert client.post("/_dash-update-component", json=sample.ECHO_CALL, headers=headers).status_code == 200


def test_a_layout_that_fails_says_so_without_detail(browser_of: Browser, post_callback: Post) -> None:
    answer = post_callback(browser_of("alex"), "/p/harbor/broken", sample.PAGE_CALL)
    assert answer.status_code == 200
    assert "Something went wrong on our side" in answer.text
    assert "secret detail" not in answer.text and "Traceback" not in answer.text


def test_a_business_no_is_said_as_it_is(browser_of: Browser, post_callback: Post) -> None:
    assert "Come back on Monday" in post_callback(browser_of("alex"), "/p/harbor/refused", sample.PAGE_CALL).text
    failing = sample.call("sample--echo.children", ("sample--say", "value", "fail"))
    answer = post_callback(browser_of("alex"), "/p/harbor", failing)
    assert answer.status_code == 200
    assert "That word is not allowed" in answer.text


def test_a_fragments_html_is_no_output() -> None:
    with pytest.raises(TypeError, match="as a whole"):
        callback(Audience.CUSTOMER, Output("x", "html"), Input("y", "value"))
