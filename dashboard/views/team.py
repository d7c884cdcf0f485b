"""Who works for a merchant: the list for everybody there, changes for its owners."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, redirect
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.said import heard, say
from dashboard.viewer import signed_in
from dashboard.views import door_form as form
from domain.accounts import roles, team
from domain.accounts.team_list import Member, member_of, team_of
from domain.accounts.viewer import Audience, Role
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _

views = Blueprint("team", __name__)
_AT = "/merchant/<slug>/settings/team"
_ONE = f"{_AT}/<uuid:member_id>"


def _merchant() -> UUID:
    house = signed_in().merchant
    assert house is not None
    return house.id


@views.get(_AT)
@door(Audience.STAFF)
def show(slug: str) -> ResponseReturnValue:
    """Everybody, with role, second factor and last sign-in."""
    person = signed_in()
    return page(
        "merchant/team.html",
        title=_("Team"),
        base=f"/merchant/{slug}/settings",
        team=team_of(_merchant()),
        me=person.staff_id,
        may=person.may(Role.OWNER),
        named=roles.name_of,
        means=[(roles.name_of(role), roles.means(role)) for role in Role],
        said=heard(),
    )


@views.get(f"{_AT}/invite")
@door(Audience.STAFF, role=Role.OWNER, proof=True)
def invite(slug: str) -> ResponseReturnValue:
    """The form."""
    return page("merchant/team_invite.html", errors={}, typed={}, **_invite_frame(slug))


def _invite_frame(slug: str) -> dict[str, Any]:
    return {"title": _("Invite somebody"), "back": f"/merchant/{slug}/settings/team", "roles": _choices()}


def _choices() -> list[tuple[str, str, str]]:
    return [(str(role), roles.name_of(role), roles.means(role)) for role in (Role.VIEWER, Role.MANAGER, Role.OWNER)]


@views.post(f"{_AT}/invite")
@door(Audience.STAFF, role=Role.OWNER, proof=True)
def press_invite(slug: str) -> ResponseReturnValue:
    """Gives the role and mails the invitation."""
    role, email = _role(), form.typed("email")
    try:
        team.invite(viewer=signed_in(), email=email, name=form.typed("name"), role=role)
    except DomainError as error:
        typed = {"email": email, "name": form.typed("name"), "role": str(role)}
        return form.again("merchant/team_invite.html", error, typed=typed, **_invite_frame(slug))
    say(_("The invitation is on its way to %(address)s.") % {"address": email.strip()}, "good")
    return _back(slug)


def _role() -> Role:
    try:
        return Role(form.typed("role"))
    except ValueError:
        abort(400)


def _back(slug: str) -> ResponseReturnValue:
    return redirect(f"/merchant/{slug}/settings/team", HTTPStatus.SEE_OTHER)


@views.get(_ONE)
@door(Audience.STAFF, role=Role.OWNER, proof=True)
def one(slug: str, member_id: UUID) -> ResponseReturnValue:
    """A colleague: role, invitation, second factor, removal."""
    member = _member(member_id)
    return page(
        "merchant/team_member.html",
        title=member.name,
        back=f"/merchant/{slug}/settings/team",
        member=member,
        own=member.staff_id == signed_in().staff_id,
        roles=_choices(),
        named=roles.name_of,
        said=heard(),
    )


def _member(member_id: UUID) -> Member:
    found = member_of(_merchant(), member_id)
    if found is None:
        abort(404)
    return found


@views.post(f"{_ONE}/role")
@door(Audience.STAFF, role=Role.OWNER, proof=True)
def press_role(slug: str, member_id: UUID) -> ResponseReturnValue:
    """Another role, from the next click on."""
    member, role = _member(member_id), _role()
    refused = _refused(slug, member_id, lambda: team.change_role(viewer=signed_in(), member=member_id, role=role))
    if refused is None:
        say(_("%(name)s is %(role)s now.") % {"name": member.name, "role": roles.name_of(role)}, "good")
    return refused or _back(slug)


@views.post(f"{_ONE}/remove")
@door(Audience.STAFF, role=Role.OWNER, proof=True)
def press_remove(slug: str, member_id: UUID) -> ResponseReturnValue:
    """Off the team."""
    member = _member(member_id)
    refused = _refused(slug, member_id, lambda: team.remove(viewer=signed_in(), member=member_id))
    if refused is None:
        say(_("%(name)s does not work here any more.") % {"name": member.name}, "good")
    return refused or _back(slug)


@views.post(f"{_ONE}/invite")
@door(Audience.STAFF, role=Role.OWNER, proof=True)
def press_again(slug: str, member_id: UUID) -> ResponseReturnValue:
    """The invitation once more."""
    member = _member(member_id)
    refused = _refused(slug, member_id, lambda: team.invite_again(viewer=signed_in(), member=member_id))
    if refused is None:
        say(_("The invitation is on its way to %(address)s.") % {"address": member.email}, "good")
    return refused or _back(slug)


@views.post(f"{_ONE}/second-factor/reset")
@door(Audience.STAFF, role=Role.OWNER, proof=True)
def press_reset(slug: str, member_id: UUID) -> ResponseReturnValue:
    """A lost second factor is taken away."""
    member = _member(member_id)
    refused = _refused(slug, member_id, lambda: team.reset_factor(viewer=signed_in(), member=member_id))
    if refused is None:
        say(_("%(name)s signs in by password alone now, and was told so.") % {"name": member.name}, "good")
    return refused or _back(slug)


def _refused(slug: str, member_id: UUID, act: Any) -> ResponseReturnValue | None:
    """Does it; where it cannot be done, back to the person's page with the reason."""
    try:
        act()
    except NotFound:
        abort(404)
    except Conflict as why:
        say(why.sentence, "bad")
        return redirect(f"/merchant/{slug}/settings/team/{member_id}", HTTPStatus.SEE_OTHER)
    return None
