"""The assumption behind *calls avoided*."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.said import keep_typed, say
from dashboard.viewer import signed_in
from dashboard.views import buying, door_form
from domain.accounts.viewer import Audience
from domain.events.record import Actor
from domain.merchants.policy import change_policy
from kit.errors import DomainError
from kit.i18n import _

views = Blueprint("adoption", __name__)


@views.post("/merchant/<slug>/adoption/minutes")
@door(Audience.STAFF)
def minutes(slug: str) -> ResponseReturnValue:
    """How many minutes a call takes. A manager's."""
    person, typed = signed_in(), door_form.typed("minutes").strip()
    assert person.merchant is not None and person.staff_id is not None  # the guard: a merchant's person
    try:
        if not typed.isdecimal() or len(typed) > 3:
            raise DomainError(_("Write whole minutes, from 1 to 120."))
        change_policy(
            merchant=person.merchant.id, actor=Actor.STAFF, actor_id=person.staff_id, minutes_a_call=int(typed)
        )
        say(_("Saved. The time saved is reckoned with it from now on."), "good")
    except DomainError as problem:
        say(problem.sentence)
        keep_typed("minutes", typed)
    return buying.onwards(f"/merchant/{slug}/adoption")
