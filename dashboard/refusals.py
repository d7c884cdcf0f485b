"""What somebody of a merchant's team reads who may not do what they asked for, and whom to ask."""

from __future__ import annotations

from http import HTTPStatus

from flask import request
from flask.typing import ResponseReturnValue

from dashboard import chrome, cookies
from dashboard.render import page
from domain.accounts import sessions
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
