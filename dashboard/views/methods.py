"""Payment methods: the visit to the processor's hosted page and back, and which method comes first."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, abort, request, session
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page, text
from dashboard.said import say
from dashboard.viewer import signed_in
from dashboard.views import buying, door_form
from dashboard.views.method_moves import after_choosing
from dashboard.views.payments import FIX_IT_HANDLE
from domain.accounts.viewer import Audience
from domain.methods import visit
from domain.methods.default import make_default
from domain.methods.mandates import Agreed
from domain.methods.queries import authorizations, methods_of
from domain.payments import fix_it, intention
from domain.payments.pay_form import keep
from kit.errors import DomainError, NotFound
from kit.i18n import _
from kit.ids import as_uuid

views = Blueprint("methods", __name__)


@views.post("/p/<slug>/methods/add")
@door(Audience.CUSTOMER)
def add(slug: str) -> ResponseReturnValue:
    """*Add card* or *Add bank account* outside of a payment."""
    buyer = buying.buyer()
    try:
        handle = visit.begin_without_paying(buyer=buyer)
        address = request.remote_addr or ""
        return buying.leave_for(visit.start(handle, buyer=buyer, kind=buying.kind(), address=address))
    except DomainError as problem:
        say(problem.sentence)
        return buying.onwards(f"/p/{slug}/methods")


@views.post("/p/<slug>/methods/<uuid:method_id>/default")
@door(Audience.CUSTOMER)
def default(slug: str, method_id: UUID) -> ResponseReturnValue:
    """*Make default*; then the offer to move what other methods of its kind pay, if there is something to move."""
    try:
        customer = buying.buyer().customer
        called = make_default(customer=customer, method=method_id)
    except DomainError as problem:
        say(problem.sentence)
        return buying.onwards(f"/p/{slug}/methods")
    say(_("%(method)s is your default now.") % {"method": called}, "good")
    return buying.onwards(after_choosing(slug, customer, method_id))


@views.post("/p/<slug>/methods/<uuid:method_id>/check")
@door(Audience.CUSTOMER)
def check(slug: str, method_id: UUID) -> ResponseReturnValue:
    """*I have entered them*: asks the processor whether the account is verified. From the pay page, back to it."""
    buyer = buying.buyer()
    try:
        say(visit.check_now(customer=buyer.customer, method=method_id), "info")
    except DomainError as problem:
        say(problem.sentence)
    handle = request.form.get("handle", "")
    if not intention.is_mine(handle, customer=buyer.customer):
        return buying.onwards(f"/p/{slug}/methods")
    try:
        ticked = as_uuid(request.form.get("method", ""))
        keep(handle, buyer=buyer, orders=buying.ticked(), method=ticked, amount=request.form.get("amount", "")[:80])
    except DomainError:
        pass  # the page itself says what is wrong with the selection
    return buying.onwards(f"/p/{slug}/pay/{handle}")


@views.get("/p/<slug>/methods/<uuid:method_id>/authorization")
@door(Audience.CUSTOMER)
def authorization(slug: str, method_id: UUID) -> ResponseReturnValue:
    """The copy of what was agreed to for a bank account, ready to print or save."""
    copy = authorizations(buying.customer_of(signed_in()), method_id)
    if copy is None:
        abort(404)
    title = _("Authorization for %(method)s") % {"method": copy.method}
    return page("customer/authorization.html", title=title, copy=copy, method=method_id, back=f"/p/{slug}/methods")


@views.get("/p/<slug>/methods/<uuid:method_id>/authorization.txt")
@door(Audience.CUSTOMER)
def authorization_file(slug: str, method_id: UUID) -> ResponseReturnValue:
    """The same as a file to keep."""
    copy = authorizations(buying.customer_of(signed_in()), method_id)
    if copy is None:
        abort(404)
    copied = text("customer/authorization.txt", copy=copy, merchant=door_form.house_of(slug).name)
    kept = {"Content-Disposition": f'attachment; filename="authorization-{method_id}.txt"', "Cache-Control": "no-store"}
    return Response(copied, mimetype="text/plain; charset=utf-8", headers=kept)


def _agreed() -> Agreed:
    return Agreed(request.remote_addr or "", buying.agent())


@views.get("/p/<slug>/back/<handle>")
@door(Audience.PUBLIC)
def back(slug: str, handle: str) -> ResponseReturnValue:
    """Back from the hosted page. A fix-it page goes on by its handle; everybody else must (still) be signed in."""
    house = door_form.house_of(slug)
    buyer = fix_it.buyer_of(merchant=house.id, handle=handle)
    if buyer is None:
        return buying.onwards(f"/p/{slug}/added/{handle}")
    session[FIX_IT_HANDLE] = handle
    done = visit.finish(handle, buyer=buyer, agreed=_agreed())
    if done.method is None:
        say(done.sentence, "info")
    return buying.onwards(f"/p/{slug}/fix/{handle}/review")


@views.get("/p/<slug>/added/<handle>")
@door(Audience.CUSTOMER)
def added(slug: str, handle: str) -> ResponseReturnValue:
    """Stores what was added, once, and goes back to the same selection with the new method ticked."""
    try:
        done = visit.finish(handle, buyer=buying.buyer(), agreed=_agreed())
    except NotFound as problem:
        say(problem.sentence)
        return buying.onwards(f"/p/{slug}")
    say(_sentence(done), "good" if done.method else "info")
    if done.to != visit.METHODS:
        return buying.onwards(f"/p/{slug}/pay/{handle}")
    if done.method is None:
        return buying.onwards(f"/p/{slug}/methods")
    return buying.onwards(after_choosing(slug, buying.buyer().customer, done.method, done.replaces))


def _sentence(done: visit.Back) -> str:
    """What came of the visit; a method that can pay at once is named."""
    customer = buying.buyer().customer
    new = next((each for each in methods_of(customer) if each.id == done.method and each.fit), None)
    if new is None:
        return done.sentence
    if done.to == visit.METHODS:
        return _("%(method)s was added.") % {"method": new.label}
    return _("%(method)s was added and is chosen below. Nothing is charged yet.") % {"method": new.label}
