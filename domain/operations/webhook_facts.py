"""Webhooks in, by processor account, and our own calls out to the install's alarm webhook."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from peewee import fn

from domain.operations.health_shapes import WebhookFacts, WebhooksIn
from models.base import connected
from models.merchants import GatewayAccount, Merchant
from models.operations import AlarmCall
from models.work import WebhookEvent, WebhookState

_HOUR = timedelta(hours=1)
_SHOWN = 20
_TROUBLE = (WebhookState.RECEIVED, WebhookState.FAILED, WebhookState.UNKNOWN)


@dataclass(frozen=True)
class _Out:
    waiting: int
    failing: int
    sent_hour: int
    error: str


def webhook_facts(now: datetime, *, merchant: UUID | None = None) -> WebhookFacts:
    """Of all accounts or a merchant's; those with trouble first, then the busiest. Two looks at an index an account."""
    with connected():
        trouble = _trouble()
        lines = sorted(
            (_line(row, trouble[row[0]]) for row in _accounts(now, merchant)),
            key=lambda line: (line.unknown + line.failed, line.waiting, line.hour),
            reverse=True,
        )
        out = _out(now)
    return WebhookFacts(
        hour=sum(line.hour for line in lines),
        waiting=sum(line.waiting for line in lines),
        failed=sum(line.failed for line in lines),
        unknown=sum(line.unknown for line in lines),
        accounts=tuple(line for line in lines if line.last is not None)[:_SHOWN],
        more_accounts=max(sum(line.last is not None for line in lines) - _SHOWN, 0),
        out_waiting=out.waiting,
        out_sent_hour=out.sent_hour,
        out_failing=out.failing,
        out_error=out.error,
    )


def _line(row: tuple[Any, ...], states: dict[str, int]) -> WebhooksIn:
    account, slug, name, gateway, hour, last = row
    return WebhooksIn(
        account=account,
        slug=slug,
        name=name,
        gateway=gateway,
        hour=int(hour or 0),
        last=WebhookEvent.received_at.python_value(last),
        waiting=states.get(WebhookState.RECEIVED, 0),
        failed=states.get(WebhookState.FAILED, 0),
        unknown=states.get(WebhookState.UNKNOWN, 0),
    )


def _accounts(now: datetime, merchant: UUID | None) -> Any:
    mine = WebhookEvent.gateway_account == GatewayAccount.id
    lately = WebhookEvent.select(fn.COUNT(WebhookEvent.id)).where(mine & (WebhookEvent.received_at > now - _HOUR))
    newest = (
        WebhookEvent.select(WebhookEvent.received_at).where(mine).order_by(WebhookEvent.received_at.desc()).limit(1)
    )
    columns = (GatewayAccount.id, Merchant.slug, Merchant.name, GatewayAccount.gateway, lately, newest)
    query: Any = GatewayAccount.select(*columns).join(Merchant)
    return query.tuples() if merchant is None else query.where(GatewayAccount.merchant == merchant).tuples()


def _trouble() -> dict[UUID, dict[str, int]]:
    """By account, the webhooks that are not done: few among all."""
    columns = (WebhookEvent.gateway_account, WebhookEvent.state)
    wanted = WebhookEvent.state.in_(_TROUBLE)
    query: Any = WebhookEvent.select(*columns, fn.COUNT(WebhookEvent.id)).where(wanted).group_by(*columns).tuples()
    found: dict[UUID, dict[str, int]] = defaultdict(dict)
    for account, state, n in query:
        found[account][state] = int(n)
    return found


def _out(now: datetime) -> _Out:
    waits = AlarmCall.due_at.is_null(False)
    tried = AlarmCall.select().where(waits & (AlarmCall.tries > 0) & (AlarmCall.result != ""))
    latest = tried.order_by(AlarmCall.due_at.desc()).first()
    return _Out(
        waiting=AlarmCall.select().where(waits).count(),
        failing=tried.count(),
        sent_hour=AlarmCall.select().where(AlarmCall.sent_at > now - _HOUR).count(),
        error=latest.result if latest else "",
    )
