"""What machines do in a run: the clock, the workers, the queue that forgets and repeats, the processor's webhooks."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from domain.payments import hints
from domain.payments.wave import work_through
from domain.reconciliation.run import reconcile
from domain.work.due import hints as hinted
from domain.work.perform import perform
from domain.work.wake import Work
from kit.clock import utc_now
from models import base
from models.methods import BillingSchedule, Consent, PaymentMethod
from models.orders import Order
from models.payments import Attempt, PlannedTry, Promise, Refund
from models.work import WebhookEvent
from sandbox.webhooks import sign
from tests.proof.day import NOON

if TYPE_CHECKING:
    from tests.proof.run import Run

MONEY = (
    Work.ATTEMPT,
    Work.WEBHOOK,
    Work.WAVE,
    Work.COLLECT,
    Work.RETRY,
    Work.REFUND,
    Work.SCHEDULE,
    Work.PROMISE,
    Work.METHOD,
)
_TABLES = (
    (Work.ATTEMPT, Attempt),
    (Work.WEBHOOK, WebhookEvent),
    (Work.COLLECT, Order),
    (Work.RETRY, PlannedTry),
    (Work.REFUND, Refund),
    (Work.SCHEDULE, BillingSchedule),
    (Work.PROMISE, Promise),
    (Work.METHOD, PaymentMethod),
)


def sweep(run: Run) -> None:
    """The clock finds what is due; workers do it, each in a process of its own."""
    for row in hinted(utc_now()):
        if row.kind in MONEY:
            _work(run, row.kind, row.id)


def _work(run: Run, kind: Work, row: UUID) -> None:
    if kind == Work.WAVE:
        run.guarded("does a wave", lambda: work_through(row, wait=run.wait))
    elif run.sweeps or kind != Work.ATTEMPT:
        run.guarded(f"does {kind}", lambda: perform(kind, row))


def job_again(run: Run) -> None:
    """The queue delivers an old job once more."""
    rows = [(kind, row.id) for kind, table in _TABLES for row in table.select(table.id).order_by(table.id)]
    _work(run, *run.chance.choice(rows))


def queue_delivers(run: Run) -> None:
    """A worker gets a job from the queue; one in three stays in the queue and comes again."""
    if run.day.hints:
        at = run.chance.randrange(len(run.day.hints))
        kind, row = run.day.hints[at] if run.chance.random() < 0.3 else run.day.hints.pop(at)
        if kind in MONEY:
            _work(run, kind, row)


def flush(run: Run) -> None:
    """The queue's store is wiped. The rows stay."""
    run.day.hints.clear()


def webhook(run: Run, event: Any = None) -> None:
    """The processor tells of something: any event, in any order, again and again."""
    events = run.day.sandbox.world.store.every("event")
    told = event or (run.chance.choice(events) if events else None)
    if told is None:
        return
    body = json.dumps(told.body)
    signature = sign(body, "whsec_test", int(utc_now().timestamp()))
    run.note(f"tells of {told.body['type']}")
    hints.receive(path_token=run.cast.door.path_token, body=body.encode(), signature=signature)


def late_request(run: Run) -> None:
    """A request that was given up arrives after all."""
    run.weather.arrive()


def outage(run: Run) -> None:
    """The processor goes away, or comes back."""
    run.weather.outage = not run.weather.outage


def pass_time(run: Run) -> None:
    """Seconds mostly, days at times; mostly the workers run meanwhile."""
    by = timedelta(seconds=run.chance.choice((1, 1, 4, 4, 15, 15, 61, 61, 61, 400, 1900, 7200, 90000)))
    run.weather.outage = run.weather.outage and run.chance.random() < 0.5
    if run.chance.random() < 0.3 or run.depth > 1:
        run.pass_dark(by)
    else:
        live_until(run, run.day.clock.at + by, turns=12)


def live_until(run: Run, end: datetime, *, turns: int) -> bool:
    """Time passes, and what is due is done when it is due. False when there was no end of it."""
    for turn in range(turns):
        at = next_due(run)
        if at is None or at > end:
            run.day.move(max(end - run.day.clock.at, timedelta()))
            return True
        least = timedelta(hours=6 if turn > 30 else 0)  # what waits for a held order asks every ten minutes
        run.day.move(max(at - run.day.clock.at, least))
        run.guarded("sweep", lambda: sweep(run))
    return False


_NEXT = """
SELECT MIN(at) FROM (
  SELECT MIN(next_look_at) AS at FROM attempt
  UNION ALL SELECT MIN(CASE WHEN lease_until > collect_at THEN lease_until ELSE collect_at END) FROM orders
    WHERE collect_at IS NOT NULL
  UNION ALL SELECT MIN(CASE WHEN lease_until > due_at THEN lease_until ELSE due_at END) FROM planned_try
    WHERE state = 'planned'
  UNION ALL SELECT MIN(due_at) FROM webhook_event
  UNION ALL SELECT MIN(next_look_at) FROM refund
  UNION ALL SELECT MIN(run_at) FROM billing_schedule
  UNION ALL SELECT MIN(due_at) FROM promise
  UNION ALL SELECT MIN(detach_at) FROM payment_method WHERE detach_at IS NOT NULL
) AS times
"""  # written by hand: asked after every step, and making it each time would cost more than asking


def next_due(run: Run) -> datetime | None:
    """When somebody must do something next."""
    sql = _NEXT if run.sweeps else _NEXT.replace("FROM attempt", "FROM attempt WHERE 1 = 0")
    (at,) = base.db.execute_sql(sql).fetchone()
    found: datetime | None = Attempt.next_look_at.python_value(at)
    return found


def settle_down(run: Run) -> None:
    """Fair weather again: late requests arrive, many a hint comes once more, and what is due is done, day by day.

    Then nobody wants anything new, and all that is open must close.
    """
    run.note("fair weather")
    run.weather.calm = True
    while run.weather.delayed:
        run.weather.arrive()
    for event in run.day.sandbox.world.store.every("event"):
        if run.chance.random() < 0.5:
            run.guarded("tells", lambda event=event: webhook(run, event))  # type: ignore[misc]
    for days in (10, 22):
        if not live_until(run, run.day.clock.at + timedelta(days=days), turns=200):
            waits = [f"{row.kind} {row.id}" for row in hinted(utc_now()) if row.kind in MONEY]
            run.crashes.append(f"it never comes to rest: {waits}")
        Consent.update(revoked_at=utc_now()).where(Consent.revoked_at.is_null()).execute()
    for _night in range(2):
        run.guarded("compares", lambda: reconcile(run.cast.door.id, NOON))
        live_until(run, run.day.clock.at + timedelta(days=1), turns=50)


ACTS: tuple[tuple[str, float, Callable[[Run], None]], ...] = (
    ("sweep", 8, sweep),
    ("old job again", 4, job_again),
    ("queue delivers", 5, queue_delivers),
    ("queue flushed", 0.7, flush),
    ("webhook", 8, webhook),
    ("late request", 6, late_request),
    ("outage", 1, outage),
    ("time", 8, pass_time),
)
