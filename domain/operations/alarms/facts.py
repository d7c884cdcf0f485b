"""Everything that alarms are judged by, measured once. Cheap: indexes, sums and one look at Redis; writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from peewee import InterfaceError, OperationalError

from domain.operations.alarms import outside, processes, stuck_money
from domain.operations.alarms.late import late
from domain.operations.alarms.rules import RULES, Reading
from kit.log import log
from models.base import connected

_LATE = frozenset(name for name, rule in RULES.items() if rule.kind is not None)


@dataclass(frozen=True)
class _Part:
    """Who measures, and towards which rules."""

    measure: Callable[[datetime], list[Reading]]
    rules: frozenset[str]


_PARTS = (
    _Part(late, _LATE),
    _Part(stuck_money.stuck, frozenset({"review", "unknown_long", "failed_bug"})),
    _Part(stuck_money.books, frozenset({"invariant_broken", "difference_open"})),
    _Part(processes.workers, frozenset({"worker_silent", "workers_missing", "queue_unmanned"})),
    _Part(processes.clock, frozenset({"clock_late"})),
    _Part(processes.redis, frozenset({"redis_away", "redis_unsafe"})),
    _Part(processes.disk, frozenset({"disk_low"})),
    _Part(processes.failures, frozenset({"jobs_fail"})),
    _Part(processes.standing_stops, frozenset({"stop_lasts"})),
    _Part(outside.gateways, frozenset({"gateway_slow", "gateway_silent", "key_refused", "webhooks_silent"})),
    _Part(outside.relay, frozenset({"mail_relay", "mail_refused"})),
)


@dataclass(frozen=True)
class Seen:
    """All readings of a moment. Rules that are `unread` could not be measured: they neither fire nor clear."""

    readings: list[Reading]
    unread: frozenset[str]

    @property
    def blind(self) -> frozenset[tuple[str, str]]:
        """Rules and subjects of which nothing was there to be measured."""
        return frozenset(one.key for one in self.readings if one.blind)


def look(now: datetime) -> Seen:
    """Measures everything. A part that fails is left out and logged; a store that is away is raised."""
    readings: list[Reading] = []
    unread: set[str] = set()
    with connected():
        for part in _PARTS:
            try:
                readings += part.measure(now)
            except (OperationalError, InterfaceError):
                raise
            except processes.Unread:
                unread |= part.rules
            except Exception as problem:  # one part that fails must not silence the others
                log().error(
                    "alarms.part_failed", part=part.measure.__name__, error=type(problem).__name__, exc_info=True
                )
                unread |= part.rules
    return Seen(readings, frozenset(unread))
