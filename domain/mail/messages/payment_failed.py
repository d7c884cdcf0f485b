"""An automatic payment failed: why, whether money moved, what we do next, what the person can do."""

from __future__ import annotations

from domain.accounts import links
from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from domain.methods.queries import label
from domain.recoveries.declines import reason, verdict_on
from domain.recoveries.terms import Rule
from integrations.gateways.base import MethodKind
from kit.clock import utc_now
from kit.dates import humane_day, humane_moment
from kit.i18n import _, current_locale, current_zone
from kit.money import Money
from models.customers import LinkPurpose
from models.orders import Order
from models.payments import Attempt, PlannedTry, Promise, PromiseState, TryState


def build(envelope: Envelope) -> Letter | None:
    """Nothing when the order is settled by now, or a later failure has told more."""
    order, house = Order.get_by_id(envelope.uuid("order")), envelope.house
    if order.open == 0:
        return None
    token = links.issue(envelope.uuid("link"), LinkPurpose.FIX_IT, order=order)
    if token is None:
        return None
    attempt = Attempt.get_by_id(envelope.uuid("attempt"))
    method = label(attempt.method.brand, attempt.method.last4)
    why = reason(verdict_on(attempt).code, method=method)
    open_amount = Money(order.open, order.currency)
    return Letter(
        subject=_("Your payment of %(amount)s to %(merchant)s did not go through")
        % {"amount": Money(attempt.amount, attempt.currency), "merchant": house.name},
        heading=_("Your payment did not go through"),
        first=(f"{why.sentence} {_nothing_taken(attempt)}", _next(envelope), why.advice),
        rows=(
            (_("Order"), f"{order.number} · {order.title}"),
            (_("Open amount"), str(open_amount)),
            (_("Tried with"), method),
        ),
        button=Button(_("Pay %(amount)s") % {"amount": open_amount}, places.fix_it(house.slug, token)),
        after=(
            _("The button pays this one order, without signing in, for 14 days."),
            _("To pay with a stored card or to change it, open your account."),
        ),
        values={"amount": str(open_amount), "order": order.number},
        why=_("You get this because you are a customer of %(merchant)s.") % {"merchant": house.name},
    )


def _nothing_taken(attempt: Attempt) -> str:
    if attempt.method.kind == MethodKind.BANK:
        return _("No money has reached us.")
    return _("Nothing was taken.")


def _next(envelope: Envelope) -> str:
    planned = PlannedTry.get_or_none(PlannedTry.id == envelope.facts.get("next_try"))
    if planned is None or planned.state != TryState.PLANNED or planned.due_at <= utc_now():
        return _unplanned(envelope)
    what = {
        "at": humane_moment(planned.due_at, utc_now(), current_zone()),
        "method": label(planned.method.brand, planned.method.last4),
    }
    if planned.rule == Rule.BACKUP:
        return _("On %(at)s we will try your backup, %(method)s, unless you pay before.") % what
    return _("We will try again on %(at)s with %(method)s, unless you pay before.") % what


def _unplanned(envelope: Envelope) -> str:
    promised = Promise.get_or_none((Promise.order == envelope.uuid("order")) & (Promise.state == PromiseState.OPEN))
    if promised is None:
        return _("We will not try again by ourselves.")
    zone = current_zone()
    day = humane_day(promised.day, utc_now().astimezone(zone).date(), current_locale())
    return _("You said that you will pay by %(day)s. We wait until then.") % {"day": day}
