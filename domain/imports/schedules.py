"""Importing billing schedules: a row is a schedule, told apart by the merchant's reference.

They bill orders to pay by hand until the customer gives a consent that covers schedules: another system's permission to
charge a card is not ours. What was billed before today was billed there, and is not made up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from domain.accounts.addresses import normalise
from domain.events.record import Actor
from domain.imports.mapping import no_column, places_of
from domain.imports.people import find_customers
from domain.imports.plan import Person, Refusal
from domain.imports.read import opened
from domain.imports.rows import moment, parse_amount, refuse_nul
from domain.imports.run import merchant_called
from domain.imports.summary import MANY, write_refusals
from domain.schedules.make import Rhythm, add_schedule
from kit.calendar import local_day
from kit.clock import utc_now
from kit.errors import DomainError
from kit.i18n import _
from kit.money import Money
from models.base import connected, unit_of_work
from models.customers import Customer
from models.merchants import Merchant
from models.methods import BillingSchedule, Cadence


class Column(StrEnum):
    """What a column can mean. The values are what `--map` takes on its right side."""

    REFERENCE = "reference"
    CUSTOMER = "customer_id"
    EMAIL = "email"
    TITLE = "title"
    AMOUNT = "amount"
    CADENCE = "cadence"
    EVERY = "every"
    FIRST = "first_date"
    ANCHOR = "anchor"
    END = "end"


_KNOWN: dict[Column, str] = {
    Column.REFERENCE: "reference schedule_id subscription_id subscription schedule plan_id recurring_id",
    Column.CUSTOMER: "customer_id customer customer_number customer_reference customer_no client_id",
    Column.EMAIL: "email e_mail email_address customer_email mail",
    Column.TITLE: "title description name plan plan_name product",
    Column.AMOUNT: "amount price total",
    Column.CADENCE: "cadence interval frequency period billing_period",
    Column.EVERY: "every interval_count",
    Column.FIRST: "first_date first start_date start starts_on",
    Column.ANCHOR: "anchor anchor_day billing_day day_of_month",
    Column.END: "end end_date ends_on runs number_of_runs",
}
COLUMN_OF = {header: column for column, headers in _KNOWN.items() for header in headers.split()}
NEEDED = (Column.REFERENCE, Column.TITLE, Column.AMOUNT, Column.CADENCE, Column.FIRST)
_CADENCES: dict[str, tuple[Cadence, int]] = {
    **dict.fromkeys(("day", "daily"), (Cadence.DAY, 1)),
    **dict.fromkeys(("week", "weekly"), (Cadence.WEEK, 1)),
    **dict.fromkeys(("month", "monthly"), (Cadence.MONTH, 1)),
    **dict.fromkeys(("quarter", "quarterly"), (Cadence.MONTH, 3)),
    **dict.fromkeys(("year", "yearly", "annual", "annually"), (Cadence.YEAR, 1)),
}
_LONGEST_REFERENCE = 80


@dataclass
class Done:
    """`rows` = `made` + `there` + the refused ones."""

    dry_run: bool
    rows: int = 0
    made: int = 0
    there: int = 0
    refused: list[Refusal] = field(default_factory=list)
    refused_file: Path | None = None

    def sentences(self) -> Iterator[str]:
        """What was done (or would be), then every refused row with why, or where to read them all."""
        if self.dry_run:
            yield _("Dry run: nothing was written. A real run would do this:")
        yield _("%(n)s rows read") % {"n": f"{self.rows:,}"}
        yield _("%(n)s schedules made; they bill by hand until their customers give consent") % {"n": f"{self.made:,}"}
        yield _("%(n)s schedules already there") % {"n": f"{self.there:,}"}
        yield _("%(n)s rows refused") % {"n": f"{len(self.refused):,}"}
        for line, why in self.refused[:MANY]:
            yield "  " + _("line %(line)d: %(why)s") % {"line": line, "why": why}
        if self.refused_file:
            yield "  " + _("and more; all of them are in %(path)s") % {"path": self.refused_file}


class _Undo(Exception):
    """A dry run takes back what it has tried."""


def import_schedules(
    *,
    path: Path,
    merchant: str,
    columns: Mapping[str, str] | None = None,
    dry_run: bool = False,
    to_file: bool = True,
    seen: Callable[[int], None] = lambda _rows: None,
) -> Done:
    """Imports the CSV file at `path` for the merchant of this slug; a dry run writes nothing and says what it would do.

    `columns` maps their headers to ours; `to_file` writes many refusals to a file of ours; `seen` hears how many rows
    were read. A reference that is there already stays as it is, whatever the row says.
    Raises DomainError when the file as a whole cannot be taken.
    """
    with connected(), opened(path) as file:
        house = merchant_called(merchant)
        places = _places(file.headers, columns or {})
        done, known = Done(dry_run), dict[str, int]()
        for line, cells in file.rows():
            done.rows += 1
            try:
                refuse_nul(cells)
                row = {column: cells[place].strip() for column, place in places.items() if place < len(cells)}
                done.made += _bring_in(house, row, line, known, dry_run=dry_run)
            except DomainError as wrong:
                done.refused.append((line, wrong.sentence.rstrip(".")))
            seen(done.rows)
        done.there = done.rows - done.made - len(done.refused)
        if to_file and len(done.refused) > MANY and not dry_run:
            done.refused_file = write_refusals(done.refused)
        return done


def _places(headers: tuple[str, ...], chosen: Mapping[str, str]) -> dict[Column, int]:
    places = places_of(headers, chosen, known=COLUMN_OF, fields=Column)
    for column in NEEDED:
        if column not in places:
            raise no_column(column.value, headers, column)
    if Column.CUSTOMER not in places and Column.EMAIL not in places:
        raise no_column(_("customer_id or email"), headers, Column.CUSTOMER)
    return places


def _bring_in(house: Merchant, row: dict[Column, str], line: int, seen: dict[str, int], *, dry_run: bool) -> bool:
    """Makes the schedule of a row; False when it is there already. Raises DomainError with why it is refused."""
    reference = row.get(Column.REFERENCE, "")
    if not reference or len(reference) > _LONGEST_REFERENCE:
        raise DomainError(_("the reference is empty or longer than %(n)d characters") % {"n": _LONGEST_REFERENCE})
    if reference in seen:
        raise DomainError(
            _("the reference “%(ref)s” is on line %(line)d already") % {"ref": reference, "line": seen[reference]}
        )
    seen[reference] = line
    customer = _customer(house, row)
    known = BillingSchedule.get_or_none(BillingSchedule.merchant == house, BillingSchedule.reference == reference)
    if known is not None:
        if known.customer_id != customer:
            raise DomainError(_("the schedule “%(ref)s” is another customer's") % {"ref": reference})
        return False
    rhythm, amount = _rhythm(house, row), Money(_amount(row, house.currency), house.currency)
    try:
        with unit_of_work():
            add_schedule(
                customer=Customer.get_by_id(customer),
                title=row.get(Column.TITLE, ""),
                rhythm=rhythm,
                amount=amount,
                reference=reference,
                actor=Actor.COMMAND,
            )
            if dry_run:
                raise _Undo
    except _Undo:
        pass
    return True


def _customer(house: Merchant, row: dict[Column, str]) -> UUID:
    reference, email = row.get(Column.CUSTOMER, ""), row.get(Column.EMAIL, "")
    if not reference and not email:
        raise DomainError(_("neither customer_id nor email says whose it is"))
    person = Person("one", reference, normalise(email) if email else "", "")
    found, _claims = find_customers(house.id, [person])
    if "one" not in found:
        who = reference or email
        raise DomainError(
            _("there is no customer “%(who)s” yet; import or make the customer first") % {"who": who[:80]}
        )
    return found["one"]


def _amount(row: dict[Column, str], currency: str) -> int:
    return parse_amount(row.get(Column.AMOUNT, ""), currency)[0]


def _rhythm(house: Merchant, row: dict[Column, str]) -> Rhythm:
    word = row.get(Column.CADENCE, "").lower()
    if word not in _CADENCES:
        raise DomainError(_("“%(word)s” is no cadence; use day, week, month, quarter or year") % {"word": word[:40]})
    cadence, times = _CADENCES[word]
    first = _day(row.get(Column.FIRST, ""), house.zone)
    if first is None:
        raise DomainError(_("the first date is empty"))
    end = row.get(Column.END, "")
    runs = int(end) if end.isdecimal() and len(end) < 6 else None
    return Rhythm(
        cadence=cadence,
        first_on=first,
        every=times * (_number(row.get(Column.EVERY, ""), _("the every")) or 1),
        anchor_day=_number(row.get(Column.ANCHOR, ""), _("the anchor")),
        ends_on=_day(end, house.zone) if runs is None else None,
        runs=runs,
        bill_from=local_day(utc_now(), house.zone),
    )


def _day(text: str, zone: str) -> date | None:
    found = moment(text, zone)
    return local_day(found, zone) if found else None


def _number(text: str, what: str) -> int | None:
    if text and not (text.isdecimal() and len(text) < 5):
        raise DomainError(_("%(what)s “%(text)s” is not a number") % {"what": what, "text": text[:20]})
    return int(text) if text else None
