"""A schedule has made an order that is paid by hand."""

from __future__ import annotations

from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from kit.clock import utc_now
from kit.dates import humane_day
from kit.i18n import _, current_locale, current_zone
from kit.money import Money
from models.orders import Order


def build(envelope: Envelope) -> Letter | None:
    """Nothing when the order is settled by now."""
    order, house = Order.get_by_id(envelope.uuid("order")), envelope.house
    if order.open == 0:
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
        button=Button(_("Pay %(amount)s") % words, places.portal(house.slug)),
        why=_("You get this because %(merchant)s bills you regularly.") % words,
    )
