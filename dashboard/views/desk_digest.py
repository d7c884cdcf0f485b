"""*Daily digest*: the hour at which the list of today comes by mail. And the portal's address as a picture to print."""

from __future__ import annotations

import io
from http import HTTPStatus

import segno
from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.said import heard, say
from dashboard.viewer import signed_in
from dashboard.views import buying, door_form
from domain.accounts.viewer import Audience, Role
from domain.desk.digest import choose_hour, digest_hour
from domain.mail.places import portal
from kit.errors import DomainError
from kit.i18n import _

views = Blueprint("desk_digest", __name__)


@views.get("/merchant/<slug>/settings/digest")
@door(Audience.STAFF)
def show(slug: str) -> ResponseReturnValue:
    """The form, with the hour that stands."""
    return _form(slug, {})


def _form(slug: str, errors: dict[str, str]) -> str:
    person = signed_in()
    assert person.merchant is not None and person.staff_id is not None  # the guard: a merchant's person
    hour = digest_hour(merchant=person.merchant.id, staff=person.staff_id)
    return page(
        "merchant/today_digest.html",
        title=_("Daily digest"),
        hour="" if hour is None else hour,
        hours=[("", _("No digest")), *((each, f"{each}:00") for each in range(24))],
        email=person.email,
        zone=person.merchant.zone,
        errors=errors,
        said=heard(),
        back=f"/merchant/{slug}",
        action=f"/merchant/{slug}/settings/digest",
    )


@views.post("/merchant/<slug>/settings/digest")
@door(Audience.STAFF, role=Role.VIEWER)
def choose(slug: str) -> ResponseReturnValue:
    """Everybody chooses for themselves, whoever only looks too: it is their own mailbox."""
    person, typed = signed_in(), door_form.typed("hour")
    assert person.merchant is not None and person.staff_id is not None  # the guard: a merchant's person
    try:
        if typed and not (typed.isascii() and typed.isdecimal() and len(typed) < 3):
            raise DomainError(_("Choose an hour of the day."), field="hour")
        choose_hour(merchant=person.merchant.id, staff=person.staff_id, hour=int(typed) if typed else None)
    except DomainError as problem:
        return _form(slug, {problem.field or "": problem.sentence}), HTTPStatus.UNPROCESSABLE_ENTITY
    say(_("Saved. It comes only on days on which something waits.") if typed else _("No digest any more."), "good")
    return buying.onwards(f"/merchant/{slug}/settings/digest")


@views.get("/merchant/<slug>/portal-address.svg")
@door(Audience.STAFF)
def as_svg(slug: str) -> ResponseReturnValue:
    """The portal's address as a QR code, for print at any size."""
    return _picture(slug, "svg", "image/svg+xml")


@views.get("/merchant/<slug>/portal-address.png")
@door(Audience.STAFF)
def as_png(slug: str) -> ResponseReturnValue:
    """The same as a picture, wide enough for a poster's corner."""
    return _picture(slug, "png", "image/png")


def _picture(slug: str, kind: str, mimetype: str) -> Response:
    drawn = io.BytesIO()
    segno.make(portal(slug), error="m", micro=False).save(drawn, kind=kind, scale=20, border=4)
    name = f'attachment; filename="portal-{slug}.{kind}"'
    return Response(drawn.getvalue(), mimetype=mimetype, headers={"Content-Disposition": name})
