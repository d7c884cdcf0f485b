"""What an operator does to all that a filter of the jobs finds: a dry run to look at, then one press with a reason."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.pages.operations import jobs
from dashboard.render import page
from dashboard.said import heard
from dashboard.views import acts
from dashboard.views.buying import onwards
from dashboard.views.operations_jobs import why_field
from domain.accounts.viewer import Audience
from domain.operations import bulk
from domain.operations.bulk import Bulk
from domain.operations.refusals import sentence
from domain.operations.search_terms import Filter
from kit.errors import DomainError
from kit.i18n import _, ngettext

views = Blueprint("operations_bulk", __name__)
_HERE = f"{jobs.HERE}/bulk"
_LONGEST = 160  # characters of a field


@views.get(_HERE)
@door(Audience.OPERATOR)
def look() -> ResponseReturnValue:
    """The dry run: what the act would do now, and what it would refuse. Changes nothing."""
    return _draw({})


@views.post(_HERE)
@door(Audience.OPERATOR)
def press() -> ResponseReturnValue:
    """Does it; the outcome has a page of its own, where a second press comes to as well."""
    asked, key = _asked(), acts.handle()
    wanted = jobs.wanted_of(asked)
    try:
        made = bulk.carry_out(
            _what(),
            wanted,
            picked=urlencode(_as_kept(asked, wanted)),
            reason=acts.text("reason"),
            staff=acts.staff(),
            handle=key,
        )
    except DomainError as problem:
        return _draw({problem.field or "": problem.sentence}), HTTPStatus.UNPROCESSABLE_ENTITY
    return onwards(f"{_HERE}/{made}")


@views.get(f"{_HERE}/<uuid:act_id>")
@door(Audience.OPERATOR)
def outcome(act_id: UUID) -> ResponseReturnValue:
    """What a bulk act has done, and what it refused and why."""
    found = bulk.result(act_id)
    return page(
        "operations/acts_bulk_done.html",
        title=_names()[found.what],
        found=found,
        refused=[(sentence(why), n) for why, n in found.why],
        back=f"{jobs.HERE}?{found.picked}".rstrip("?"),
        said=heard(),
    )


def _asked() -> dict[str, str]:
    """The filter: the jobs page's own keys."""
    typed = request.form if request.method == "POST" else request.args
    values = {name: typed.get(name, "").strip()[:_LONGEST] for name in jobs.TYPED}
    return {name: value for name, value in values.items() if value}


def _as_kept(asked: dict[str, str], wanted: Filter) -> dict[str, str]:
    """The filter as it stays with the act: a customer by id, never by the name or the e-mail that was typed."""
    kept = {name: text for name, text in asked.items() if "@" not in text}
    if "customer" in asked:
        found = sorted(str(each) for each in wanted.subject.customers or ())
        kept["customer"] = found[0] if len(found) == 1 else f"({len(found)})"
    return kept


def _what() -> Bulk:
    typed = request.values.get("what", "")
    return Bulk(typed) if typed in set(Bulk) else Bulk.REQUEUE


def _names() -> dict[Bulk, str]:
    return {
        Bulk.REQUEUE: _("Requeue"),
        Bulk.RECONCILE: _("Ask the processor"),
        Bulk.DISCARD: _("Discard"),
    }


def _button(what: Bulk, n: int) -> str:
    if what is Bulk.DISCARD:
        return ngettext("Discard %(n)d job", "Discard %(n)d jobs", n) % {"n": n}
    if what is Bulk.RECONCILE:
        return ngettext("Ask about %(n)d job", "Ask about %(n)d jobs", n) % {"n": n}
    return ngettext("Requeue %(n)d job", "Requeue %(n)d jobs", n) % {"n": n}


def _happens(what: Bulk) -> str:
    return {
        Bulk.REQUEUE: _(
            "Workers take them now, each checked as ever first. Nothing is charged before its time, or a second time."
        ),
        Bulk.RECONCILE: _("Workers ask the processors about each of them now. Nothing is charged by asking."),
        Bulk.DISCARD: _("Nobody does them any more. What carries money is never discarded."),
    }[what]


def _draw(errors: dict[str, str]) -> str:
    what, asked = _what(), _asked()
    seen = bulk.preview(what, jobs.wanted_of(asked))
    query = urlencode(asked)
    return page(
        "operations/acts_bulk.html",
        title=_("Act on many jobs"),
        what=what,
        asked=asked,
        back=f"{jobs.HERE}?{query}".rstrip("?"),
        choices=[(one, name, f"{_HERE}?{urlencode({'what': one.value, **asked})}") for one, name in _names().items()],
        seen=seen,
        refused=[(sentence(why), n) for why, n in seen.refused],
        happens=_happens(what),
        button=_button(what, seen.would),
        most=bulk.MOST,
        field=why_field(),
        typed=request.form.get("reason", ""),
        key=acts.handle(),
        errors=errors,
        said=heard(),
    )
