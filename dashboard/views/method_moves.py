"""What goes over to a method, and what becomes of one that is removed: the offer, the confirmation, both presses."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.said import heard, say
from dashboard.viewer import signed_in
from dashboard.views import buying, door_form
from dashboard.views.method_page import gone, today
from domain.accounts.viewer import Audience
from domain.methods.backing import uses
from domain.methods.consent import replacement_text
from domain.methods.move import Offer, move, offer
from domain.methods.queries import method_of
from domain.methods.remove import removal, remove
from domain.payments import intention
from kit.errors import DomainError, NotFound
from kit.i18n import _
from kit.ids import as_uuid

views = Blueprint("method_moves", __name__)


def after_choosing(slug: str, customer: UUID, method_id: UUID, instead: UUID | None = None) -> str:
    """Where to go when a method was added or became the default: to the offer, if there is something to offer."""
    listing = f"/p/{slug}/methods"
    try:
        offered = offer(customer=customer, method=method_id)
    except DomainError:
        return listing
    if instead is not None and method_of(customer, instead) is not None:
        if offered.worth_showing:
            return f"{listing}/{method_id}/move?instead={instead}"
        return f"{listing}/{instead}/remove"
    return f"{listing}/{method_id}/move" if offered.worth_showing else listing


@views.get("/p/<slug>/methods/<uuid:method_id>/move")
@door(Audience.CUSTOMER)
def show_offer(slug: str, method_id: UUID) -> ResponseReturnValue:
    """What could go over to this method, what stays and why, and what failed."""
    customer, instead = buying.customer_of(signed_in()), as_uuid(request.args.get("instead", ""))
    try:
        offered = offer(customer=customer, method=method_id)
    except NotFound:
        return gone(slug, customer, method_id)
    except DomainError as problem:
        say(problem.sentence)
        return buying.onwards(f"/p/{slug}/methods/{method_id}")
    return page(
        "customer/method_move.html",
        title=_("Use %(method)s for what comes next") % {"method": offered.method.label},
        offer=offered,
        old=method_of(customer, instead) if instead else None,
        ticked=_ticked(offered, instead),
        said=heard(),
        base=f"/p/{slug}",
        at=f"/p/{slug}/methods/{method_id}",
    )


def _ticked(offered: Offer, instead: UUID | None) -> set[UUID]:
    return {view.id for view in offered.moves if instead is None or view.method_id == instead}


@views.post("/p/<slug>/methods/<uuid:method_id>/move")
@door(Audience.CUSTOMER)
def take_over(slug: str, method_id: UUID) -> ResponseReturnValue:
    """*Move what is ticked*, or *Leave everything as it is*."""
    instead = as_uuid(request.form.get("instead", ""))
    try:
        buyer = buying.buyer()
        if request.form.get("keep") == "1":
            say(_("Nothing was moved: your schedules stay on the payment method that they name."), "info")
            return buying.onwards(_next(slug, buyer.customer, None))
        ticked = [known for text in request.form.getlist("schedule")[:1000] if (known := as_uuid(text))]
        said = move(
            customer=buyer.customer,
            method=method_id,
            schedules=ticked,
            ip=request.remote_addr or "",
            agent=buying.agent(),
        )
    except NotFound:
        return gone(slug, buying.customer_of(signed_in()), method_id)
    except DomainError as problem:
        say(problem.sentence)
        return buying.onwards(f"/p/{slug}/methods/{method_id}/move{f'?instead={instead}' if instead else ''}")
    say(said, "good")
    return buying.onwards(_next(slug, buyer.customer, instead))


def _next(slug: str, customer: UUID, instead: UUID | None) -> str:
    """After a replacement: on to removing the old one. Else the list."""
    known = method_of(customer, instead) if instead else None
    return f"/p/{slug}/methods/{known.id}/remove" if known else f"/p/{slug}/methods"


@views.post("/p/<slug>/methods/<uuid:method_id>/pay")
@door(Audience.CUSTOMER)
def pay_failed(slug: str, method_id: UUID) -> ResponseReturnValue:
    """*Pay … now*: the pay page with the failed orders and this method chosen. Nothing is charged before its button."""
    try:
        buyer = buying.buyer()
        offered = offer(customer=buyer.customer, method=method_id)
        if not offered.failed:
            say(_("Nothing that failed is open any more."), "info")
            return buying.onwards(f"/p/{slug}/methods")
        handle = intention.begin(buyer=buyer, orders=[view.id for view in offered.failed])
        intention.prefer(handle, buyer=buyer, method=method_id)
    except NotFound:
        return gone(slug, buying.customer_of(signed_in()), method_id)
    except DomainError as problem:
        say(problem.sentence)
        return buying.onwards(f"/p/{slug}/methods/{method_id}")
    return buying.onwards(f"/p/{slug}/pay/{handle}")


@views.get("/p/<slug>/methods/<uuid:method_id>/remove")
@door(Audience.CUSTOMER)
def confirm(slug: str, method_id: UUID) -> ResponseReturnValue:
    """What exactly will happen, or why it cannot be removed now."""
    return _confirmation(slug, method_id, {})


def _confirmation(slug: str, method_id: UUID, errors: dict[str, str]) -> ResponseReturnValue:
    customer = buying.customer_of(signed_in())
    try:
        known = removal(customer=customer, method=method_id)
    except NotFound:
        return gone(slug, customer, method_id)
    house = door_form.house_of(slug)
    return page(
        "customer/method_remove.html",
        title=_("Remove %(method)s") % {"method": known.method.label},
        known=known,
        uses=uses(known.backs, today()),
        texts={each.id: replacement_text(house.name, each.label, known.method.label) for each in known.replacements},
        errors=errors,
        picked={name: as_uuid(door_form.typed(name)) for name in ("replacement", "next_default")},
        said=heard(),
        merchant_name=house.name,
        base=f"/p/{slug}",
        at=f"/p/{slug}/methods/{method_id}",
    )


@views.post("/p/<slug>/methods/<uuid:method_id>/remove")
@door(Audience.CUSTOMER)
def take_away(slug: str, method_id: UUID) -> ResponseReturnValue:
    """*Remove …*. What has to be chosen first is said at its place; a second press says that it is done."""
    try:
        said = remove(
            customer=buying.buyer().customer,
            method=method_id,
            replacement=as_uuid(door_form.typed("replacement")),
            next_default=as_uuid(door_form.typed("next_default")),
            ip=request.remote_addr or "",
            agent=buying.agent(),
        )
    except NotFound:
        return gone(slug, buying.customer_of(signed_in()), method_id)
    except DomainError as problem:
        if problem.field is None:  # the page itself says why
            return buying.onwards(f"/p/{slug}/methods/{method_id}/remove")
        answer = _confirmation(slug, method_id, {problem.field: problem.sentence})
        return (answer, HTTPStatus.UNPROCESSABLE_ENTITY) if isinstance(answer, str) else answer
    say(said, "good")
    return buying.onwards(f"/p/{slug}/methods")
