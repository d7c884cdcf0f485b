"""A bank debit was started; it takes days to become final."""

from __future__ import annotations

from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from domain.methods.queries import label
from kit.clock import utc_now
from kit.dates import humane_day
from kit.i18n import _, current_locale, current_zone
from kit.money import Money
from models.orders import Order
from models.payments import Allocation, Attempt, Payment, PaymentState


def build(envelope: Envelope) -> Letter | None:
    """Nothing when the payment is final by now: the receipt or the failure tells it."""
    payment = Payment.get_by_id(envelope.uuid("payment"))
    if payment.state != PaymentState.OPEN:
        return None
    attempt = Attempt.select().where(Attempt.payment == payment).order_by(Attempt.n.desc()).get()
    amount, house = Money(payment.amount, payment.currency), envelope.house
    return Letter(
        subject=_("Your bank debit of %(amount)s to %(merchant)s is on its way")
        % {"amount": amount, "merchant": house.name},
        heading=_("Your bank debit is on its way"),
        first=(
            _("We have asked for %(amount)s from %(method)s.")
            % {"amount": amount, "method": label(attempt.method.brand, attempt.method.last4)},
            _final(attempt),
        ),
        rows=_orders(payment),
        total=(_("Total"), str(amount)),
        button=Button(_("Manage my account"), places.portal(house.slug)),
        values={"amount": str(amount)},
        why=_("You get this because a payment to %(merchant)s was started.") % {"merchant": house.name},
    )


def _final(attempt: Attempt) -> str:
    if attempt.final_on is None:
        return _("This takes some days. You will get a receipt when it is final, and need not do anything.")
    today = utc_now().astimezone(current_zone()).date()
    return _("It is final by %(day)s. You will get a receipt then, and need not do anything.") % {
        "day": humane_day(attempt.final_on, today, current_locale())
    }


def _orders(payment: Payment) -> tuple[tuple[str, str], ...]:
    rows = Allocation.select(Allocation, Order).join(Order).where(Allocation.payment == payment).order_by(Order.number)
    return tuple((f"{row.order.number} · {row.order.title}", str(Money(row.amount, payment.currency))) for row in rows)
