"""The merchant asks for a new card: for an order that could not be collected, or in the place of a card that ends."""

from __future__ import annotations

from domain.accounts import links
from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from domain.methods.expiring import last_day
from domain.methods.queries import label
from kit.clock import utc_now
from kit.dates import humane_day
from kit.i18n import _, current_locale, current_zone
from kit.money import Money
from models.customers import LinkPurpose
from models.methods import MethodState, PaymentMethod
from models.orders import Order


def build(envelope: Envelope) -> Letter | None:
    """Nothing when the order is settled, or the card was removed or renewed, since somebody asked."""
    return _for_order(envelope) if "order" in envelope.facts else _for_card(envelope)


def _for_order(envelope: Envelope) -> Letter | None:
    order, house = Order.get_by_id(envelope.uuid("order")), envelope.house
    if order.open == 0:
        return None
    token = links.issue(envelope.uuid("link"), LinkPurpose.FIX_IT, order=order)
    if token is None:
        return None
    words = {"amount": Money(order.open, order.currency), "merchant": house.name}
    return Letter(
        subject=_("%(merchant)s asks you for another card") % words,
        heading=_("Please pay with another card"),
        first=(
            _("The card that we have for this payment does not work, and we will not try it again."),
            _("Nothing was taken for it. Pay it with another card, or add one to your account."),
        ),
        rows=((_("Order"), f"{order.number} · {order.title}"),),
        total=(_("To pay"), str(words["amount"])),
        button=Button(_("Pay %(amount)s") % words, places.fix_it(house.slug, token)),
        after=(
            _("The button pays this one order, without signing in, for 14 days."),
            _("To pay with a stored card or to change it, open your account."),
        ),
        why=_("You get this because you are a customer of %(merchant)s.") % words,
    )


def _for_card(envelope: Envelope) -> Letter | None:
    card, house = PaymentMethod.get_by_id(envelope.uuid("method")), envelope.house
    if card.state != MethodState.USABLE:
        return None
    today = utc_now().astimezone(current_zone()).date()
    words = {
        "method": label(card.brand, card.last4),
        "merchant": house.name,
        "day": humane_day(last_day(card), today, current_locale()),
    }
    return Letter(
        subject=_("%(merchant)s asks you for your new card") % words,
        heading=_("Your card ends soon"),
        first=(
            _("%(method)s is good until %(day)s.") % words,
            _("After that, what is charged to it will fail. Add your new card, and choose what is charged to it."),
        ),
        button=Button(_("Add the new card"), places.methods(house.slug)),
        after=(_("If your bank has sent you no new card yet, ask it for one."),),
        why=_("You get this because %(merchant)s charges this card for you. Nothing was charged now.") % words,
    )
