"""Importing a file of purchases: read all of it, then bring orders in some hundred rows at a time.

A file that cannot be read to its end changes nothing. An import that is interrupted is simply run again: what is in
the store is recognised by its key (plan.py) and counted as already there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path
from uuid import UUID

from domain.events.record import Actor, record
from domain.imports.invite import invite_customers
from domain.imports.mapping import Columns, Field, map_headers
from domain.imports.people import find_customers
from domain.imports.plan import PlannedOrder, Terms, plan
from domain.imports.read import CsvFile, opened
from domain.imports.rows import Reader, Row
from domain.imports.spool import Spool, spool
from domain.imports.summary import MANY, SHOWN, Progress, Stage, Summary, write_refusals
from domain.imports.write import Draft, draw_up, write_batch
from kit.calendar import local_day
from kit.clock import utc_now
from kit.errors import DomainError, NotFound
from kit.i18n import _
from models.base import connected, unit_of_work
from models.merchants import Merchant

_ROWS_A_UNIT = 250  # design.md 3 allows 500, and no SQLite write transaction over 50 ms: an order is seven rows there
_READ_AT_ONCE = 250  # rows; one may be a megabyte

Report = Callable[[Progress], None]
Refusals = Callable[[Iterator[tuple[int, str]]], None]


@dataclass
class _Tally:
    rows: int = 0
    rows_made: int = 0
    rows_there: int = 0
    orders_made: int = 0
    orders_open: int = 0
    orders_there: int = 0
    customers_made: int = 0
    invited: int = 0


@dataclass
class _Import:
    merchant: Merchant
    spool: Spool
    dry_run: bool
    report: Report
    refusals: Refusals | None = None
    staff: UUID | None = None
    tally: _Tally = field(default_factory=_Tally)


def run_import(
    *,
    path: Path,
    merchant: str,
    columns: Mapping[str, str] | None = None,
    dry_run: bool = False,
    unpaid_last: int = 0,
    due_in_days: int = 0,
    invite: bool = False,
    report: Report = lambda _progress: None,
    refusals: Refusals | None = None,
    staff: UUID | None = None,
) -> Summary:
    """Imports the CSV file at `path` for the merchant of this slug. A dry run writes nothing and says what it would do.

    `columns` maps their headers to ours. `unpaid_last` leaves each customer's latest orders open, due `due_in_days`
    days after today in the merchant's zone unless the file says when. `invite` mails every customer of the file who
    has neither an account nor an invitation yet. `refusals` gets every refused line, with why, instead of a file of
    ours; `staff` is who brings it in, when it is not a command. Raises DomainError when the file as a whole cannot be
    taken.
    """
    if unpaid_last < 0 or due_in_days < 0:
        raise DomainError(_("The number of unpaid orders and of days until they are due cannot be negative."))
    with connected(), opened(path) as file, spool() as kept:
        bringing = _Import(merchant_called(merchant), kept, dry_run, report, refusals, staff)
        found = map_headers(file.headers, columns or {})
        _read_all(bringing, file, found)
        kept.mark_latest(unpaid_last)
        _bring_in(bringing, _terms(bringing.merchant, found, due_in_days))
        if invite:
            bringing.tally.invited = _invite(bringing)
        return _summed_up(bringing, found)


def _invite(bringing: _Import) -> int:
    total = bringing.spool.count_customers()
    return invite_customers(
        bringing.spool.customers(),
        dry_run=bringing.dry_run,
        seen=lambda done: bringing.report(Progress(Stage.INVITING, done, total)),
    )


def merchant_called(slug: str) -> Merchant:
    """The merchant of a slug. Raises NotFound, naming those that there are."""
    found: Merchant | None = Merchant.get_or_none(Merchant.slug == slug)
    if found is None:
        known = ", ".join(one.slug for one in Merchant.select().order_by(Merchant.slug).limit(20))
        raise NotFound(
            _("There is no merchant “%(slug)s”. There are: %(known)s.")
            % {"slug": slug, "known": known or _("none yet")}
        )
    return found


def _terms(merchant: Merchant, found: Columns, due_in_days: int) -> Terms:
    return Terms(
        zone=merchant.zone,
        rows_are_lines=found.rows_are_lines,
        emails_given=found.has(Field.EMAIL),
        unpaid_due_on=local_day(utc_now(), merchant.zone) + timedelta(days=due_in_days),
    )


def _read_all(bringing: _Import, file: CsvFile, found: Columns) -> None:
    reader = Reader(found, bringing.merchant.currency, bringing.merchant.zone)
    rows = file.rows()
    while chunk := list(islice(rows, _READ_AT_ONCE)):
        bringing.tally.rows += len(chunk)
        bringing.spool.add(_readable(bringing.spool, reader, chunk))
        bringing.report(Progress(Stage.READING, min(file.bytes_read(), file.size), file.size))


def _readable(kept: Spool, reader: Reader, chunk: list[tuple[int, list[str]]]) -> list[Row]:
    rows = []
    for line, cells in chunk:
        try:
            rows.append(reader.read(line, cells))
        except DomainError as wrong:
            kept.refuse(line, wrong.sentence)
            number = reader.number(cells)
            if number and reader.columns.rows_are_lines:
                kept.break_order(number, line)
    return rows


def _bring_in(bringing: _Import, terms: Terms) -> None:
    readable, handled = bringing.spool.count_rows(), 0
    for batch, rows in _batches(bringing.spool, terms):
        _bring(bringing, batch)
        handled += rows
        bringing.report(Progress(Stage.MAKING, handled, readable))


def _batches(kept: Spool, terms: Terms) -> Iterator[tuple[list[PlannedOrder], int]]:
    """Planned orders of some hundred rows together, and how many rows they and the refused ones among them are."""
    batch: list[PlannedOrder] = []
    rows = 0
    for spooled in kept.orders():
        if rows and rows + len(spooled) > _ROWS_A_UNIT:
            yield batch, rows
            batch, rows = [], 0
        planned, refused = plan(spooled, terms)
        for line, why in refused:
            kept.refuse(line, why)
        if planned:
            batch.append(planned)
        rows += len(spooled)
    if rows:
        yield batch, rows


def _bring(bringing: _Import, batch: list[PlannedOrder]) -> None:
    merchant: UUID = bringing.merchant.id
    draft = draw_up(merchant, batch) if bringing.dry_run else write_batch(merchant, batch)
    _meet(bringing, draft)
    new, there, tally = draft.sorted.new, draft.sorted.there, bringing.tally
    tally.orders_made += len(new)
    tally.orders_open += sum(1 for one in new if one.unpaid and one.total.minor > 0)
    tally.orders_there += len(there)
    tally.rows_made += sum(len(one.rows) for one in new)
    tally.rows_there += sum(len(one.rows) for one in there)
    for line, why in draft.sorted.refused:
        bringing.spool.refuse(line, why)


def _meet(bringing: _Import, draft: Draft) -> None:
    """Counts new customers (in a dry run each is new in every batch) and notes all of them for invitations."""
    known, _claims = find_customers(draft.merchant, [one.person for one in draft.sorted.there])
    for key, customer in (known | draft.people.there).items():
        bringing.spool.meet_customer(key, str(customer))
    for key, customer in draft.people.made.items():
        first = bringing.spool.meet_customer(key, None if bringing.dry_run else str(customer))
        bringing.tally.customers_made += first


def _summed_up(bringing: _Import, found: Columns) -> Summary:
    kept, tally = bringing.spool, bringing.tally
    refused = kept.count_refused()
    path = write_refusals(kept.refused()) if refused > MANY and not bringing.dry_run and not bringing.refusals else None
    if bringing.refusals:
        bringing.refusals(kept.refused())
    if not bringing.dry_run:
        with unit_of_work():
            record(
                "import.finished",
                merchant=bringing.merchant.id,
                actor=Actor.STAFF if bringing.staff else Actor.COMMAND,
                actor_id=bringing.staff,
                facts={"rows": tally.rows, "orders": tally.orders_made, "refused": refused},
            )
    return Summary(
        dry_run=bringing.dry_run,
        rows=tally.rows,
        rows_made=tally.rows_made,
        rows_there=tally.rows_there,
        orders_made=tally.orders_made,
        orders_open=tally.orders_open,
        orders_there=tally.orders_there,
        customers_made=tally.customers_made,
        invited=tally.invited,
        refused_count=refused,
        refused=tuple(islice(kept.refused(), SHOWN)),
        refused_file=path,
        unused_columns=found.unused,
        dust_lines=tuple(kept.dust_lines()),
    )
