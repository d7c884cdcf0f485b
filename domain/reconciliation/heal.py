"""What a run may put right by itself: it asks the use cases that a webhook would have asked. Nothing is booked here.

Also: intents with our mark that nobody will ever confirm are cancelled at the gateway (protocol.md 2).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.disputes import record as disputes
from domain.payments.at_gateway import WORKER_SECONDS, gateway_for
from domain.payments.resolve import look
from domain.payments.states import OPEN
from domain.reconciliation.compare import Taken, Theirs
from domain.reconciliation.differences import Found, Kind
from domain.refunds import ask as refunds
from integrations.gateways.base import Gateway, GatewayError, GatewayRefused, Intent, IntentStatus
from kit.deadline import Deadline, DeadlinePassed
from kit.errors import DomainError
from kit.ids import as_uuid
from kit.log import log
from models.merchants import GatewayAccount
from models.payments import Attempt

_MOST = 500  # of each a run; the rest in the next one
_STRAY_AFTER = timedelta(hours=1)  # twice the bound of the state in which an unconfirmed intent may wait for somebody
_REFUND = (Kind.REFUND_NOT_BOOKED, Kind.REFUND_DIFFERS)
_DISPUTE = (Kind.DISPUTE_NOT_BOOKED, Kind.DISPUTE_DIFFERS)


def heal(account: GatewayAccount, found: list[Found], theirs: Theirs, deadline: Deadline) -> None:
    """Tries to put right what can be. One that fails hides no other; time that runs out leaves the rest."""
    able = [one for one in found if one.kind in (Kind.STILL_OPEN, *_REFUND, *_DISPUTE)]
    for one in able[:_MOST]:
        try:
            deadline.left()
            _heal(account, one, theirs, Deadline(min(deadline.at, Deadline.within(WORKER_SECONDS).at)))
        except DeadlinePassed:
            return
        except (DomainError, GatewayError) as problem:
            log().warning(
                "difference.not_healed", kind=one.kind, reference=one.reference, problem=type(problem).__name__
            )


def _heal(account: GatewayAccount, one: Found, theirs: Theirs, deadline: Deadline) -> None:
    if one.kind == Kind.STILL_OPEN:
        attempt = _attempt_of(account, theirs.taken[one.reference])
        if attempt is not None:
            look(attempt.id, deadline=deadline)
    elif one.kind in _REFUND:
        refunds.hint(account.id, one.reference, deadline=deadline)
    else:
        disputes.hint(account.id, one.reference, deadline=deadline)


def cancel_strays(account: GatewayAccount, unconfirmed: list[Intent], started: datetime, deadline: Deadline) -> int:
    """Cancels unconfirmed intents of ours that no open attempt owns; returns how many. Cancelled twice is harmless."""
    gateway, count = gateway_for(account), 0
    old = [intent for intent in unconfirmed if started - intent.created >= _STRAY_AFTER]
    for intent in old:
        owner = _owner(account, intent)
        if owner is not None and owner.state in OPEN:
            continue
        if count >= _MOST:
            break
        count += _cancel(gateway, intent, deadline)
    return count


def _cancel(gateway: Gateway, intent: Intent, deadline: Deadline) -> bool:
    """True when it is cancelled. Refused, something has become of it meanwhile: we read what. Cancelled already is as
    good; money that came all the same is raised by the next run, which sees it in the gateway's list."""
    try:
        gateway.cancel_intent(intent.id, key=f"{intent.id}:stray", deadline=deadline)
    except GatewayRefused as refused:
        now = gateway.read_intent(intent.id, deadline=deadline)
        if now.status != IntentStatus.CANCELED:
            log().warning("stray.not_cancelled", intent=intent.id, status=now.status, problem=str(refused))
            return False
    return True


def _owner(account: GatewayAccount, intent: Intent) -> Attempt | None:
    return _find(account, intent.id, intent.attempt or "")


def _attempt_of(account: GatewayAccount, taken: Taken) -> Attempt | None:
    return _find(account, taken.intent, str(taken.attempt))


def _find(account: GatewayAccount, reference: str, mark: str) -> Attempt | None:
    """By the intent's id, or by our mark on it."""
    mine = Attempt.gateway_account == account
    claimed = as_uuid(mark)
    by_ref = Attempt.get_or_none(mine & (Attempt.gateway_ref == reference))
    return by_ref or (Attempt.get_or_none(mine & (Attempt.id == claimed)) if claimed else None)
