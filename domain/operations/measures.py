"""Measures in the store: what every process has counted is added up there, by minute, by hour and for ever.

Moments are of this install's clock. No measure holds anything of a person: kinds of work and ids of accounts only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from peewee import EXCLUDED, Expression, fn

from kit import measure
from kit.measure import BOUNDS, Series, Sum, What
from models.base import connected, unit_of_work
from models.operations import Measured, Span

MINUTES_KEPT = timedelta(days=2)
HOURS_KEPT = timedelta(days=40)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ROWS = 100  # of one statement: SQLite takes so many parameters
_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_PER_FORGETTING = 500  # rows of one delete: SQLite lets nobody else write meanwhile

_Key = tuple[Span, datetime, What, str, int]


@dataclass(frozen=True)
class Total:
    """What was counted since the install's first day, in one bucket."""

    what: What
    who: str
    bucket: int
    n: int
    ms: int


@dataclass(frozen=True)
class Hour:
    """How often in an hour, and how many milliseconds together."""

    at: datetime
    n: int
    ms: int


def flush() -> int:
    """Adds this process's sums to the store's; returns how many series there were.

    What the store raises is raised, and nothing is lost: the sums wait in the process for the next time. The order of
    the rows is the same everywhere, so that two processes never wait for each other.
    """
    taken = measure.take()
    if not taken:
        return 0
    try:
        rows = [
            {"span": span, "at": at, "what": what, "who": who, "bucket": bucket, "n": added.n, "ms": added.ms}
            for (span, at, what, who, bucket), added in sorted(_spread(taken).items())
        ]
        with unit_of_work():
            for first in range(0, len(rows), _ROWS):
                _add(rows[first : first + _ROWS])
    except BaseException:
        measure.give_back(taken)
        raise
    return len(taken)


def _spread(taken: dict[Series, Sum]) -> dict[_Key, Sum]:
    """Each sum three times: for its minute, for its hour, for ever."""
    found: dict[_Key, Sum] = defaultdict(Sum)
    for series, counted in taken.items():
        hour = series.minute.replace(minute=0)
        for span, at in ((Span.MINUTE, series.minute), (Span.HOUR, hour), (Span.EVER, _EPOCH)):
            kept = found[span, at, series.what, series.who[:40], series.bucket]
            kept.n += counted.n
            kept.ms += counted.ms
    return found


def _add(rows: list[dict[str, Any]]) -> None:
    key = [Measured.span, Measured.at, Measured.what, Measured.who, Measured.bucket]
    more = {Measured.n: Measured.n + EXCLUDED.n, Measured.ms: Measured.ms + EXCLUDED.ms}
    Measured.insert_many(rows).on_conflict(conflict_target=key, update=more).execute()


def totals() -> list[Total]:
    """Everything since the install's first day: what Prometheus' counters are made of. They only grow."""
    columns = (Measured.what, Measured.who, Measured.bucket, Measured.n, Measured.ms)
    with connected():
        query: Any = Measured.select(*columns).where(Measured.span == Span.EVER).order_by(*columns[:3]).tuples()
        return [Total(What(what), who, bucket, n, ms) for what, who, bucket, n, ms in query]


def per_minute(what: What, whos: Collection[str], *, minutes: int, now: datetime) -> dict[str, list[int]]:
    """How often in each of the last whole minutes, oldest first; the minute that goes on is not among them."""
    until = now.replace(second=0, microsecond=0)
    since = until - minutes * _MINUTE
    found = {who: [0] * minutes for who in whos}
    query = _asked(Span.MINUTE, what, whos, since, until - _MINUTE, Measured.who, Measured.at)
    for who, at, n in query.select_extend(fn.SUM(Measured.n)).tuples():
        found[who][(at - since) // _MINUTE] = int(n)
    return found


def percentile(
    what: What, whos: Collection[str], *, percent: int, since: datetime, now: datetime
) -> dict[str, int | None]:
    """For each, the milliseconds within which so many percent ended: the upper bound of the bucket where that is.

    None where nothing was measured. What took longer than the last bound, an hour, counts as the last bound.
    """
    buckets: dict[str, list[int]] = {who: [0] * (len(BOUNDS) + 1) for who in whos}
    query = _asked(_span(since, now), what, whos, since, now, Measured.who, Measured.bucket)
    for who, bucket, n in query.select_extend(fn.SUM(Measured.n)).tuples():
        buckets[who][bucket] = int(n)
    return {who: bound(counts, percent) for who, counts in buckets.items()}


def bound(counts: list[int], percent: int) -> int | None:
    """The upper bound, in ms, of the bucket in which the `percent`th of a hundred lies; None for no counts. Pure."""
    wanted = sum(counts) * percent
    if not wanted:
        return None
    seen = 0
    for place, n in enumerate(counts):
        seen += n
        if seen * 100 >= wanted:
            return BOUNDS[min(place, len(BOUNDS) - 1)]
    return BOUNDS[-1]


def sums(what: What, *, since: datetime, now: datetime) -> dict[str, tuple[int, int]]:
    """For whoever had any: how often, and how many milliseconds together, since then."""
    query = _asked(_span(since, now), what, None, since, now, Measured.who)
    counted = query.select_extend(fn.SUM(Measured.n), fn.SUM(Measured.ms)).tuples()
    return {who: (int(n), int(ms)) for who, n, ms in counted}


def hours(what: What, whos: Collection[str], *, since: datetime, now: datetime) -> dict[str, list[Hour]]:
    """For each, every hour from the one of `since` to the one of `now`, oldest first, those with nothing too."""
    first, last = (moment.replace(minute=0, second=0, microsecond=0) for moment in (since, now))
    found = {who: [Hour(at, 0, 0) for at in _every_hour(first, last)] for who in whos}
    query = _asked(Span.HOUR, what, whos, first, last, Measured.who, Measured.at)
    for who, at, n, ms in query.select_extend(fn.SUM(Measured.n), fn.SUM(Measured.ms)).tuples():
        found[who][(at - first) // _HOUR] = Hour(at, int(n), int(ms))
    return found


def _every_hour(first: datetime, last: datetime) -> Iterator[datetime]:
    while first <= last:
        yield first
        first += _HOUR


def _span(since: datetime, now: datetime) -> Span:
    """Minutes tell more exactly where a span begins; beyond a few hours there are too many of them."""
    return Span.MINUTE if now - since <= timedelta(hours=6) else Span.HOUR


def _asked(span: Span, what: What, whos: Collection[str] | None, since: datetime, until: datetime, *by: Any) -> Any:
    """Measures from the span that `since` lies in to the one of `until`, grouped."""
    first = since.replace(second=0, microsecond=0)
    if span == Span.HOUR:
        first = first.replace(minute=0)
    wanted: Expression = (Measured.what == what) & (Measured.span == span)
    wanted = wanted & (Measured.at >= first) & (Measured.at <= until)
    if whos is not None:
        wanted = wanted & Measured.who.in_(list(whos))
    return Measured.select(*by).where(wanted).group_by(*by)


def forget(now: datetime) -> int:
    """Deletes minutes after two days and hours after 40, batch by batch; returns how many rows."""
    gone = 0
    for span, kept in ((Span.MINUTE, MINUTES_KEPT), (Span.HOUR, HOURS_KEPT)):
        while True:
            old = Measured.select(Measured.id).where((Measured.span == span) & (Measured.at < now - kept))
            with unit_of_work():
                batch = Measured.delete().where(Measured.id.in_(old.limit(_PER_FORGETTING))).execute()
            gone += batch
            if batch < _PER_FORGETTING:
                break
    return gone
