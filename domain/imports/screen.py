"""An import made on the screen, from the upload to its end: map the columns, see what it would do, do it or drop it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from domain.events.record import Actor, record
from domain.imports.read import opened
from domain.imports.upload import FILE, REFUSED, forget_parts, on_disk
from domain.imports.what import Meaning, What, check_mapping, guesses, meanings
from domain.work.wake import Work, wake
from kit.clock import utc_now
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _
from models.base import unit_of_work
from models.console import ImportPart, ImportRun, ImportState
from models.merchants import Staff

_SHOWN = 3
_LATEST = 50
_KEPT = timedelta(days=30)
_MAPPABLE = (ImportState.UPLOADED, ImportState.CHECKED, ImportState.FAILED)
_MOST_UNPAID = 1000
_MOST_DAYS = 365


@dataclass(frozen=True)
class Options:
    """What somebody chose for a file of orders: see domain.imports.run.run_import."""

    unpaid_last: int = 0
    due_in_days: int = 0
    invite: bool = False


@dataclass(frozen=True)
class RunView:
    """An import as the page shows it. `report` holds numbers by name, sentences under `problem` and `why`."""

    id: UUID
    what: What
    filename: str
    size: int
    state: ImportState
    by: str
    made_at: datetime
    ended_at: datetime | None
    rows_done: int
    report: dict[str, Any]
    options: Options
    has_refused: bool

    @property
    def busy(self) -> bool:
        """Whether a worker has it, or is about to."""
        return self.state in (ImportState.CHECKING, ImportState.RUNNING)


@dataclass(frozen=True)
class ColumnsView:
    """The columns of an uploaded file: headers, what each means by now, the first rows, what there is to choose."""

    headers: tuple[str, ...]
    chosen: dict[str, str]
    rows: tuple[tuple[str, ...], ...]
    meanings: tuple[Meaning, ...] = field(default=())


def run_of(merchant: UUID, run: UUID) -> RunView:
    """One import. Raises NotFound when it is not this merchant's."""
    return _view(_mine(merchant, run))


def runs(merchant: UUID) -> tuple[RunView, ...]:
    """The latest imports, the newest first; those that were dropped are left out."""
    query = (
        ImportRun.select(ImportRun, Staff)
        .join(Staff)
        .where(ImportRun.merchant == merchant, ImportRun.state != ImportState.DROPPED)
        .order_by(ImportRun.made_at.desc(), ImportRun.id.desc())
        .limit(_LATEST)
    )
    return tuple(_view(row, refused=False) for row in query)


def _mine(merchant: UUID, run: UUID) -> ImportRun:
    row: ImportRun | None = ImportRun.get_or_none(ImportRun.id == run, ImportRun.merchant == merchant)
    if row is None:
        raise NotFound(_("That import is not there."))
    return row


def _view(row: ImportRun, *, refused: bool | None = None) -> RunView:
    if refused is None:
        refused = ImportPart.select().where(ImportPart.run == row, ImportPart.kind == REFUSED).exists()
    return RunView(
        id=row.id,
        what=What(row.what),
        filename=row.filename,
        size=row.size,
        state=row.state,
        by=row.staff.name,
        made_at=row.made_at,
        ended_at=row.ended_at,
        rows_done=row.rows_done,
        report=json.loads(row.report),
        options=Options(**json.loads(row.options)),
        has_refused=bool(refused),
    )


def columns_of(merchant: UUID, run: UUID) -> ColumnsView:
    """The columns to be mapped. Raises NotFound, DomainError when the file is not kept any more."""
    row = _mine(merchant, run)
    if row.state not in _MAPPABLE:
        raise Conflict(_("The columns of this import cannot be changed any more."))
    with on_disk(row.id) as path, opened(path) as file:
        rows = tuple(tuple(cells) for _line, cells in islice(file.rows(), _SHOWN))
        chosen = json.loads(row.mapping) or guesses(What(row.what), file.headers)
        return ColumnsView(file.headers, chosen, rows, meanings(What(row.what)))


def map_columns(*, merchant: UUID, run: UUID, staff: UUID, chosen: Mapping[str, str], options: Options) -> None:
    """Keeps what the columns mean; a worker then reads the file and says what it would do.

    Raises NotFound, DomainError (the mapping, the options), Conflict (it is being worked on, or over).
    """
    row = _mine(merchant, run)
    check_mapping(What(row.what), chosen)
    if not (0 <= options.unpaid_last <= _MOST_UNPAID and 0 <= options.due_in_days <= _MOST_DAYS):
        raise DomainError(
            _("Write a number of orders up to 1,000 and a number of days up to 365."), field="unpaid_last"
        )
    with unit_of_work():
        values = {"mapping": json.dumps(dict(chosen)), "options": json.dumps(vars(options)), "report": "{}"}
        _on(row, _MAPPABLE, ImportState.CHECKING, **values)
        _tell("import.checked", row, staff)


def start(*, merchant: UUID, run: UUID, staff: UUID) -> None:
    """Brings it in, after the dry run was seen. Pressed twice it begins once. Raises NotFound, Conflict."""
    row = _mine(merchant, run)
    if row.state in (ImportState.RUNNING, ImportState.DONE):
        return
    with unit_of_work():
        _on(row, (ImportState.CHECKED,), ImportState.RUNNING)
        _tell("import.started", row, staff)


def _on(row: ImportRun, states: tuple[ImportState, ...], to: ImportState, **values: Any) -> None:
    claimed = (
        ImportRun.update(state=to, due_at=utc_now(), lease_until=None, rows_done=0, **values)
        .where(ImportRun.id == row.id, ImportRun.state.in_(states))
        .execute()
    )
    if claimed != 1:
        raise Conflict(_("Somebody has gone on with this import meanwhile. Load the page again."))
    wake(Work.IMPORT, row.id)


def drop(*, merchant: UUID, run: UUID, staff: UUID) -> None:
    """Forgets an import that was not made; its file is gone. Raises NotFound, Conflict while it runs or is done."""
    row = _mine(merchant, run)
    with unit_of_work():
        gone = (
            ImportRun.update(state=ImportState.DROPPED, due_at=None, ended_at=utc_now(), report="{}", mapping="{}")
            .where(ImportRun.id == row.id, ImportRun.state.in_((*_MAPPABLE, ImportState.DROPPED)))
            .execute()
        )
        if not gone:
            raise Conflict(_("This import has begun; what it brought in stays."))
        forget_parts(row.id, FILE, REFUSED)
        _tell("import.dropped", row, staff)


def _tell(kind: str, row: ImportRun, staff: UUID) -> None:
    record(kind, merchant=row.merchant_id, actor=Actor.STAFF, actor_id=staff, subject=row.id, facts={"what": row.what})


def forget_old() -> int:
    """Lets go of the files of imports that are older than 30 days: they hold names. Returns how many imports."""
    old = ImportRun.select(ImportRun.id).where(ImportRun.made_at < utc_now() - _KEPT)
    with unit_of_work():
        kept = [row.run_id for row in ImportPart.select(ImportPart.run).where(ImportPart.run.in_(old)).distinct()]
        for run in kept:
            forget_parts(run, FILE, REFUSED)
        ImportRun.update(state=ImportState.DROPPED, due_at=None).where(
            ImportRun.id.in_(kept), ImportRun.state.in_(_MAPPABLE)
        ).execute()
    return len(kept)
