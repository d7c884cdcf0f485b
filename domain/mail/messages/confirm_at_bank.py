"""The bank wants the person to confirm: only they can do it."""

from __future__ import annotations

from domain.accounts import links
from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from domain.methods.queries import label
from kit.i18n import _
from kit.money import Money
from models.customers import LinkPurpose
from models.orders import Order
from models.payments import Attempt


def build(envelope: Envelope) -> Letter | None:
    """Nothing when the order is settled by now."""
    order, house = Order.get_by_id(envelope.uuid("order")), envelope.house
    if order.open == 0:
        return None
    token = links.issue(envelope.uuid("link"), LinkPurpose.FIX_IT, order=order)
    if token is None:
        return None
    attempt = Attempt.get_by_id(envelope.uuid("attempt"))
    method, amount = label(attempt.method.brand, attempt.method.last4), Money(order.open, order.currency)
    return Letter(
        subject=_("Confirm your payment of %(amount)s to %(merchant)s") % {"amount": amount, "merchant": house.name},
        heading=_("Your bank wants you to confirm"),
        first=(
            _("Your bank asks you to confirm the payment with %(method)s yourself. Nothing was taken.")
            % {"method": method},
            _("We cannot do this for you, so we will not try again by ourselves."),
        ),
        rows=((_("Order"), f"{order.number} · {order.title}"), (_("Open amount"), str(amount))),
        button=Button(_("Pay %(amount)s") % {"amount": amount}, places.fix_it(house.slug, token)),
        after=(
            _("Pay there and confirm when your bank asks. The button pays this one order, for 14 days."),
            _("To pay with a stored card, open your account."),
        ),
        values={"amount": str(amount), "order": order.number},
        why=_("You get this because you are a customer of %(merchant)s.") % {"merchant": house.name},
    )
