"""What Prometheus is told: counters and histograms from the store's measures, gauges from its rows and the queue.

Every web process tells the same: the figures are the install's, not the process's. docs/metrics.md names them all.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import fn

from domain.operations import measures, stops
from domain.operations.alarms.rules import RULES
from domain.work import rounds
from domain.work.due import Backlog, backlog
from integrations.queue.kinds import QUEUES
from integrations.queue.snapshot import QueueSnapshot, snapshot
from kit.config import settings
from kit.measure import BOUNDS, What
from models.base import connected
from models.merchants import GatewayAccount, Merchant
from models.operations import Alarm
from models.payments import Attempt, AttemptState
from models.work import Difference, Tick

Labels = tuple[str, ...]
Values = Iterable[tuple[Labels, int | float]]


@dataclass(frozen=True)
class Told:
    """A family of figures: its name, what it says, its labels, and a value for each combination of them."""

    name: str
    says: str
    labels: Labels
    values: tuple[tuple[Labels, int | float], ...]


@dataclass(frozen=True)
class Spread:
    """A histogram: for each combination of labels how many ended within each bound (the last: all), and their sum in
    seconds."""

    name: str
    says: str
    labels: Labels
    values: tuple[tuple[Labels, tuple[int, ...], float], ...]


@dataclass(frozen=True)
class Exported:
    """All there is to tell at a moment. With the store away there is `settle_up` and nothing else."""

    gauges: tuple[Told, ...]
    counters: tuple[Told, ...]
    spreads: tuple[Spread, ...]


@dataclass(frozen=True)
class _Measured:
    name: str
    says: str
    labels: Labels
    of: Mapping[What, Labels]  # which measures go in, and the labels that they add behind `who`


@dataclass(frozen=True)
class _Look:
    now: datetime
    hints: QueueSnapshot
    due: list[Backlog]


@dataclass(frozen=True)
class _Gauge:
    name: str
    says: str
    labels: Labels
    read: Callable[[_Look], Values]


HISTOGRAMS = (
    _Measured("settle_job_seconds", "Time to do a row's work, by kind and whether it raised",
               ("kind", "outcome"), {What.RAN: ("done",), What.FAILED: ("failed",)}),
    _Measured("settle_job_wait_seconds", "Time that a job waited in its queue", ("kind",), {What.WAITED: ()}),
    _Measured("settle_gateway_call_seconds", "Time of a call to a processor, however it ended",
               ("account",), {What.GATEWAY: ()}),
)  # fmt: skip
COUNTERS = (
    _Measured("settle_hints_placed_total", "Hints placed in the queues", ("kind",), {What.PLACED: ()}),
    _Measured("settle_gateway_troubles_total", "Calls to a processor without a usable answer (silent), with a refused "
             "key (key) or beyond its rate (busy)", ("account", "trouble"),
             {What.GATEWAY_SILENT: ("silent",), What.GATEWAY_KEY: ("key",), What.GATEWAY_BUSY: ("busy",)}),
)  # fmt: skip


def exported(now: datetime) -> Exported:
    """Everything, in about ten queries. Never raises: Redis may be away, and the store too."""
    hints = snapshot()
    try:
        with connected():
            look = _Look(now, hints, backlog(now))
            gauges = [_told(gauge, look) for gauge in GAUGES]
            totals = measures.totals()
    except Exception:  # a scrape tells that the store does not answer; why is in the log of whoever works
        return Exported((_up(hints, store=False),), (), ())
    return Exported((_up(hints, store=True), *gauges), tuple(_counters(totals)), tuple(_spreads(totals)))


def _up(hints: QueueSnapshot, *, store: bool) -> Told:
    return Told(*UP, ((("store",), int(store)), (("redis",), int(hints.reachable))))


UP = ("settle_up", "Whether the store and Redis answer (1) or not (0)", ("part",))


def _told(gauge: _Gauge, look: _Look) -> Told:
    return Told(gauge.name, gauge.says, gauge.labels, tuple(gauge.read(look)))


def _counters(totals: list[measures.Total]) -> Iterator[Told]:
    for counter in COUNTERS:
        found: dict[Labels, int] = defaultdict(int)
        for total in totals:
            if total.what in counter.of:
                found[total.who, *counter.of[total.what]] += total.n
        yield Told(counter.name, counter.says, counter.labels, tuple(found.items()))


def _spreads(totals: list[measures.Total]) -> Iterator[Spread]:
    for histogram in HISTOGRAMS:
        buckets: dict[Labels, list[int]] = defaultdict(lambda: [0] * (len(BOUNDS) + 1))
        ms: dict[Labels, int] = defaultdict(int)
        for total in totals:
            if total.what in histogram.of:
                labels = (total.who, *histogram.of[total.what])
                buckets[labels][total.bucket] += total.n
                ms[labels] += total.ms
        values = tuple((labels, _added_up(counts), ms[labels] / 1000) for labels, counts in buckets.items())
        yield Spread(histogram.name, histogram.says, histogram.labels, values)


def _added_up(counts: list[int]) -> tuple[int, ...]:
    return tuple(sum(counts[: place + 1]) for place in range(len(counts)))


def _due_rows(look: _Look) -> Values:
    return [((one.kind.value,), one.count) for one in look.due]


def _due_oldest(look: _Look) -> Values:
    return [((one.kind.value,), _age(look.now, one.oldest)) for one in look.due]


def _attempts(_look: _Look) -> Values:
    states = (AttemptState.UNKNOWN, AttemptState.REVIEW)
    query: Any = Attempt.select(Attempt.state, fn.COUNT(Attempt.id)).where(Attempt.state.in_(states))
    found = dict(query.group_by(Attempt.state).tuples())
    return [((state.value,), found.get(state, 0)) for state in states]


def _clock(look: _Look) -> Values:
    latest = rounds.latest()
    return [] if latest is None else [((), _age(look.now, latest))]


def _alarms(_look: _Look) -> Values:
    query: Any = Alarm.select(Alarm.rule, fn.COUNT(Alarm.id)).where(Alarm.cleared_at.is_null()).group_by(Alarm.rule)
    found = dict(query.tuples())
    return [((rule,), found.get(rule, 0)) for rule in RULES]


def _broken(_look: _Look) -> Values:
    done = (Tick.name == "check-invariants") & Tick.done_at.is_null(False)
    last = Tick.select(Tick.result).where(done).order_by(Tick.done_at.desc()).first()
    said = last.result.partition(" ")[0] if last is not None else "0"
    return [((), int(said) if said.isdecimal() else 0)]


def _differences(_look: _Look) -> Values:
    return [((), Difference.select().where(Difference.settled_at.is_null()).count())]


def _accounts(_look: _Look) -> Values:
    query: Any = GatewayAccount.select(GatewayAccount.id, Merchant.slug).join(Merchant).where(GatewayAccount.active)
    return [((str(account), slug), 1) for account, slug in query.tuples()]


def _stops(look: _Look) -> Values:
    found: dict[str, int] = {"queue": 0, "merchant": 0, "worker": 0}
    for stop in stops.active(look.now):
        found[str(stop.what)] += 1
    return [((what,), n) for what, n in found.items()]


def _waiting(look: _Look) -> Values:
    return [((queue.name,), queue.waiting) for queue in look.hints.queues]


def _waiting_oldest(look: _Look) -> Values:
    at = look.hints.at
    return [((queue.name,), _age(at, queue.oldest)) for queue in look.hints.queues] if at else []


def _failed(look: _Look) -> Values:
    return [((queue.name,), queue.failed) for queue in look.hints.queues]


def _workers(look: _Look) -> Values:
    if not look.hints.reachable:
        return []
    served = [name for worker in look.hints.workers for name in worker.queue.split(",")]
    return [((name,), served.count(name)) for name in QUEUES]


def _worker_memory(look: _Look) -> Values:
    return [((worker.name,), worker.memory) for worker in look.hints.workers if worker.memory is not None]


def _redis(fact: str) -> Callable[[_Look], Values]:
    return lambda look: [((), int(getattr(look.hints.redis, fact)))] if look.hints.redis else []


def _free(_look: _Look) -> Values:
    folder = settings().data_dir
    return [((), shutil.disk_usage(folder).free)] if folder.exists() else []


def _age(now: datetime, since: datetime | None) -> float:
    return max((now - since).total_seconds(), 0.0) if since is not None else 0.0


GAUGES = (
    _Gauge("settle_due_rows", "Rows that are due and not done", ("kind",), _due_rows),
    _Gauge("settle_due_oldest_seconds", "For how long the oldest of them has been due", ("kind",), _due_oldest),
    _Gauge("settle_attempts", "Attempts whose outcome is not known, or which wait for a person", ("state",), _attempts),
    _Gauge("settle_clock_age_seconds", "Since the clock last went round", (), _clock),
    _Gauge("settle_alarms_open", "Alarms that are open", ("rule",), _alarms),
    _Gauge("settle_invariants_broken", "Promises about money that the last check found broken", (), _broken),
    _Gauge("settle_differences_open", "Differences from the processors' lists that nobody has settled", (),
           _differences),
    _Gauge("settle_gateway_account_info", "Processor accounts in use; always 1", ("account", "merchant"), _accounts),
    _Gauge("settle_stops", "What operators have stopped", ("what",), _stops),
    _Gauge("settle_queue_waiting", "Hints that wait", ("queue",), _waiting),
    _Gauge("settle_queue_oldest_seconds", "For how long the first of them has waited", ("queue",), _waiting_oldest),
    _Gauge("settle_queue_failed_jobs", "Jobs that failed within the last day", ("queue",), _failed),
    _Gauge("settle_workers", "Workers that are signed in", ("queue",), _workers),
    _Gauge("settle_worker_memory_bytes", "What a worker holds in memory", ("worker",), _worker_memory),
    _Gauge("settle_redis_memory_bytes", "What Redis holds in memory", (), _redis("memory")),
    _Gauge("settle_redis_evicted_keys", "Keys that Redis threw away: has to be 0", (), _redis("evicted")),
    _Gauge("settle_redis_write_ok", "Whether Redis' log of changes was written", (), _redis("written")),
    _Gauge("settle_data_free_bytes", "Free where this host keeps its data", (), _free),
)  # fmt: skip
