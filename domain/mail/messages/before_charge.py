"""An order will be collected by itself: said while there is time to change something."""

from __future__ import annotations

from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from domain.mail.letters import BeforeCharge
from domain.methods.queries import label
from kit.clock import utc_now
from kit.dates import humane_day
from kit.i18n import _, current_locale, current_zone
from kit.money import Money
from models.orders import Order


def build(envelope: Envelope) -> Letter | None:
    """Nothing when the order is settled by now, or is not collected by itself any more."""
    order, house = Order.get_by_id(envelope.uuid("order")), envelope.house
    if order.open == 0 or order.collect_at is None or order.method is None:
        return None
    now, zone = utc_now(), current_zone()
    words = {
        "amount": str(Money(order.open, order.currency)),
        "day": humane_day(order.collect_at.astimezone(zone).date(), now.astimezone(zone).date(), current_locale()),
        "method": label(order.method.brand, order.method.last4),
        "merchant": house.name,
    }
    return Letter(
        subject=_("%(merchant)s will charge %(amount)s on %(day)s") % words,
        heading=_("A charge is coming"),
        first=(_("We will charge %(amount)s to %(method)s on %(day)s.") % words, _why(envelope) % words),
        rows=((_("Order"), f"{order.number} · {order.title}"), (_("Charged to"), words["method"])),
        total=(_("Amount"), words["amount"]),
        button=Button(_("Manage my account"), places.portal(house.slug)),
        after=(_("You need not do anything. To pay with another method, open your account before that day."),),
        values={"amount": words["amount"], "order": order.number, "day": words["day"]},
        why=_("You get this because you allowed %(merchant)s to charge you regularly.") % words,
    )


def _why(envelope: Envelope) -> str:
    match BeforeCharge(envelope.facts["why"]):
        case BeforeCharge.CHANGED:
            return _("We tell you because the amount is not the same as last time.")
        case BeforeCharge.RARE:
            return _("We tell you because these charges are far apart.")
        case BeforeCharge.ALWAYS:
            return _("%(merchant)s tells you before every charge.")
