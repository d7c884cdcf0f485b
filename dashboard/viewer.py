"""Who is asking, for the rest of this request. flask-login holds it; the guard decides what it may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import g, has_request_context
from flask_login import current_user

from domain.accounts.viewer import MerchantFacts, Viewer

if TYPE_CHECKING:
    from dashboard.routes import Route


@dataclass(frozen=True)
class Place:
    """The page that a request is for: its row of the table, the variables of its address, the query keys it names.

    `ids` is without the slug: that one is compared with the session's merchant and then known from the viewer.
    """

    route: Route
    slug: str
    ids: dict[str, Any]
    query: dict[str, str]
    path: str


def place() -> Place | None:
    """The page of this request (for a callback: the page it came from), or None on a plain view."""
    found = g.get("place") if has_request_context() else None
    return found if isinstance(found, Place) else None


def viewer() -> Viewer | None:
    """The signed-in person whose session fits this path, or None."""
    if not has_request_context():
        return None
    person = current_user._get_current_object()
    return person if isinstance(person, Viewer) else None


def signed_in() -> Viewer:
    """The signed-in person; for layouts and views behind a door, where the guard has made sure of one."""
    person = viewer()
    if person is None:
        raise RuntimeError("nobody is signed in: this is called outside a guarded door")
    return person


def merchant() -> MerchantFacts | None:
    """The merchant whose page this is, as far as the session tells."""
    person = viewer()
    return person.merchant if person else None
