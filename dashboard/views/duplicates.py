"""Merging two records after seeing what moves, saying that they are two people, and parting them again."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.said import heard, say
from dashboard.viewer import signed_in
from dashboard.views.acts import house, staff
from domain.accounts.viewer import Audience, Role
from domain.duplicates import queries
from domain.duplicates.dismiss import not_duplicates
from domain.duplicates.find import find
from domain.duplicates.merge import merge
from domain.duplicates.undo import Parted, undo
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _, ngettext

views = Blueprint("duplicates", __name__)


def _to(slug: str, address: str = "") -> ResponseReturnValue:
    return redirect(f"/merchant/{slug}/duplicates{address}", HTTPStatus.SEE_OTHER)


@views.get("/merchant/<slug>/duplicates/<uuid:kept>/with/<uuid:gone>")
@door(Audience.STAFF)
def preview(slug: str, kept: UUID, gone: UUID) -> ResponseReturnValue:
    """Everything that would move, which default wins, which addresses sign in."""
    return _preview(slug, kept, gone, "")


def _preview(slug: str, kept: UUID, gone: UUID, refused: str) -> str:
    try:
        shown = queries.preview(house(), kept, gone)
    except NotFound:
        abort(404)
    return page(
        "merchant/merge.html",
        title=_("Merge two records"),
        shown=shown,
        refused=refused or shown.refused,
        base=f"/merchant/{slug}",
        may_act=signed_in().may(Role.MANAGER),
    )


@views.post("/merchant/<slug>/duplicates/<uuid:kept>/with/<uuid:gone>")
@door(Audience.STAFF)
def press(slug: str, kept: UUID, gone: UUID) -> ResponseReturnValue:
    """Merges. What stands against it is said on the same page."""
    try:
        made = merge(merchant=house().id, survivor=kept, absorbed=gone, staff=staff())
    except NotFound:
        abort(404)
    except Conflict as problem:
        return _preview(slug, kept, gone, problem.sentence), HTTPStatus.CONFLICT
    except DomainError as problem:
        say(problem.sentence, "bad")
        return _to(slug)
    say(_("The two records are one now. You can part them again for 30 days."), "good")
    return _to(slug, f"/merges/{made}")


@views.post("/merchant/<slug>/duplicates/<uuid:kept>/with/<uuid:gone>/not")
@door(Audience.STAFF)
def two_people(slug: str, kept: UUID, gone: UUID) -> ResponseReturnValue:
    """These are two people; they are not offered again."""
    try:
        not_duplicates(merchant=house().id, one=kept, other=gone, staff=staff())
    except NotFound:
        abort(404)
    say(_("Noted: two people. They are not offered again."), "good")
    return _to(slug)


@views.post("/merchant/<slug>/duplicates/look")
@door(Audience.STAFF)
def look_again(slug: str) -> ResponseReturnValue:
    """Compares all customers now instead of tonight."""
    found = find(house().id)
    say(ngettext("%(n)d pair stands on the list.", "%(n)d pairs stand on the list.", found) % {"n": found}, "good")
    return _to(slug)


@views.get("/merchant/<slug>/customers/<uuid:customer_id>/merge")
@door(Audience.STAFF, role=Role.MANAGER)
def choose(slug: str, customer_id: UUID) -> ResponseReturnValue:
    """Which other record is the same person? Found by its number, e-mail address or id."""
    asked = request.args.get("q", "").strip()
    try:
        offered = queries.partners(house(), customer_id, asked)
    except NotFound:
        abort(404)
    return page(
        "merchant/merge_choose.html",
        title=_("Merge with another record"),
        offered=offered,
        asked=asked,
        base=f"/merchant/{slug}",
    )


@views.get("/merchant/<slug>/duplicates/merges/<uuid:merge_id>")
@door(Audience.STAFF)
def made(slug: str, merge_id: UUID) -> ResponseReturnValue:
    """One merge: what it did, and whether it can be undone."""
    return _made(slug, merge_id, "")


def _made(slug: str, merge_id: UUID, refused: str) -> str:
    try:
        done = queries.merge_of(house(), merge_id)
    except NotFound:
        abort(404)
    return page(
        "merchant/merged.html",
        title=_("Merged records"),
        done=done,
        refused=refused or done.refused,
        base=f"/merchant/{slug}",
        may_act=signed_in().may(Role.MANAGER),
        said=heard(),
    )


@views.post("/merchant/<slug>/duplicates/merges/<uuid:merge_id>/undo")
@door(Audience.STAFF)
def part(slug: str, merge_id: UUID) -> ResponseReturnValue:
    """Parts the records again."""
    try:
        parted = undo(merchant=house().id, merge=merge_id, staff=staff())
    except NotFound:
        abort(404)
    except Conflict as problem:
        return _made(slug, merge_id, problem.sentence), HTTPStatus.CONFLICT
    say(_parted(parted), "good")
    return _to(slug, f"/merges/{merge_id}")


def _parted(parted: Parted) -> str:
    unlinked = len(parted.orders_by_hand) + len(parted.schedules_by_hand)
    if not unlinked:
        return _("The two records are apart again, as they were.")
    return ngettext(
        "The two records are apart again. %(n)d purchase or schedule needs another payment method: the one it used "
        "went back.",
        "The two records are apart again. %(n)d purchases or schedules need another payment method: the one they used "
        "went back.",
        unlinked,
    ) % {"n": unlinked}
