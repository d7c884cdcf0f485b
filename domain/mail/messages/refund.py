"""Money goes back to the customer: how much, to where, and whether the purchase is owed again."""

from __future__ import annotations

from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from domain.mail.letters import RefundNews
from domain.methods.queries import label
from kit.i18n import _
from kit.money import Money
from models.orders import Order
from models.payments import Refund, RefundAllocation, RefundState


def build(envelope: Envelope) -> Letter | None:
    """Nothing when a later state has told more, or will."""
    refund, news = Refund.get_by_id(envelope.uuid("refund")), RefundNews(envelope.facts["news"])
    if refund.state != RefundState(news.value):
        return None
    subject, heading, first = _words(refund, news, envelope.house.name)
    house = envelope.house
    return Letter(
        subject=subject,
        heading=heading,
        first=first,
        rows=_orders(refund),
        total=(_("Refund"), str(Money(refund.amount, refund.currency))),
        button=Button(_("Manage my account"), places.portal(house.slug)),
        values={"amount": str(Money(refund.amount, refund.currency))},
        why=_("You get this because you are a customer of %(merchant)s.") % {"merchant": house.name},
    )


def _words(refund: Refund, news: RefundNews, merchant: str) -> tuple[str, str, tuple[str, ...]]:
    names = {"amount": Money(refund.amount, refund.currency), "merchant": merchant, "where": where(refund)}
    if news == RefundNews.PENDING:
        return (
            _("Your refund of %(amount)s from %(merchant)s is on its way") % names,
            _("Your refund is on its way"),
            (_("%(merchant)s sends %(amount)s back to %(where)s. Banks take some days for this.") % names,),
        )
    if news == RefundNews.FAILED:
        return (
            _("Your refund of %(amount)s from %(merchant)s did not arrive") % names,
            _("Your refund did not arrive"),
            (
                _("The bank could not put %(amount)s on %(where)s and sent it back.") % names,
                _("%(merchant)s knows and will get in touch. You need not do anything.") % names,
            ),
        )
    return (
        _("Refund from %(merchant)s: %(amount)s") % names,
        _("You have a refund"),
        (_("%(merchant)s has sent %(amount)s back to %(where)s.") % names, _arrives(refund), _owed(refund)),
    )


def where(refund: Refund) -> str:
    """Where the money goes: the method that paid, or outside the portal."""
    method = refund.payment.method
    return label(method.brand, method.last4) if method else _("you outside the portal")


def _arrives(refund: Refund) -> str:
    if refund.gateway_account_id is None:
        return _("It does not go through this portal.")
    return _("It can take up to ten days until your bank shows it.")


def _owed(refund: Refund) -> str:
    if refund.still_owed:
        return _("The purchase is open again for that amount.")
    return _("You do not owe anything for it.")


def _orders(refund: Refund) -> tuple[tuple[str, str], ...]:
    rows = RefundAllocation.select(RefundAllocation, Order).join(Order).where(RefundAllocation.refund == refund)
    return tuple(
        (f"{row.order.number} · {row.order.title}", str(Money(row.amount, refund.currency)))
        for row in rows.order_by(Order.number)
    )
