"""What can be brought in on the screen: which columns each kind of file has, which are needed, and what runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.imports import methods, schedules
from domain.imports.mapping import FIELD_OF, NOTHING, Field, spelled
from kit.errors import DomainError
from kit.i18n import _


class What(StrEnum):
    """The kinds of files."""

    ORDERS = "orders"
    SCHEDULES = "schedules"
    METHODS = "methods"


@dataclass(frozen=True)
class Meaning:
    """What a column can mean, in words."""

    key: str
    label: str


_KNOWN: dict[What, Mapping[str, StrEnum]] = {
    What.ORDERS: FIELD_OF,
    What.SCHEDULES: schedules.COLUMN_OF,
    What.METHODS: methods.COLUMN_OF,
}


def meanings(what: What) -> tuple[Meaning, ...]:
    """Everything that a column of such a file can mean."""
    return tuple(Meaning(key, label) for key, label in _labels(what).items())


def _labels(what: What) -> dict[str, str]:
    who = {"customer_id": _("Customer number"), "email": _("E-mail address")}
    if what is What.METHODS:
        return {
            **who,
            "gateway_customer": _("Customer at the processor (cus_…)"),
            "payment_method": _("Card at the processor (pm_…)"),
        }
    if what is What.SCHEDULES:
        return {
            "reference": _("Number of the schedule"),
            **who,
            "title": _("What it is for"),
            "amount": _("Amount"),
            "cadence": _("How often (monthly, …)"),
            "every": _("Every so many"),
            "first_date": _("First day"),
            "anchor": _("Day of the month"),
            "end": _("Last day, or number of runs"),
        }
    return {
        **who,
        "name": _("Customer's name"),
        "order_number": _("Order number"),
        "date": _("Date of the order"),
        "due_date": _("Due date"),
        "currency": _("Currency"),
        "status": _("Paid or not"),
        "order_total": _("Total of the order"),
        "amount": _("Amount of the row"),
        "line_amount": _("Amount of the line"),
        "unit_amount": _("Price of one"),
        "quantity": _("Quantity"),
        "description": _("What was bought"),
        "product_id": _("Product number"),
        "package_size": _("Size of the package"),
    }


def guesses(what: What, headers: Sequence[str]) -> dict[str, str]:
    """What each header probably means; a meaning goes to the first header that has it, the rest to nothing."""
    taken: set[str] = set()
    found: dict[str, str] = {}
    for header in headers:
        meaning = _KNOWN[what].get(spelled(header))
        fits = meaning is not None and meaning.value not in taken
        found[header] = meaning.value if meaning is not None and fits else NOTHING
        taken.add(found[header])
    return found


def check_mapping(what: What, chosen: Mapping[str, str]) -> None:
    """Raises DomainError when a meaning is given to two columns, does not exist, or a needed one is missing."""
    labels = _labels(what)
    given = [meaning for meaning in chosen.values() if meaning != NOTHING]
    for meaning in given:
        if meaning not in labels:
            raise DomainError(_("Choose for each column what it means, or “Nothing”."))
        if given.count(meaning) > 1:
            twice = _("Two columns are set to “%(meaning)s”. Keep one of them.")
            raise DomainError(twice % {"meaning": labels[meaning]})
    for any_of in _needed(what):
        if not set(any_of) & set(given):
            names = " / ".join(labels[meaning] for meaning in any_of)
            raise DomainError(_("Say which column holds this: %(names)s.") % {"names": names})


def _needed(what: What) -> tuple[tuple[str, ...], ...]:
    person = ("customer_id", "email")
    if what is What.METHODS:
        return (person, (methods.Column.METHOD.value,))
    if what is What.SCHEDULES:
        return (*((column.value,) for column in schedules.NEEDED), person)
    amounts = (Field.AMOUNT, Field.LINE_AMOUNT, Field.UNIT_AMOUNT, Field.TOTAL)
    return (person, (Field.DATE.value,), tuple(field.value for field in amounts))
