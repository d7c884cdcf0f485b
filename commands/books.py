"""The books: do they hold, and does the processor's list say the same?"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from commands.command import Arguments, Chosen, Command, with_store
from kit.errors import DomainError

if TYPE_CHECKING:
    from domain.reconciliation.differences import OpenDifference
    from domain.reconciliation.run import Report


def check_invariants(_chosen: Chosen) -> int:
    """Checks the books."""
    from domain.ledger.invariants import check

    with_store()
    broken = check()
    for one in broken:
        print(one)
    print(f"{len(broken)} broken" if broken else "All invariants hold.")
    return 1 if broken else 0


def reconcile_arguments(parser: Arguments) -> None:
    """What `reconcile` takes."""
    parser.add_argument("--since", type=date.fromisoformat, metavar="YYYY-MM-DD", help="payments; 3 days ago")
    parser.add_argument("--merchant", metavar="SLUG", help="only this one")


def reconcile(chosen: Chosen) -> int:
    """Compares our books with the processor's lists: exit 1 when they differ, 2 when not everything could be seen."""
    from domain.reconciliation import run
    from domain.reconciliation.differences import all_open
    from kit.clock import utc_now

    with_store()
    chosen_accounts = run.accounts(chosen.merchant)
    if chosen.merchant and not chosen_accounts:
        raise DomainError(f"There is no merchant “{chosen.merchant}” with a processor account in use.")
    since = datetime.combine(chosen.since, time(), UTC) if chosen.since else utc_now() - run.CHARGES_BACK
    reports = [run.reconcile(each, since) for each in chosen_accounts]
    for report in reports:
        print(_sentence(report))
        for found in report.healed:
            print(f"  put right: {found.kind.replace('_', ' ')} {found.reference} ({found.detail})")
    still = all_open(chosen_accounts)
    for line in _table(still):
        print(line)
    print(f"{len(still)} differences" if still else "No differences.")
    return 2 if any(report.stopped for report in reports) else 1 if still else 0


def _sentence(report: Report) -> str:
    if report.stopped:
        return f"{report.merchant}: not compared, {report.stopped}. Nothing was changed."
    seen = f"{report.payments} payments, {report.refunds} refunds, {report.disputes} disputes"
    more = f", {report.strays} unconfirmed requests cancelled" if report.strays else ""
    return f"{report.merchant}: {seen} since {report.since:%Y-%m-%d}; {report.foreign} objects not of ours{more}."


def _table(still: list[OpenDifference]) -> list[str]:
    from domain.reconciliation.words import said

    rows = [
        (one.merchant, f"{one.found_at:%Y-%m-%d}", said(one.kind), str(one.amount or ""), one.reference, one.detail)
        for one in still
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(5)] if rows else []
    return ["  ".join([*(f"{cell:{width}}" for cell, width in zip(row, widths, strict=False)), row[5]]) for row in rows]


def count_arguments(parser: Arguments) -> None:
    """What `count-figures` takes."""
    parser.add_argument("--merchant", metavar="SLUG", help="only this one")


def count_figures(chosen: Chosen) -> int:
    """Marks every day to be counted anew; the workers do it."""
    from domain.reports.recompute import count_all

    with_store()
    count = count_all(chosen.merchant)
    print(f"Marked for {count} merchants. The workers count now." if count else "There is no such merchant.")
    return 0 if count else 1


COMMANDS = (
    Command("check-invariants", "check the books; exit 1 and a list when something is wrong", check_invariants),
    Command(
        "reconcile",
        "compare the books with the processor's lists; exit 1 and a list when they differ",
        reconcile,
        reconcile_arguments,
    ),
    Command(
        "count-figures", "have the dashboards' figures counted anew from the beginning", count_figures, count_arguments
    ),
)
