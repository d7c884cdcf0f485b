"""The world outside: processors by account, the mail relay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from domain.operations.alarms.late import seconds
from domain.operations.alarms.rules import Reading
from domain.operations.measures import percentile, sums
from kit.measure import What
from models.merchants import GatewayAccount
from models.work import Mail, MailState, WebhookEvent

_LATELY = timedelta(minutes=10)
_ENOUGH_FOR_SHARE, _ENOUGH_FOR_P95 = 5, 20  # calls: of fewer, a single slow one would be an alarm
_CHARGES = timedelta(hours=7)  # an account with calls in these hours is one that charges
_ENOUGH_TO_CHARGE = 10
_RELAY_RESTS = timedelta(hours=1)  # the longest pause of a letter that was not taken


def gateways(now: datetime) -> list[Reading]:
    """By account in use: how slow, how silent, whether its key is refused, since when no webhook came."""
    accounts = {str(id): str(merchant) for id, merchant in _accounts()}
    since = now - _LATELY
    calls, silent, refused = (
        {who: n for who, (n, _ms) in sums(what, since=since, now=now).items() if who in accounts}
        for what in (What.GATEWAY, What.GATEWAY_SILENT, What.GATEWAY_KEY)
    )
    enough = [who for who, n in calls.items() if n >= _ENOUGH_FOR_P95]
    slow = percentile(What.GATEWAY, enough, percent=95, since=since, now=now) if enough else {}
    return [
        *(Reading("gateway_slow", slow.get(who) or 0, who, accounts[who]) for who in accounts),
        *(_share(who, accounts[who], calls.get(who, 0), silent.get(who, 0)) for who in accounts),
        *(Reading("key_refused", refused.get(who, 0), who, accounts[who], blind=who not in calls) for who in accounts),
        *_webhooks(accounts, now),
    ]


def _accounts() -> Any:
    columns = (GatewayAccount.id, GatewayAccount.merchant)
    return GatewayAccount.select(*columns).where(GatewayAccount.active).order_by(GatewayAccount.id).tuples()


def _share(who: str, merchant: str, calls: int, silent: int) -> Reading:
    share = 100 * silent // calls if calls >= _ENOUGH_FOR_SHARE else 0
    facts = {"calls": str(calls), "silent": str(silent)}
    return Reading("gateway_silent", share, who, merchant, facts, blind=not calls)


def _webhooks(accounts: dict[str, str], now: datetime) -> Iterator[Reading]:
    charging = {
        who for who, (n, _ms) in sums(What.GATEWAY, since=now - _CHARGES, now=now).items() if n >= _ENOUGH_TO_CHARGE
    }
    latest = _latest([who for who in charging if who in accounts])
    for who, merchant in accounts.items():
        at = latest.get(who)
        yield Reading("webhooks_silent", seconds(now - at) if at else 0, who, merchant)


def _latest(accounts: list[str]) -> dict[str, datetime]:
    """When the latest webhook of each came (or the account itself): the last entry of an index, not all of them."""
    if not accounts:
        return {}
    mine = WebhookEvent.gateway_account == GatewayAccount.id
    last = WebhookEvent.select(WebhookEvent.received_at).where(mine).order_by(WebhookEvent.received_at.desc()).limit(1)
    query: Any = (
        GatewayAccount.select(GatewayAccount.id, GatewayAccount.created_at, last)
        .where(GatewayAccount.id.in_(accounts) & GatewayAccount.webhook_secret.is_null(False))
        .tuples()
    )
    read: Any = WebhookEvent.received_at.python_value
    return {str(id): read(at) if at else made for id, made, at in query}


def relay(now: datetime) -> list[Reading]:
    """Letters that wait because the relay does not take them, and those that it refused for good in an hour."""
    waiting = (Mail.state == MailState.DUE) & (Mail.due_at <= now + _RELAY_RESTS) & (Mail.tries > 0)
    refused = (Mail.state == MailState.FAILED) & (Mail.due_at > now - timedelta(hours=1)) & (Mail.due_at <= now)
    return [
        Reading("mail_relay", Mail.select().where(waiting & Mail.result.startswith("relay:")).count()),
        Reading("mail_refused", Mail.select().where(refused).count()),
    ]
