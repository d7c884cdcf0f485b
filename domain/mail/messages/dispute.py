"""A customer's bank wants money back: what the merchant has to know, and until when to answer."""

from __future__ import annotations

from domain.mail.letter import Envelope, Letter
from domain.mail.letters import DisputeNews
from kit.clock import utc_now
from kit.dates import humane_moment
from kit.i18n import _, current_zone
from kit.money import Money
from models.orders import Order
from models.payments import Allocation, Dispute, Refund, RefundState


def build(envelope: Envelope) -> Letter | None:
    """Plain facts. Evidence is given at the processor's own pages; we never have card data."""
    dispute, news = Dispute.get_by_id(envelope.uuid("dispute")), DisputeNews(envelope.facts["news"])
    subject, first = _words(dispute, news)
    return Letter(
        subject=subject,
        heading=subject,
        first=first,
        rows=_facts(dispute, news),
        why=_("You get this because this is the contact address of %(merchant)s.") % {"merchant": envelope.house.name},
        manage=False,
    )


def _words(dispute: Dispute, news: DisputeNews) -> tuple[str, tuple[str, ...]]:
    names = {"amount": Money(dispute.amount, dispute.currency), "customer": dispute.payment.customer.name}
    match news:
        case DisputeNews.INQUIRY:
            return _("A bank asks about a payment of %(amount)s") % names, (
                _("The bank of %(customer)s asks what this payment was for. It has not taken any money back.") % names,
                _("Answer at your payment processor, or refund the payment. Unanswered, it may become a dispute."),
                _refunded(dispute),
            )
        case DisputeNews.CLOSED:
            return _("The bank's question about %(amount)s is closed") % names, (
                _("The bank of %(customer)s asks no more. No money was taken back, and you need not do anything.")
                % names,
            )
        case DisputeNews.OPENED:
            return _("A payment of %(amount)s is disputed") % names, (
                _("The bank of %(customer)s has taken %(amount)s back until it is decided.") % names,
                _("Answer with your evidence at your payment processor. The purchase stays paid meanwhile."),
                _refunded(dispute),
            )
        case DisputeNews.WON:
            return _("The dispute about %(amount)s is won") % names, (
                _("The bank of %(customer)s gave the money back. You need not do anything.") % names,
            )
        case DisputeNews.LOST:
            return _("The dispute about %(amount)s is lost") % names, (
                _("The bank of %(customer)s keeps the money.") % names,
                _("Decide whether you write it off or ask the customer for it again. Until then nobody is asked."),
            )
    return _("A bank debit of %(amount)s came back as not authorised") % names, (
        _("The bank of %(customer)s says that the debit was not allowed, and took the money back.") % names,
        _("Every schedule on that bank account is paused. Keep the order and the customer's agreement as evidence."),
        _refunded(dispute),
    )


def _refunded(dispute: Dispute) -> str:
    back = sum(row.amount for row in Refund.select().where(
        (Refund.payment == dispute.payment_id) & (Refund.state != RefundState.FAILED)
    ))  # fmt: skip
    if not back:
        return _("Nothing of it had been refunded.")
    amount = Money(back, dispute.currency)
    return _("You had refunded %(amount)s of it before: say so in your answer.") % {"amount": amount}


def _facts(dispute: Dispute, news: DisputeNews) -> tuple[tuple[str, str], ...]:
    orders = Allocation.select(Allocation, Order).join(Order).where(Allocation.payment == dispute.payment_id)
    rows = [(_("Order"), f"{row.order.number} · {row.order.title}") for row in orders.order_by(Order.number)]
    rows += [(_("Reason"), " · ".join(filter(None, (dispute.reason.replace("_", " "), dispute.code))) or "–")]
    rows += [(_("Dispute"), dispute.gateway_ref)]
    if news in (DisputeNews.INQUIRY, DisputeNews.OPENED) and dispute.answer_by:
        rows += [(_("Answer by"), humane_moment(dispute.answer_by, utc_now(), current_zone()))]
    return tuple(rows)
