"""A receipt on the screen and as PDF: for its owner only, the same amounts on both, nothing written to disk."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from pypdf import PdfReader

from domain.events.record import Actor
from domain.merchants.logo import set_logo
from domain.orders.outside import Outside, Received, bounced, record_outside
from kit.clock import utc_now
from kit.ids import uuid7
from kit.money import Money
from models.base import unit_of_work
from models.customers import Address
from models.payments import Receipt
from tests import factory
from tests.pages.customer.conftest import Person

pytestmark = pytest.mark.usefixtures("ledger_holds")


def paid(person: Person, minor: int = 8900, title: str = "Membership") -> Receipt:
    """The receipt of an order that was paid by cheque."""
    order = factory.order(person.customer, minor, title=title)
    received = Received(
        uuid7(), person.customer.id, {order.id: Money(minor, "USD")}, Outside.CHEQUE, utc_now().date(), "No. 1042"
    )
    payment = record_outside(merchant=person.customer.merchant_id, received=received, staff=None)
    found: Receipt = Receipt.get(Receipt.payment == payment)
    return found


def _text(answer: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(answer)).pages)


def test_the_pdf_says_what_the_page_says(owner: Person) -> None:
    with unit_of_work():
        Address.create(customer=owner.customer, street="12 #Quay St", city="Portland", region="ME", country="US")
    receipt = paid(owner, 120450, "Retreat & #deposit")
    screen = owner.get(f"/receipts/{receipt.number}")
    assert f"/receipts/{receipt.number}.pdf" in screen.text and len(screen.data) < 60_000
    answer = owner.get(f"/receipts/{receipt.number.lower()}.pdf")
    assert answer.status_code == 200 and answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == f"attachment; filename={receipt.number}.pdf"
    said = _text(answer.data)
    for wanted in ("$1,204.50", receipt.number, "Alex Morgan", "12 #Quay St", "Cheque · No. 1042", "Harbor Yoga"):
        assert wanted in said and wanted in screen.text
    assert "Retreat & #deposit" in said and "TEST" in said
    bounced(merchant=owner.customer.merchant_id, payment=receipt.payment_id, staff=None)
    reversed_ = _text(owner.get(f"/receipts/{receipt.number}.pdf").data)
    assert "REVERSED" in reversed_ and "no longer valid" in reversed_


def test_the_merchants_logo_stands_on_both(owner: Person) -> None:
    picture = BytesIO()
    Image.new("RGB", (300, 100), (15, 92, 92)).save(picture, "PNG")
    set_logo(merchant=owner.customer.merchant_id, file=picture.getvalue(), actor=Actor.COMMAND)
    number = paid(owner).number
    assert "/p/harbor/logo/" in owner.get(f"/receipts/{number}").text.split("<article")[1]
    assert PdfReader(BytesIO(owner.get(f"/receipts/{number}.pdf").data)).pages[0].images


def test_nobody_else_has_it(owner: Person, colleague: Person, stranger: Person) -> None:
    number = paid(owner).number
    for path in (f"/receipts/{number}", f"/receipts/{number}.pdf"):
        assert owner.get(path).status_code == 200
        assert colleague.get(path).status_code == 404
        assert stranger.get(path).status_code == 404
        assert stranger.get(owner.base + path).status_code != 200
    assert owner.get("/receipts/R-00000000.pdf").status_code == 404
