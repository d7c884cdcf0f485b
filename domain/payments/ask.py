"""P1 and P2 of the money protocol: arm, then ask the gateway with no transaction open; and judge what it says.

The fence is at the gateway: an attempt that owns an intent leaves the open states only on an observed `succeeded` or
`canceled`. Error answers are not verdicts; they lead to a read, and a read that fails to UNKNOWN.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.payments.at_gateway import gateway_for
from domain.payments.pace import slow_down
from domain.payments.record import Outcome, record_outcome
from domain.payments.states import LEASE, RESERVED_BOUND, next_look
from domain.work.install import install_id
from integrations.gateways.base import Gateway, GatewayError, GatewayRefused, Intent, IntentStatus, MethodKind
from kit.clock import utc_now
from kit.config import settings
from kit.deadline import Deadline, DeadlinePassed
from kit.log import about, log
from kit.money import Money
from models.base import unit_of_work
from models.orders import Order
from models.payments import Allocation, Attempt
from models.payments import AttemptState as S


class Fenced(Exception):
    """Somebody else has taken the attempt over; this thread stops without asking."""


def ask(attempt_id: UUID, *, deadline: Deadline) -> None:
    """Asks the gateway for a reserved attempt and records what it says. Harmless when somebody else asks already."""
    attempt = _arm(attempt_id)
    if attempt is None:
        return
    with about(attempt=str(attempt.id), merchant=str(attempt.gateway_account.merchant_id)):
        _ask(attempt, deadline)


def _ask(attempt: Attempt, deadline: Deadline) -> None:
    epoch = attempt.epoch
    try:
        gateway = gateway_for(attempt.gateway_account)
    except GatewayError as problem:
        record_outcome(attempt.id, Outcome(S.CANCELLED, note=_short(problem)), epoch=epoch, without_intent=True)
        return
    try:
        intent = _create(gateway, attempt, epoch, deadline)
        if intent is not None:
            judge(gateway, attempt, _confirm(gateway, attempt, epoch, intent.id, deadline), deadline)
    except Fenced:
        log().warning("attempt.fenced", attempt=str(attempt.id))


def _arm(attempt_id: UUID) -> Attempt | None:
    """RESERVED -> SENDING with lease and epoch; None when it is not ours to send, or was reserved too long ago."""
    now = utc_now()
    with unit_of_work():
        taken = (
            Attempt.update(
                state=S.SENDING,
                epoch=Attempt.epoch + 1,
                lease_until=now + LEASE,
                sent_at=now,
                state_since=now,
                next_look_at=next_look(S.SENDING, looks=0, now=now),
            )
            .where(
                (Attempt.id == attempt_id)
                & (Attempt.state == S.RESERVED)
                & (Attempt.reserved_at > now - RESERVED_BOUND)  # an older one is the sweeper's, who closes it
            )
            .execute()
        )
        return Attempt.get_by_id(attempt_id) if taken else None


def _create(gateway: Gateway, attempt: Attempt, epoch: int, deadline: Deadline) -> Intent | None:
    """Makes the intent and stores its id; None when the attempt was closed because nothing can have moved."""
    try:
        intent = gateway.create_intent(
            key=f"{attempt.id}:create",
            amount=Money(attempt.amount, attempt.currency),
            customer=attempt.method.gateway_customer,
            kind=MethodKind(attempt.method.kind),
            attempt=str(attempt.id),
            install=install_id(),
            description=_description(attempt),
            deadline=deadline,
        )
    except (GatewayError, DeadlinePassed) as problem:
        # No id is stored, so nothing can be confirmed: closing is safe (protocol.md 2, "Recovery is a read").
        _heed(attempt, problem)
        refused = isinstance(problem, GatewayRefused) and problem.status in (400, 404)
        state = S.FAILED_BUG if refused else S.CANCELLED
        log().error("intent.not_created", attempt=str(attempt.id), state=state, problem=_short(problem))
        record_outcome(attempt.id, Outcome(state, note=_short(problem)), epoch=epoch, without_intent=True)
        return None
    stored = (
        Attempt.update(gateway_ref=intent.id)
        .where((Attempt.id == attempt.id) & (Attempt.state == S.SENDING) & (Attempt.epoch == epoch))
        .execute()
    )
    if stored != 1:
        raise Fenced
    return intent


def _confirm(gateway: Gateway, attempt: Attempt, epoch: int, intent: str, deadline: Deadline) -> Intent | None:
    """Charges, after a last look that the attempt is still ours and young. None: no answer that counts."""
    fresh = Attempt.get_by_id(attempt.id)
    if fresh.state != S.SENDING or fresh.epoch != epoch or utc_now() >= fresh.lease_until:
        raise Fenced
    try:
        answer = gateway.confirm_intent(
            intent,
            key=f"{attempt.id}:confirm",
            method=attempt.method.gateway_ref,
            off_session=attempt.off_session,
            return_url=None if attempt.off_session else return_url(attempt),
            deadline=deadline,
            mandate_ip=attempt.mandate_ip,
            mandate_agent=attempt.mandate_agent,
            mandate_at=_asked_at(attempt),
        )
    except (GatewayError, DeadlinePassed) as problem:
        _heed(attempt, problem)
        log().warning("confirm.no_verdict", attempt=str(attempt.id), problem=_short(problem))
        return read(gateway, intent, deadline)
    return answer if _is_ours(attempt, answer) else read(gateway, intent, deadline)


def _heed(attempt: Attempt, problem: Exception) -> None:
    """ "Too many requests" slows the account's unattended work; the outcome is the protocol's as ever."""
    if isinstance(problem, GatewayRefused) and problem.status == 429:
        slow_down(attempt.gateway_account_id, now=utc_now())


def read(gateway: Gateway, intent: str | None, deadline: Deadline) -> Intent | None:
    """The intent as it stands, or None when it cannot be read now."""
    if intent is None:
        return None
    answer = read_or_why(gateway, intent, deadline)
    return answer if isinstance(answer, Intent) else None


def read_or_why(gateway: Gateway, intent: str, deadline: Deadline) -> Intent | GatewayError | DeadlinePassed:
    """The intent as it stands, or why it cannot be read now."""
    try:
        return gateway.read_intent(intent, deadline=deadline)
    except (GatewayError, DeadlinePassed) as problem:
        return problem


def judge(gateway: Gateway, attempt: Attempt, intent: Intent | None, deadline: Deadline) -> None:
    """Records what an answer means; cancels at the gateway first where the answer is a "no"."""
    if intent is None or not _is_ours(attempt, intent):
        record_outcome(attempt.id, Outcome(S.UNKNOWN))
        return
    match intent.status:
        case IntentStatus.SUCCEEDED:
            record_outcome(attempt.id, Outcome(S.SUCCEEDED, charge=intent.charge))
        case IntentStatus.CANCELED:
            record_outcome(attempt.id, closed_by_cancel(attempt, intent))
        case IntentStatus.PROCESSING:
            record_outcome(attempt.id, Outcome(S.PENDING, final_on=intent.final_on, charge=intent.charge))
        case IntentStatus.REQUIRES_ACTION if not attempt.off_session:
            record_outcome(attempt.id, Outcome(S.REQUIRES_ACTION, action_url=intent.action_url))
        case _:
            cancel(gateway, attempt, intent, deadline)


def cancel(gateway: Gateway, attempt: Attempt, intent: Intent, deadline: Deadline, *, expired: bool = False) -> None:
    """Cancels at the gateway, then records. Refused: its status is read and counts. Unanswered: UNKNOWN.

    The key is new for each look: a key that once got a 500 or a refusal replays it for a day, also after the intent has
    moved on, and would hold the order that long. Cancelling twice is harmless.
    """
    key = f"{attempt.id}:cancel:{attempt.epoch}"
    try:
        after: Intent | None = gateway.cancel_intent(intent.id, key=key, deadline=deadline)
    except (GatewayError, DeadlinePassed):
        after = read(gateway, intent.id, deadline)
    if after is None or not _is_ours(attempt, after):
        record_outcome(attempt.id, Outcome(S.UNKNOWN, decline=intent.decline))
    elif after.status == IntentStatus.CANCELED:
        record_outcome(attempt.id, closed_by_cancel(attempt, after, decline=intent.decline, expired=expired))
    elif after.status in (IntentStatus.SUCCEEDED, IntentStatus.PROCESSING):
        judge(gateway, attempt, after, deadline)
    else:  # still open at the gateway though we asked to cancel: ask again later
        record_outcome(attempt.id, Outcome(S.UNKNOWN, decline=intent.decline))


def closed_by_cancel(attempt: Attempt, intent: Intent, *, decline: object = None, expired: bool = False) -> Outcome:
    """What an observed `canceled` means: a decline if one was seen before, else given up without a verdict."""
    seen = decline or intent.decline
    if seen:
        return Outcome(S.FAILED, decline=seen, charge=intent.charge)  # type: ignore[arg-type]
    fresh = Attempt.get_by_id(attempt.id)
    if fresh.decline_code:
        return Outcome(S.FAILED)
    if expired and fresh.state == S.REQUIRES_ACTION:
        return Outcome(S.EXPIRED)
    return Outcome(S.CANCELLED)


def return_url(attempt: Attempt) -> str:
    """Where the bank sends the person back to after 3-D Secure. Needs no sign-in (protocol.md 3)."""
    payment = attempt.payment
    return f"{settings().public_url}/p/{payment.merchant.slug}/payments/{payment.id}/return"


def _is_ours(attempt: Attempt, intent: Intent) -> bool:
    """Amount, currency, reference and mode are what we froze; anything else is not an answer to our question."""
    amount = Money(attempt.amount, attempt.currency)
    right = (intent.amount, intent.attempt, intent.livemode) == (
        amount,
        str(attempt.id),
        attempt.gateway_account.livemode,
    ) and (intent.status != IntentStatus.SUCCEEDED or intent.captured == amount)
    if not right:
        log().error("intent.not_ours", attempt=str(attempt.id), intent=intent.id)
    return right


def _description(attempt: Attempt) -> str:
    paid: Any = Order.select(Order.number).join(Allocation).where(Allocation.payment == attempt.payment_id)
    return ", ".join(sorted(number for (number,) in paid.tuples()))[:200]


def _asked_at(attempt: Attempt) -> datetime | None:
    return attempt.reserved_at if attempt.mandate_ip else None


def _short(problem: Exception) -> str:
    return f"{type(problem).__name__} {problem}"[:120]
