"""The pay page's form, sent: keeps what was ticked, then presses. The same form sent twice ends at the same payment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.payments import choice, intention
from domain.payments.amount_text import read_amount
from domain.payments.intention import Buyer, Selection
from domain.payments.press import Pressed, press
from domain.payments.queries import payment_of_press
from kit.errors import DomainError
from kit.i18n import _


@dataclass(frozen=True)
class Sent:
    """What the form carried. `orders` are claims; `seen` is the amount on the button, in minor units.

    `amount` is what was typed as a part, `whole` what the page said is open on the ticked orders.
    """

    handle: str
    orders: Sequence[UUID]
    method: UUID | None
    seen: int
    press: int
    ip: str = ""
    agent: str = ""
    amount: str = ""
    whole: int | None = None


def pay(sent: Sent, *, buyer: Buyer) -> UUID:
    """The payment to look at. Raises what `press` raises; then nothing was taken and the selection stands."""
    known = payment_of_press(sent.handle, sent.press, buyer=buyer)
    if known is not None:
        return known
    try:
        _keep(sent, buyer)
        if sent.method is None:
            raise DomainError(_("Choose how to pay, or add a card."))
        pressed = Pressed(sent.handle, sent.method, sent.seen, sent.press, sent.ip, sent.agent, sent.whole)
        return press(pressed, buyer=buyer)
    except DomainError:
        known = payment_of_press(sent.handle, sent.press, buyer=buyer)  # the other half of a double click was faster
        if known is None:
            raise
        return known


def keep(handle: str, *, buyer: Buyer, orders: Sequence[UUID], method: UUID | None, amount: str = "") -> None:
    """Keeps what was ticked and typed, for another look or while the person goes to add a card.

    Raises NotFound, or DomainError for an amount that is not allowed; the ticks are kept all the same.
    """
    if method is not None:
        intention.prefer(handle, buyer=buyer, method=method)
    choose(handle, buyer=buyer, orders=orders, amount=amount)


def choose(handle: str, *, buyer: Buyer, orders: Sequence[UUID], amount: str) -> Selection:
    """What was ticked and typed, chosen. Nothing typed is the whole.

    Raises NotFound, or DomainError for an amount that cannot be read or is not allowed; then the whole is chosen.
    """
    shown = intention.choose(handle, buyer=buyer, orders=orders)
    if not amount.strip():
        return shown
    wanted = read_amount(amount, shown.total.currency)
    return intention.choose(handle, buyer=buyer, orders=orders, amount=wanted)


def _keep(sent: Sent, buyer: Buyer) -> None:
    """What was ticked, with today's amounts, becomes what is pressed; `seen` and `whole` tell what the person saw.

    An order that cannot be paid any more stays in the selection if it was chosen before: the reserve names it.
    """
    row = intention.find(sent.handle, buyer=buyer)
    if sent.method is not None:
        intention.prefer(sent.handle, buyer=buyer, method=sent.method)
    stored = set(choice.kept(row).opens)
    offered = {view.id for view in intention.selection(sent.handle, buyer=buyer).orders}
    ticked = set(sent.orders)
    if row.link is None and (ticked <= offered or ticked != stored):
        choose(sent.handle, buyer=buyer, orders=sent.orders, amount=sent.amount)
