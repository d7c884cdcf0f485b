"""Hints from outside (protocol.md 5): stored first, answered at once, applied by a worker who asks the gateway."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from peewee import IntegrityError

from domain.payments import hinted
from domain.reconciliation import differences
from domain.reconciliation.differences import Found, Kind
from domain.work.wake import Work, wake
from integrations.gateways.base import Credentials, GatewayError, Hint, SignatureInvalid
from integrations.gateways.registry import driver
from kit.clock import utc_now
from kit.config import settings
from kit.crypto import decrypt
from kit.deadline import DeadlinePassed
from kit.errors import DomainError, NotFound
from kit.log import log
from models.base import unit_of_work
from models.merchants import GatewayAccount
from models.work import WebhookEvent, WebhookState

__all__ = ["SignatureInvalid", "apply", "receive", "take_up_again"]

_PATIENCE = timedelta(hours=24)  # for what we do not know yet, or cannot ask about now
_LONGEST_WAIT = timedelta(hours=3)
_FIRST_WAIT = timedelta(seconds=10)  # doubles
_AT_ONCE = 500


def receive(*, path_token: str, body: bytes, signature: str) -> None:
    """Verifies and stores a webhook; a repeated one is fine. Raises NotFound (no such door) or SignatureInvalid."""
    account = GatewayAccount.get_or_none(GatewayAccount.path_token == path_token)
    if account is None or account.webhook_secret is None:
        raise NotFound("no such webhook address")
    secrets = tuple(decrypt(each) for each in (account.webhook_secret, account.webhook_secret_next) if each)
    reader = driver(account.gateway, _credentials(account))
    hint = reader.read_hint(body, signature, secrets=secrets, now=utc_now())
    if hint.livemode != account.livemode:
        raise SignatureInvalid("live and test mode do not mix")
    _store(account, hint)


def _credentials(account: GatewayAccount) -> Credentials:
    return Credentials(decrypt(account.secret), base_url=settings().gateway_url)


def _store(account: GatewayAccount, hint: Hint) -> None:
    """Keeps the hint. Words of foreign objects are cut to fit: nothing is looked up by them."""
    now = utc_now()
    ours = hinted.is_ours(account, hint)
    try:
        with unit_of_work():
            row = WebhookEvent.create(
                gateway_account=account,
                event_id=hint.id,
                kind=hint.kind[:64],
                object_id=hint.object_id[:96],
                object_kind=hint.object_kind[:32],
                reference=_cut(hint.reference or hint.method, 96),
                attempt_ref=_cut(hint.attempt, 64),
                intent_ref=_cut(hint.intent, 96),
                state=WebhookState.RECEIVED if ours else WebhookState.FOREIGN,
                received_at=now,
                due_at=now if ours else None,
            )
            if ours:
                wake(Work.WEBHOOK, row.id)
    except IntegrityError:
        return  # the same event again


def _cut(word: str | None, most: int) -> str | None:
    return word and word[:most]


def apply(event_id: UUID) -> None:
    """Acts on a stored hint: the object is fetched again and judged. Harmless twice."""
    event = WebhookEvent.get_or_none((WebhookEvent.id == event_id) & (WebhookEvent.state == WebhookState.RECEIVED))
    if event is None:
        return
    try:
        hinted.act(event)
    except NotFound as problem:
        then = WebhookState.UNKNOWN if hinted.is_money(event) else WebhookState.FAILED
        _again(event, problem.sentence, then=then)
    except DomainError as problem:
        _again(event, problem.sentence, then=WebhookState.FAILED)
    except (GatewayError, DeadlinePassed) as problem:
        _again(event, type(problem).__name__, then=WebhookState.FAILED)
    else:
        _mark(event, WebhookState.DONE, "")


def take_up_again(gateway_account: UUID) -> int:
    """Hints that were given up because nobody knew their object, and whose object is known now, are applied after
    all; returns how many."""
    unknown = (WebhookEvent.gateway_account == gateway_account) & (WebhookEvent.state == WebhookState.UNKNOWN)
    count = 0
    for event in WebhookEvent.select().where(unknown).order_by(WebhookEvent.received_at).limit(_AT_ONCE):
        if hinted.is_known(event):
            values = {"state": WebhookState.RECEIVED, "due_at": utc_now()}
            count += WebhookEvent.update(values).where(unknown & (WebhookEvent.id == event.id)).execute()
    return count


def _again(event: WebhookEvent, note: str, *, then: WebhookState) -> None:
    """Later, with growing waits for a day; then it is kept as it is and raised."""
    now, end = utc_now(), event.received_at + _PATIENCE
    if now >= end:
        _give_up(event, note, then)
        return
    wait = min(_FIRST_WAIT * 2 ** min(event.tries, 20), _LONGEST_WAIT)
    WebhookEvent.update(tries=event.tries + 1, due_at=min(now + wait, end), note=note[:200]).where(
        _still(event)
    ).execute()


def _give_up(event: WebhookEvent, note: str, state: WebhookState) -> None:
    if not _mark(event, state, note):
        return
    log().error("webhook.given_up", webhook=str(event.id), kind=event.kind, object=event.object_id, state=state)
    if state == WebhookState.UNKNOWN:
        about = event.intent_ref if event.object_kind == "charge" and event.intent_ref else event.object_id
        found = Found(Kind.UNKNOWN_OBJECT, about, f"{event.kind}: it carries our mark, and we know no such thing")
        with unit_of_work():
            differences.note_unknown(event.gateway_account, found, utc_now())


def _mark(event: WebhookEvent, state: WebhookState, note: str) -> bool:
    values = {"state": state, "due_at": None, "note": note[:200]}
    return bool(WebhookEvent.update(values).where(_still(event)).execute())


def _still(event: WebhookEvent) -> Any:
    """Two workers may have applied it: what the first one noted stands."""
    return (WebhookEvent.id == event.id) & (WebhookEvent.state == WebhookState.RECEIVED)
