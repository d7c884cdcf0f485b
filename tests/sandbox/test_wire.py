"""The sandbox answers as Stripe does: keys, parameters, errors, remembered answers."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from werkzeug.test import TestResponse

from sandbox.inprocess import InProcess
from sandbox.wire import Refusal, decode

KEY = {"Authorization": "Bearer sk_test_wire"}


class Wire:
    """Plain requests to a sandbox in process."""

    def __init__(self) -> None:
        self.sandbox = InProcess()

    def __call__(self, method: str, path: str, key: str | None = None, **form: Any) -> TestResponse:
        headers = {**KEY, **({"Idempotency-Key": key} if key else {})}
        data = {name.replace("__", "[") + ("]" if "__" in name else ""): value for name, value in form.items()}
        client = self.sandbox.app.test_client()
        if method == "GET":
            return client.get(path, query_string=data, headers=headers)
        return client.open(path, method=method, data=data, headers=headers)

    def intent(self, key: str | None = None, amount: int = 500) -> TestResponse:
        return self("POST", "/v1/payment_intents", key, amount=amount, currency="usd")


@pytest.fixture
def wire() -> Wire:
    return Wire()


def test_nested_parameters() -> None:
    assert decode("a[b][c]=1&l[0]=x&l[1]=y&m[]=z") == {"a": {"b": {"c": "1"}}, "l": ["x", "y"], "m": ["z"]}
    for broken in ("a[=1", "a=1&a[b]=2"):
        with pytest.raises(Refusal):
            decode(broken)


@pytest.mark.parametrize(
    ("form", "code", "param"),
    [
        ({"amount": 1, "currency": "usd", "colour": "red"}, "parameter_unknown", "colour"),
        ({"amount": 1, "currency": "usd", "payment_method_types": "card"}, "parameter_unknown", "payment_method_types"),
        ({"amount": 1}, "parameter_missing", "currency"),
        ({"amount": "1.5", "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ({"amount": 0, "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ({"amount": 1, "currency": "usd", "automatic_payment_methods__on": "x"}, "parameter_unknown", None),
    ],
)
def test_wrong_parameters_are_400(wire: Wire, form: dict[str, Any], code: str, param: str | None) -> None:
    answer = wire("POST", "/v1/payment_intents", **form)
    assert answer.status_code == 400
    assert answer.get_json()["error"]["code"] == code and answer.get_json()["error"]["type"] == "invalid_request_error"
    assert param in (None, answer.get_json()["error"]["param"])


def test_unknown_path_and_object_are_404_in_stripes_words(wire: Wire) -> None:
    for path in ("/v1/nothing", "/v1/payment_intents/pi_none"):
        answer = wire("GET", path)
        assert answer.status_code == 404
        assert answer.get_json()["error"]["type"] == "invalid_request_error"
        assert answer.headers["request-id"].startswith("req_")


@pytest.mark.parametrize("header", ["", "Bearer sk_live_x", "Basic sk_test_x", "Bearer "])
def test_without_a_test_key_401(wire: Wire, header: str) -> None:
    answer = wire.sandbox.app.test_client().get("/v1/account", headers={"Authorization": header})
    assert answer.status_code == 401


def test_each_key_is_an_account_of_its_own(wire: Wire) -> None:
    intent = wire.intent().get_json()
    other = wire.sandbox.app.test_client().get(
        f"/v1/payment_intents/{intent['id']}", headers={"Authorization": "Bearer sk_test_other"}
    )
    assert other.status_code == 404


def test_an_answer_is_remembered_and_marked(wire: Wire) -> None:
    first, second = wire.intent("k"), wire.intent("k")
    assert first.json == second.json and first.headers.get("Idempotent-Replayed") is None
    assert second.headers["Idempotent-Replayed"] == "true"


def test_other_parameters_under_the_same_key(wire: Wire) -> None:
    wire.intent("k")
    answer = wire.intent("k", amount=501)
    assert answer.status_code == 400 and answer.get_json()["error"]["type"] == "idempotency_error"


def test_a_decline_is_remembered(wire: Wire) -> None:
    path = f"/v1/payment_intents/{wire.intent().get_json()['id']}/confirm"
    first = wire("POST", path, "k", payment_method="pm_card_visa_chargeDeclined")
    second = wire("POST", path, "k", payment_method="pm_card_visa_chargeDeclined")
    assert first.status_code == second.status_code == 402 and first.json == second.json
    assert len(wire.sandbox.charges()) == 1


def test_a_500_is_remembered_too(wire: Wire) -> None:
    wire.sandbox.control(fault={"mode": "http_500", "times": 1})
    assert wire.intent("k").status_code == 500
    replay = wire.intent("k")
    assert replay.status_code == 500 and replay.headers["Idempotent-Replayed"] == "true"
    assert wire.intent("other").status_code == 200


def test_what_failed_validation_is_not_remembered(wire: Wire) -> None:
    assert wire("POST", "/v1/payment_intents", "k", amount=500).status_code == 400
    assert wire.intent("k").status_code == 200


def test_keys_are_forgotten_after_a_day(wire: Wire) -> None:
    wire.sandbox.control(now="2026-11-23T09:00:00+00:00")
    first = wire.intent("k").get_json()["id"]
    wire.sandbox.control(advance_days=0.99)
    assert wire.intent("k").get_json()["id"] == first
    wire.sandbox.control(advance_days=0.1)
    assert wire.intent("k").get_json()["id"] != first


def test_the_same_key_at_the_same_time_is_409(wire: Wire) -> None:
    wire.sandbox.control(latency_ms=400)
    statuses: list[int] = []
    pair = [threading.Thread(target=lambda: statuses.append(wire.intent("k").status_code)) for _ in range(2)]
    for thread in pair:
        thread.start()
    for thread in pair:
        thread.join()
    assert sorted(statuses) == [200, 409]


def test_lists_are_paged_newest_first(wire: Wire) -> None:
    made = [wire.intent().get_json()["id"] for _ in range(5)]
    page = wire("GET", "/v1/payment_intents", limit=2).get_json()
    assert [row["id"] for row in page["data"]] == [made[4], made[3]] and page["has_more"]
    rest = wire("GET", "/v1/payment_intents", limit=3, starting_after=made[3]).get_json()
    assert [row["id"] for row in rest["data"]] == [made[2], made[1], made[0]] and not rest["has_more"]
    back = wire("GET", "/v1/payment_intents", limit=2, ending_before=made[2]).get_json()
    assert [row["id"] for row in back["data"]] == [made[4], made[3]]


def test_refunds_never_exceed_the_charge(wire: Wire) -> None:
    intent = wire.intent().get_json()["id"]
    wire("POST", f"/v1/payment_intents/{intent}/confirm", payment_method="pm_card_visa")
    assert wire("POST", "/v1/refunds", payment_intent=intent, amount=200).get_json()["status"] == "succeeded"
    too_much = wire("POST", "/v1/refunds", payment_intent=intent, amount=301)
    assert too_much.status_code == 400
    wire("POST", "/v1/refunds", payment_intent=intent)
    again = wire("POST", "/v1/refunds", payment_intent=intent)
    assert again.get_json()["error"]["code"] == "charge_already_refunded"
    assert [row["amount"] for row in wire("GET", "/v1/refunds", payment_intent=intent).get_json()["data"]] == [300, 200]
    assert wire.sandbox.charges()[0]["amount_refunded"] == 500


def test_control_refuses_what_it_does_not_know(wire: Wire) -> None:
    client = wire.sandbox.app.test_client()
    for wish in ({"dya": 1}, {"fault": {"mode": "earthquake"}}, {"now": "2026-11-23T09:00:00"}):
        assert client.post("/sandbox/control", data=json.dumps(wish)).status_code == 400
