"""Bringing in what another system knows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from commands.command import Arguments, Chosen, Command, one_line_bar, with_store
from kit.errors import DomainError

if TYPE_CHECKING:
    from domain.imports.summary import Progress


def import_arguments(parser: Arguments) -> None:
    """What `import` takes."""
    parser.add_argument("file", type=Path, help="CSV, plain or gzipped, in UTF-8")
    parser.add_argument("--merchant", required=True, metavar="SLUG")
    parser.add_argument(
        "--map", action="append", default=[], metavar="THEIRS=OURS", help="what a column means; OURS - ignores it"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what it would do and write nothing")
    parser.add_argument("--unpaid-last", type=int, default=0, metavar="N", help="leave each customer's latest N open")
    parser.add_argument("--due-in", type=int, default=0, metavar="DAYS", help="when those are due; 0: today")
    parser.add_argument("--invite", action="store_true", help="mail customers who have no account yet")


def import_file(chosen: Chosen) -> int:
    """Brings a file of purchases in; exit 1 when every row was refused."""
    from domain.imports.report import sentences
    from domain.imports.run import run_import

    with_store()
    columns = dict(_pair(text) for text in chosen.map)
    summary = run_import(
        path=chosen.file,
        merchant=chosen.merchant,
        columns=columns,
        dry_run=chosen.dry_run,
        unpaid_last=chosen.unpaid_last,
        due_in_days=chosen.due_in,
        invite=chosen.invite,
        report=_bar if sys.stderr.isatty() else lambda _progress: None,
    )
    print("\n".join(sentences(summary)))
    return 1 if summary.refused_count and summary.refused_count == summary.rows else 0


def schedules_arguments(parser: Arguments) -> None:
    """What `import-schedules` takes."""
    parser.add_argument("file", type=Path, help="CSV, plain or gzipped, in UTF-8")
    parser.add_argument("--merchant", required=True, metavar="SLUG")
    parser.add_argument(
        "--map", action="append", default=[], metavar="THEIRS=OURS", help="what a column means; OURS - ignores it"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what it would do and write nothing")


def import_schedules(chosen: Chosen) -> int:
    """Brings a file of billing schedules in; exit 1 when every row was refused."""
    from domain.imports.schedules import import_schedules as bring_in

    with_store()
    columns = dict(_pair(text) for text in chosen.map)
    done = bring_in(path=chosen.file, merchant=chosen.merchant, columns=columns, dry_run=chosen.dry_run)
    print("\n".join(done.sentences()))
    return 1 if done.refused and len(done.refused) == done.rows else 0


def _pair(text: str) -> tuple[str, str]:
    theirs, equals, ours = text.rpartition("=")
    if not equals:
        raise DomainError(f"--map {text} has no “=”. Write it like --map Total=amount.")
    return theirs.strip(), ours.strip()


def _bar(progress: Progress) -> None:
    one_line_bar(progress.stage, progress.done, max(progress.total, 1))


COMMANDS = (
    Command("import", "bring in customers and orders from a CSV file", import_file, import_arguments),
    Command("import-schedules", "bring in billing schedules from a CSV file", import_schedules, schedules_arguments),
)
