"""The sweeper's step for one attempt: look at it, ask the gateway where it stands, and record. Never a new charge.

Called by a job, by the clock, by the page that waits, by the return from the bank. Running it twice is harmless.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from domain.payments.ask import ask, cancel, judge, read, read_or_why
from domain.payments.at_gateway import WORKER_SECONDS, gateway_for
from domain.payments.record import Outcome, record_outcome
from domain.payments.states import (
    ACTION_BOUND,
    CLOSED,
    LEASE,
    PENDING_BOUND_BANKING_DAYS,
    RESERVED_BOUND,
    UNKNOWN_BOUND,
)
from integrations.gateways.base import Gateway, GatewayError, Intent, IntentStatus
from kit.calendar import add_banking_days, local_day
from kit.clock import utc_now
from kit.deadline import Deadline, DeadlinePassed
from kit.log import about, log
from models.payments import Attempt
from models.payments import AttemptState as S

Answer = Intent | GatewayError | DeadlinePassed  # what the gateway says of an intent, or why it says nothing
Told = Callable[[Attempt, Answer], None]


def look(attempt_id: UUID, *, deadline: Deadline | None = None, told: Told | None = None) -> None:
    """Takes an open attempt one step further. Nothing happens to a closed one, or one that somebody is looking at.

    `told` hears the answer before it is judged, with no unit of work open.
    """
    deadline = deadline or Deadline.within(WORKER_SECONDS)
    attempt = Attempt.get_or_none(Attempt.id == attempt_id)
    if attempt is None or attempt.state in CLOSED:
        return
    if attempt.state == S.RESERVED:
        _reserved(attempt, deadline)
        return
    if not _take(attempt):
        return
    if attempt.state == S.REVIEW:
        log().error("attempt.review", attempt=str(attempt_id))  # daily, until somebody has settled it at the gateway
    if attempt.gateway_ref is None:
        # Nothing can have been confirmed without a stored id; the late thread fails to store its own and stops.
        record_outcome(attempt.id, Outcome(S.CANCELLED, note="no intent was stored"), without_intent=True)
        return
    _read_and_judge(Attempt.get_by_id(attempt_id), deadline, told)


def _reserved(attempt: Attempt, deadline: Deadline) -> None:
    """A row that the web left to a worker is asked now; one that nobody asked in time is given up."""
    if utc_now() - attempt.reserved_at < RESERVED_BOUND:
        ask(attempt.id, deadline=deadline)
    else:
        record_outcome(attempt.id, Outcome(S.CANCELLED, note="not asked in time"), epoch=attempt.epoch)


def _take(attempt: Attempt) -> bool:
    """A lease for one looker at a time. An overtaken sender is fenced by the epoch."""
    now = utc_now()
    if attempt.lease_until is not None and attempt.lease_until > now:
        return False
    values = {
        "lease_until": now + LEASE,
        "epoch": attempt.epoch + 1,
        "next_look_at": now + LEASE,
    }
    if attempt.state == S.SENDING:
        values |= {"state": S.UNKNOWN, "state_since": now}
    condition = (Attempt.id == attempt.id) & (Attempt.state == attempt.state) & (Attempt.epoch == attempt.epoch)
    return bool(Attempt.update(**values).where(condition).execute())


def _read_and_judge(attempt: Attempt, deadline: Deadline, told: Told | None) -> None:
    if attempt.state in CLOSED or attempt.gateway_ref is None:
        return  # its sender was late and recorded the end between our claim and our second look
    with about(attempt=str(attempt.id), merchant=str(attempt.gateway_account.merchant_id)):
        _read(attempt, attempt.gateway_ref, deadline, told)


def _read(attempt: Attempt, intent: str, deadline: Deadline, told: Told | None) -> None:
    answer: Answer
    try:
        gateway = gateway_for(attempt.gateway_account)
        answer = read_or_why(gateway, intent, deadline)
    except GatewayError as problem:
        answer = problem
    if told is not None:
        told(attempt, answer)
    if isinstance(answer, Intent):
        _judge(gateway, attempt, answer, deadline)
    else:
        _not_readable(attempt)


def _judge(gateway: Gateway, attempt: Attempt, intent: Intent, deadline: Deadline) -> None:
    if attempt.state == S.REQUIRES_ACTION and intent.status == IntentStatus.REQUIRES_ACTION:
        if utc_now() - attempt.state_since >= ACTION_BOUND:
            cancel(gateway, attempt, intent, deadline, expired=True)
        else:
            _keep(attempt, intent)
    elif attempt.state in (S.PENDING, S.REVIEW) and intent.status == IntentStatus.PROCESSING:
        late = _pending_too_long(attempt, utc_now())
        record_outcome(attempt.id, Outcome(S.REVIEW if late else S.PENDING, final_on=intent.final_on))
    else:
        judge(gateway, attempt, intent, deadline)
        _give_to_a_person(attempt.id)
        _rest(attempt)


def _rest(attempt: Attempt) -> None:
    """An answer that settles nothing leaves REVIEW as it was: with a person, and looked at daily."""
    if attempt.state == S.REVIEW:
        Attempt.update(lease_until=None, next_look_at=utc_now() + timedelta(days=1)).where(
            (Attempt.id == attempt.id) & (Attempt.state == S.REVIEW) & (Attempt.epoch == attempt.epoch)
        ).execute()


def _keep(attempt: Attempt, intent: Intent) -> None:
    """Still waiting for the person; the bound runs from when it began."""
    Attempt.update(
        lease_until=None, next_look_at=attempt.state_since + ACTION_BOUND, action_url=intent.action_url
    ).where((Attempt.id == attempt.id) & (Attempt.state == S.REQUIRES_ACTION)).execute()


def _not_readable(attempt: Attempt) -> None:
    """The gateway cannot say: what we knew stands, and we ask again: soon, or daily when a person has it."""
    if attempt.state == S.UNKNOWN:
        record_outcome(attempt.id, Outcome(S.UNKNOWN))
        _give_to_a_person(attempt.id)
        return
    # Waiting states are not made worse by an outage: look again in a while.
    wait = timedelta(days=1) if attempt.state == S.REVIEW else timedelta(minutes=2)
    Attempt.update(lease_until=None, next_look_at=utc_now() + wait).where(
        (Attempt.id == attempt.id) & (Attempt.state == attempt.state)
    ).execute()


def _give_to_a_person(attempt_id: UUID) -> None:
    attempt = Attempt.get_by_id(attempt_id)
    if attempt.state == S.UNKNOWN and utc_now() - attempt.state_since >= UNKNOWN_BOUND:
        log().error("attempt.review", attempt=str(attempt_id))
        record_outcome(attempt_id, Outcome(S.REVIEW))


def _pending_too_long(attempt: Attempt, now: datetime) -> bool:
    zone = attempt.payment.merchant.zone  # counted from when it was asked: coming back from REVIEW starts no new term
    asked = attempt.sent_at or attempt.state_since
    last = add_banking_days(local_day(asked, zone), PENDING_BOUND_BANKING_DAYS)
    return local_day(now, zone) > last


def give_up(attempt_id: UUID, *, deadline: Deadline) -> None:
    """The person wants another card: the old intent is cancelled at the gateway before anything new is made.

    When that cannot be known, the attempt is UNKNOWN and the person reads "checking with your bank".
    """
    attempt = Attempt.get_or_none(Attempt.id == attempt_id)
    if attempt is None or attempt.state != S.REQUIRES_ACTION or not _take(attempt):
        return
    try:
        gateway = gateway_for(attempt.gateway_account)
    except GatewayError:
        record_outcome(attempt.id, Outcome(S.UNKNOWN))
        return
    intent = read(gateway, attempt.gateway_ref, deadline)
    if intent is None:
        record_outcome(attempt.id, Outcome(S.UNKNOWN))
    elif intent.status == IntentStatus.REQUIRES_ACTION:
        cancel(gateway, Attempt.get_by_id(attempt_id), intent, deadline)
    else:
        judge(gateway, Attempt.get_by_id(attempt_id), intent, deadline)


def cancel_stuck(attempt_id: UUID, *, deadline: Deadline) -> bool:
    """A person gives up an attempt that nobody can tell of: its intent is cancelled at the gateway, and what is then
    observed is recorded. False when it is not stuck any more, or somebody looks at it just now.
    """
    attempt = Attempt.get_or_none(Attempt.id == attempt_id)
    if attempt is None or attempt.state not in (S.UNKNOWN, S.REVIEW) or not _take(attempt):
        return False
    mine = Attempt.get_by_id(attempt_id)
    try:
        gateway = gateway_for(mine.gateway_account)
    except GatewayError:
        _not_readable(mine)
        return True
    intent = read(gateway, mine.gateway_ref, deadline)
    if intent is None:
        _not_readable(mine)
    elif intent.status in (IntentStatus.SUCCEEDED, IntentStatus.PROCESSING, IntentStatus.CANCELED):
        _judge(gateway, mine, intent, deadline)
    else:
        cancel(gateway, mine, intent, deadline)
        _rest(mine)
    return True
