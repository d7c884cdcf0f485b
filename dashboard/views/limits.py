"""What a merchant's person decides about a brake."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.said import keep_typed, say
from dashboard.viewer import signed_in
from dashboard.views import buying, door_form
from domain.accounts.viewer import Audience
from domain.compliance import brakes
from kit.errors import DomainError, NotFound
from kit.i18n import _

views = Blueprint("limits", __name__)


@views.post("/merchant/<slug>/limits/<uuid:brake_id>/lift")
@door(Audience.STAFF)
def lift(slug: str, brake_id: UUID) -> ResponseReturnValue:
    """*Let automatic bank debits go on*, with a reason. A manager's."""
    person, reason = signed_in(), door_form.typed("reason")
    assert person.merchant is not None and person.staff_id is not None  # the guard: a merchant's person
    try:
        brakes.lift(merchant=person.merchant.id, brake=brake_id, reason=reason, staff=person.staff_id)
        say(_("Automatic bank debits go on. What waited is tried at its next hour."), "good")
    except NotFound:
        abort(404)
    except DomainError as problem:
        say(problem.sentence)
        keep_typed("lift", reason)
    return buying.onwards(f"/merchant/{slug}/limits")
