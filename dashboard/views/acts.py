"""What the forms of the console's acts share: who acts, how a form is described, drawn again and answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from http import HTTPStatus
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from dashboard.render import page
from dashboard.said import heard, say
from dashboard.viewer import signed_in
from dashboard.views.buying import onwards
from domain.accounts.viewer import MerchantFacts
from domain.payments.amount_text import read_amount
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _
from kit.ids import as_uuid, uuid7
from kit.money import Money

Sentence = tuple[str, str]  # what happened, and its tone
GOOD, WARN = "good", "warn"


@dataclass(frozen=True)
class Field:
    """One input of a form. `kind`: text, email, tel, date, amount, long, select, choice, tick, pair, heading."""

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    hint: str = ""
    options: Sequence[tuple[str, str]] = ()
    required: bool = False
    second: tuple[str, str, str] = ("", "", "")  # of a pair: name, label and value of its other input


@dataclass(frozen=True)
class Form:
    """A form page: what it is for, what will happen, its fields, the word on its button, the way back."""

    title: str
    back: str
    back_label: str
    submit: str
    before: Sequence[str] = ()  # sentences that say what will happen
    fields: Sequence[Field] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)
    danger: bool = False
    refused: str = ""  # why it cannot be done now: then there is no form


def house() -> MerchantFacts:
    """The merchant of the session."""
    found = signed_in().merchant
    assert found is not None
    return found


def staff() -> UUID:
    """Who acts."""
    found = signed_in().staff_id
    assert found is not None
    return found


def draw(form: Form, errors: Mapping[str, str] | None = None) -> str:
    """The form's page. What was typed is still in its fields."""
    shown = tuple(_typed(each) for each in form.fields)
    return page(
        "merchant/acts/form.html",
        title=form.title,
        form=replace(form, fields=shown),
        errors=dict(errors or {}),
        said=heard(),
    )


def _typed(each: Field) -> Field:
    if request.method != "POST":
        return each
    name, label, value = each.second
    second = (name, label, request.form.get(name, value) if name else value)
    return replace(each, value=request.form.get(each.name, "" if each.kind == "tick" else each.value), second=second)


def done(form: Form, to: str, do: Callable[[], Sentence]) -> ResponseReturnValue:
    """Does it and goes on to `to`, where the sentence stands; or the form again with what is wrong at its field."""
    try:
        sentence, tone = do()
    except NotFound:
        raise
    except DomainError as problem:
        status = HTTPStatus.CONFLICT if isinstance(problem, Conflict) else HTTPStatus.UNPROCESSABLE_ENTITY
        known = {name for each in form.fields for name in (each.name, each.second[0])}
        where = problem.field if problem.field in known else ""
        return draw(form, {where or "": problem.sentence}), status
    say(sentence, tone)
    return onwards(to)


def pressed(to: str, do: Callable[[], Sentence]) -> ResponseReturnValue:
    """The same for a button without fields: whatever is refused is told where the button was."""
    try:
        sentence, tone = do()
    except NotFound:
        raise
    except DomainError as problem:
        sentence, tone = problem.sentence, WARN
    say(sentence, tone)
    return onwards(to)


def handle() -> UUID:
    """The form's own id: made when it is drawn, kept when it is sent, so that a second press finds the first."""
    sent = as_uuid(request.form.get("handle", "")) if request.method == "POST" else uuid7()
    if sent is None:
        raise DomainError(_("This form is not good any more. Open it again."))
    return sent


def text(name: str) -> str:
    """What stands in a field, without blanks around it."""
    return request.form.get(name, "").strip()


def amount(name: str, currency: str) -> Money:
    """The amount in a field. Raises DomainError at that very field."""
    try:
        return read_amount(text(name)[:80], currency)
    except DomainError as problem:
        raise DomainError(problem.sentence, field=name) from None


def day(name: str) -> date:
    """The day in a field. Raises DomainError at that very field."""
    try:
        return date.fromisoformat(text(name))
    except ValueError:
        raise DomainError(_("Choose a day."), field=name) from None


def chosen(name: str) -> UUID | None:
    """The id in a field: a claim, not a fact."""
    return as_uuid(text(name))
