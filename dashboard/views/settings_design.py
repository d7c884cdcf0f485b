"""The look of the portal: logo and colours, seen on real pages before they are kept."""

from __future__ import annotations

import base64
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from dashboard import preview
from dashboard.door import door
from dashboard.pictures import data_url
from dashboard.views import door_form
from dashboard.views import settings_form as forms
from dashboard.views.settings_form import Form
from domain.accounts.viewer import Audience
from domain.merchants.brand import readable_look
from domain.merchants.design import Design, checked_design, design_of, sampled, set_design
from domain.merchants.logo import logo_of
from kit.errors import DomainError
from kit.i18n import _

views = Blueprint("settings_design", __name__)
_AT = "/merchant/<slug>/settings/design"
_ROOM = 12 * 1024 * 1024  # so that a file that is too large is refused in words at its field


def _labels() -> dict[str, str]:
    return {"brand": _("colour"), "brand_ink": _("colour of the text on it"), "logo": _("logo")}


def _form() -> Form:
    return Form("merchant/settings/design.html", _("Design"), design_of(forms.editor().merchant), _labels())


def _typed() -> dict[str, str]:
    return {"brand": door_form.typed("brand").strip(), "brand_ink": door_form.typed("brand_ink").strip()}


def _without_logo() -> bool:
    return door_form.typed("without_logo") == "1"


def _file() -> bytes | None:
    """The file that was chosen now, or the picture that the last preview drew of one."""
    chosen = request.files.get("logo")
    content = chosen.read() if chosen else b""
    if content or (chosen and chosen.filename):
        return content or b"-"
    try:
        return base64.b64decode(door_form.typed("drawn"), validate=True) or None
    except ValueError:  # no base64, or no ASCII even
        return None


def _read() -> Design:
    return checked_design(**_typed(), file=_file())


def _around(design: Design | None) -> dict[str, Any]:
    merchant, without = forms.editor().merchant, _without_logo()
    now = design_of(merchant)
    new = design.drawn.image if design and design.drawn and not without else None
    return {
        "pages": preview.drawn(sampled(merchant, design, without_logo=without)),
        "notes": design.notes if design else readable_look(now["brand"], now["brand_ink"]).notes,
        "picture": "" if without else data_url(new or (logo_of(merchant) if now["logo"] else None)),
        "drawn": base64.b64encode(new).decode() if new else "",
        "without": without,
    }


@views.get(_AT)
@door(Audience.STAFF)
def show(slug: str) -> ResponseReturnValue:
    """The form, and how it all looks now."""
    return forms.draw(slug, _form(), **_around(None))


@views.post(_AT)
@door(Audience.STAFF, max_bytes=_ROOM)
def save(slug: str) -> ResponseReturnValue:
    """Keeps the design, or draws it only."""
    who, typed = forms.editor(), _typed()
    design = None
    try:
        design = _read()
        if door_form.typed("act") == "preview":
            return forms.draw(slug, _form(), typed, **_around(design))
        changed = set_design(
            merchant=who.merchant,
            staff=who.staff,
            was=door_form.typed("was"),
            design=design,
            without_logo=_without_logo(),
        )
    except DomainError as problem:
        return forms.refused(slug, _form(), typed, problem, **_around(design))
    return forms.saved(slug, changed, _labels(), "/design")


@views.post(f"{_AT}/preview")
@door(Audience.STAFF, max_bytes=_ROOM)
def draw(slug: str) -> ResponseReturnValue:  # noqa: ARG001 - the guard has compared it
    """The pages under what is typed so far, for the script of the page."""
    try:
        design = _read()
    except DomainError as problem:
        return {"notes": [problem.sentence]}
    around = _around(design)
    return {**{name: str(page) for name, page in around["pages"].items()}, "notes": list(around["notes"])}
