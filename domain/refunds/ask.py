"""Asking the gateway for a refund, with no transaction open, and finding out what became of one.

The refund's id is the key, so that asking twice is harmless while the gateway knows the key. No answer is not a "no":
before anything is asked again the intent's own refunds are listed. When the key may be forgotten we only list.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from domain.orders.locks import lock_payment
from domain.payments.at_gateway import WORKER_SECONDS, gateway_for
from domain.reconciliation import differences
from domain.reconciliation.differences import Found, Kind
from domain.refunds.effects import tell
from domain.refunds.elsewhere import adopt
from domain.refunds.record import Seen, record_refund, seen_of
from domain.refunds.states import CLOSED, LEASE, PENDING_BOUND, SAME_KEY, UNKNOWN_BOUND
from domain.work.install import install_id
from integrations.gateways.base import Gateway, GatewayError, GatewayRefund, GatewayRefused
from kit.clock import utc_now
from kit.deadline import Deadline, DeadlinePassed
from kit.ids import as_uuid
from kit.log import about, log
from kit.money import Money
from models.base import unit_of_work
from models.merchants import GatewayAccount
from models.payments import Attempt, AttemptState, Payment, Refund
from models.payments import RefundState as S

_NO_ANSWER = (GatewayError, DeadlinePassed)
_REFUSED = (400, 404)  # nothing was made; every other error answer may hide a refund


Answer = GatewayRefund | GatewayError | DeadlinePassed | None  # as the gateway has it; why not; None: it has none
Told = Callable[[Refund, Answer], None]


def look(refund_id: UUID, *, deadline: Deadline | None = None, told: Told | None = None) -> bool:
    """Takes an open refund one step further: sends it, or asks what became of it. Harmless twice, or when closed.

    True when the gateway gave an answer. `told` hears what became of it before that is judged, with no unit of work
    open.
    """
    refund = Refund.get_or_none(Refund.id == refund_id)
    if refund is None or refund.state in CLOSED:
        return False
    was = refund.state
    mine = _take(refund)
    if mine is None:
        return False
    account = GatewayAccount.get_by_id(mine.gateway_account_id)
    with about(refund=str(mine.id), merchant=str(account.merchant_id)):
        return _step(mine, account, was, deadline or Deadline.within(WORKER_SECONDS), told)


def _step(mine: Refund, account: GatewayAccount, was: S, deadline: Deadline, told: Told | None) -> bool:
    try:
        gateway = gateway_for(account)
        if was == S.RESERVED:
            _send(gateway, mine, deadline)
        else:
            _find_out(gateway, mine, deadline, told)
    except _NO_ANSWER as problem:
        if told is not None:
            told(mine, problem)
        log().warning("refund.no_verdict", refund=str(mine.id), problem=type(problem).__name__)
        _no_verdict(mine)
        return False
    return True


def _take(refund: Refund) -> Refund | None:
    """A lease for one looker at a time; one that is being sent by somebody who fell silent becomes UNKNOWN."""
    now = utc_now()
    if refund.lease_until is not None and refund.lease_until > now:
        return None
    values = {"lease_until": now + LEASE, "epoch": refund.epoch + 1, "next_look_at": now + LEASE}
    if refund.state == S.RESERVED:
        values |= {"state": S.SENDING, "state_since": now, "sent_at": now}
    if refund.state == S.SENDING:
        values |= {"state": S.UNKNOWN, "state_since": now}
    unmoved = (Refund.id == refund.id) & (Refund.state == refund.state) & (Refund.epoch == refund.epoch)
    if Refund.update(**values).where(unmoved).execute() != 1:
        return None
    taken: Refund = Refund.get_by_id(refund.id)
    return taken


def _send(gateway: Gateway, refund: Refund, deadline: Deadline) -> None:
    fresh = Refund.get_by_id(refund.id)
    if fresh.epoch != refund.epoch or fresh.lease_until is None or utc_now() >= fresh.lease_until:
        return  # somebody else has it now
    try:
        made = gateway.create_refund(
            key=str(refund.id),
            intent=_intent(refund.payment_id),
            amount=Money(refund.amount, refund.currency),
            refund=str(refund.id),
            install=install_id(),
            deadline=deadline,
        )
    except GatewayRefused as refusal:
        if refusal.status not in _REFUSED:
            raise
        record_refund(refund.id, Seen(S.FAILED, failure=refusal.code), epoch=refund.epoch)
    else:
        record_refund(refund.id, seen_of(made))


def _find_out(gateway: Gateway, refund: Refund, deadline: Deadline, told: Told | None) -> None:
    if refund.state == S.REVIEW:
        log().error("refund.review", refund=str(refund.id))  # daily, until somebody has settled it
    found = _found(gateway, refund, deadline)
    if told is not None:
        told(refund, found)
    if found is not None:
        _judge(refund, found)
    elif refund.state == S.UNKNOWN and utc_now() - refund.sent_at < SAME_KEY:
        _send(gateway, refund, deadline)
    else:
        _no_verdict(refund)


def _found(gateway: Gateway, refund: Refund, deadline: Deadline) -> GatewayRefund | None:
    """Our refund as the gateway has it: by its id, else in the list of the intent's refunds by our mark."""
    if refund.gateway_ref is not None:
        return gateway.read_refund(refund.gateway_ref, deadline=deadline)
    amount = Money(refund.amount, refund.currency)
    for each in gateway.refunds_of(_intent(refund.payment_id), deadline=deadline):
        if each.refund == str(refund.id) and each.install == install_id() and each.amount == amount:
            return each
    return None


def _judge(refund: Refund, found: GatewayRefund) -> None:
    seen = seen_of(found)
    waited = utc_now() - refund.state_since
    if seen.state == S.PENDING and refund.state == S.REVIEW:
        seen = Seen(S.REVIEW, ref=found.id)  # a person has it; it does not come back by waiting
    elif seen.state == S.PENDING and refund.state == S.PENDING and waited >= PENDING_BOUND:
        seen = Seen(S.REVIEW, ref=found.id)
    record_refund(refund.id, seen)


def _no_verdict(refund: Refund) -> None:
    """What we knew stands; one that nobody can tell of goes to a person in time."""
    fresh = Refund.get_by_id(refund.id)
    if fresh.state == S.SENDING:
        record_refund(refund.id, Seen(S.UNKNOWN), epoch=refund.epoch)
    elif fresh.state == S.UNKNOWN and fresh.sent_at is not None and utc_now() - fresh.sent_at >= UNKNOWN_BOUND:
        log().error("refund.review", refund=str(refund.id))
        record_refund(refund.id, Seen(S.REVIEW), epoch=refund.epoch)
    elif fresh.state not in CLOSED:
        record_refund(refund.id, Seen(fresh.state), epoch=refund.epoch)


def _intent(payment: UUID) -> str:
    """The intent that took the money."""
    took = (Attempt.payment == payment) & (Attempt.state == AttemptState.SUCCEEDED)
    return str(Attempt.get(took).gateway_ref)


def hint(gateway_account_id: UUID, refund_ref: str, *, deadline: Deadline | None = None) -> bool:
    """Something happened to a refund at the gateway: it is read and recorded. False when it is not about our money.

    One made elsewhere (at the processor's own pages) on a payment of ours is recorded too. Raises GatewayError or
    DeadlinePassed when it cannot be read now, Conflict when its payment is not recorded yet: come again.
    """
    account = GatewayAccount.get_by_id(gateway_account_id)
    found = gateway_for(account).read_refund(refund_ref, deadline=deadline or Deadline.within(WORKER_SECONDS))
    return learn(account, found)


def learn(account: GatewayAccount, found: GatewayRefund) -> bool:
    """The same for a refund that has been read already (reconciliation lists them)."""
    row = Refund.get_or_none((Refund.gateway_account == account) & (Refund.gateway_ref == found.id))
    row = row or _marked(account, found)
    if row is None:
        return adopt(account, found)
    if row.gateway_ref is None and not _is(row, found):
        if row.state != S.FAILED:
            _raise(account, row, found)
            return True
        return adopt(account, found)  # somebody has closed ours as never made: this one is another
    record_refund(row.id, seen_of(found))
    return True


def _marked(account: GatewayAccount, found: GatewayRefund) -> Refund | None:
    """By our mark on it: the hint may come before our own answer is stored."""
    claimed = as_uuid(found.refund or "") if found.install == install_id() else None
    if claimed is None:
        return None
    mine = (Refund.id == claimed) & (Refund.gateway_account == account) & Refund.gateway_ref.is_null()
    row: Refund | None = Refund.select(Refund, Payment).join(Payment).where(mine).first()
    return row


def _is(row: Refund, found: GatewayRefund) -> bool:
    """Whether what carries our mark is what we asked for."""
    return Money(row.amount, row.currency) == found.amount and _intent(row.payment_id) == found.intent


def _raise(account: GatewayAccount, row: Refund, found: GatewayRefund) -> None:
    """Our mark on something that we did not ask for. Nothing is booked: ours may still turn out to be that one, and
    would be refused its reference. Raised once; a person compares the two, as reconciliation does from now on."""
    detail = f"{found.amount} of {found.intent} at the gateway with the mark of our refund of {row.amount}"
    with unit_of_work():
        lock_payment(row.payment_id)
        if differences.note(account, Found(Kind.REFUND_DIFFERS, found.id, detail, found.amount), utc_now()):
            tell("refund.needs_a_person", row, row.payment, why="another amount at the processor")
