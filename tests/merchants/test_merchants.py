"""Merchants: made, looked up, connected to the processor, set up for the first time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.merchants.facts import merchant_facts
from domain.merchants.gateway_accounts import connect
from domain.merchants.make import make_merchant
from domain.merchants.setup import SetUp, set_up
from integrations.gateways.registry import use_transport
from kit import config, crypto
from kit.errors import Conflict, DomainError
from models.base import unit_of_work
from models.merchants import GatewayAccount, Membership, Merchant, Role, Staff
from models.work import Mail
from sandbox.inprocess import InProcess
from tests.merchants.conftest import KEY

pytestmark = pytest.mark.usefixtures("clock")
DISCS = {"slug": "discs", "name": "Compact Discs", "currency": "usd", "country": "us", "zone": "America/New_York"}


def _make(**values: Any) -> Merchant:
    with unit_of_work():
        return make_merchant(**{**DISCS, **values})


def test_a_merchant_is_found_by_its_address_and_by_its_id(store: str) -> None:
    made = _make(brand="#AA3322", contact_email=" hello@discs.example ")
    facts = merchant_facts("discs")
    assert facts is not None and facts.id == made.id
    assert (facts.name, facts.currency, facts.brand, facts.contact_email) == (
        "Compact Discs",
        "USD",
        "#aa3322",
        "hello@discs.example",
    )
    assert (facts.test_mode, made.order_prefix, made.country) == (False, "CD", "US")
    assert merchant_facts("nobody") is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slug", "Discs"),
        ("slug", "-discs"),
        ("slug", "a/b"),
        ("slug", "x" * 41),
        ("name", " "),
        ("currency", "DOLLARS"),
        ("country", "USA"),
        ("zone", "Mars/Olympus"),
        ("zone", "../etc/passwd"),
        ("zone", ""),
        ("collect_hour", 24),
    ],
)
def test_a_wrong_answer_names_its_field(sqlite_store: str, field: str, value: object) -> None:
    with pytest.raises(DomainError) as refused:
        _make(**{field: value})
    assert refused.value.field == field
    assert Merchant.select().count() == 0


def test_a_portal_address_is_given_once(store: str) -> None:
    _make()
    with pytest.raises(Conflict, match="/p/discs is taken"):
        _make()


def test_a_test_key_connects_and_marks_everything_as_test(store: str, sandbox: InProcess) -> None:
    merchant = _make()
    account = connect(merchant=merchant.id, secret_key=f" {KEY}\n", webhook_secret="whsec_1")
    assert (account.livemode, account.active, crypto.decrypt(account.secret)) == (False, True, KEY)
    assert KEY not in account.secret and len(account.path_token) >= 32
    assert account.webhook_secret is not None and crypto.decrypt(account.webhook_secret) == "whsec_1"
    facts = merchant_facts("discs")
    assert facts is not None and facts.test_mode


def test_a_new_key_of_the_same_account_replaces_the_old(store: str, sandbox: InProcess) -> None:
    merchant = _make()
    first = connect(merchant=merchant.id, secret_key=KEY)
    second = connect(merchant=merchant.id, secret_key=KEY)
    assert (first.id, first.path_token) == (second.id, second.path_token)
    other = connect(merchant=merchant.id, secret_key="sk_test_another")
    assert {row.id: row.active for row in GatewayAccount.select()} == {first.id: False, other.id: True}


def test_two_merchants_cannot_share_an_account(store: str, sandbox: InProcess) -> None:
    connect(merchant=_make().id, secret_key=KEY)
    with pytest.raises(Conflict, match="Another merchant"):
        connect(merchant=_make(slug="other").id, secret_key=KEY)


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("pk_test_abc", "publishable"),
        ("hunter2", "not a Stripe secret key"),
        ("sk_live_abc", "talks to the sandbox"),
    ],
)
def test_a_key_of_the_wrong_kind_is_not_even_sent(
    sqlite_store: str, settings: config.Settings, key: str, sentence: str
) -> None:
    merchant = _make()
    config.use(replace(settings, gateway_url="http://127.0.0.1:1"))

    def nothing() -> Any:
        raise AssertionError("the processor was asked")

    with use_transport(nothing), pytest.raises(DomainError, match=sentence) as refused:
        connect(merchant=merchant.id, secret_key=key)
    assert refused.value.field == "secret_key" and key not in refused.value.sentence


def test_a_key_that_the_processor_does_not_know_stores_nothing(sqlite_store: str, sandbox: InProcess) -> None:
    with pytest.raises(DomainError, match=r"does not accept this key \(401\)"):
        connect(merchant=_make().id, secret_key="sk_test_" + "x" * 201)
    assert GatewayAccount.select().count() == 0


def _set_up(**values: Any) -> SetUp:
    people = {
        "owner_name": "Olga",
        "owner_email": "Olga@Discs.example",
        "operator_name": "Omar",
        "operator_email": "omar@host.example",
    }
    return set_up(**{**DISCS, **people, "secret_key": KEY, **values})


def test_setup_makes_merchant_owner_operator_and_connection(store: str, sandbox: InProcess) -> None:
    made = _set_up()
    assert (made.slug, made.livemode) == ("discs", False)
    assert made.mailed == ("olga@discs.example", "omar@host.example")
    membership = Membership.get()
    assert (membership.staff.email, membership.role) == ("olga@discs.example", Role.OWNER)
    assert {one.email: one.operator for one in Staff.select()} == {
        "olga@discs.example": False,
        "omar@host.example": True,
    }
    assert GatewayAccount.get().path_token == made.path_token
    assert sorted(mail.to_address for mail in Mail.select()) == sorted(made.mailed)
    assert Merchant.get().contact_email == "olga@discs.example"


def test_one_person_can_be_both(store: str, sandbox: InProcess) -> None:
    assert _set_up(operator_email="olga@discs.example").mailed == ("olga@discs.example",)
    assert Staff.get().operator and Membership.select().count() == 1


def test_setup_is_all_or_nothing(store: str, sandbox: InProcess) -> None:
    for wrong in ({"zone": "Nowhere"}, {"secret_key": "sk_test_" + "x" * 201}, {"owner_email": "olga"}):
        with pytest.raises(DomainError):
            _set_up(**wrong)
        assert (Merchant.select().count(), Staff.select().count(), Mail.select().count()) == (0, 0, 0)


def test_the_demo_is_not_set_up_by_hand(sqlite_store: str, settings: config.Settings) -> None:
    config.use(replace(settings, mode="demo"))
    with pytest.raises(DomainError, match="SETTLE_MODE=live"):
        _set_up()
