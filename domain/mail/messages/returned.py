"""A payment that had arrived came back: why, what is open again, and how to pay it."""

from __future__ import annotations

from domain.accounts import links
from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from domain.methods.queries import label
from domain.recoveries.declines import reason
from kit.clock import utc_now
from kit.dates import humane_moment
from kit.i18n import _, current_zone
from kit.money import Money
from models.customers import LinkPurpose
from models.orders import Order
from models.payments import Dispute, DisputeKind, Payment


def build(envelope: Envelope) -> Letter | None:
    """Nothing when the order is settled by now."""
    order, house = Order.get_by_id(envelope.uuid("order")), envelope.house
    if order.open == 0:
        return None
    token = links.issue(envelope.uuid("link"), LinkPurpose.FIX_IT, order=order)
    if token is None:
        return None
    payment = Payment.get_by_id(envelope.uuid("payment"))
    amount, open_amount = Money(payment.amount, payment.currency), Money(order.open, order.currency)
    return Letter(
        subject=_("Your payment of %(amount)s to %(merchant)s came back") % {"amount": amount, "merchant": house.name},
        heading=_("Your payment came back"),
        first=(
            why(payment),
            _("So %(number)s is open again. We will not charge it by ourselves.") % {"number": order.number},
        ),
        rows=(
            (_("Order"), f"{order.number} · {order.title}"),
            (_("Paid on"), humane_moment(payment.closed_at or payment.created_at, utc_now(), current_zone())),
            (_("Open amount"), str(open_amount)),
        ),
        button=Button(_("Pay %(amount)s") % {"amount": open_amount}, places.fix_it(house.slug, token)),
        after=(
            _("The button pays this one order, without signing in, for 14 days."),
            _("If you have paid it in another way, or this surprises you, answer this mail."),
        ),
        values={"amount": str(open_amount), "order": order.number},
        why=_("You get this because you are a customer of %(merchant)s.") % {"merchant": house.name},
    )


def why(payment: Payment) -> str:
    """Why it came back, in a sentence."""
    if payment.external:
        return _("The payment that you made outside the portal could not be cashed.")
    method = label(payment.method.brand, payment.method.last4) if payment.method else ""
    dispute = Dispute.select().where(Dispute.payment == payment).order_by(Dispute.opened_at.desc()).first()
    if dispute is not None and dispute.kind == DisputeKind.BANK_RETURN:
        told = reason(dispute.code, method=method).sentence
        return _("Your bank took the payment back. %(why)s") % {"why": told}
    return _("Your bank took the payment with %(method)s back, as you had asked it to.") % {"method": method}
