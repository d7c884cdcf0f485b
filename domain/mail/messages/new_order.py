"""A schedule has made an order that is paid by hand."""

from __future__ import annotations

from domain.accounts import links
from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from kit.clock import utc_now
from kit.dates import humane_day
from kit.i18n import _, current_locale, current_zone
from kit.money import Money
from models.customers import LinkPurpose
from models.orders import Order


def build(envelope: Envelope) -> Letter | None:
    """Nothing when the order is settled by now, or a newer letter carries the link to it."""
    order, house = Order.get_by_id(envelope.uuid("order")), envelope.house
    linked = "link" in envelope.facts  # one that was queued by an earlier version carries none: to the portal with it
    token = links.issue(envelope.uuid("link"), LinkPurpose.FIX_IT, order=order) if linked and order.open else None
    if order.open == 0 or (linked and token is None):
        return None
    amount = Money(order.open, order.currency)
    today = utc_now().astimezone(current_zone()).date()
    due = humane_day(order.due_on, today, current_locale())
    words = {"amount": amount, "merchant": house.name, "day": due}
    return Letter(
        subject=_("%(merchant)s: %(amount)s due on %(day)s") % words,
        heading=_("A new amount to pay"),
        first=(
            _("%(amount)s is due on %(day)s.") % words,
            _("It is not charged by itself: we have no payment method of yours that we may charge for it."),
        ),
        rows=((_("Order"), f"{order.number} · {order.title}"), (_("Due"), due)),
        total=(_("To pay"), str(amount)),
        button=Button(
            _("Pay %(amount)s") % words, places.fix_it(house.slug, token) if token else places.portal(house.slug)
        ),
        after=(
            _("The button pays this one order, without signing in, for 14 days."),
            _("To pay with a stored card or to change it, open your account."),
        )
        if token
        else (),
        values={"amount": str(amount), "order": order.number, "day": due},
        why=_("You get this because %(merchant)s bills you regularly.") % words,
    )
