"""What a customer asks of a schedule's coming runs: another date, skip, pay now. Each a native form."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.said import keep_typed, say
from dashboard.views import buying, door_form
from domain.accounts.viewer import Audience
from domain.payments import intention
from domain.schedules import skip
from domain.schedules.early import bill_now
from domain.schedules.move import move
from kit.errors import DomainError, NotFound
from kit.i18n import _

views = Blueprint("schedules", __name__)


@views.post("/p/<slug>/schedules/<uuid:schedule_id>/move")
@door(Audience.CUSTOMER)
def put_off(slug: str, schedule_id: UUID) -> ResponseReturnValue:
    """*Pick another date* for the next run only; its own day takes that back. A refused day stays in its field."""
    buyer = buying.buyer()
    try:
        done = move(
            customer=buyer.customer, schedule=schedule_id, period=_day("period"), to=_day("to"), account=buyer.account
        )
        say(done.sentence, "good")
    except NotFound:
        abort(404)
    except DomainError as problem:
        say(problem.sentence)
        keep_typed(f"move:{schedule_id}", door_form.typed("to"))
    return buying.onwards(f"/p/{slug}/schedules/{schedule_id}")


@views.post("/p/<slug>/schedules/<uuid:schedule_id>/skip")
@door(Audience.CUSTOMER)
def leave_out(slug: str, schedule_id: UUID) -> ResponseReturnValue:
    """*Skip*: nothing is billed on that day. With `undo`, it is billed after all."""
    buyer = buying.buyer()
    change = skip.undo_own_skip if door_form.typed("undo") else skip.skip_own
    try:
        done = change(customer=buyer.customer, schedule=schedule_id, day=_day("period"), account=buyer.account)
        say(done.sentence, "good")
    except NotFound:
        abort(404)
    except DomainError as problem:
        say(problem.sentence)
    return buying.onwards(f"/p/{slug}/schedules/{schedule_id}")


@views.post("/p/<slug>/schedules/<uuid:schedule_id>/pay")
@door(Audience.CUSTOMER)
def pay_early(slug: str, schedule_id: UUID) -> ResponseReturnValue:
    """*Pay now*: makes the next bill early and goes to its pay page, where the press is. Nothing is taken here."""
    buyer = buying.buyer()
    try:
        order = bill_now(customer=buyer.customer, schedule=schedule_id, period=_day("period"), account=buyer.account)
        handle = intention.begin(buyer=buyer, orders=[order])
    except NotFound:
        abort(404)
    except DomainError as problem:
        say(problem.sentence)
        return buying.onwards(f"/p/{slug}/schedules/{schedule_id}")
    return buying.onwards(f"/p/{slug}/pay/{handle}")


def _day(name: str) -> date:
    try:
        return date.fromisoformat(door_form.typed(name))
    except ValueError:
        raise DomainError(_("Choose a day."), field=name) from None
