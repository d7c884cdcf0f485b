"""What the customer's payment views share: who buys, what the form says, how the site is left."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from uuid import UUID

from flask import redirect, request
from flask.typing import ResponseReturnValue

from dashboard.viewer import signed_in
from domain.accounts.viewer import Viewer
from domain.payments.intention import Buyer
from domain.payments.queries import MethodKind
from kit.clock import utc_now
from kit.crypto import seal
from kit.errors import NotAllowed, NotFound
from kit.i18n import _
from kit.ids import as_uuid

LEAVING = "leaving"
LEAVING_LASTS = timedelta(minutes=15)
_KINDS = {"card": MethodKind.CARD, "bank": MethodKind.BANK}


def customer_of(viewer: Viewer) -> UUID:
    """The customer record that the signed-in person acts for. Raises NotFound for an account without any."""
    if viewer.customer_id is None:
        raise NotFound(_("There is no customer record under your e-mail yet. Please ask the merchant."))
    return viewer.customer_id


def buyer() -> Buyer:
    """The signed-in person as a buyer. Raises NotAllowed for somebody who only looks."""
    person = signed_in()
    if person.read_only or person.account_id is None:
        raise NotAllowed(_("You are only looking. The customer pays from their own account."))
    return Buyer(customer=customer_of(person), account=person.account_id)


def ticked() -> list[UUID]:
    """The orders that the form names. Claims, not facts."""
    return [order for text in request.form.getlist("order")[:1000] if (order := as_uuid(text))]


def number(name: str) -> int:
    """A whole number of the form; -1 when it is none."""
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else -1


def kind() -> MethodKind:
    """What the person wants to add: `kind` of the form."""
    return _KINDS.get(request.form.get("kind", ""), MethodKind.CARD)


def agent() -> str:
    """The browser's name, kept with a bank debit's authorisation."""
    return request.headers.get("User-Agent", "")[:255]


def leave_for(url: str) -> ResponseReturnValue:
    """On to our own leaving page: a form's answer may not redirect to another host (form-action 'self')."""
    until = int((utc_now() + LEAVING_LASTS).timestamp())
    return onwards(f"/leaving/{seal(LEAVING, {'to': url, 'until': until})}")


def onwards(path: str) -> ResponseReturnValue:
    """303: the next address is asked for by GET, so a reload sends nothing again."""
    return redirect(path, HTTPStatus.SEE_OTHER)
