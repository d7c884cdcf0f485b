"""One payment method: its name, what it stands behind, whether it is a backup, and another in its place."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.said import heard, say
from dashboard.viewer import signed_in
from dashboard.views import buying, door_form
from domain.accounts.viewer import Audience
from domain.methods import backup, consent, replace, visit
from domain.methods.listing import Listed, agreements, listed_one
from domain.methods.name import rename
from domain.methods.queries import removed
from kit.clock import utc_now
from kit.errors import DomainError, NotFound
from kit.i18n import _, current_zone

views = Blueprint("method_page", __name__)


def today() -> date:
    """The day at the merchant's, in which the page's dates are said."""
    return utc_now().astimezone(current_zone()).date()


@views.get("/p/<slug>/methods/<uuid:method_id>")
@door(Audience.CUSTOMER)
def show(slug: str, method_id: UUID) -> ResponseReturnValue:
    """The page. One that was removed leads to the list, which says so; another's is not there."""
    return _page(slug, method_id)


def _page(slug: str, method_id: UUID, errors: dict[str, str] | None = None) -> ResponseReturnValue:
    customer = buying.customer_of(signed_in())
    known = listed_one(customer, method_id, today=today())
    if known is None:
        return gone(slug, customer, method_id)
    return page(
        "customer/method.html",
        title=known.method.name,
        one=known,
        agreements=agreements(customer, method_id),
        backup_text=_backup_text(slug, known),
        said=heard(),
        errors=errors or {},
        typed=door_form.typed("nickname") if errors else known.method.nickname,
        base=f"/p/{slug}",
        at=f"/p/{slug}/methods/{method_id}",
    )


def _backup_text(slug: str, known: Listed) -> str:
    return consent.backup_text(door_form.house_of(slug).name) if known.backs.rank is None else ""


def gone(slug: str, customer: UUID, method_id: UUID) -> ResponseReturnValue:
    """A page from before it was removed says how things stand; somebody else's is a 404."""
    called = removed(customer, method_id)
    if not called:
        abort(404)
    say(_("%(method)s has been removed.") % {"method": called}, "info")
    return buying.onwards(f"/p/{slug}/methods")


@views.post("/p/<slug>/methods/<uuid:method_id>/name")
@door(Audience.CUSTOMER)
def name(slug: str, method_id: UUID) -> ResponseReturnValue:
    """*Save name*. One that is too long comes back in its field."""
    try:
        kept = rename(customer=buying.buyer().customer, method=method_id, nickname=door_form.typed("nickname")[:4000])
    except NotFound:
        return gone(slug, buying.customer_of(signed_in()), method_id)
    except DomainError as problem:
        if problem.field is None:
            say(problem.sentence)
            return buying.onwards(f"/p/{slug}/methods/{method_id}")
        answer = _page(slug, method_id, {problem.field: problem.sentence})
        return (answer, HTTPStatus.UNPROCESSABLE_ENTITY) if isinstance(answer, str) else answer
    say(_("It is called %(name)s now.") % {"name": kept} if kept else _("It has no name of its own now."), "good")
    return buying.onwards(f"/p/{slug}/methods/{method_id}")


@views.post("/p/<slug>/methods/<uuid:method_id>/backup")
@door(Audience.CUSTOMER)
def stand_in(slug: str, method_id: UUID) -> ResponseReturnValue:
    """*Use as backup* and *No backup any more*."""
    try:
        buyer = buying.buyer()
        if request.form.get("on") == "1":
            called = backup.switch_on(
                customer=buyer.customer, method=method_id, ip=request.remote_addr or "", agent=buying.agent()
            )
            say(_("%(method)s stands in when another payment fails.") % {"method": called}, "good")
        else:
            called = backup.switch_off(customer=buyer.customer, method=method_id)
            say(_("%(method)s is no backup any more.") % {"method": called}, "good")
    except NotFound:
        return gone(slug, buying.customer_of(signed_in()), method_id)
    except DomainError as problem:
        say(problem.sentence)
    return buying.onwards(f"/p/{slug}/methods/{method_id}")


@views.post("/p/<slug>/methods/<uuid:method_id>/withdraw/<uuid:consent_id>")
@door(Audience.CUSTOMER)
def withdraw(slug: str, method_id: UUID, consent_id: UUID) -> ResponseReturnValue:
    """*Withdraw*: nothing is charged under this consent from now on; a second press changes nothing."""
    try:
        consent.revoke(customer=buying.buyer().customer, consent=consent_id)
        say(_("Withdrawn. Nothing is charged under it any more; what falls due is for you to pay."), "good")
    except DomainError as problem:
        say(problem.sentence)
    return buying.onwards(f"/p/{slug}/methods/{method_id}")


@views.post("/p/<slug>/methods/<uuid:method_id>/replace")
@door(Audience.CUSTOMER)
def put_in_place(slug: str, method_id: UUID) -> ResponseReturnValue:
    """*Replace this card*: adds one of its kind on the processor's page; what the old one backed is offered next."""
    try:
        buyer = buying.buyer()
        handle = replace.begin(buyer=buyer, method=method_id, kind=buying.kind())
        address = request.remote_addr or ""
        return buying.leave_for(visit.start(handle, buyer=buyer, kind=buying.kind(), address=address))
    except NotFound:
        return gone(slug, buying.customer_of(signed_in()), method_id)
    except DomainError as problem:
        say(problem.sentence)
        return buying.onwards(f"/p/{slug}/methods/{method_id}")
