"""What the forms of the settings share: who edits, what they typed, and what is said after a save or a refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple
from uuid import UUID

from flask import redirect
from flask.typing import ResponseReturnValue

from dashboard.render import page
from dashboard.said import heard, say
from dashboard.viewer import signed_in
from domain.accounts.viewer import MerchantFacts, Role
from domain.merchants.edits import Overtaken, Wrong, stamp
from kit.errors import DomainError
from kit.i18n import _, listed


class Editor(NamedTuple):
    """The merchant's person who edits, and the merchant."""

    house: MerchantFacts
    staff: UUID

    @property
    def merchant(self) -> UUID:
        """The merchant's id."""
        return self.house.id


class Form(NamedTuple):
    """One form: its template, what stands now by field, the fields' names in words, who may save it."""

    template: str
    title: str
    now: Mapping[str, Any]
    labels: Mapping[str, str]
    role: Role = Role.MANAGER


def editor() -> Editor:
    """Who is signed in, behind a staff door."""
    person = signed_in()
    assert person.merchant is not None and person.staff_id is not None
    return Editor(person.merchant, person.staff_id)


def base(slug: str) -> str:
    """The address of the settings."""
    return f"/merchant/{slug}/settings"


def draw(slug: str, form: Form, typed: Mapping[str, Any] | None = None, **values: Any) -> str:
    """The page with what stands, or with what was typed."""
    shown = {"errors": {}, "overtaken": None, "said": None if typed else heard()} | values
    return page(
        form.template,
        title=form.title,
        base=base(slug),
        merchant=editor().house,
        may=signed_in().may(form.role),
        typed=dict(form.now) | dict(typed or {}),
        labels=form.labels,
        was=stamp(form.now),
        **shown,
    )


def refused(slug: str, form: Form, typed: Mapping[str, Any], error: DomainError, **values: Any) -> ResponseReturnValue:
    """The form again: nothing that was typed is lost, and the sentences stand at their fields.

    `form` must be read anew: after an `Overtaken` it says what somebody else has set.
    """
    if isinstance(error, Overtaken):
        theirs = [
            (form.labels.get(name, name), str(value))
            for name, value in form.now.items()
            if name in typed and str(typed[name]) != str(value)
        ]
        said = {"overtaken": (error.sentence, theirs)}
        return draw(slug, form, typed, **said, **values), HTTPStatus.CONFLICT
    errors = error.errors if isinstance(error, Wrong) else {error.field or "": error.sentence}
    return draw(slug, form, typed, errors=errors, **values), HTTPStatus.UNPROCESSABLE_ENTITY


def saved(slug: str, changed: tuple[str, ...], labels: Mapping[str, str], to: str = "") -> ResponseReturnValue:
    """Says what changed, on the page that follows."""
    if changed:
        say(_("Saved: %(what)s.") % {"what": listed([labels.get(name, name) for name in changed])}, "good")
    else:
        say(_("Nothing was changed: all of it stood like that already."), "info")
    return redirect(base(slug) + to, HTTPStatus.SEE_OTHER)


def read(form: Mapping[str, str], readers: Mapping[str, Callable[[str], Any]]) -> dict[str, Any]:
    """The typed texts as values. Raises Wrong with every field that cannot be read."""
    errors: dict[str, str] = {}
    made: dict[str, Any] = {}
    for name, reader in readers.items():
        try:
            made[name] = reader(form.get(name, ""))
        except DomainError as wrong:
            errors[name] = wrong.sentence
    if errors:
        raise Wrong(errors)
    return made
