"""The receipt of a succeeded payment."""

from __future__ import annotations

from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from domain.methods.queries import label
from kit.clock import utc_now
from kit.dates import humane_moment
from kit.i18n import _, current_zone
from kit.money import Money
from models.orders import Order
from models.payments import Allocation, Payment, Receipt


def build(envelope: Envelope) -> Letter | None:
    """The exact amount of each order and of all, how it was paid, and the receipt's number."""
    payment = Payment.get_by_id(envelope.uuid("payment"))
    receipt, house = Receipt.get(Receipt.payment == payment), envelope.house
    amount = Money(payment.amount, payment.currency)
    used = payment.method
    method = label(used.brand, used.last4) if used else _("Paid outside the portal")
    return Letter(
        subject=_("Receipt %(number)s from %(merchant)s: %(amount)s")
        % {"number": receipt.number, "merchant": house.name, "amount": amount},
        heading=_("Payment received"),
        first=(_("Thank you. We received your payment of %(amount)s.") % {"amount": amount},),
        rows=(
            (_("Receipt"), receipt.number),
            (_("Date"), humane_moment(receipt.issued_at, utc_now(), current_zone())),
            (_("Paid with"), method),
            *_orders(payment),
        ),
        total=(_("Total paid"), str(amount)),
        button=Button(_("Manage my account"), places.portal(house.slug)),
        values={"amount": str(amount), "receipt": receipt.number},
        why=_("You get this because you paid %(merchant)s.") % {"merchant": house.name},
    )


def _orders(payment: Payment) -> list[tuple[str, str]]:
    rows = Allocation.select(Allocation, Order).join(Order).where(Allocation.payment == payment).order_by(Order.number)
    return [
        (f"{row.order.number} · {row.order.title}", str(Money(row.amount, payment.currency)))
        for row in rows
        if row.amount
    ]
