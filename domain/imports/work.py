"""The worker's part of an import made on the screen: a dry run, then the run itself.

Killed half way it is done again from the beginning: what is in the store is recognised and counted as already there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.imports.methods import Unreachable, import_methods
from domain.imports.read import opened
from domain.imports.run import run_import
from domain.imports.schedules import import_schedules
from domain.imports.summary import Progress, Stage
from domain.imports.upload import FILE, REFUSED, forget_parts, keep_part, on_disk
from domain.imports.what import What
from kit.clock import utc_now
from kit.csv_text import csv_text
from kit.errors import DomainError
from kit.log import log
from models.base import connected, unit_of_work
from models.console import ImportRun, ImportState

_LEASE = timedelta(minutes=5)
_TELL_EVERY = timedelta(seconds=2)
_LATER = timedelta(minutes=5)
_PART = 1024 * 1024
_SHOWN = 20
_AFTER = {ImportState.CHECKING: ImportState.CHECKED, ImportState.RUNNING: ImportState.DONE}

Refused = list[tuple[int, str]]


def work_on(run_id: UUID) -> bool:
    """Reads or runs an import that waits for it; returns whether it did. Harmless twice: one worker has it."""
    row = _claim(run_id)
    if row is None:
        return False
    try:
        with on_disk(row.id) as path:
            report, refused = _bring(row, path, _teller(row.id))
            _keep_refused(row.id, path, refused)
        _close(row, _AFTER[row.state], report)
    except DomainError as problem:
        _close(row, ImportState.FAILED, {"problem": problem.sentence})
    except Unreachable:
        log().warning("import.processor_away", run=str(row.id))
        with unit_of_work():
            ImportRun.update(due_at=utc_now() + _LATER, lease_until=None).where(ImportRun.id == row.id).execute()
    return True


def _claim(run_id: UUID) -> ImportRun | None:
    now = utc_now()
    free = ImportRun.lease_until.is_null() | (ImportRun.lease_until <= now)
    with unit_of_work():
        claimed = (
            ImportRun.update(lease_until=now + _LEASE)
            .where(ImportRun.id == run_id, ImportRun.state.in_(list(_AFTER)), ImportRun.due_at <= now, free)
            .execute()
        )
        return ImportRun.get_by_id(run_id) if claimed == 1 else None


def _teller(run: UUID) -> Callable[[int], None]:
    """Notes every two seconds how many rows were seen, and keeps the lease."""
    last: list[datetime] = [utc_now()]

    def tell(rows: int) -> None:
        now = utc_now()
        if now - last[0] >= _TELL_EVERY:
            last[0] = now
            with connected(), unit_of_work():
                ImportRun.update(rows_done=rows, lease_until=now + _LEASE).where(ImportRun.id == run).execute()

    return tell


def _bring(row: ImportRun, path: Path, tell: Callable[[int], None]) -> tuple[dict[str, Any], Refused]:
    dry, slug, columns = row.state == ImportState.CHECKING, row.merchant.slug, json.loads(row.mapping)
    match What(row.what):
        case What.SCHEDULES:
            done = import_schedules(path=path, merchant=slug, columns=columns, dry_run=dry, to_file=False, seen=tell)
            return _counted(done.rows, done.made, done.there, done.refused), done.refused
        case What.METHODS:
            cards = import_methods(path=path, merchant=slug, columns=columns, dry_run=dry, seen=tell)
            return _counted(cards.rows, cards.made, cards.there, cards.refused), cards.refused
    return _orders(row, path, columns, tell, dry=dry)


def _counted(rows: int, made: int, there: int, refused: Refused) -> dict[str, Any]:
    return {"rows": rows, "made": made, "there": there, "refused": len(refused), "why": refused[:_SHOWN]}


def _orders(
    row: ImportRun, path: Path, columns: Mapping[str, str], tell: Callable[[int], None], *, dry: bool
) -> tuple[dict[str, Any], Refused]:
    refused: Refused = []

    def heard(progress: Progress) -> None:
        if progress.stage is Stage.MAKING:
            tell(progress.done)

    summary = run_import(
        path=path,
        merchant=row.merchant.slug,
        columns=columns,
        dry_run=dry,
        report=heard,
        refusals=refused.extend,
        staff=row.staff_id,
        **json.loads(row.options),
    )
    return {
        "rows": summary.rows,
        "made": summary.orders_made,
        "made_rows": summary.rows_made,
        "open": summary.orders_open,
        "there": summary.orders_there,
        "customers": summary.customers_made,
        "invited": summary.invited,
        "refused": summary.refused_count,
        "why": refused[:_SHOWN],
        "unused": list(summary.unused_columns),
        "dust": list(summary.dust_lines[:_SHOWN]),
    }, refused


def _keep_refused(run: UUID, path: Path, refused: Refused) -> None:
    """The refused rows as they came, with why, to be corrected and brought in again."""
    with unit_of_work():
        forget_parts(run, REFUSED)
    if not refused:
        return
    kept, n = StringIO(), 0
    for piece in csv_text(_with_why(path, dict(refused))):
        kept.write(piece)
        if kept.tell() >= _PART:
            keep_part(run, REFUSED, n, kept.getvalue().encode())
            kept, n = StringIO(), n + 1
    keep_part(run, REFUSED, n, kept.getvalue().encode())


def _with_why(path: Path, why: Mapping[int, str]) -> Iterator[list[str]]:
    with opened(path) as file:
        yield [*file.headers, "line", "why"]
        for line, cells in file.rows():
            if line in why:
                width = len(file.headers)
                yield [*cells[:width], *[""] * (width - len(cells)), str(line), why[line]]


def _close(row: ImportRun, state: ImportState, report: dict[str, Any]) -> None:
    with unit_of_work():
        ended = utc_now() if state is ImportState.DONE else None
        ImportRun.update(
            state=state,
            report=json.dumps(report),
            rows_done=report.get("rows", row.rows_done),
            due_at=None,
            lease_until=None,
            ended_at=ended,
        ).where(ImportRun.id == row.id, ImportRun.state == row.state).execute()
        if state is ImportState.DONE:
            forget_parts(row.id, FILE)
