"""Hints from outside (protocol.md 5): stored first, answered at once, applied by a worker who asks the gateway."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from peewee import IntegrityError

from domain.methods import visit
from domain.payments.resolve import look
from domain.work.install import install_id
from domain.work.wake import Work, wake
from integrations.gateways.base import Credentials, Hint, SignatureInvalid
from integrations.gateways.registry import driver
from kit.clock import utc_now
from kit.config import settings
from kit.crypto import decrypt
from kit.errors import Conflict, DomainError, NotFound
from kit.ids import as_uuid
from kit.log import log
from models.base import unit_of_work
from models.merchants import GatewayAccount
from models.payments import Attempt, AttemptState
from models.work import WebhookEvent, WebhookState

__all__ = ["SignatureInvalid", "apply", "receive"]

_MOST_TRIES = 10
_WAITING = (AttemptState.PENDING, AttemptState.REQUIRES_ACTION, AttemptState.REVIEW)  # looked at rarely
_VISIT, _SETUP = "checkout.session", "setup_intent"


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
    now = utc_now()
    ours = _is_ours(account, hint)
    try:
        with unit_of_work():
            row = WebhookEvent.create(
                gateway_account=account,
                event_id=hint.id,
                kind=hint.kind,
                object_id=hint.object_id,
                object_kind=hint.object_kind,
                reference=hint.reference or hint.method,
                attempt_ref=hint.attempt,
                state=WebhookState.RECEIVED if ours else WebhookState.FOREIGN,
                received_at=now,
                due_at=now if ours else None,
            )
            if ours:
                wake(Work.WEBHOOK, row.id)
    except IntegrityError:
        return  # the same event again


def _is_ours(account: GatewayAccount, hint: Hint) -> bool:
    """Merchants use their account for other things too: what carries no mark of ours is counted, never raised."""
    if hint.object_kind == _VISIT:
        return visit.is_known(account=account, reference=hint.reference)
    if hint.object_kind == _SETUP:
        return visit.awaits_check(account=account, method=hint.method)
    return hint.install == install_id()


def apply(event_id: UUID) -> None:
    """Acts on a stored hint: the object is fetched again and judged. Harmless twice."""
    event = WebhookEvent.get_or_none((WebhookEvent.id == event_id) & (WebhookEvent.state == WebhookState.RECEIVED))
    if event is None:
        return
    try:
        _act(event)
    except DomainError as problem:
        _again(event, problem.sentence)
    else:
        _mark(event, WebhookState.DONE, "")


def _act(event: WebhookEvent) -> None:
    if event.object_kind == _VISIT:
        visit.finish_from_gateway(account=event.gateway_account, setup=event.object_id, reference=event.reference)
        return
    if event.object_kind == _SETUP:
        visit.check_again(account=event.gateway_account, method=str(event.reference))
        return
    attempt = _attempt_of(event)
    if attempt is None:
        raise NotFound("no attempt of ours yet")  # the event may arrive before our own record commits
    busy = attempt.lease_until is not None and attempt.lease_until > utc_now()
    look(attempt.id)
    if busy and attempt.state in _WAITING:  # whoever looks just now may have read before this happened
        raise Conflict("somebody is looking at it")


def _attempt_of(event: WebhookEvent) -> Attempt | None:
    """By the intent's id, or by our own mark on it: the hint may come before we have stored the id."""
    same_account = Attempt.gateway_account == event.gateway_account_id
    by_ref = Attempt.get_or_none(same_account & (Attempt.gateway_ref == event.object_id))
    claimed = as_uuid(event.attempt_ref or "")
    return by_ref or (Attempt.get_or_none(same_account & (Attempt.id == claimed)) if claimed else None)


def _again(event: WebhookEvent, note: str) -> None:
    tries = event.tries + 1
    if tries >= _MOST_TRIES:
        log().error("webhook.given_up", event=str(event.id), kind=event.kind)
        _mark(event, WebhookState.FAILED, note)
        return
    delay = timedelta(seconds=10 * 2**tries)
    WebhookEvent.update(tries=tries, due_at=utc_now() + delay, note=note[:200]).where(_still(event)).execute()


def _mark(event: WebhookEvent, state: WebhookState, note: str) -> None:
    WebhookEvent.update(state=state, due_at=None, note=note[:200]).where(_still(event)).execute()


def _still(event: WebhookEvent) -> Any:
    """Two workers may have applied it: what the first one noted stands."""
    return (WebhookEvent.id == event.id) & (WebhookEvent.state == WebhookState.RECEIVED)
