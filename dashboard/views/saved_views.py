"""*Your views*: dashboards with their filters under a name; opened, renamed, mailed every Monday, deleted."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import parse_qsl
from uuid import UUID

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from dashboard import routes
from dashboard.door import door
from dashboard.render import page
from dashboard.said import heard, say
from dashboard.viewer import signed_in
from dashboard.views import buying, door_form
from domain.accounts.viewer import Audience, Role
from domain.reports import saved_views
from domain.reports.saved_views import Board, View
from kit.errors import DomainError, NotFound
from kit.i18n import _

views = Blueprint("saved_views", __name__)
# A view is its person's alone and changes nothing of the merchant's: whoever may look may keep one.
_WHO_LOOKS = Role.VIEWER


@views.get("/merchant/<slug>/views")
@door(Audience.STAFF)
def show(slug: str) -> ResponseReturnValue:
    """The person's views."""
    merchant, staff = _who()
    return page(
        "merchant/views.html",
        title=_("Your views"),
        views=saved_views.views_of(merchant, staff),
        boards=board_names(),
        said=heard(),
        at=f"/merchant/{slug}",
    )


@views.post("/merchant/<slug>/views")
@door(Audience.STAFF, role=_WHO_LOOKS)
def save(slug: str) -> ResponseReturnValue:
    """Keeps the filters that the form names; back to the dashboard, which then has a name."""
    merchant, staff = _who()
    board = _board()
    name, filters = door_form.typed("name"), _filters(slug, board, door_form.typed("query"))
    try:
        saved_views.save(merchant=merchant, staff=staff, name=name, board=board, filters=filters)
    except DomainError as problem:
        return door_form.again(
            "merchant/view_new.html",
            problem,
            title=_("Keep this view"),
            board=board,
            boards=board_names(),
            query=door_form.typed("query")[:1000],
            typed=name,
            at=f"/merchant/{slug}",
        )
    say(_("Kept as “%(name)s”. Here you can have it mailed to you every Monday.") % {"name": name.strip()[:80]}, "good")
    return buying.onwards(f"/merchant/{slug}/views")


@views.get("/merchant/<slug>/views/<uuid:view_id>")
@door(Audience.STAFF)
def one(slug: str, view_id: UUID) -> ResponseReturnValue:
    """One view: its name, its weekly mail, its end."""
    return _one(slug, view_id, {}, None)


@views.post("/merchant/<slug>/views/<uuid:view_id>/rename")
@door(Audience.STAFF, role=_WHO_LOOKS)
def rename(slug: str, view_id: UUID) -> ResponseReturnValue:
    """Another name."""
    merchant, staff = _who()
    name = door_form.typed("name")
    try:
        saved_views.rename(merchant=merchant, staff=staff, view=view_id, name=name)
    except NotFound:
        abort(404)
    except DomainError as problem:
        said = {problem.field or "": problem.sentence}
        return _one(slug, view_id, said, name), HTTPStatus.UNPROCESSABLE_ENTITY
    say(_("The view has its new name."), "good")
    return buying.onwards(f"/merchant/{slug}/views")


@views.post("/merchant/<slug>/views/<uuid:view_id>/weekly")
@door(Audience.STAFF, role=_WHO_LOOKS)
def weekly(slug: str, view_id: UUID) -> ResponseReturnValue:
    """Mailed every Monday from now on, or no longer."""
    merchant, staff = _who()
    wanted = door_form.typed("wanted") == "yes"
    try:
        saved_views.mail_weekly(merchant=merchant, staff=staff, view=view_id, wanted=wanted)
    except NotFound:
        abort(404)
    say(_("It is mailed to you on Mondays at 7:00.") if wanted else _("It is not mailed any more."), "good")
    return buying.onwards(f"/merchant/{slug}/views")


@views.post("/merchant/<slug>/views/<uuid:view_id>/delete")
@door(Audience.STAFF, role=_WHO_LOOKS)
def delete(slug: str, view_id: UUID) -> ResponseReturnValue:
    """Forgets the view; the dashboard and its figures stay."""
    merchant, staff = _who()
    saved_views.delete(merchant=merchant, staff=staff, view=view_id)
    say(_("The view is deleted. The figures are untouched."), "good")
    return buying.onwards(f"/merchant/{slug}/views")


def board_names() -> dict[Board, str]:
    """The dashboards as people call them."""
    return {Board.FAILED: _("Failed payments"), Board.RECOVERY: _("Recovery")}


def _one(slug: str, view_id: UUID, errors: dict[str, str], typed: str | None) -> str:
    found: View | None = saved_views.view_of(*_who(), view_id)
    if found is None:
        abort(404)
    return page(
        "merchant/view.html",
        title=found.name,
        view=found,
        boards=board_names(),
        errors=errors,
        typed=found.name if typed is None else typed,
        at=f"/merchant/{slug}",
    )


def _who() -> tuple[UUID, UUID]:
    person = signed_in()
    assert person.merchant is not None  # the guard: an address with a slug has the session's merchant
    assert person.staff_id is not None  # and this audience is staff
    return person.merchant.id, person.staff_id


def _board() -> Board:
    try:
        return Board(door_form.typed("board"))
    except ValueError:
        abort(404)


def _filters(slug: str, board: Board, query: str) -> dict[str, str]:
    """Of what the form claims, the keys that the dashboard's row of the table names."""
    found = routes.match(f"/merchant/{slug}/{board}")
    known = found[0].query if found else ()
    return {key: value for key, value in parse_qsl(query[:2000]) if key in known and key != "page"}
