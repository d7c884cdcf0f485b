"""The fix-it link of a failure mail: one order, a new method, no sign-in. After the first press a handle stands in the
token's place, so the token is in no further address."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, request, session
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.said import heard, say
from dashboard.views import buying, door_form
from dashboard.views.payments import FIX_IT_HANDLE, draw
from domain.accounts.viewer import Audience, MerchantFacts
from domain.methods import visit
from domain.payments import fix_it, intention
from domain.payments.again import pay_differently
from domain.payments.intention import Buyer
from domain.payments.pay_form import Sent, pay
from domain.payments.queries import payment_through_link
from domain.payments.reserve import Held
from kit.errors import DomainError
from kit.i18n import _
from kit.ids import as_uuid

views = Blueprint("fix_it", __name__)


@views.get("/p/<slug>/fix/<token>")
@door(Audience.PUBLIC, token_in_address=True)
def show(slug: str, token: str) -> ResponseReturnValue:
    """What the link pays. Opening it consumes nothing: mail scanners open links too."""
    house = door_form.house_of(slug)
    bill = fix_it.bill(merchant=house.id, token=token)
    if bill is None:
        return _dead(house)
    title = _("Pay %(amount)s") % {"amount": bill.amount}
    return page("customer/fix_it.html", title=title, merchant=house, bill=bill, said=heard(), action=request.path)


def _dead(house: MerchantFacts) -> ResponseReturnValue:
    title = _("This link no longer works")
    return page("customer/fix_dead.html", title=title, merchant=house), HTTPStatus.GONE


@views.post("/p/<slug>/fix/<token>")
@door(Audience.PUBLIC, token_in_address=True)
def begin(slug: str, token: str) -> ResponseReturnValue:
    """On to the hosted page, where a new card or bank account is given."""
    house = door_form.house_of(slug)
    try:
        handle = fix_it.begin(merchant=house.id, token=token)
        buyer = fix_it.buyer_of(merchant=house.id, handle=handle) if handle else None
        if handle is None or buyer is None:
            return _dead(house)
        session[FIX_IT_HANDLE] = handle
        return buying.leave_for(visit.start(handle, buyer=buyer, kind=buying.kind(), address=request.remote_addr or ""))
    except DomainError as problem:
        say(problem.sentence)
        return buying.onwards(request.path)


@views.get("/p/<slug>/fix/<handle>/review")
@door(Audience.PUBLIC, token_in_address=True)
def review(slug: str, handle: str) -> ResponseReturnValue:
    """The exact amount, the method that was just added, one button."""
    house = door_form.house_of(slug)
    buyer = fix_it.buyer_of(merchant=house.id, handle=handle)
    if buyer is None:
        return _dead(house)
    chosen = intention.selection(handle, buyer=buyer)
    if not chosen.orders and payment_through_link(house.id, handle):
        return buying.onwards(f"/p/{slug}/fix/{handle}/payment")
    method = next((each for each in chosen.methods if each.id == chosen.method), None)
    here = f"/p/{slug}/fix/{handle}"
    title = _("Pay %(amount)s") % {"amount": chosen.total}
    return page(
        "customer/fix_review.html", title=title, merchant=house, chosen=chosen, method=method, here=here, said=heard()
    )


@views.post("/p/<slug>/fix/<handle>/add")
@door(Audience.PUBLIC, token_in_address=True)
def add(slug: str, handle: str) -> ResponseReturnValue:
    """*Use another card* before anything was pressed: back to the hosted page."""
    house = door_form.house_of(slug)
    buyer = fix_it.buyer_of(merchant=house.id, handle=handle)
    return _dead(house) if buyer is None else _to_hosted_page(slug, handle, buyer)


def _to_hosted_page(slug: str, handle: str, buyer: Buyer) -> ResponseReturnValue:
    session[FIX_IT_HANDLE] = handle
    try:
        return buying.leave_for(visit.start(handle, buyer=buyer, kind=buying.kind(), address=request.remote_addr or ""))
    except DomainError as problem:
        say(problem.sentence)
        return buying.onwards(f"/p/{slug}/fix/{handle}/review")


@views.post("/p/<slug>/fix/<handle>/review")
@door(Audience.PUBLIC, token_in_address=True)
def press(slug: str, handle: str) -> ResponseReturnValue:
    """The press. Refused: nothing was taken, and the page says why."""
    house = door_form.house_of(slug)
    buyer = fix_it.buyer_of(merchant=house.id, handle=handle)
    if buyer is None:
        return _dead(house)
    here = f"/p/{slug}/fix/{handle}"
    chosen = intention.selection(handle, buyer=buyer)
    sent = Sent(
        handle=handle,
        orders=list(chosen.chosen),
        method=as_uuid(request.form.get("method", "")) if _was_added(chosen) else None,
        seen=buying.number("seen"),
        press=buying.number("press"),
        ip=request.remote_addr or "",
        agent=buying.agent(),
    )
    try:
        pay(sent, buyer=buyer)
    except Held as held:
        say(held.sentence)
        mine = payment_through_link(house.id, handle)
        return buying.onwards(f"{here}/payment" if mine else f"{here}/review")
    except DomainError as problem:
        say(problem.sentence)
        return buying.onwards(f"{here}/review")
    return buying.onwards(f"{here}/payment")


def _was_added(chosen: intention.Selection) -> bool:
    """A stored method is never charged through a link: only the one that was added on this page."""
    claimed = as_uuid(request.form.get("method", ""))
    return not chosen.orders or any(each.id == claimed for each in chosen.methods)


@views.get("/p/<slug>/fix/<handle>/payment")
@door(Audience.PUBLIC, token_in_address=True)
def payment(slug: str, handle: str) -> ResponseReturnValue:
    """What became of it: the same page as for the signed-in, without what the link must not show."""
    house = door_form.house_of(slug)
    view = payment_through_link(house.id, handle)
    if view is None or fix_it.buyer_of(merchant=house.id, handle=handle) is None:
        return _dead(house)
    here = f"/p/{slug}/fix/{handle}/payment"
    again = f"/p/{slug}/fix/{handle}/again"
    return draw(view, here=here, home="", again=again, merchant=house)


@views.post("/p/<slug>/fix/<handle>/payment/confirm")
@door(Audience.PUBLIC, token_in_address=True)
def confirm(slug: str, handle: str) -> ResponseReturnValue:
    """*Confirm at your bank*."""
    house = door_form.house_of(slug)
    view = payment_through_link(house.id, handle)
    if view is None or not view.confirm_at:
        return buying.onwards(f"/p/{slug}/fix/{handle}/payment")
    session[FIX_IT_HANDLE] = handle
    return buying.leave_for(view.confirm_at)


@views.post("/p/<slug>/fix/<handle>/again")
@door(Audience.PUBLIC, token_in_address=True)
def again(slug: str, handle: str) -> ResponseReturnValue:
    """*Use another card* after a "no", or instead of confirming; with `same` the card that was added here again."""
    house = door_form.house_of(slug)
    buyer, view = fix_it.buyer_of(merchant=house.id, handle=handle), payment_through_link(house.id, handle)
    if buyer is None or view is None:
        return _dead(house)
    try:
        fresh = pay_differently(payment=view.id, buyer=buyer, same="same" in request.form)
    except DomainError as problem:
        say(problem.sentence)
        fresh = None
    if fresh is None:
        return buying.onwards(f"/p/{slug}/fix/{handle}/payment")
    if "same" in request.form:
        session[FIX_IT_HANDLE] = fresh
        return buying.onwards(f"/p/{slug}/fix/{fresh}/review")
    return _to_hosted_page(slug, fresh, buyer)
