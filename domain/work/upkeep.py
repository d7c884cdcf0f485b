"""What the timetable does by itself: looks after the books, and forgets what nobody needs any more."""

from __future__ import annotations

from datetime import timedelta

from domain.work import rounds
from kit.clock import utc_now
from kit.log import log
from models.base import unit_of_work
from models.work import Tick

_TICKS_KEPT = timedelta(days=90)


def check_invariants() -> str:
    """Checks the ledger's invariants (protocol.md 6). A broken one is an error in the log, for the operator to see."""
    from domain.ledger.invariants import check

    broken = check()
    for one in broken:
        log().error("invariant.broken", what=str(one))
    return f"{len(broken)} broken" if broken else "all hold"


def reconcile() -> str:
    """Compares the books with every processor's lists. What differs is raised there; a processor that does not answer
    is named, and is asked again the next night."""
    from domain.reconciliation.run import nightly

    return nightly()


def end_recoveries() -> str:
    """Ends recoveries whose time is over, with the merchant's end action."""
    from domain.recoveries.ending import end_overdue

    return end_overdue()


def judge_return_rates() -> str:
    """Stops automatic bank debits of accounts whose returns come close to Nacha's limits: debits leave the 60 days."""
    from domain.compliance.brakes import judge_all

    return judge_all()


def remind_of_expiring_cards() -> str:
    """Writes to customers whose card ends within 30 days, when something stands on it."""
    from domain.methods.expiring import remind

    return remind()


def mail_saved_views() -> str:
    """Puts the coming Monday's mails of named views into the outbox."""
    from domain.reports.saved_views import mail_due

    return f"{mail_due(utc_now())} views"


def find_duplicates() -> str:
    """Looks for customers who may be one person, and lets what reached a merged record late go over."""
    from domain.duplicates.find import find_for_all
    from domain.duplicates.gather import gather

    return f"{gather()} rows gathered, {find_for_all()} pairs"


def count_lately() -> str:
    """Marks the last days of every merchant to be counted anew, and everything of one who was never counted."""
    from domain.reports.recompute import mark_lately

    return f"{mark_lately()} merchants"


def forget_imported_files() -> str:
    """Lets go of files that were brought in on the screen more than 30 days ago: they hold names."""
    from domain.imports.screen import forget_old

    return f"{forget_old()} imports"


def write_digests() -> str:
    """Writes to the merchants' people whose hour it is, when something stands on their list."""
    from domain.desk.digest import write_digests as write

    return write()


def forget_done_work() -> str:
    """Deletes ticks that were done more than 90 days ago (the latest tick of each line is always younger), and runs
    and measures that are old enough."""
    from domain.operations import measures, runs

    others = runs.forget(utc_now()) + measures.forget(utc_now())
    rounds.forget(utc_now())
    with unit_of_work():
        gone = Tick.delete().where(Tick.done_at < utc_now() - _TICKS_KEPT).execute()
    return f"{gone} old ticks, {others} runs and measures forgotten"


def forget_old_sign_ins() -> str:
    """Deletes counters, sessions and links that are long over."""
    from domain.accounts.tidy import tidy

    return f"{tidy(utc_now())} rows forgotten"
