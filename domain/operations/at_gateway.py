"""How processors answer, account by account: the worst first, and only those with something to show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from peewee import SQL, Case, fn

from domain.operations.declines import Declines, Verdicts, declines
from domain.operations.measures import bound
from domain.operations.shapes import LATELY, AccountLine
from kit.measure import BOUNDS, What
from models.base import connected
from models.merchants import GatewayAccount, Merchant
from models.operations import Measured, Span
from models.payments import Attempt, AttemptState
from models.work import WebhookEvent

SHOWN = 20
SLOW = 3000  # ms that an answer takes on average
FEW = 3  # calls: fewer tell nothing
_HOUR = timedelta(hours=1)
_WATCHED = timedelta(hours=6)  # how far back the beginning of slow answers is looked for
_CALLS = (What.GATEWAY, What.GATEWAY_SILENT, What.GATEWAY_KEY, What.GATEWAY_BUSY)
STUCK = SQL("state IN ('unknown', 'review', 'failed_bug')")  # said as the index attempt_stuck says it


@dataclass
class Calls:
    """What was counted of an account's calls: by what it was, in the last hour and lately."""

    hour: dict[What, int] = field(default_factory=lambda: dict.fromkeys(_CALLS, 0))
    lately: dict[What, int] = field(default_factory=lambda: dict.fromkeys(_CALLS, 0))
    ms: int = 0  # lately, all together
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))  # lately

    @property
    def mean(self) -> int | None:
        """Milliseconds an answer took on average, lately."""
        calls = self.lately[What.GATEWAY]
        return self.ms // calls if calls else None

    @property
    def slow(self) -> bool:
        """Whether answers take so long that people wait for them."""
        return self.lately[What.GATEWAY] >= FEW and (self.mean or 0) >= SLOW


@dataclass(frozen=True)
class AtGateway:
    """The accounts to show, and how many more have something to show."""

    accounts: tuple[AccountLine, ...]
    more: int


def at_gateway(now: datetime, *, merchant: UUID | None = None) -> AtGateway:
    """Every processor account that was called in the last hour, ended an attempt or has one open to doubt."""
    calls = _calls(now)
    ended = declines(now)
    with connected():
        doubtful = _doubtful()
        seen = {*calls, *doubtful, *ended.lately}
        lines = [
            account_line(account, calls.get(account.id, Calls()), doubtful.get(account.id, {}), ended)
            for account in _accounts(seen, merchant)
        ]
        lines = sorted((line for line in lines if line.to_show), key=lambda line: line.badness, reverse=True)
        return AtGateway(tuple(_more_about(lines[:SHOWN], calls, now)), max(len(lines) - SHOWN, 0))


def account_line(account: Any, calls: Calls, doubtful: Mapping[str, int], ended: Declines) -> AccountLine:
    """An account's figures. Pure."""
    lately, before = (verdicts.get(account.id, Verdicts()) for verdicts in (ended.lately, ended.before))
    return AccountLine(
        account=account.id,
        merchant=account.merchant_id,
        slug=account.merchant.slug,
        name=account.merchant.name,
        gateway=account.gateway,
        livemode=account.livemode,
        active=account.active,
        calls=calls.lately[What.GATEWAY],
        calls_hour=calls.hour[What.GATEWAY],
        p95=bound(calls.buckets, 95),
        mean=calls.mean,
        silent=calls.lately[What.GATEWAY_SILENT],
        silent_hour=calls.hour[What.GATEWAY_SILENT],
        refused=calls.lately[What.GATEWAY_KEY],
        refused_hour=calls.hour[What.GATEWAY_KEY],
        busy=calls.lately[What.GATEWAY_BUSY],
        busy_hour=calls.hour[What.GATEWAY_BUSY],
        unknown=doubtful.get(AttemptState.UNKNOWN, 0),
        review=doubtful.get(AttemptState.REVIEW, 0),
        verdicts=lately.all,
        declined=lately.share,
        declined_before=before.share,
        verdicts_before=before.all,
        paced_until=account.paced_until,
    )


def slow_since(minutes: list[tuple[datetime, int, int]]) -> datetime | None:
    """The first minute of the slow answers that go on, of (minute, calls, ms) oldest first. Pure.

    Minutes without a call tell nothing and break nothing.
    """
    first = None
    for at, calls, ms in minutes:
        if calls:
            first = (first or at) if ms // calls >= SLOW else None
    return first


def _calls(now: datetime) -> dict[UUID, Calls]:
    """Of the last hour, in one query."""
    lately = Case(None, ((Measured.at > now - LATELY, 1),), 0).alias("lately")
    columns = (Measured.who, Measured.what, Measured.bucket)
    wanted = Measured.what.in_(_CALLS) & (Measured.span == Span.MINUTE)
    wanted = wanted & (Measured.at > now - _HOUR) & (Measured.at <= now)
    query: Any = Measured.select(*columns, lately, fn.SUM(Measured.n), fn.SUM(Measured.ms)).where(wanted)
    found: dict[UUID, Calls] = defaultdict(Calls)
    with connected():
        for who, what, bucket, late, n, ms in query.group_by(*columns, SQL("lately")).tuples():
            calls = found[UUID(who)]
            calls.hour[What(what)] += int(n)
            if late:
                calls.lately[What(what)] += int(n)
            if late and what == What.GATEWAY:
                calls.ms += int(ms)
                calls.buckets[bucket] += int(n)
    return dict(found)


def _doubtful() -> dict[UUID, dict[str, int]]:
    """By account, how many attempts stand in which doubtful state."""
    columns = (Attempt.gateway_account, Attempt.state)
    query: Any = Attempt.select(*columns, fn.COUNT(Attempt.id)).where(STUCK).group_by(*columns).tuples()
    found: dict[UUID, dict[str, int]] = defaultdict(dict)
    for account, state, n in query:
        found[account][state] = int(n)
    return found


def _accounts(ids: set[UUID], merchant: UUID | None) -> list[Any]:
    """With their merchants: one query, which reads all accounts when many are asked for."""
    query: Any = GatewayAccount.select(GatewayAccount, Merchant).join(Merchant)
    if merchant is not None:
        query = query.where(GatewayAccount.merchant == merchant)
    elif len(ids) <= SHOWN * 10:
        query = query.where(GatewayAccount.id.in_(list(ids)))
    return [account for account in query if account.id in ids]


def _more_about(lines: list[AccountLine], calls: Mapping[UUID, Calls], now: datetime) -> list[AccountLine]:
    """What is looked up for the accounts that are shown only: the last webhook, and since when answers are slow."""
    if not lines:
        return []
    ids = [line.account for line in lines]
    newest = WebhookEvent.select(WebhookEvent.received_at).where(WebhookEvent.gateway_account == GatewayAccount.id)
    newest = newest.order_by(WebhookEvent.received_at.desc()).limit(1)
    query: Any = GatewayAccount.select(GatewayAccount.id, newest).where(GatewayAccount.id.in_(ids)).tuples()
    last = {id: WebhookEvent.received_at.python_value(at) for id, at in query}
    slow = {line.account for line in lines if line.account in calls and calls[line.account].slow}
    return [
        replace(
            line,
            last_webhook=last.get(line.account),
            slow_since=_slow_since(line.account, now) if line.account in slow else None,
        )
        for line in lines
    ]


def _slow_since(account: UUID, now: datetime) -> datetime | None:
    wanted = (Measured.what == What.GATEWAY) & (Measured.who == str(account)) & (Measured.span == Span.MINUTE)
    wanted = wanted & (Measured.at > now - _WATCHED) & (Measured.at <= now)
    query: Any = Measured.select(Measured.at, fn.SUM(Measured.n), fn.SUM(Measured.ms)).where(wanted)
    return slow_since(
        [(at, int(n), int(ms)) for at, n, ms in query.group_by(Measured.at).order_by(Measured.at).tuples()]
    )
