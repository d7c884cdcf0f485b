"""Bringing a file in: send it, say what its columns mean, see what it would do, do it; what was refused comes back."""

from __future__ import annotations

from http import HTTPStatus
from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, Response, abort, redirect, request, stream_with_context
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.said import heard, say
from dashboard.viewer import signed_in
from dashboard.views.acts import house, staff
from dashboard.views.door_form import typed
from domain.accounts.viewer import Audience, Role
from domain.imports import screen
from domain.imports.screen import Options, RunView
from domain.imports.upload import LARGEST, REFUSED, parts, receive
from domain.imports.what import What
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _

views = Blueprint("imports", __name__)
_FORM = 64 * 1024  # what a multipart form weighs around its file


def names() -> dict[What, str]:
    """What can be brought in, in words."""
    return {
        What.ORDERS: _("Customers and their purchases"),
        What.SCHEDULES: _("Billing schedules"),
        What.METHODS: _("Cards that your processor holds already"),
    }


@views.get("/merchant/<slug>/data/import")
@door(Audience.STAFF, role=Role.MANAGER)
def ask(slug: str) -> ResponseReturnValue:
    """Which kind of file, and the file."""
    return _ask(slug, {}, request.args.get("what", What.ORDERS))


def _ask(slug: str, errors: dict[str, str], what: str) -> str:
    return page(
        "merchant/import_file.html",
        title=_("Bring a file in"),
        errors=errors,
        kinds=names(),
        what=what,
        base=f"/merchant/{slug}/data",
    )


@views.post("/merchant/<slug>/data/import")
@door(Audience.STAFF, max_bytes=LARGEST + _FORM)
def send(slug: str) -> ResponseReturnValue:
    """Keeps the file; its columns are mapped next."""
    sent, what = request.files.get("file"), typed("what")
    try:
        if sent is None or not sent.filename:
            raise DomainError(_("Choose a CSV file."), field="file")
        if what not in set(What):
            raise DomainError(_("Choose what the file holds."), field="what")
        content = cast("BinaryIO", sent.stream)
        run = receive(merchant=house().id, staff=staff(), what=What(what), filename=sent.filename, content=content)
    except DomainError as problem:
        return _ask(slug, {problem.field or "": problem.sentence}, what), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(f"/merchant/{slug}/data/imports/{run}/columns", HTTPStatus.SEE_OTHER)


@views.get("/merchant/<slug>/data/imports/<uuid:run_id>/columns")
@door(Audience.STAFF, role=Role.MANAGER)
def columns(slug: str, run_id: UUID) -> ResponseReturnValue:
    """The file's columns with its first rows, and what each means."""
    return _columns(slug, run_id, {})


def _columns(slug: str, run_id: UUID, errors: dict[str, str]) -> ResponseReturnValue:
    try:
        run, shown = screen.run_of(house().id, run_id), screen.columns_of(house().id, run_id)
    except NotFound:
        abort(404)
    except Conflict:
        return redirect(_at(slug, run_id), HTTPStatus.SEE_OTHER)
    chosen = [typed(f"c{n}") if errors else shown.chosen.get(header, "-") for n, header in enumerate(shown.headers)]
    values = {name: typed(name) if errors else str(getattr(run.options, name)) for name in _NUMBERS}
    return page(
        "merchant/import_columns.html",
        title=_("What the columns mean"),
        run=run,
        shown=shown,
        chosen=chosen,
        values=values,
        invite=bool(typed("invite")) if errors else run.options.invite,
        errors=errors,
        base=f"/merchant/{slug}/data",
    )


_NUMBERS = ("unpaid_last", "due_in_days")


@views.post("/merchant/<slug>/data/imports/<uuid:run_id>/columns")
@door(Audience.STAFF)
def map_columns(slug: str, run_id: UUID) -> ResponseReturnValue:
    """Keeps the mapping; a worker tries the file out."""
    try:
        shown = screen.columns_of(house().id, run_id)
        chosen = {header: typed(f"c{n}") or "-" for n, header in enumerate(shown.headers)}
        screen.map_columns(merchant=house().id, run=run_id, staff=staff(), chosen=chosen, options=_options())
    except NotFound:
        abort(404)
    except Conflict as problem:
        say(problem.sentence)
    except DomainError as problem:
        return _columns(slug, run_id, {problem.field or "": problem.sentence})
    return redirect(_at(slug, run_id), HTTPStatus.SEE_OTHER)


def _options() -> Options:
    numbers = {name: typed(name).strip() or "0" for name in _NUMBERS}
    for name, text in numbers.items():
        if not text.isdecimal() or len(text) > 4:
            raise DomainError(_("Write a whole number."), field=name)
    return Options(int(numbers["unpaid_last"]), int(numbers["due_in_days"]), bool(typed("invite")))


@views.get("/merchant/<slug>/data/imports/<uuid:run_id>")
@door(Audience.STAFF)
def show(slug: str, run_id: UUID) -> ResponseReturnValue:
    """How it stands: what it would do, how far it is, what it did. It looks again by itself while a worker has it."""
    run = _run(run_id)
    if run.state == "uploaded" and signed_in().may(Role.MANAGER):
        return redirect(f"{_at(slug, run_id)}/columns", HTTPStatus.SEE_OTHER)
    return page(
        "merchant/import_run.html",
        title=names()[run.what],
        run=run,
        name=names()[run.what],
        base=f"/merchant/{slug}/data",
        at=_at(slug, run_id),
        may_act=signed_in().may(Role.MANAGER),
        said=heard(),
    )


def _run(run_id: UUID) -> RunView:
    try:
        return screen.run_of(house().id, run_id)
    except NotFound:
        abort(404)


def _at(slug: str, run_id: UUID) -> str:
    return f"/merchant/{slug}/data/imports/{run_id}"


@views.post("/merchant/<slug>/data/imports/<uuid:run_id>/start")
@door(Audience.STAFF)
def start(slug: str, run_id: UUID) -> ResponseReturnValue:
    """Brings it in."""
    _run(run_id)
    try:
        screen.start(merchant=house().id, run=run_id, staff=staff())
    except Conflict as problem:
        say(problem.sentence)
    return redirect(_at(slug, run_id), HTTPStatus.SEE_OTHER)


@views.post("/merchant/<slug>/data/imports/<uuid:run_id>/drop")
@door(Audience.STAFF)
def drop(slug: str, run_id: UUID) -> ResponseReturnValue:
    """Forgets it: nothing was brought in."""
    _run(run_id)
    try:
        screen.drop(merchant=house().id, run=run_id, staff=staff())
    except Conflict as problem:
        say(problem.sentence)
        return redirect(_at(slug, run_id), HTTPStatus.SEE_OTHER)
    say(_("The file is gone. Nothing was brought in."), "good")
    return redirect(f"/merchant/{slug}/data", HTTPStatus.SEE_OTHER)


@views.get("/merchant/<slug>/data/imports/<uuid:run_id>/refused.csv")
@door(Audience.STAFF)
def refused(slug: str, run_id: UUID) -> ResponseReturnValue:
    """The refused rows as they came, with why."""
    run = _run(run_id)
    if not run.has_refused:
        abort(404)
    answer = Response(stream_with_context(parts(run_id, REFUSED)), content_type="text/csv; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{slug}-refused.csv")
    answer.headers["Cache-Control"] = "no-store"
    return answer
