"""A receipt as a document to keep: what stands on it, in the reader's language, and the PDF made of that."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.accounts.viewer import MerchantFacts
from domain.merchants.logo import logo_of
from domain.receipts.queries import Back, ReceiptOrder, ReceiptView, receipt_of
from integrations.pdf.typst import render
from kit.dates import full_day
from kit.i18n import _, current_language, current_locale, current_zone
from kit.money import Money

Row = dict[str, str | bool]

# Where paper is Letter and not A4: CLDR 46, supplemental/measurementData, paperSize.
_LETTER = frozenset("BZ CA CL CO CR GT MX NI PA PH PR SV US VE".split())
_LONGEST = 400  # characters of a text that somebody wrote
_UNBROKEN = re.compile(r"(\S{32})(?=\S)")
_SOFT = "\u200b"  # a line may break here


def receipt_pdf(customer: UUID, number: str, *, merchant: MerchantFacts) -> bytes | None:
    """The receipt of this customer as a tagged PDF, in the current language; None when it is not theirs."""
    receipt = receipt_of(customer, number)
    if receipt is None:
        return None
    logo = logo_of(merchant.id) if merchant.logo else None
    data = contents(receipt, merchant, logo)
    return render(_template(), data, made_at=receipt.issued_at)


def contents(receipt: ReceiptView, merchant: MerchantFacts, logo: bytes | None) -> dict[str, Any]:
    """What stands on the document. Pure but for the current language."""
    heading = _("Receipt %(number)s") % {"number": receipt.number}
    address = ", ".join(merchant.postal_address.splitlines())
    reach = (address, merchant.contact_email, merchant.contact_phone, merchant.website)
    return {
        "lang": current_language(),
        "title": f"{heading} – {fit(merchant.name)}",
        "paper": "us-letter" if merchant.country in _LETTER else "a4",
        "merchant": fit(merchant.name),
        "contact": [fit(each) for each in reach if each],
        "logo": b64encode(logo).decode() if logo else "",
        "logo_width": merchant.logo_width,
        "logo_height": merchant.logo_height,
        "marks": _marks(receipt, merchant),
        "heading": heading,
        "notice": _notice(receipt),
        "facts": _facts(receipt),
        "head": [_("What it is for"), _("Amount")],
        "rows": _rows(receipt),
        "foot": _foot(receipt, merchant),
    }


def how_paid(receipt: ReceiptView) -> str:
    """The method in words: a card or account as it is called, or how the money came outside the portal."""
    outside = {"cash": _("Cash"), "cheque": _("Cheque"), "transfer": _("Bank transfer")}
    called = receipt.method or outside.get(receipt.outside) or _("Paid outside the portal")
    return f"{called} · {receipt.note}" if receipt.note else called


def _marks(receipt: ReceiptView, merchant: MerchantFacts) -> list[str]:
    return [_("TEST")] * merchant.test_mode + [_("REVERSED") if receipt.reversed_at else _("Paid")]


def _notice(receipt: ReceiptView) -> str:
    if receipt.reversed_at is None:
        return ""
    day = _day(receipt.reversed_at)
    return _("This payment came back on %(at)s. This receipt is no longer valid.") % {"at": day}


def _facts(receipt: ReceiptView) -> list[tuple[str, str]]:
    rows = [
        (_("Date"), _day(receipt.issued_at)),
        (_("Received from"), fit(receipt.paid_by)),
        (_("Billing address"), "\n".join(fit(line) for line in receipt.address)),
        (_("Paid with"), fit(how_paid(receipt))),
    ]
    if receipt.received_on:
        rows.append((_("Received on"), full_day(receipt.received_on, current_locale())))
    return [row for row in rows if row[1]]


def _rows(receipt: ReceiptView) -> list[Row]:
    rows = [row for order in receipt.orders for row in _of_order(order)]
    rows.append(_row(_("Total paid"), receipt.amount, strong=True))
    return rows + [_of_back(back) for back in receipt.backs]


def _of_order(order: ReceiptOrder) -> list[Row]:
    below = order.number
    if order.total is not None:
        below = _("%(number)s, a part of %(total)s") % {"number": order.number, "total": order.total}
    if not order.lines:
        return [_row(order.title, order.amount, below)]
    lines = [_row(_with_quantity(line.title, line.quantity), line.amount) for line in order.lines]
    return [*lines, _row(order.title, order.amount, below, strong=True)]


def _with_quantity(title: str, quantity: Any) -> str:
    return title if quantity == 1 else f"{title} × {quantity.normalize():f}"


def _of_back(back: Back) -> Row:
    day = full_day(back.on, current_locale())
    below = _("%(day)s, back to %(method)s") % {"day": day, "method": back.method} if back.method else day
    return _row(_("Refunded") if back.arrived else _("Refund on its way"), -back.amount, below)


def _row(what: str, amount: Money, below: str = "", *, strong: bool = False) -> Row:
    return {"what": fit(what), "below": fit(below), "amount": str(amount), "strong": strong}


def _foot(receipt: ReceiptView, merchant: MerchantFacts) -> str:
    return _("%(merchant)s · Receipt %(number)s") % {"merchant": fit(merchant.name), "number": receipt.number}


def _day(at: Any) -> str:
    return full_day(at.astimezone(current_zone()).date(), current_locale())


def fit(text: str) -> str:
    """A text as it can be set in a line: without control characters, not endless, breakable."""
    clean = "".join(each if each.isprintable() else " " for each in text)
    cut = clean if len(clean) <= _LONGEST else clean[: _LONGEST - 1] + "…"
    return _UNBROKEN.sub(r"\1" + _SOFT, cut)


@lru_cache
def _template() -> str:
    return Path(__file__).with_name("receipt.typ").read_text()
