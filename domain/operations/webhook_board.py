"""Webhooks as operators see them: what processors told us, by account, and our own messages about alarms."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from peewee import fn

from kit.log import redact
from models.base import connected
from models.merchants import GatewayAccount, Merchant
from models.operations import Alarm, AlarmCall
from models.work import WebhookEvent, WebhookState

BACK = timedelta(hours=24)
_ACCOUNTS = 50
_ROWS = 30
_OPEN = (WebhookState.RECEIVED, WebhookState.FAILED, WebhookState.UNKNOWN)


@dataclass(frozen=True)
class AccountIn:
    """What a processor's account told us: waiting, failed and unknown ones of any age; done and foreign of a day."""

    account: UUID
    slug: str
    name: str
    gateway: str
    livemode: bool
    last: datetime | None
    waiting: int
    failed: int
    unknown: int
    done: int
    foreign: int


@dataclass(frozen=True)
class EventIn:
    """A webhook that is not done with, for whatever reason. `object_id` is the processor's."""

    id: UUID
    at: datetime
    slug: str
    name: str
    kind: str
    object_id: str
    state: WebhookState
    tries: int
    note: str  # without what is personal


@dataclass(frozen=True)
class CallOut:
    """A message about an alarm to the install's webhook."""

    id: UUID
    made_at: datetime
    rule: str
    subject: str
    what: str  # opened, cleared, daily
    tries: int
    sent_at: datetime | None
    waits: bool
    result: str


@dataclass(frozen=True)
class WebhookBoard:
    """How webhooks go, in and out."""

    at: datetime
    accounts: tuple[AccountIn, ...]
    more_accounts: int
    troubled: tuple[EventIn, ...]
    calls: tuple[CallOut, ...]


def webhook_board(now: datetime, *, house: UUID | None = None) -> WebhookBoard:
    """Accounts with trouble first, at most 50; the 30 latest events that are not done with; the 30 latest calls out."""
    with connected():
        trouble = _trouble(house)
        chosen = sorted(_accounts(house, trouble), key=lambda one: (-sum(trouble[one.id].values()), one.merchant.name))
        lately = _lately([one.id for one in chosen], now)
        total = GatewayAccount.select().where(_of(house)).count()
        return WebhookBoard(
            at=now,
            accounts=tuple(_account(one, trouble[one.id], lately[one.id]) for one in chosen),
            more_accounts=max(total - len(chosen), 0),
            troubled=_troubled(house),
            calls=_calls() if house is None else (),
        )


def _of(house: UUID | None) -> Any:
    return GatewayAccount.id.is_null(False) if house is None else GatewayAccount.merchant == house


def _trouble(house: UUID | None) -> dict[UUID, dict[str, int]]:
    """Per account, how many of each open state: few rows of an indexed column, whatever has been received."""
    found: dict[UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    query: Any = (
        WebhookEvent.select(WebhookEvent.gateway_account, WebhookEvent.state, fn.COUNT(WebhookEvent.id))
        .join(GatewayAccount)
        .where(WebhookEvent.state.in_(_OPEN), _of(house))
        .group_by(WebhookEvent.gateway_account, WebhookEvent.state)
        .tuples()
    )
    for account, state, count in query:
        found[account][WebhookState(state)] = count
    return found


def _accounts(house: UUID | None, trouble: dict[UUID, dict[str, int]]) -> list[Any]:
    """Those with most trouble, and others where there is room: no more are read than are shown."""
    asked: Any = GatewayAccount.select(GatewayAccount, Merchant).join(Merchant)
    worst = sorted(trouble, key=lambda account: -sum(trouble[account].values()))[:_ACCOUNTS]
    first = list(asked.where(GatewayAccount.id.in_(worst))) if worst else []
    others = asked.where(GatewayAccount.active == True, _of(house)).order_by(Merchant.name)  # noqa: E712 - SQL
    others = others.where(GatewayAccount.id.not_in(worst)) if worst else others
    return [*first, *(others.limit(_ACCOUNTS - len(worst)) if len(worst) < _ACCOUNTS else ())]


def _lately(accounts: list[UUID], now: datetime) -> dict[UUID, dict[str, Any]]:
    """Per account: how many were done or foreign in the last day, and when the last one came."""
    found: dict[UUID, dict[str, Any]] = defaultdict(dict)
    event, of = WebhookEvent, WebhookEvent.gateway_account
    counted: Any = (
        event.select(of, event.state, fn.COUNT(event.id))
        .where(of.in_(accounts), event.received_at > now - BACK)
        .group_by(of, event.state)
        .tuples()
    )
    last: Any = event.select(of, fn.MAX(event.received_at)).where(of.in_(accounts)).group_by(of).tuples()
    if accounts:
        for account, state, count in counted:
            found[account][state] = count
        for account, at in last:
            found[account]["last"] = at
    return found


def _account(one: Any, trouble: dict[str, int], lately: dict[str, Any]) -> AccountIn:
    return AccountIn(
        account=one.id,
        slug=one.merchant.slug,
        name=one.merchant.name,
        gateway=one.gateway,
        livemode=one.livemode,
        last=lately.get("last"),
        waiting=trouble.get(WebhookState.RECEIVED, 0),
        failed=trouble.get(WebhookState.FAILED, 0),
        unknown=trouble.get(WebhookState.UNKNOWN, 0),
        done=lately.get(WebhookState.DONE, 0),
        foreign=lately.get(WebhookState.FOREIGN, 0),
    )


def _troubled(house: UUID | None) -> tuple[EventIn, ...]:
    query: Any = (
        WebhookEvent.select(WebhookEvent, GatewayAccount, Merchant)
        .join(GatewayAccount)
        .join(Merchant)
        .where(WebhookEvent.state.in_(_OPEN), _of(house))
        .order_by(WebhookEvent.received_at.desc())
        .limit(_ROWS)
    )
    return tuple(
        EventIn(
            id=row.id,
            at=row.received_at,
            slug=row.gateway_account.merchant.slug,
            name=row.gateway_account.merchant.name,
            kind=row.kind,
            object_id=row.object_id,
            state=WebhookState(row.state),
            tries=row.tries,
            note=redact(row.note),
        )
        for row in query
    )


def _calls() -> tuple[CallOut, ...]:
    query: Any = AlarmCall.select(AlarmCall, Alarm).join(Alarm).order_by(AlarmCall.id.desc()).limit(_ROWS)
    return tuple(
        CallOut(
            id=row.id,
            made_at=row.made_at,
            rule=row.alarm.rule,
            subject=row.alarm.subject,
            what=row.what,
            tries=row.tries,
            sent_at=row.sent_at,
            waits=row.due_at is not None,
            result=redact(row.result),
        )
        for row in query
    )
