"""What follows a press: plain pages that refresh themselves, readable without scripts. None waits for the gateway."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, abort, request, session
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.said import heard, say
from dashboard.viewer import signed_in, viewer
from dashboard.views import buying, door_form
from domain.accounts.viewer import Audience, MerchantFacts
from domain.payments import fix_it
from domain.payments.again import pay_differently
from domain.payments.at_gateway import WEB_SECONDS
from domain.payments.queries import PaymentView, Stage, attempt_of, nudge, payment_of, pressed_through
from domain.payments.resolve import look
from domain.payments.web_turn import web_turn
from kit.deadline import Deadline
from kit.errors import DomainError
from kit.i18n import _

views = Blueprint("payments", __name__)
FIX_IT_HANDLE = "fix"  # in the signed cookie: which fix-it page this browser has open
_WAITS = (2, 2, 3, 4, 5, 8, 13, 20, 30)  # seconds until the page asks again, growing
_REFRESHED = (Stage.ASKING, Stage.CHECKING)


@views.get("/p/<slug>/payments/<uuid:payment_id>")
@door(Audience.CUSTOMER)
def show(slug: str, payment_id: UUID) -> ResponseReturnValue:
    """Where a payment stands, for the customer whose it is."""
    view = payment_of(buying.customer_of(signed_in()), payment_id)
    if view is None:
        abort(404)
    here = f"/p/{slug}/payments/{payment_id}"
    return draw(view, here=here, home=f"/p/{slug}", again=f"{here}/again", receipts=f"/p/{slug}/receipts/")


def draw(
    view: PaymentView, *, here: str, home: str, again: str, receipts: str = "", merchant: MerchantFacts | None = None
) -> ResponseReturnValue:
    """The page of a payment. While we ask it wakes a worker and refreshes itself; it never asks the bank itself."""
    turn = min(request.args.get("n", 0, type=int) if request.args else 0, 99)
    waiting = view.stage in _REFRESHED
    if view.attempt is not None and view.stage.is_open:
        nudge(view.attempt)
    refresh = f"{_WAITS[turn]}; url={here}?n={turn + 1}" if waiting and 0 <= turn < len(_WAITS) else ""
    return page(
        "customer/payment.html",
        title=_title(view.stage),
        heading=_title(view.stage),
        payment=view,
        stage=view.stage.value,
        refresh=refresh,
        here=here,
        home=home,
        again=again,
        receipts=receipts,
        said=heard(),
        merchant=merchant,
    )


def _title(stage: Stage) -> str:
    return {
        Stage.ASKING: _("Asking your bank…"),
        Stage.CHECKING: _("Checking with your bank"),
        Stage.CONFIRM: _("Confirm at your bank"),
        Stage.PENDING: _("Your payment is on its way"),
        Stage.RECEIVED: _("Payment received"),
        Stage.DECLINED: _("Your payment did not go through"),
        Stage.EXPIRED: _("The time to confirm has passed"),
        Stage.CANCELLED: _("Your payment was not made"),
        Stage.RETURNED: _("Your bank took this payment back"),
    }[stage]


@views.post("/p/<slug>/payments/<uuid:payment_id>/confirm")
@door(Audience.CUSTOMER)
def confirm(slug: str, payment_id: UUID) -> ResponseReturnValue:
    """*Confirm at your bank*: on to the bank's page, if it still waits."""
    view = payment_of(buying.buyer().customer, payment_id)
    if view is None:
        abort(404)
    return buying.leave_for(view.confirm_at) if view.confirm_at else buying.onwards(f"/p/{slug}/payments/{payment_id}")


@views.post("/p/<slug>/payments/<uuid:payment_id>/again")
@door(Audience.CUSTOMER)
def again(slug: str, payment_id: UUID) -> ResponseReturnValue:
    """*Use another card*, or with `same` *Try again*: the same orders on a new pay page, once the old attempt is known
    to be closed."""
    try:
        handle = pay_differently(payment=payment_id, buyer=buying.buyer(), same="same" in request.form)
    except DomainError as problem:
        say(problem.sentence)
        return buying.onwards(f"/p/{slug}")
    return buying.onwards(f"/p/{slug}/pay/{handle}" if handle else f"/p/{slug}/payments/{payment_id}")


@views.get("/p/<slug>/payments/<uuid:payment_id>/return")
@door(Audience.PUBLIC)
def returned(slug: str, payment_id: UUID) -> ResponseReturnValue:
    """Back from the bank, maybe in another browser: reads the intent again and drops the query by a redirect."""
    house = door_form.house_of(slug)
    attempt = attempt_of(house.id, payment_id)
    if attempt is None:
        abort(404)
    with web_turn() as mine:
        if mine:
            look(attempt, deadline=Deadline.within(WEB_SECONDS))
        else:
            nudge(attempt)
    handle = str(session.get(FIX_IT_HANDLE, ""))
    if handle and pressed_through(house.id, payment_id, handle) and fix_it.buyer_of(merchant=house.id, handle=handle):
        return buying.onwards(f"/p/{slug}/fix/{handle}/payment")
    person = viewer()
    if person is not None and person.customer_id and payment_of(person.customer_id, payment_id):
        return buying.onwards(f"/p/{slug}/payments/{payment_id}")
    return buying.onwards(f"/p/{slug}/payments/{payment_id}/confirmed")


@views.get("/p/<slug>/payments/<uuid:payment_id>/confirmed")
@door(Audience.PUBLIC)
def confirmed(slug: str, payment_id: UUID) -> ResponseReturnValue:
    """For a browser that is not signed in: it learns nothing of the payment, only where to see it."""
    house = door_form.house_of(slug)
    to = f"/p/{slug}/sign-in?next=/p/{slug}/payments/{payment_id}"
    return page("customer/confirmed.html", title=_("Back from your bank"), merchant=house, to=to), HTTPStatus.OK
