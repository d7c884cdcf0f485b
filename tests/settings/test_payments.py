"""The processor account by hand: checked live, never shown again, changed without a gap, kept while money moves."""

from __future__ import annotations

import pytest

from domain.merchants import connection
from domain.payments.hints import SignatureInvalid, receive
from kit.clock import utc_now
from kit.crypto import decrypt
from kit.errors import Conflict
from kit.ids import uuid7
from models.base import unit_of_work
from models.merchants import GatewayAccount
from models.payments import Attempt, AttemptState, Origin, Payment
from sandbox.inprocess import InProcess
from tests import factory
from tests.settings.conftest import House, events

KEY, OTHER = "rk_test_restricted1", "sk_test_another2"


def accounts() -> list[GatewayAccount]:
    return list(GatewayAccount.select().where(GatewayAccount.active).order_by(GatewayAccount.id))


def active(house: House) -> GatewayAccount | None:
    return next((row for row in accounts() if row.merchant_id == house.merchant.id), None)


def test_a_key_is_checked_kept_and_never_shown(house: House, sandbox: InProcess) -> None:
    before = active(house)
    assert before is not None
    for key, words in (
        ("pk_test_x", "publishable"),
        ("nonsense", "not a Stripe secret key"),
        ("sk_live_x", "talks to the sandbox"),
        (KEY, "of another account"),
    ):
        wrong = house.post("owner", "/payments", secret_key=key)
        assert wrong.status_code == 422 and words in wrong.text and key not in wrong.text, key
    assert active(house) == before
    assert house.post("owner", "/payments", secret_key=KEY, other="1").status_code == 303
    now = active(house)
    assert now is not None and now.id != before.id and decrypt(now.secret) == KEY
    shown = house.get("owner", "/payments").text
    assert now.external_id in shown and KEY not in shown and f"/webhooks/{now.path_token}" in shown
    assert "No signing secret yet" in shown and events() == ["gateway_account.connected"]
    assert house.post("owner", "/payments/check", of="/payments").status_code == 303


def test_a_manager_and_a_stranger_do_not_get_near(house: House, sandbox: InProcess) -> None:
    for path in (
        "/payments",
        "/payments/check",
        "/payments/webhook",
        "/payments/webhook/finish",
        "/payments/disconnect",
    ):
        assert house.post("manager", path, of="/mails", secret_key=KEY).status_code == 403, path
        assert house.post("stranger", path, of="/mails").status_code in (302, 303, 400, 403, 404), path
    assert active(house) is not None and events() == []


def test_a_signing_secret_changes_without_a_gap(house: House, sandbox: InProcess) -> None:
    assert house.post("owner", "/payments/webhook", of="/payments", webhook_secret="sk_no").status_code == 422
    assert house.post("owner", "/payments/webhook", of="/payments", webhook_secret="whsec_new").status_code == 303
    row = active(house)
    assert row is not None and row.webhook_secret and row.webhook_secret_next
    assert (decrypt(row.webhook_secret), decrypt(row.webhook_secret_next)) == ("whsec_test", "whsec_new")
    with pytest.raises(SignatureInvalid):
        receive(path_token=row.path_token, body=b"{}", signature="t=1,v1=00")
    for _twice in range(2):
        assert house.post("owner", "/payments/webhook/finish", of="/payments").status_code == 303
    row = active(house)
    assert row is not None and decrypt(row.webhook_secret or "") == "whsec_new" and row.webhook_secret_next is None
    assert events() == ["gateway_account.webhook_secret_entered", "gateway_account.webhook_secret_changed"]


def test_nothing_is_let_go_while_money_moves(house: House, sandbox: InProcess) -> None:
    customer = factory.customer(house.merchant)
    card = factory.method(customer)
    now = utc_now()
    with unit_of_work():
        payment = Payment.create(
            merchant=house.merchant, customer=customer, method=card, amount=100, currency="USD", origin=Origin.PORTAL,
            gateway_account=card.gateway_account, created_at=now,
        )  # fmt: skip
        attempt = Attempt.create(
            payment=payment, gateway_account=card.gateway_account, method=card, amount=100, currency="USD",
            fingerprint="x", off_session=False, state=AttemptState.UNKNOWN, reserved_at=now, state_since=now,
        )  # fmt: skip
    refused = house.post("owner", "/payments/disconnect", of="/payments")
    assert refused.status_code == 422 and "1 payment is under way" in refused.text and active(house) is not None
    Attempt.update(state=AttemptState.FAILED, closed_at=now).where(Attempt.id == attempt.id).execute()
    assert house.post("owner", "/payments/disconnect", of="/payments").status_code == 303
    assert active(house) is None and events() == ["gateway_account.disconnected"]
    assert "Not connected" in house.get("owner", "/payments").text
    assert house.post("owner", "/payments/check", of="/payments").status_code == 422


def test_another_merchants_account_is_not_taken(store: str, clock: object, sandbox: InProcess) -> None:
    one, other = factory.merchant(), factory.merchant()
    person = factory.staff(of=one).id
    connection.connect_account(merchant=one.id, staff=person, secret_key=KEY, other=True)
    with pytest.raises(Conflict):
        connection.connect_account(merchant=other.id, staff=person, secret_key=KEY, other=True)
    connection.connect_account(merchant=one.id, staff=person, secret_key=KEY, other=False)
    assert connection.connection_of(uuid7()) is None
