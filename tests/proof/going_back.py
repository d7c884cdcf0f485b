"""Money that went back, judged from outside: the processor's refunds and disputes are those in the books, once each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from models.ledger import Journal, Posting
from models.payments import Attempt, AttemptState, Dispute, Refund, RefundState
from sandbox.inprocess import InProcess
from sandbox.wire import Json

_OPEN = (RefundState.RESERVED, RefundState.SENDING, RefundState.UNKNOWN)
_GONE = ("succeeded", "pending")
_NEVER = ("failed", "canceled")
_SAYS = {
    "succeeded": (RefundState.SUCCEEDED,),
    "pending": (RefundState.PENDING, RefundState.REVIEW),
    "failed": (RefundState.FAILED,),
    "canceled": (RefundState.FAILED,),
}


def verdict(sandbox: InProcess) -> Iterator[str]:
    """Every wrong thing, its kind before the colon."""
    yield from _refunds(_theirs(sandbox))
    yield from _till(sandbox)


def states() -> list[str]:
    """Where the refunds stand."""
    return [str(row.state) for row in Refund.select(Refund.state)]


def _theirs(sandbox: InProcess) -> dict[str, Json]:
    return {each.id: each.body for each in sandbox.world.store.every("refund")}


def _disputes(sandbox: InProcess) -> list[Json]:
    """Those whose money is not with the merchant."""
    every = [each.body for each in sandbox.world.store.every("dispute")]
    return [body for body in every if body["status"] != "won"]


def by_attempt(sandbox: InProcess) -> Counter[str]:
    """What went back of each attempt's charge."""
    intents = {row.gateway_ref: str(row.id) for row in Attempt.select(Attempt.id, Attempt.gateway_ref)}
    back: Counter[str] = Counter()
    for body in _theirs(sandbox).values():
        if body["status"] in _GONE:
            back[intents.get(body["payment_intent"], "")] += body["amount"]
    for body in _disputes(sandbox):
        back[intents.get(body["payment_intent"], "")] += body["amount"]
    return back


def outside(payment: UUID) -> int:
    """What was given back of a payment from outside the gateway."""
    mine = Refund.select().where((Refund.payment == payment) & (Refund.state == RefundState.SUCCEEDED))
    return sum(row.amount for row in mine)


def excused() -> set[UUID]:
    """Payments whose money the bank sent to the merchant once more: what no order could take again became credit."""
    again = Journal.select(Journal.source).where(Journal.kind.in_(["refund_failed", "return_won"]))
    sources = {row.source for row in again}
    back = [*Refund.select(Refund.id, Refund.payment), *Dispute.select(Dispute.id, Dispute.payment)]
    return {row.payment_id for row in back if str(row.id) in sources}


def _refunds(theirs: dict[str, Json]) -> Iterator[str]:
    marks = Counter(body["metadata"].get("settle_refund") for body in theirs.values())
    for mark, count in marks.items():
        if mark and count > 1:
            yield f"double refund: {count} refunds at the processor for {mark}"
    ours = {row.gateway_ref: row for row in Refund.select().where(Refund.gateway_ref.is_null(False))}
    for key, body in theirs.items():
        row = ours.pop(key, None)
        if row is None and body["status"] in _NEVER and not body["metadata"]:
            continue  # made there, and failed before we heard of it: it never moved our money
        if row is None:
            yield f"refund not booked: {key} is {body['status']} at the processor, and we do not know it"
        elif (row.amount, row.state in _SAYS[body["status"]]) != (body["amount"], True):
            yield f"refund booked wrongly: {row.id} is {row.state}, at the processor {body['status']}"
    for row in ours.values():
        yield f"phantom refund: {row.id} is {row.state}, and the processor has no {row.gateway_ref}"
    for row in Refund.select().where(Refund.gateway_account.is_null(False) & Refund.gateway_ref.is_null()):
        if row.state not in (RefundState.FAILED, RefundState.REVIEW):
            yield f"phantom refund: {row.id} is {row.state} without a refund at the processor"
    for row in Refund.select().where(Refund.state.in_(_OPEN)):
        yield f"stuck: refund {row.id} is {row.state}"


def _till(sandbox: InProcess) -> Iterator[str]:
    """What the books say is at the processor, is there; but for what a person has to decide about first."""
    waits = {row.gateway_ref for row in Attempt.select().where(Attempt.state == AttemptState.REVIEW)}
    taken = [each for each in sandbox.charges() if each["status"] == "succeeded" and each["intent"] not in waits]
    there = sum(each["amount"] for each in taken)
    there -= sum(each["amount"] for each in _theirs(sandbox).values() if each["status"] == "succeeded")
    there -= sum(each["amount"] for each in _disputes(sandbox))
    tills = Posting.select().where(Posting.account.startswith("gateway:"))
    booked = sum(row.amount for row in tills)
    if booked != there:
        yield f"books: {booked} at the processor, and {there} is there"
