"""An automatic payment could not even be asked for: no method may be charged for it any more."""

from __future__ import annotations

from domain.accounts import links
from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from domain.methods.queries import label
from kit.i18n import _
from kit.money import Money
from models.customers import LinkPurpose
from models.orders import Collect, Order


def build(envelope: Envelope) -> Letter | None:
    """Nothing when the order is settled by now, or goes on with another method already."""
    order, house = Order.get_by_id(envelope.uuid("order")), envelope.house
    if order.open == 0 or order.collect_at is not None:
        return None
    token = links.issue(envelope.uuid("link"), LinkPurpose.FIX_IT, order=order)
    if token is None:
        return None
    words = {"amount": Money(order.open, order.currency), "merchant": house.name}
    return Letter(
        subject=_("%(merchant)s could not collect %(amount)s") % words,
        heading=_("We could not collect this payment"),
        first=(_why(order), _("Nothing was taken."), _next(order)),
        rows=((_("Order"), f"{order.number} · {order.title}"),),
        total=(_("To pay"), str(words["amount"])),
        button=Button(_("Pay %(amount)s") % words, places.fix_it(house.slug, token)),
        after=(_("The button pays this one order, without signing in, for 14 days."),),
        values={"amount": str(words["amount"]), "order": order.number},
        why=_("You get this because you are a customer of %(merchant)s.") % words,
    )


def _why(order: Order) -> str:
    if order.collect != Collect.AUTOMATIC or order.method is None:
        return _("It was to be paid by itself today, but we have no method of yours that we may charge for it.")
    method = label(order.method.brand, order.method.last4)
    return _("It was to be paid today with %(method)s, which cannot be used any more.") % {"method": method}


def _next(order: Order) -> str:
    if order.collect != Collect.AUTOMATIC:
        return _("Please pay it yourself.")
    return _("Pay it now, or add another method and allow us to charge it: then we collect it from there.")
