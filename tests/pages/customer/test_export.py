"""One's own data to take away: all of it, nobody else's, nothing secret, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import Any

import pytest

from domain.customers.decide_change import decline_change
from domain.events.record import Actor, record
from kit.csv_text import csv_text, guarded
from models.base import Row, unit_of_work
from models.customers import Access, Account, Address, ContactChange, Customer, Session
from models.methods import Consent, PaymentMethod
from models.orders import Order
from models.payments import Attempt, Payment
from tests import factory
from tests.pages.customer.conftest import Person
from tests.pages.customer.test_money_back import _pay
from tests.pages.customer.test_purchases import many
from tests.pages.customer.test_receipts import paid

pytestmark = pytest.mark.usefixtures("ledger_holds")

# Tables that point at a customer, an account, an order or a payment and are in no copy, each with its reason.
LEFT_OUT = {
    "GatewayCustomer": "the processor's reference",
    "LinkToken": "hashes of mailed links",
    "PayIntention": "a choice on its way to a payment",
    "IntentionOrder": "the same",
    "OrderHold": "a lock, not a fact",
    "Access": "tells of other people",
    "PlannedTry": "our own plan",
    "RefundAllocation": "how a refund, which is in it, is shared out",
    "DisputeAllocation": "how a dispute, which is in it, is shared out",
    "CardUse": "a fingerprint",
    "CustomerLook": "who of the team looked: the team's own trail",
    "Merge": "which records were one person; what they hold is in it",
    "DuplicatePair": "a guess about two records",
    "NotDuplicate": "tells of another record",
    "ScheduleRun": "which order came of which run; the orders are in it",
}


def _table(person: Person) -> list[list[str]]:
    answer = person.get("/export.csv")
    assert answer.status_code == 200 and answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.text.startswith("\ufeff") and "\r\n" in answer.text
    return list(csv.reader(StringIO(answer.text.removeprefix("\ufeff"), newline="")))


def _copy(person: Person) -> dict[str, Any]:
    answer = person.get("/export.json")
    assert answer.status_code == 200 and answer.mimetype == "application/json"
    found: dict[str, Any] = json.loads(answer.text)
    return found


def test_the_table_has_every_purchase_with_its_payments(owner: Person, colleague: Person) -> None:
    receipt = paid(owner, 120450, '=HYPERLINK("http://evil.example"), "now"')
    factory.order(owner.customer, 500, title="Späti\nzwei")
    factory.order(colleague.customer, 700, title="Not mine")
    head, *rows = _table(owner)
    assert head[0] == "Order" and len({len(row) for row in [head, *rows]}) == 1
    by_title = {row[1]: row for row in rows}
    assert set(by_title) == {"""'=HYPERLINK("http://evil.example"), "now\"""", "Späti\nzwei"}
    done = next(row for row in rows if row[1].startswith("'="))
    assert done[4:9] == ["USD", "1204.50", "0.00", "1204.50", "0.00"] and done[10] == "1204.50"
    assert done[11:] == ["Paid", "Paid outside the portal", receipt.number]
    assert by_title["Späti\nzwei"][8:] == ["5.00", "", "", "", "", ""]


def test_the_copy_has_all_of_ones_life_and_no_secret(owner: Person, colleague: Person) -> None:
    order = factory.order(owner.customer, 8900)
    _pay(owner, order)
    card = factory.method(owner.customer, "pm_card_visa")
    factory.consented(owner.customer, card)
    with unit_of_work():
        Address.create(customer=owner.customer, street="1 Main St", city="Portland", country="US")
    factory.method(colleague.customer, "pm_card_mastercard")
    found, text = _copy(owner), owner.get("/export.json").text
    assert found["customer"]["email"] == owner.customer.email and found["account"]["email"] == owner.account.email
    assert found["addresses"][0]["street"] == "1 Main St"
    (bought,) = found["orders"]
    assert (bought["number"], bought["total"]) == (order.number, {"amount": "89.00", "currency": "USD"})
    assert bought["lines"][0]["title"] == "Membership" and bought["paid"]["amount"] == "89.00"
    (payment,) = found["payments"]
    assert payment["orders"][0]["order"] == str(order.id) and payment["attempts"][0]["state"] == "succeeded"
    assert payment["receipts"][0]["number"].startswith("R-")
    assert {each["last4"] for each in found["payment_methods"]} == {"4242"} and found["consents"][0][
        "scope"
    ] == "all_due"
    assert len(found["sessions"]) == 1 and found["mails"][0]["template"] == "receipt"
    assert {each["kind"] for each in found["events"]} >= {"payment.succeeded"}
    secrets = [owner.account.password_hash, owner.token, Session.get(Session.account == owner.account).token_hash]
    for row in PaymentMethod.select():
        secrets += [row.gateway_ref, row.gateway_customer, row.fingerprint]
    for attempt in Attempt.select():
        secrets += [attempt.gateway_ref, attempt.fingerprint, attempt.charge_ref]
    for secret in secrets:
        assert not secret or secret not in text
    for other in (colleague.customer.email, str(colleague.customer.id), colleague.account.name, "mastercard"):
        assert other not in text


def test_nobody_gets_anothers_copy(owner: Person, colleague: Person, stranger: Person) -> None:
    paid(owner)
    for person in (colleague, stranger):
        assert len(_table(person)) == 1 and _copy(person)["orders"] == []
        assert owner.customer.email not in person.get("/export.json").text
    for path in ("/export.csv", "/export.json"):
        assert stranger.get(owner.base + path).status_code in (302, 303, 404)
        assert owner.client.application.test_client().get(owner.base + path).status_code in (302, 303)


def test_what_is_a_colleagues_own_is_in_no_copy_of_the_record(owner: Person, colleague: Person) -> None:
    factory.consented(owner.customer, factory.method(owner.customer, "pm_card_visa"))
    Consent.update(ip="203.0.113.9", agent="Their browser").execute()
    assert _copy(owner)["consents"][0]["ip"] == "203.0.113.9", "alone, the traces are one's own"
    with unit_of_work():
        Access.create(
            account=colleague.account, customer=owner.customer, source="staff", granted_at=owner.account.created_at
        )
        Session.update(customer=owner.customer).where(Session.account == colleague.account).execute()
        for person in (owner, colleague):
            facts = {"merchant": owner.account.merchant_id, "customer": owner.customer.id, "actor": Actor.CUSTOMER}
            record("account.signed_in", actor_id=person.account.id, **facts)
    colleague.post("/details/change/name", wanted="Alex Moreno")
    decline_change(merchant=owner.account.merchant_id, change=ContactChange.get().id)
    for person, other in ((owner, colleague), (colleague, owner)):
        copy = _copy(person)
        assert [each["kind"] for each in copy["events"]].count("account.signed_in") == 1
        assert "ip" not in copy["consents"][0] and "Their browser" not in json.dumps(copy)
        if other is colleague:
            assert other.account.email not in json.dumps(copy)
    assert "contact_change" in {each["template"] for each in _copy(colleague)["mails"]}


def test_a_long_life_comes_in_pieces(owner: Person) -> None:
    many(owner, 1203)
    assert len(_table(owner)) == 1204 and len({row[0] for row in _table(owner)}) == 1204
    numbers = [each["number"] for each in _copy(owner)["orders"]]
    assert len(numbers) == len(set(numbers)) == 1203


def test_every_table_about_a_person_is_in_the_copy_or_left_out_for_a_reason() -> None:
    source = __import__("inspect").getsource(__import__("domain.customers.export", fromlist=["x"]))
    about = {Customer, Account, Order, Payment}
    for table in Row.TABLES:
        meta: Any = table._meta  # type: ignore[attr-defined]
        if any(model in about for model in meta.refs.values()):
            assert table.__name__ in LEFT_OUT or f"{table.__name__}." in source or f"({table.__name__}" in source, table


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("  =1+1", "'  =1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("-2+3", "'-2+3"),
        ("+1 503 555", "'+1 503 555"),
        ("-12.50", "-12.50"),
        ("Alex", "Alex"),
        ("", ""),
    ],
)
def test_a_formula_is_only_text(cell: str, safe: str) -> None:
    assert guarded(cell) == safe


def test_the_text_is_what_rfc_4180_says() -> None:
    assert "".join(csv_text([["a", 'say "x"', "1,2"], ["", "é", ""]])) == '\ufeffa,"say ""x""","1,2"\r\n,é,\r\n'
