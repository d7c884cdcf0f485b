"""What operators see: the store's truth beside the queue's hints, and one line that tells ours from theirs.

Nothing heavy is run here: the invariants are checked by the timetable and only their last result is read; what is dear
to count is kept for seconds (kept.py). Nothing is written, and Redis is waited for no longer than its clients do.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import SQL, fn

from domain.operations import stops
from domain.operations.alarms.queries import open_alarms
from domain.operations.at_gateway import STUCK, at_gateway
from domain.operations.backlog import standing
from domain.operations.clearing import together
from domain.operations.clock_facts import invariants, tick_lines
from domain.operations.hands import worker_lines
from domain.operations.houses import House, house_of
from domain.operations.kept import kept
from domain.operations.mail_facts import mail_facts
from domain.operations.queues import pulse, queue_lines
from domain.operations.restart import restart
from domain.operations.shapes import Overview, Unknown
from domain.operations.store_facts import asked, store_facts, valkey_facts
from domain.operations.verdict import verdict
from domain.operations.webhook_facts import webhook_facts
from domain.reconciliation.differences import OpenDifference, all_open
from domain.work import rounds
from integrations.queue.snapshot import snapshot
from kit.errors import NotFound
from kit.i18n import _
from models.base import connected
from models.merchants import GatewayAccount, Merchant
from models.operations import StopWhat
from models.payments import Attempt, AttemptState, Payment

# Of the whole install, whichever merchant is asked for: a queue's hints and a worker's jobs are everybody's.
_WHOLE = frozenset(
    {"queues", "workers", "clock_at", "ticks", "valkey", "store", "restart", "invariants", "reachable", "verdict"}
)


def overview(now: datetime, *, merchant: str | None = None) -> Overview:
    """How the install stands, or what of it is a merchant's (`merchant`: its slug).

    Never raises because of Redis. Raises DomainError for a merchant that there is not, and what the store raises.
    """
    with connected():
        house = _house(merchant)
        facts = _facts(now, house)
    return replace(facts, verdict=verdict(facts))


def _house(slug: str | None) -> House | None:
    house = house_of(slug) if slug else None
    if slug and house is None:
        raise NotFound(_("There is no merchant at this address."))
    return house


def _facts(now: datetime, house: House | None) -> Overview:
    mine = house.id if house else None
    hints, stopped = snapshot(), stops.active(now)
    suspended = {
        line.merchant: line.merchant_name for line in stopped if line.what == StopWhat.MERCHANT and line.merchant
    }
    beat, beat_at = kept("pulse", lambda: pulse(now), now=now, seconds=10)
    halted = stops.stopped_kinds(now), frozenset(suspended)
    work, work_at = kept(
        "standing",
        lambda: standing(now, merchant=mine, stopped=halted[0], suspended=halted[1], series=beat.lately()),
        mine,
        *halted,  # what was stopped just now is seen at once
        now=now,
        seconds=2,  # its age stands beside it; a page asks every five
    )
    workers = worker_lines(hints, frozenset(line.name for line in stopped if line.what == StopWhat.WORKER))
    gateway, gateway_at = kept("gateway", lambda: at_gateway(now, merchant=mine), mine, now=now, seconds=5)
    ticks, _at = kept("ticks", lambda: tick_lines(now), now=now, seconds=5)
    letters, letters_at = kept("mail", lambda: mail_facts(now, merchant=mine), mine, now=now, seconds=10)
    hooks, hooks_at = kept("webhooks", lambda: webhook_facts(now, merchant=mine), mine, now=now, seconds=10)
    store, store_at = kept("store", store_facts, now=now, seconds=15)
    queues_stopped = {line.name: line for line in stopped if line.what == StopWhat.QUEUE}
    return Overview(
        at=now,
        due=work.lines,
        late=work.late,
        reachable=hints.reachable,
        queues=queue_lines(hints, work.lines, beat, queues_stopped),
        workers=workers,
        unknown=_unknown(mine),
        invariants=invariants(),
        differences=_differences(house),
        clock_at=rounds.latest(),
        alarms=tuple(open_alarms(now, house.slug if house else None)),
        clearing=together(work.lines),
        accounts=gateway.accounts,
        more_accounts=gateway.more,
        ticks=ticks,
        mail=letters,
        webhooks=hooks,
        valkey=valkey_facts(hints.redis),
        store=replace(store, asked=asked()),
        restart=restart(workers, reachable=hints.reachable, now=now),
        suspended=tuple(sorted(name for id, name in suspended.items() if mine in (None, id))),
        without_account=_names(work.without_account),
        merchant=house.slug if house else None,
        merchant_name=house.name if house else "",
        whole_install=_WHOLE if house else frozenset(),
        as_of={
            "due": work_at,
            "queues": beat_at,
            "mail": letters_at,
            "webhooks": hooks_at,
            "store": store_at,
            "accounts": gateway_at,
        },
    )


def _unknown(merchant: UUID | None) -> Unknown:
    """Few among millions: found by the index of what is stuck, whose words these are."""
    query: Any = Attempt.select(Attempt.state, fn.COUNT(Attempt.id), fn.MIN(Attempt.next_look_at)).where(STUCK)
    if merchant is not None:
        mine = (Payment.id == Attempt.payment) & (Payment.merchant == merchant)
        query = query.where(fn.EXISTS(Payment.select(SQL("1")).where(mine)))
    found = {state: (count, first) for state, count, first in query.group_by(Attempt.state).tuples()}
    asked_about, first = found.get(AttemptState.UNKNOWN, (0, None))
    return Unknown(asked_about, found.get(AttemptState.REVIEW, (0, None))[0], first)


def _differences(house: House | None) -> tuple[OpenDifference, ...]:
    if house is None:
        return tuple(all_open())
    accounts: Any = GatewayAccount.select(GatewayAccount.id).where(GatewayAccount.merchant == house.id).tuples()
    return tuple(all_open([account for (account,) in accounts]))


def _names(merchants: Collection[UUID]) -> tuple[str, ...]:
    if not merchants:
        return ()
    query: Any = Merchant.select(Merchant.name).where(Merchant.id.in_(list(merchants)[:20])).order_by(Merchant.name)
    return tuple(name for (name,) in query.tuples())
