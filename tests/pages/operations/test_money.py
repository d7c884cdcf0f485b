"""The desk of stuck money as pages: who may see it, both sides beside each other, forms that refuse and decide once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dashboard import app as dashboard_app
from dashboard import routes
from domain.payments.intention import Buyer
from kit.clock import Stopped, utc_now
from kit.ids import uuid7
from models.base import unit_of_work
from models.merchants import GatewayAccount, Role
from models.operations import Decision, OperatorAct
from models.payments import AttemptState, Refund, RefundState
from models.work import Difference
from sandbox.inprocess import InProcess
from tests import factory
from tests.operations.test_stuck import Desk
from tests.pages.console import counted, drawn, signed_in
from tests.payments.conftest import Shop, fresh
from tests.refunds.conftest import Counter
from tests.web.conftest import token_in

pytestmark = pytest.mark.usefixtures("sqlite_store")
PAGE = "/operations/money"


@pytest.fixture
def desk(sqlite_store: str, clock: Stopped, sandbox: InProcess, ledger_holds: None) -> Desk:
    customer = factory.customer(factory.merchant("harbor", name="Harbor Yoga"), name="Jordan Reyes")
    buyer = Buyer(customer.id, factory.account(customer).id)
    return Desk(Shop(clock, sandbox, customer, buyer), factory.staff(operator=True).id)


def shown(client: FlaskClient, path: str) -> str:
    """What the page's callback draws."""
    return json.dumps(drawn(client, path).get_json(), ensure_ascii=False)


def post(client: FlaskClient, path: str, token_from: str, **values: Any) -> Any:
    values["csrf_token"] = token_in(client.get(token_from).text)
    return client.post(path, data=values)


def difference(desk: Desk) -> Difference:
    with unit_of_work():
        return Difference.create(
            gateway_account=factory.gateway_account(desk.shop.customer.merchant), kind="captured_not_booked",
            reference="pi_elsewhere", detail="succeeded at the gateway", amount=4200, currency="USD",
            found_at=utc_now(), seen_at=utc_now(),
        )  # fmt: skip


def stuck_refund(desk: Desk) -> Refund:
    """A refund that nobody can tell of, and that the processor does not have."""
    counter = Counter(desk.shop)
    row = counter.refund(counter.paid(desk.shop.order()), 8900, send=False)
    values = {"state": RefundState.REVIEW, "sent_at": utc_now(), "state_since": utc_now()}
    Refund.update(**values).where(Refund.id == row.id).execute()
    return fresh(row)


def test_only_operators_see_it_or_act_on_it(server: Flask, desk: Desk) -> None:
    attempt = desk.lost("timeout_before")
    merchant = desk.shop.customer.merchant
    one = f"{PAGE}/{attempt.id}"
    for person in (None, *(factory.staff(of=merchant, role=role) for role in Role)):
        client = signed_in(server, person)
        for path in (PAGE, one, f"{one}/close", f"{one}/cancel", f"{one}/wait"):
            assert client.get(path).status_code == 303, path
            assert "Jordan Reyes" not in drawn(client, path).text
        for act in ("ask", "close", "cancel", "wait"):
            assert client.post(f"{one}/{act}", data={"reason": "mine", "handle": str(uuid7())}).status_code in (
                303,
                400,
            )
    assert (OperatorAct.select().count(), fresh(attempt).state) == (0, AttemptState.REVIEW)


def test_every_list_and_page_is_drawn(server: Flask, desk: Desk) -> None:
    attempt = desk.lost("timeout_before")
    desk.control(clear=True)
    back, differs = stuck_refund(desk), difference(desk)
    operator = signed_in(server, factory.staff(operator=True))
    with counted() as asked:
        text = shown(operator, f"{PAGE}?merchant=harbor")
    for words in ("Jordan Reyes", "needs a person", "Checking with your bank", "Harbor Yoga", "not asked by hand yet"):
        assert words in text, words
    assert len(asked) <= 20, asked
    for of, words in (("refunds", "Jordan Reyes"), ("differences", "pi_elsewhere"), ("webhooks", "Nothing is stuck"),
                      ("refused", "Nothing is stuck"), ("nonsense", "Jordan Reyes")):  # fmt: skip
        assert words in shown(operator, f"{PAGE}?of={of}"), of
    assert "Jordan Reyes" not in shown(operator, f"{PAGE}?merchant={factory.merchant().slug}")
    assert "Ask the processor first" in shown(operator, f"{PAGE}/{attempt.id}")
    assert "Close as never made" in shown(operator, f"{PAGE}/refunds/{back.id}")
    assert "Look again now" in shown(operator, f"{PAGE}/differences/{differs.id}")
    for path in (f"{PAGE}/{uuid7()}", f"{PAGE}/refunds/{uuid7()}", f"{PAGE}/differences/{uuid7()}"):
        assert operator.get(path).status_code == 404


def test_asked_then_closed_with_a_reason_once(server: Flask, desk: Desk) -> None:
    attempt = desk.lost("timeout_before")
    operator = signed_in(server, factory.staff(operator=True))
    page = f"{PAGE}/{attempt.id}"
    assert "Ask the processor first" in operator.get(f"{page}/close").text
    desk.control(clear=True)
    desk.forget(attempt)
    assert post(operator, f"{page}/ask", page).headers["Location"].endswith(page)
    text = shown(operator, page)
    assert "it has no such thing" in text and "The two sides differ" in text
    form = operator.get(f"{page}/close").text
    key = form.split('name="handle" value="')[1].split('"')[0]
    missing = post(operator, f"{page}/close", page, handle=key, reason="")
    assert (missing.status_code, "Say why" in missing.text) == (422, True)
    for _ in range(2):
        assert post(operator, f"{page}/close", page, handle=key, reason="Stripe has none").status_code == 303
    assert (fresh(attempt).state, Decision.select().count()) == (AttemptState.CANCELLED, 1)
    assert "Stripe has none" in shown(operator, page)
    again = post(operator, f"{page}/close", page, handle=str(uuid7()), reason="once more")
    assert (again.status_code, "settled already" in again.text) == (422, True)


def test_the_other_forms_do_what_they_say(server: Flask, desk: Desk) -> None:
    attempt = desk.lost("timeout_before")
    desk.control(clear=True)
    back, differs = stuck_refund(desk), difference(desk)
    operator = signed_in(server, factory.staff(operator=True))
    values = {"reason": "the bank looks", "wait": "0"}
    for page in (f"{PAGE}/{attempt.id}", f"{PAGE}/refunds/{back.id}"):
        done = post(operator, f"{page}/wait", page, handle=str(uuid7()), **values)
        assert (done.status_code, "the bank looks" in shown(operator, page)) == (303, True)
    page = f"{PAGE}/refunds/{back.id}"
    post(operator, f"{page}/ask", page)
    assert post(operator, f"{page}/close", page, handle=str(uuid7()), reason="none there").status_code == 303
    assert fresh(back).state == RefundState.FAILED
    page = f"{PAGE}/differences/{differs.id}"
    post(operator, f"{page}/settle", page, handle=str(uuid7()), reason="refunded at Stripe")
    assert fresh(differs).settled_at is not None
    assert "Settled by hand" in shown(operator, page)


def test_where_the_key_is_gone_the_amount_is_typed(server: Flask, desk: Desk) -> None:
    attempt = desk.lost("timeout_before")
    operator = signed_in(server, factory.staff(operator=True))
    page = f"{PAGE}/{attempt.id}"
    GatewayAccount.update(secret="unreadable", active=False).execute()
    post(operator, f"{page}/ask", page)
    assert "cannot be read here" in shown(operator, page) and "retired" in shown(operator, page)
    values = {"handle": str(uuid7()), "reason": "the merchant left"}
    for typed, words in (("", "amount"), ("88.00", "type the amount that you close: $89.00")):
        answer = post(operator, f"{page}/close", page, amount=typed, **values)
        assert (answer.status_code, words in answer.text) == (422, True)
    assert post(operator, f"{page}/close", page, amount="89.00", **values).status_code == 303
    assert fresh(attempt).state == AttemptState.CANCELLED


def test_the_table_has_the_pages_in_the_pictures_order() -> None:
    routes.use(None)
    names = [row.nav.label for row in routes.rows() if row.nav and row.path.startswith("/operations")]
    assert names.index("Overview") < names.index("Jobs") < names.index("Stuck money")
    assert dashboard_app is not None
