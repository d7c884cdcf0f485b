"""The receipt as PDF: what people wrote is text on it, never markup; tagged; the same amounts in every currency."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from domain.accounts.viewer import MerchantFacts
from domain.receipts.document import _template, contents, fit
from domain.receipts.queries import Back, LineKind, ReceiptLine, ReceiptOrder, ReceiptView
from integrations.pdf.typst import render
from kit.i18n import speaking
from kit.ids import uuid7
from kit.money import Money

AT = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)  # the day before in New York
HOUSE = MerchantFacts(
    id=uuid7(),
    slug="harbor",
    name="Harbor Yoga",
    currency="USD",
    country="US",
    zone="America/New_York",
    locale="en",
    brand="#0f5c5c",
    brand_ink="#ffffff",
    test_mode=False,
    contact_email="billing@example.com",
    contact_phone="(555) 010-0100",
    hours="",
)


@pytest.fixture(autouse=True)
def _in_new_york() -> Iterator[None]:
    with speaking(zone="America/New_York"):
        yield


def _receipt(**changes: Any) -> ReceiptView:
    amount = changes.get("amount", Money(120450, "USD"))
    return ReceiptView(
        **{
            "number": "R-7K3MPQ2X",
            "issued_at": AT,
            "reversed_at": None,
            "paid_by": "Alex Morgan",
            "address": (),
            "amount": amount,
            "method": "Visa ending 4242",
            "outside": "",
            "received_on": None,
            "note": "",
            "orders": (ReceiptOrder(uuid7(), "HY-2001", "Membership", amount),),
            "backs": (),
            **changes,
        }
    )


def _read(receipt: ReceiptView, house: MerchantFacts = HOUSE, logo: bytes | None = None) -> PdfReader:
    return PdfReader(BytesIO(render(_template(), contents(receipt, house, logo), made_at=AT)))


def _text(pdf: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in pdf.pages)


def test_it_is_tagged_titled_and_in_a_language() -> None:
    pdf = _read(_receipt())
    root: Any = pdf.trailer["/Root"]
    assert root["/Lang"] == "en" and root["/MarkInfo"]["/Marked"].value is True and "/StructTreeRoot" in root
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data(), "it says that it is PDF/UA"
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Receipt R-7K3MPQ2X – Harbor Yoga" and pdf.metadata.author == "Harbor Yoga"
    said = _text(pdf)
    for wanted in (
        "$1,204.50",
        "Alex Morgan",
        "Visa ending 4242",
        "HY-2001",
        "22 November 2026",
        "billing@example.com",
    ):
        assert wanted in said
    assert "TEST" not in said and len(pdf.pages) == 1


def test_it_speaks_the_readers_language_of_paper_and_text() -> None:
    with speaking(zone="Europe/Madrid", locale="es"):
        pdf = _read(_receipt(amount=Money(120450, "EUR")), replace(HOUSE, country="ES"))
    root: Any = pdf.trailer["/Root"]
    assert root["/Lang"] == "es" and "23 de noviembre de 2026" in _text(pdf)
    width = pdf.pages[0].mediabox.width
    assert 595 <= width <= 596 and 611 <= _read(_receipt()).pages[0].mediabox.width <= 613


@pytest.mark.parametrize(
    "written",
    [
        "#panic(1)",
        "$ x^2 $ *bold* _it_",
        '@ref <label> \\ // #read("/etc/passwd")',
        '`raw` [a] {b} "q" ~ -- \'',
        "</image>",
    ],
)
def test_what_somebody_wrote_is_never_markup(written: str) -> None:
    order = ReceiptOrder(uuid7(), written, written, Money(100, "USD"))
    pdf = _read(_receipt(paid_by=written, orders=(order,)))
    assert _text(pdf).replace("\u200b", "").count(written) == 3


@pytest.mark.parametrize(
    "written", ["Zoë Łukasz Ğül", "Ольга Ωμέγα", "مرحبا", "שלום", "😀 Kai", "山田太郎", "\U000f0000", "a\x00b\x1b"]
)
def test_every_script_makes_a_document(written: str) -> None:
    pdf = _read(_receipt(paid_by=written))
    root: Any = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value is True and "$1,204.50" in _text(pdf)
    if written.isprintable() and written.isascii() is False and "😀" not in written and ord(written[0]) < 0x590:
        assert written in _text(pdf)


def test_a_name_of_ten_thousand_letters_neither_breaks_nor_fills_the_page() -> None:
    pdf = _read(_receipt(paid_by="x" * 10_000))
    assert len(pdf.pages) == 1 and "$1,204.50" in _text(pdf)
    assert len(fit("x" * 10_000).replace("\u200b", "")) == 400 and fit("Alex Morgan") == "Alex Morgan"


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(Money(12000, "JPY"), "¥12,000"), (Money(1204500, "KWD"), "KWD1,204.500"), (Money(5, "USD"), "$0.05")],
)
def test_amounts_are_those_of_the_page(amount: Money, shown: str) -> None:
    assert str(amount) == shown
    assert shown.replace("\u00a0", " ") in _text(_read(_receipt(amount=amount))).replace("\u00a0", " ")


def test_lines_taxes_parts_refunds_and_a_reversal_stand_on_it() -> None:
    lines = (
        ReceiptLine(LineKind.ITEM, "Class", Decimal("2.0000"), Money(8000, "USD")),
        ReceiptLine(LineKind.TAX, "Sales tax 8%", Decimal(1), Money(640, "USD")),
    )
    whole = ReceiptOrder(uuid7(), "HY-1", "Two classes", Money(8640, "USD"), lines=lines)
    part = ReceiptOrder(uuid7(), "HY-2", "Retreat", Money(1000, "USD"), total=Money(5000, "USD"))
    back = Back(Money(300, "USD"), date(2026, 11, 25), "Visa ending 4242", arrived=True)
    receipt = _receipt(amount=Money(9640, "USD"), orders=(whole, part), backs=(back,), reversed_at=AT)
    said = _text(_read(receipt))
    for wanted in ("Class × 2", "Sales tax 8%", "$6.40", "HY-2, a part of $50.00", "$96.40", "-$3.00", "REVERSED"):
        assert wanted in said
    assert "25 November 2026, back to Visa ending 4242" in said
    assert "This payment came back on 22 November 2026" in said


def test_the_logo_stands_on_it_with_its_name() -> None:
    picture = BytesIO()
    Image.new("RGB", (300, 100), (15, 92, 92)).save(picture, "PNG")
    house = replace(HOUSE, logo="abc", logo_width=300, logo_height=100)
    assert len(_read(_receipt(), house, picture.getvalue()).pages[0].images) == 1
    assert not _read(_receipt()).pages[0].images
