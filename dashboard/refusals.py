"""What somebody of a merchant's team reads who may not do what they asked for, and whom to ask."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue

from dashboard import chrome, cookies, routes
from dashboard.render import page
from dashboard.said import say
from dashboard.viewer import viewer
from domain.accounts import see_as, sessions
from domain.accounts.queries import desks_of, owners_of
from domain.accounts.viewer import Audience, Role, Viewer
from kit.clock import utc_now
from kit.errors import NotAllowed
from kit.i18n import _, listed


def small_role(person: Viewer, needed: Role) -> NotAllowed:
    """Why the role is too small for this, and who can help: the owners, by name."""
    assert person.merchant is not None
    names = listed(owners_of(person.merchant.id))
    if needed is Role.OWNER:
        return NotAllowed(_("Only an owner can do this. Ask %(names)s.") % {"names": names})
    return NotAllowed(_("Only an owner or a manager can do this. Ask %(names)s.") % {"names": names})


def only_looking() -> NotAllowed:
    """Somebody looks at the portal as a customer sees it: nothing is pressed there."""
    return NotAllowed(_("You see the portal as the customer sees it. Nothing can be pressed or changed here."))


def look_is_over(route: routes.Route, ids: dict[str, Any]) -> ResponseReturnValue | None:
    """Where a look at a customer's portal has ended or was never begun: their record, with a word. None elsewhere."""
    person, customer = viewer(), ids.get("customer_id")
    began_here = route.path == routes.LOOK or route.path.startswith(f"{routes.LOOK}/")
    if not began_here or customer is None or person is None or person.read_only or person.merchant is None:
        return None
    if not see_as.is_ours(person, customer):
        return None
    say(_("Seeing the portal as a customer has ended. Open it again from here."), "info")
    return redirect(f"/merchant/{person.merchant.slug}/customers/{customer}", HTTPStatus.SEE_OTHER)


def at_another_desk() -> ResponseReturnValue | None:
    """For somebody who is signed in but works elsewhere: a page that says so, and where they do. None for the rest.

    An address that belongs to no merchant gets the same page: it does not tell who is a merchant here.
    """
    token = request.cookies.get(cookies.name_of(Audience.STAFF), "")
    person = sessions.load(token, audience=Audience.STAFF, now=utc_now()) if token else None
    if person is None or person.staff_id is None:
        return None
    title = _("You do not work here")
    shown = {"title": title, "chrome": chrome.bare(f"{title} · {chrome.PRODUCT}")}
    desks = desks_of(person.staff_id)
    body = page("errors/other_desk.html", desks=desks, operator=person.operator, **shown)
    return body, HTTPStatus.FORBIDDEN
