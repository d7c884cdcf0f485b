"""What a hint is about: whether it is ours, and which use case takes it from there.

A hint says only that something happened to an object. Each use case fetches the object and records what it finds, so
hints may come twice, in any order, before our own record or days late.
"""

from __future__ import annotations

from collections.abc import Callable

from domain.disputes import record as disputes
from domain.methods import visit
from domain.payments.at_gateway import WORKER_SECONDS, gateway_for
from domain.payments.resolve import look
from domain.payments.states import CLOSED
from domain.refunds import ask as refunds
from domain.work.install import install_id
from integrations.gateways.base import Hint
from kit.clock import utc_now
from kit.deadline import Deadline
from kit.errors import Conflict, NotFound
from kit.ids import as_uuid
from models.merchants import GatewayAccount
from models.payments import Attempt, AttemptState
from models.work import WebhookEvent

_WAITING = (AttemptState.PENDING, AttemptState.REQUIRES_ACTION, AttemptState.REVIEW)  # looked at rarely
_VISIT, _SETUP = "checkout.session", "setup_intent"
_INTENT, _CHARGE, _REFUND, _DISPUTE = "payment_intent", "charge", "refund", "dispute"
_OF_AN_INTENT = (_CHARGE, _REFUND, _DISPUTE)
_GAVE_BACK = "charge.refunded"


def is_ours(account: GatewayAccount, hint: Hint) -> bool:
    """Merchants use their account for other things too: what is not ours is counted, never raised.

    Ours is what carries this install's mark, and what happened to an intent of ours: a dispute, or a refund that was
    made at the processor's own pages, carries no mark.
    """
    if hint.object_kind == _VISIT:
        return visit.is_known(account=account, reference=hint.reference)
    if hint.object_kind == _SETUP:
        return visit.awaits_check(account=account, method=hint.method)
    if hint.install == install_id():
        return True
    return hint.object_kind in _OF_AN_INTENT and _by_intent(account, hint.intent) is not None


def is_money(event: WebhookEvent) -> bool:
    """Whether it is about money that came in or went back, and not about a visit to the hosted page."""
    return event.object_kind in (_INTENT, *_OF_AN_INTENT)


def is_known(event: WebhookEvent) -> bool:
    """Whether the object of a stored hint belongs to an attempt of ours."""
    return _attempt_of(event) is not None


def act(event: WebhookEvent) -> None:
    """Passes a hint on. Harmless twice. Raises NotFound for an object with our mark that we do not know (yet),
    another DomainError or GatewayError when it cannot be applied now."""
    known: dict[str, Callable[[WebhookEvent], None]] = {
        _VISIT: _visit,
        _SETUP: _setup,
        _INTENT: _look,
        _CHARGE: _charge,
        _REFUND: _refund,
        _DISPUTE: _dispute,
    }
    apply = known.get(event.object_kind)
    if apply is not None:  # else nothing of ours depends on it
        apply(event)


def _visit(event: WebhookEvent) -> None:
    visit.finish_from_gateway(account=event.gateway_account, setup=event.object_id, reference=event.reference)


def _setup(event: WebhookEvent) -> None:
    visit.check_again(account=event.gateway_account, method=str(event.reference))


def _look(event: WebhookEvent) -> None:
    attempt = _need(event)
    busy = attempt.lease_until is not None and attempt.lease_until > utc_now()
    look(attempt.id)
    if busy and attempt.state in _WAITING:  # whoever looks just now may have read before this happened
        raise Conflict("somebody is looking at it")


def _charge(event: WebhookEvent) -> None:
    """A charge's own events say no more than its intent's, but for what was given back of it."""
    _look(event)
    if event.kind != _GAVE_BACK:
        return
    attempt = _recorded(event)
    gateway = gateway_for(event.gateway_account)
    for refund in gateway.refunds_of(str(attempt.gateway_ref), deadline=Deadline.within(WORKER_SECONDS)):
        refunds.learn(event.gateway_account, refund)


def _refund(event: WebhookEvent) -> None:
    _recorded(event)
    if not refunds.hint(event.gateway_account_id, event.object_id):
        raise NotFound("no refund of a payment of ours")


def _dispute(event: WebhookEvent) -> None:
    _recorded(event)
    if not disputes.hint(event.gateway_account_id, event.object_id):
        raise NotFound("no dispute of a payment of ours")


def _recorded(event: WebhookEvent) -> Attempt:
    """The attempt, once its own end is recorded: what goes back can be booked only after what came in."""
    attempt = _need(event)
    if attempt.state not in CLOSED:
        look(attempt.id)
        attempt = Attempt.get_by_id(attempt.id)
        if attempt.state not in CLOSED:
            raise Conflict("the payment itself is not recorded yet")
    return attempt


def _need(event: WebhookEvent) -> Attempt:
    attempt = _attempt_of(event)
    if attempt is None:
        raise NotFound("no attempt of ours yet")  # the event may arrive before our own record commits
    return attempt


def _attempt_of(event: WebhookEvent) -> Attempt | None:
    """By the intent's id, or by our own mark on it: the hint may come before we have stored the id."""
    by_ref = _by_intent(event.gateway_account, event.intent_ref)
    claimed = as_uuid(event.attempt_ref or "")
    if by_ref is not None or claimed is None:
        return by_ref
    return Attempt.get_or_none((Attempt.gateway_account == event.gateway_account_id) & (Attempt.id == claimed))


def _by_intent(account: GatewayAccount, intent: str | None) -> Attempt | None:
    if intent is None:
        return None
    return Attempt.get_or_none((Attempt.gateway_account == account) & (Attempt.gateway_ref == intent))
