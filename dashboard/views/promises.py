"""*Pick another date*: the customer names a day for a failed payment, or takes it back."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.viewer import signed_in
from dashboard.views import buying, door_form
from domain.accounts.viewer import Audience
from domain.recoveries import promises
from domain.recoveries.queries import offer
from kit.errors import DomainError, NotFound
from kit.i18n import _
from kit.ids import as_uuid

views = Blueprint("promises", __name__)


@views.get("/p/<slug>/orders/<uuid:order_id>/promise")
@door(Audience.CUSTOMER)
def show(slug: str, order_id: UUID) -> ResponseReturnValue:
    """The form: which days, what happens until then."""
    return _form(slug, order_id, {})


def _form(slug: str, order_id: UUID, errors: dict[str, str]) -> str:
    try:
        offered = offer(buying.customer_of(signed_in()), order_id)
    except NotFound:
        abort(404)
    return page(
        "customer/promise.html",
        title=_("Pick another date"),
        offer=offered,
        errors=errors,
        typed=door_form.typed("day"),
        back=f"/p/{slug}/orders/{order_id}",
    )


@views.post("/p/<slug>/orders/<uuid:order_id>/promise")
@door(Audience.CUSTOMER)
def make(slug: str, order_id: UUID) -> ResponseReturnValue:
    """Notes the day; the order's page says it from then on. What cannot be is said at its field."""
    buyer = buying.buyer()
    try:
        promises.promise(
            customer=buyer.customer,
            order=order_id,
            day=_day(door_form.typed("day")),
            method=as_uuid(door_form.typed("method")),
            account=buyer.account,
        )
    except NotFound:
        abort(404)
    except DomainError as problem:
        return _form(slug, order_id, {problem.field or "": problem.sentence}), HTTPStatus.UNPROCESSABLE_ENTITY
    return buying.onwards(f"/p/{slug}/orders/{order_id}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DomainError(_("Choose a day."), field="day") from None


@views.post("/p/<slug>/orders/<uuid:order_id>/promise/withdraw")
@door(Audience.CUSTOMER)
def withdraw(slug: str, order_id: UUID) -> ResponseReturnValue:
    """Takes the day back: our own plan resumes."""
    buyer = buying.buyer()
    try:
        promises.withdraw(customer=buyer.customer, order=order_id, account=buyer.account)
    except NotFound:
        abort(404)
    except DomainError as problem:
        return _form(slug, order_id, {"": problem.sentence}), HTTPStatus.UNPROCESSABLE_ENTITY
    return buying.onwards(f"/p/{slug}/orders/{order_id}")
