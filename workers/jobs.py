"""The jobs, one line each: take an id, open a connection, call the use case. No rule lives here.

A new job: a member of Work and its use case in domain/work/, a line here, a line in integrations/queue/kinds.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from peewee import InterfaceError, OperationalError

from domain.operations import stops
from domain.work.perform import perform
from domain.work.wake import Work
from kit.clock import utc_now
from kit.log import log
from models.base import connected


def look_at_attempt(row_id: str) -> None:
    """Finds out what became of an attempt, or takes it on."""
    _perform(Work.ATTEMPT, row_id)


def collect_order(row_id: str) -> None:
    """Makes the first automatic try of an order."""
    _perform(Work.COLLECT, row_id)


def make_planned_try(row_id: str) -> None:
    """Makes a try that a recovery has planned."""
    _perform(Work.RETRY, row_id)


def work_through_account(row_id: str) -> None:
    """Makes a processor account's automatic charges, batch after batch, for a few seconds."""
    _perform(Work.WAVE, row_id)


def run_schedule(row_id: str) -> None:
    """Makes the order of a billing schedule's period."""
    _perform(Work.SCHEDULE, row_id)


def look_at_refund(row_id: str) -> None:
    """Sends a refund, or finds out what became of it."""
    _perform(Work.REFUND, row_id)


def judge_promise(row_id: str) -> None:
    """Sees whether a promise to pay was kept."""
    _perform(Work.PROMISE, row_id)


def forget_method(row_id: str) -> None:
    """Has the processor forget a payment method that was removed."""
    _perform(Work.METHOD, row_id)


def send_mail(row_id: str) -> None:
    """Sends an e-mail."""
    _perform(Work.MAIL, row_id)


def call_about_alarm(row_id: str) -> None:
    """Tells the install's alarm webhook about an alarm."""
    _perform(Work.ALARM, row_id)


def apply_webhook(row_id: str) -> None:
    """Applies a stored hint from outside."""
    _perform(Work.WEBHOOK, row_id)


def count_day(row_id: str) -> None:
    """Counts the figures of a merchant's day anew."""
    _perform(Work.ROLLUP, row_id)


def work_on_import(row_id: str) -> None:
    """Reads a file that somebody brings in, or brings it in."""
    _perform(Work.IMPORT, row_id)


def run_tick(row_id: str) -> None:
    """Runs one occurrence of a timetable line."""
    _perform(Work.TICK, row_id)


def _perform(kind: Work, row_id: str) -> None:
    with _store_may_be_away(kind, row_id), connected():
        if not stops.is_held(kind, utc_now()):  # a stopped one is put away; its row stays due
            perform(kind, UUID(row_id))


@contextmanager
def _store_may_be_away(kind: Work, row_id: str) -> Iterator[None]:
    """A store that restarts is no bug of the job: its hint goes, the row stays due, and the clock hints again soon.

    A job that failed would rest for a minute, and a restart fails the jobs of all workers at once.
    """
    try:
        yield
    except (OperationalError, InterfaceError) as problem:
        log().error("job.store_away", kind=kind.value, row=row_id, error=type(problem).__name__)
