"""Bringing files in on the screen: sent, mapped, tried out, brought in; refused rows back; cards from the processor."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from domain.imports import screen, work
from domain.imports.screen import Options
from domain.imports.upload import receive
from domain.imports.what import What
from domain.methods.queries import methods_of
from domain.work.due import due
from domain.work.perform import perform
from domain.work.wake import Work
from kit.clock import Stopped, utc_now
from kit.errors import Conflict, DomainError
from models.console import ImportPart, ImportRun, ImportState
from models.customers import GatewayCustomer
from models.merchants import Merchant, Role, Staff
from models.methods import Consent
from models.orders import Order
from sandbox.inprocess import InProcess
from tests import factory
from tests.pages.console import drawn, signed_in
from tests.served import portal
from tests.web.conftest import token_in

FILE = b"""Order,Customer E-Mail,Full name,Day,Amount
A1,alex@example.com,Alex Morgan,2026-01-03,89.00
A2,=cmd@x,Robin Diaz,2026-01-04,12.00
A3,robin@example.com,Robin Diaz,2026-01-05,not money
A4,robin@example.com,Robin Diaz,2026-01-06,20.00
"""
COLUMNS = {
    "Order": "order_number",
    "Customer E-Mail": "email",
    "Full name": "name",
    "Day": "date",
    "Amount": "order_total",
}


def do_due() -> int:
    rows = [row for row in due(utc_now()) if row.kind is Work.IMPORT]
    for row in rows:
        perform(row.kind, row.id)
    return len(rows)


@pytest.fixture
def house(store: str, clock: Stopped) -> Merchant:
    return factory.merchant("harbor")


@pytest.fixture
def kim(house: Merchant) -> Staff:
    return factory.staff(of=house, role=Role.MANAGER)


def _sent(house: Merchant, kim: Staff, content: bytes = FILE, what: What = What.ORDERS) -> UUID:
    return receive(merchant=house.id, staff=kim.id, what=what, filename="orders.csv", content=BytesIO(content))


def test_a_file_is_tried_out_then_brought_in_and_its_refused_rows_come_back(house: Merchant, kim: Staff):
    run = _sent(house, kim)
    assert screen.columns_of(house.id, run).chosen == COLUMNS | {"Day": "-", "Amount": "amount"}
    screen.map_columns(merchant=house.id, run=run, staff=kim.id, chosen=COLUMNS, options=Options(unpaid_last=1))
    assert do_due() == 1 and do_due() == 0
    tried = screen.run_of(house.id, run)
    assert tried.state == ImportState.CHECKED and not Order.select().exists()
    assert (tried.report["rows"], tried.report["made"], tried.report["refused"]) == (4, 2, 2)
    for _press in range(2):
        screen.start(merchant=house.id, run=run, staff=kim.id)
    do_due()
    done = screen.run_of(house.id, run)
    assert done.state == ImportState.DONE and done.report["made"] == done.report["open"] == Order.select().count() == 2
    kept = b"".join(bytes(part.data) for part in ImportPart.select().order_by(ImportPart.n)).decode("utf-8-sig")
    head, *rows = csv.reader(StringIO(kept))
    assert head[:5] == list(COLUMNS) and [row[0] for row in rows] == ["A2", "A3"]
    assert rows[0][1] == "'=cmd@x", "what somebody wrote does not run in a spreadsheet"
    assert not ImportPart.select().where(ImportPart.kind == "file").exists(), "the file itself is let go"
    with pytest.raises(Conflict):
        screen.drop(merchant=house.id, run=run, staff=kim.id)


def test_killed_in_the_middle_it_is_done_again_and_nothing_twice(
    house: Merchant, kim: Staff, clock: Stopped, monkeypatch
):
    run = _sent(house, kim)
    screen.map_columns(merchant=house.id, run=run, staff=kim.id, chosen=COLUMNS, options=Options())
    do_due()
    screen.start(merchant=house.id, run=run, staff=kim.id)

    class Killed(BaseException):
        pass

    def die(*_args: object) -> None:
        raise Killed

    with monkeypatch.context() as dying, pytest.raises(Killed):
        dying.setattr(work, "_close", die)
        do_due()
    assert do_due() == 0, "its lease still stands"
    clock.advance(work._LEASE)
    do_due()
    done = screen.run_of(house.id, run)
    assert done.state == ImportState.DONE and Order.select().count() == 2
    assert (done.report["made"], done.report["there"]) == (0, 2)


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"Order": "order_number"}, "Say which column holds this: Customer number / E-mail address."),
        (COLUMNS | {"Order": "email"}, "Two columns are set to “E-mail address”. Keep one of them."),
        (COLUMNS | {"Order": "shoe_size"}, "Choose for each column what it means"),
    ],
)
def test_a_mapping_that_cannot_be_is_said_in_words(house: Merchant, kim: Staff, chosen: dict[str, str], said: str):
    run = _sent(house, kim)
    with pytest.raises(DomainError, match=said.replace(".", "\\.")):
        screen.map_columns(merchant=house.id, run=run, staff=kim.id, chosen=chosen, options=Options())


@pytest.mark.parametrize("content", [b"", b"\xff\xfeO\x00", b"\x89PNG\r\n\x1a\n\x00\x00"])
def test_the_worst_file_is_refused_at_its_field_and_nothing_is_kept(house: Merchant, kim: Staff, content: bytes):
    with pytest.raises(DomainError) as refused:
        _sent(house, kim, content)
    assert refused.value.field == "file" and "/tmp" not in refused.value.sentence
    assert not ImportRun.select().exists() and not ImportPart.select().exists()


def test_cards_that_the_processor_holds_are_checked_there(house: Merchant, kim: Staff, sandbox: InProcess):
    alex, robin = factory.customer(house), factory.customer(house)
    card = factory.method(alex)
    owner = GatewayCustomer.get(GatewayCustomer.customer == alex).gateway_ref
    for row in (card, GatewayCustomer.get()):
        row.delete_instance()
    lines = [
        "Customer no,Stripe customer,Card",
        f"{alex.reference},{owner},{card.gateway_ref}",
        f"{alex.reference},{owner},{card.gateway_ref}",
        f"{robin.reference},cus_other,{card.gateway_ref}",
        f"{robin.reference},{owner},pm_nothing",
        f"nobody,{owner},{card.gateway_ref}",
    ]
    run = _sent(house, kim, "\n".join(lines).encode(), What.METHODS)
    columns = {"Customer no": "customer_id", "Stripe customer": "gateway_customer", "Card": "payment_method"}
    screen.map_columns(merchant=house.id, run=run, staff=kim.id, chosen=columns, options=Options())
    do_due()
    assert not methods_of(alex.id), "trying it out stores nothing"
    screen.start(merchant=house.id, run=run, staff=kim.id)
    do_due()
    report = screen.run_of(house.id, run).report
    assert (report["made"], report["there"], report["refused"]) == (1, 1, 3)
    why = " ".join(sentence for _line, sentence in report["why"])
    assert "another customer" in why and "does not know" in why and "bring the customers in first" in why
    assert [method.last4 for method in methods_of(alex.id)] == [card.last4] and not Consent.select().exists()


def _post(client: FlaskClient, address: str, **values: object) -> TestResponse:
    token = token_in(client.get("/merchant/harbor/data").text)
    return client.post(address, data={"csrf_token": token, **values}, content_type="multipart/form-data")


@pytest.fixture
def server(sqlite_store: str, clock: Stopped) -> Flask:
    return portal()


def test_the_pages_from_the_file_to_the_end(server: Flask):
    house = factory.merchant("harbor")
    kim = signed_in(server, factory.staff(of=house, role=Role.MANAGER))
    bad = _post(kim, "/merchant/harbor/data/import", what="orders", file=(BytesIO(b""), "empty.csv"))
    assert bad.status_code == 422 and "not empty" in bad.text
    sent = _post(kim, "/merchant/harbor/data/import", what="orders", file=(BytesIO(FILE), "orders.csv"))
    assert sent.status_code == 303 and sent.location.endswith("/columns")
    shown = kim.get(sent.location).text
    assert "Customer E-Mail" in shown and "robin@example.com" in shown
    chosen = {f"c{n}": meaning for n, meaning in enumerate(COLUMNS.values())}
    wrong = _post(kim, sent.location, **(chosen | {"unpaid_last": "many"}))
    assert "Write a whole number." in wrong.text
    here = _post(kim, sent.location, **chosen).location
    assert "Being tried out" in kim.get(here).text and 'http-equiv="refresh"' in kim.get(here).text
    do_due()
    tried = kim.get(here).text
    assert "What it would do" in tried and "Bring it in" in tried
    assert kim.get(f"{here}/refused.csv").text.count("\r\n") == 3
    viewer = signed_in(server, factory.staff(of=house, role=Role.VIEWER))
    assert viewer.get(here).status_code == 200 and "Bring it in" not in viewer.get(here).text
    assert _post(viewer, f"{here}/start").status_code == 403
    pat = signed_in(server, factory.staff(of=factory.merchant("foreign")))
    assert pat.get(here.replace("harbor", "foreign")).status_code == 404
    assert _post(kim, f"{here}/start").status_code == 303
    do_due()
    assert "What it did" in kim.get(here).text
    assert "orders.csv" in drawn(kim, "/merchant/harbor/data").text
