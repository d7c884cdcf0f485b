"""A merchant's person gives money back: full or part, with what will happen said before."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.views import acts
from dashboard.views.acts import GOOD, WARN, Field, Form, Sentence
from dashboard.views.acts_payments import payment_page
from domain.accounts.viewer import Audience, Role
from domain.payments.amount_text import as_typed
from domain.payments.at_gateway import WEB_SECONDS
from domain.payments.web_turn import web_turn
from domain.refunds.ask import look
from domain.refunds.form import Refundable, RefundState, refundable, state_of
from domain.refunds.reserve import refund
from kit.deadline import Deadline
from kit.i18n import _
from kit.money import Money

views = Blueprint("acts_refunds", __name__)


@views.route("/merchant/<slug>/payments/<uuid:payment_id>/refund", methods=["GET", "POST"])
@door(Audience.STAFF, role=Role.MANAGER)
def give_back(slug: str, payment_id: UUID) -> ResponseReturnValue:
    """The form, and the press: reserved once, then asked of the processor."""
    key, house = acts.handle(), acts.house()
    facts = refundable(merchant=house.id, payment=payment_id)
    form = Form(
        title=_("Refund %(amount)s, or part of it") % {"amount": facts.left},
        back=payment_page(slug, payment_id),
        back_label=_("Payment"),
        submit=_("Refund"),
        before=_what_happens(facts),
        fields=[
            Field("amount", _("Amount in %(currency)s") % {"currency": facts.left.currency}, "amount",
                  as_typed(facts.left), _("At most %(amount)s.") % {"amount": facts.left}, required=True),
            Field("owed", _("Afterwards"), "choice", "no", options=[
                ("no", _("it is not owed any more: cancelled, or a courtesy")),
                ("yes", _("it is still owed: it was paid twice, or with the wrong method")),
            ]),
            Field("reason", _("Why"), hint=_("For your own records; optional.")),
        ],
        hidden={"handle": str(key)},
        refused="" if request.method == "POST" else facts.refused,
    )  # fmt: skip
    if request.method != "POST":
        return acts.draw(form)

    def give() -> Sentence:
        amount = acts.amount("amount", facts.left.currency)
        made = refund(
            merchant=house.id,
            payment=payment_id,
            amount=amount,
            handle=key,
            still_owed=acts.text("owed") == "yes",
            reason=acts.text("reason"),
            actor_id=acts.staff(),
        )
        if facts.method:
            _send(made)
        return _said(state_of(made), amount, facts)

    return acts.done(form, payment_page(slug, payment_id), give)


def _send(made: UUID) -> None:
    """Asks within this request when it is our turn; else a worker does, and the payment's page tells."""
    with web_turn() as mine:
        if mine:
            look(made, deadline=Deadline.within(WEB_SECONDS))


def _what_happens(facts: Refundable) -> list[str]:
    if not facts.method:
        return [_("This payment came outside the processor. Give the money back yourself; here it is only noted.")]
    days = _("a bank account in about 5 banking days") if facts.bank else _("a card in 5 to 10 days")
    said = _("It goes back to %(method)s: %(days)s. The customer is told by mail.")
    return [said % {"method": facts.method, "days": days}]


def _said(state: RefundState, amount: Money, facts: Refundable) -> Sentence:
    named = {"amount": amount, "method": facts.method}
    if not facts.method:
        return _("%(amount)s is noted as given back. No money has moved here.") % named, GOOD
    if state == RefundState.SUCCEEDED:
        return _("%(amount)s is on its way back to %(method)s. The customer was told.") % named, GOOD
    if state == RefundState.FAILED:
        return _(
            "The processor refused to give %(amount)s back. No money has moved; the reason stands below."
        ) % named, WARN
    return _(
        "%(amount)s is asked to go back. We do not know the outcome yet; it stands here as soon as we do."
    ) % named, GOOD
