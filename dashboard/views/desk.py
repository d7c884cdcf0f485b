"""What a merchant's person does with the list of today: rows taken, put off, finished, acted on; many asked at once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.said import heard, say
from dashboard.viewer import signed_in
from dashboard.views import buying, door_form
from domain.accounts.viewer import Audience, MerchantFacts
from domain.desk import ask, decide, figures, mark
from domain.desk.expiring import to_ask
from domain.desk.mark import Person
from domain.desk.queries import whole_list
from domain.desk.terms import Found, Kind, Row, Step
from domain.desk.words import heading
from kit.calendar import day_of
from kit.clock import utc_now
from kit.errors import DomainError
from kit.i18n import _, ngettext

views = Blueprint("desk", __name__)


@views.post("/merchant/<slug>/today/<kind>/<uuid:subject>/<move>")
@door(Audience.STAFF)
def act(slug: str, kind: str, subject: UUID, move: str) -> ResponseReturnValue:
    """One press on one row; back to the list, which says what has happened."""
    if kind not in tuple(Kind) or move not in _MOVES:
        abort(404)
    who = _who()
    try:
        said = _MOVES[move](who, decide.of(who, Kind(kind), subject))
        say(said, "good")
    except DomainError as problem:
        say(problem.sentence)
    return _back(slug)


def _act(who: Person, row: Found) -> str:
    how = door_form.typed("how")
    if how not in tuple(Step):
        raise DomainError(_("This cannot be done here."))
    return decide.act(who, row, Step(how))


def _take(who: Person, row: Found) -> str:
    mark.take(who, row)
    return ""


def _give_back(who: Person, row: Found) -> str:
    mark.give_back(who, row)
    return ""


def _later(who: Person, row: Found) -> str:
    mark.later(who, row, until=day_of(door_form.typed("until")))
    return ""


def _done(who: Person, row: Found) -> str:
    mark.done(who, row, note=door_form.typed("note"))
    return ""


_MOVES = {"act": _act, "take": _take, "give-back": _give_back, "later": _later, "done": _done}


@views.post("/merchant/<slug>/today/undo")
@door(Audience.STAFF)
def undo(slug: str) -> ResponseReturnValue:
    """Takes back what this person did last, while nothing has left the house."""
    try:
        at = datetime.fromisoformat(door_form.typed("at"))
        if at.tzinfo is None:
            raise ValueError
        if mark.undo(_who(), at=at):
            say(_("Taken back: all is as it was."), "good")
    except ValueError:
        abort(400)
    except DomainError as problem:
        say(problem.sentence)
    return _back(slug)


@views.get("/merchant/<slug>/today/ask")
@door(Audience.STAFF)
def ask_page(slug: str) -> ResponseReturnValue:
    """Whom *Ask for a new card* would write to: customers whose payment failed for good with the card."""
    return _ask_page(slug, "ask", _("Ask for a new card"), _failed_rows())


@views.get("/merchant/<slug>/today/ask-before-expiry")
@door(Audience.STAFF)
def ask_expiring_page(slug: str) -> ResponseReturnValue:
    """The same for cards that end before their next charge."""
    return _ask_page(slug, "ask-before-expiry", _("Ask before the card ends"), to_ask(_house(), utc_now()))


@views.post("/merchant/<slug>/today/ask")
@door(Audience.STAFF)
def ask_failed(slug: str) -> ResponseReturnValue:
    """Writes to those whom the page showed, as far as they can still be asked."""
    return _ask(slug, [row.found for row in _failed_rows()])


@views.post("/merchant/<slug>/today/ask-before-expiry")
@door(Audience.STAFF)
def ask_expiring(slug: str) -> ResponseReturnValue:
    """Writes to the holders of the cards that the page showed."""
    return _ask(slug, [row.found for row in to_ask(_house(), utc_now())])


def _failed_rows() -> list[Row]:
    return [row for row in whole_list(_house(), utc_now()) if row.found.kind is Kind.NEW_CARD]


def _ask_page(slug: str, action: str, title: str, rows: list[Row]) -> str:
    return page(
        "merchant/today_ask.html",
        title=title,
        choice=ask.choice(rows, staff=_who().staff, now=utc_now()),
        heading=heading,
        why_left={
            ask.Left.ASKED: _("asked within the last seven days"),
            ask.Left.TAKEN: _("taken by a colleague"),
            ask.Left.UNREACHED: _("no e-mail address"),
        },
        action=f"/merchant/{slug}/today/{action}",
        back=f"/merchant/{slug}",
        said=heard(),
    )


def _ask(slug: str, everything: list[Found]) -> ResponseReturnValue:
    shown = set(request.form.getlist("subject"))
    chosen = [row for row in everything if str(row.subject) in shown]
    asked, left = ask.ask_all(_who(), chosen, everything=everything)
    left += len(shown) - len(chosen)
    if left:
        words = ngettext(
            "%(n)d customer was left out: asked or dealt with by a colleague in the meantime.",
            "%(n)d customers were left out: asked or dealt with by a colleague in the meantime.",
            left,
        )
        say(words % {"n": left})
    elif not asked:
        say(_("Nobody was asked."))
    return _back(slug)


@views.get("/merchant/<slug>/today/at-risk")
@door(Audience.STAFF)
def at_risk(slug: str) -> ResponseReturnValue:
    """The orders behind *At risk*."""
    return _lines(slug, _("At risk"), _("Failed, not paid yet, and still being recovered."), pending=False)


@views.get("/merchant/<slug>/today/pending")
@door(Audience.STAFF)
def pending(slug: str) -> ResponseReturnValue:
    """The orders behind *Pending*."""
    return _lines(slug, _("Pending"), _("A payment is under way and not final yet."), pending=True)


def _lines(slug: str, title: str, about: str, *, pending: bool) -> str:
    lines = figures.lines(_house(), pending=pending)
    return page("merchant/today_lines.html", title=title, about=about, lines=lines, back=f"/merchant/{slug}")


def _back(slug: str) -> ResponseReturnValue:
    number = door_form.typed("page")
    return buying.onwards(f"/merchant/{slug}" + (f"?page={number}" if number.isdecimal() and len(number) < 6 else ""))


def _house() -> MerchantFacts:
    house = signed_in().merchant
    assert house is not None  # the guard: a merchant's person
    return house


def _who() -> Person:
    person = signed_in()
    assert person.merchant is not None and person.staff_id is not None  # the guard: a merchant's person
    return Person(person.merchant.id, person.staff_id)
